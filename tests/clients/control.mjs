// The control: npm oidc-provider in memory, with the apps, the people and the pages that a
// scenario also finds at hirewire. `node control.mjs WORLD` prints a ready line and runs until its
// standard input ends; WORLD is JSON.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const world = JSON.parse(process.argv[2]);

function clientOf(app) {
  const how = { client_secret: 'client_secret_basic', jwks: 'private_key_jwt' };
  const kept = Object.keys(how).find((credential) => app[credential]);
  return {
    client_id: app.client_id,
    token_endpoint_auth_method: how[kept] ?? 'none',
    ...(kept && { [kept]: app[kept] }),
    grant_types: app.grants,
    response_types: app.redirect_uris.length ? ['code'] : [],
    redirect_uris: app.redirect_uris,
    application_type: kept ? 'web' : 'native',
    require_pushed_authorization_requests: app.requires_pushed_requests,
    dpop_bound_access_tokens: app.requires_dpop,
  };
}

function accountOf(sub) {
  const person = world.people.find(({ email }) => email === sub);
  return person && { accountId: sub, claims: () => ({ sub, email: sub, email_verified: true }) };
}

function configuration() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const mayAsk = (_ctx, client, token) => token.clientId === client.clientId;
  return {
    clients: world.apps.map(clientOf),
    findAccount: (_ctx, sub) => accountOf(sub),
    scopes: world.scopes,
    claims: { email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    rotateRefreshToken: true,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['a control keeps no secrets'] },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600, RefreshToken: 5_184_000 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: mayAsk },
      revocation: { enabled: true, allowedPolicy: mayAsk },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
    },
  };
}

function page({ prompt, params }) {
  const fields = prompt.name === 'login'
    ? '<input type="email" name="email"><input type="password" name="password">'
    : (params.scope ?? '').split(' ').map((scope) => (
      `<input type="checkbox" name="scope" value="${scope}" checked>`)).join('');
  return `<!doctype html><title>${prompt.name}</title><form method="post">
    ${fields}<button name="answer" value="allow">Go on</button>
    <button name="answer" value="deny">Do not</button></form>`;
}

async function formOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

async function consentTo(provider, { session, params }, allowed) {
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const asked = (params.scope ?? '').split(' ');
  grant.addOIDCScope(asked.filter((scope) => allowed.includes(scope)).join(' '));
  grant.rejectOIDCScope(asked.filter((scope) => !allowed.includes(scope)).join(' '));
  return { consent: { grantId: await grant.save() } };
}

async function interact(provider, request, response) {
  const interaction = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    return response.end(page(interaction));
  }
  const form = await formOf(request);
  if (form.get('answer') === 'deny') {
    return provider.interactionFinished(request, response, { error: 'access_denied' });
  }
  const isThem = ({ email, password }) => (
    email === form.get('email') && password === form.get('password'));
  if (interaction.prompt.name === 'login' && !world.people.some(isThem)) {
    return response.writeHead(401).end();
  }
  const result = interaction.prompt.name === 'login'
    ? { login: { accountId: form.get('email') } }
    : await consentTo(provider, interaction, form.getAll('scope'));
  return provider.interactionFinished(request, response, result);
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration());
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    return interact(provider, request, response).catch((fault) => {
      response.writeHead(500).end(String(fault));
    });
  });
  console.log(`control: ready on ${issuer}`);
});
process.stdin.resume().on('end', () => process.exit());
