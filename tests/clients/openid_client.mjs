// What npm openid-client does with an authorization server, one function for each scenario; each
// returns what the tests compare, without what differs from run to run.
import * as client from 'openid-client';

const SCOPE = 'openid email offline_access';
const API = 'interviews.schedule';

function secret(app) {
  return client.ClientSecretBasic(app.client_secret);
}

async function signature(app) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { kid, ...jwk } = app.signing_key;
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
  return client.PrivateKeyJwt({ key, kid });
}

async function discover({ issuer, apps }, name, authentication) {
  const app = apps[name];
  const how = authentication ?? (app.client_secret ? secret(app) : client.None());
  const config = await client.discovery(new URL(issuer), app.client_id, undefined, how, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
  return { app, config, redirect_uri: app.redirect_uris[0] };
}

async function strict(server) {
  return discover(server, 'strict', await signature(server.apps.strict));
}

async function bound(config) {
  return { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) };
}

// Sends the person through the pages, and returns what the callback is redeemed with.
async function authorize({ config, redirect_uri }, { visit }, options = {}) {
  const { pushed = false, proof, ...asked } = options;
  const verifier = client.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: client.randomState() };
  const scope = asked.scope ?? SCOPE;
  if (scope.includes('openid')) checks.expectedNonce = client.randomNonce();
  const parameters = {
    redirect_uri,
    scope,
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    ...(checks.expectedNonce && { nonce: checks.expectedNonce }),
    ...asked,
  };
  const url = pushed
    ? await client.buildAuthorizationUrlWithPAR(config, parameters, proof)
    : client.buildAuthorizationUrl(config, parameters);
  const callback = new URL(await visit(url, redirect_uri));
  return { url, callback, checks };
}

async function signIn(known, tests, options = {}) {
  const { callback, checks } = await authorize(known, tests, options);
  return client.authorizationCodeGrant(
    known.config, callback, checks, undefined, options.proof,
  );
}

function words(scope) {
  return scope?.split(' ').sort();
}

// Runs what has to be refused, and returns how it was.
async function refusal(action) {
  try {
    const granted = await action();
    return { granted };
  } catch (error) {
    const challenge = Array.isArray(error.cause) ? error.cause[0] : undefined;
    return {
      status: error.status ?? error.response?.status,
      error: error.error ?? challenge?.parameters?.error,
      ...(challenge && { scheme: challenge.scheme }),
      ...(!error.status && { cause: error.cause?.message }),
    };
  }
}

export async function discovery(server) {
  const { config } = await discover(server, 'oidc');
  const metadata = config.serverMetadata();
  return {
    issuer: metadata.issuer === server.issuer,
    pkce: metadata.supportsPKCE(),
    iss: metadata.authorization_response_iss_parameter_supported,
    code: metadata.response_types_supported.includes('code'),
    rs256: metadata.id_token_signing_alg_values_supported.includes('RS256'),
    es256_proofs: metadata.dpop_signing_alg_values_supported.includes('ES256'),
    grants: ['authorization_code', 'client_credentials', 'refresh_token'].every(
      (grant) => metadata.grant_types_supported.includes(grant),
    ),
    authentication: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']
      .every((how) => metadata.token_endpoint_auth_methods_supported.includes(how)),
    endpoints: [
      'authorization', 'token', 'userinfo', 'introspection', 'revocation',
      'pushed_authorization_request',
    ].every((name) => metadata[`${name}_endpoint`].startsWith(server.issuer)),
  };
}

export async function clientCredentials(server) {
  const { config } = await discover(server, 'oidc');
  const token = await client.clientCredentialsGrant(config, { scope: API });
  return {
    token_type: token.token_type,
    expires_in: token.expires_in,
    scope: words(token.scope),
    refresh_token: 'refresh_token' in token,
  };
}

export async function clientCredentialsInTheBody(server) {
  const authentication = client.ClientSecretPost(server.apps.oidc.client_secret);
  const { config } = await discover(server, 'oidc', authentication);
  const token = await client.clientCredentialsGrant(config, { scope: API });
  return { token_type: token.token_type, scope: words(token.scope) };
}

async function code(server, tests, name, options) {
  const known = await discover(server, name);
  const tokens = await signIn(known, tests, options);
  const claims = tokens.claims();
  return {
    token_type: tokens.token_type,
    expires_in: tokens.expires_in,
    scope: words(tokens.scope),
    refresh_token: 'refresh_token' in tokens,
    audience: claims && [claims.aud].flat().join() === known.app.client_id,
    email: claims?.email,
    email_verified: claims?.email_verified,
  };
}

export const codeOfASecretApp = (server, tests) => code(server, tests, 'oidc');
export const codeOfAPublicApp = (server, tests) => code(server, tests, 'native');
export const codeWithoutOpenid = (server, tests) => (
  code(server, tests, 'oidc', { scope: 'email' }));
export const codeWithoutOfflineAccess = (server, tests) => (
  code(server, tests, 'oidc', { scope: 'openid email' }));
export const codeByPushedRequest = (server, tests) => (
  code(server, tests, 'oidc', { pushed: true }));

export async function pushedRequest(server, tests) {
  const known = await discover(server, 'oidc');
  const { url, callback, checks } = await authorize(known, tests, { pushed: true });
  const again = await refusal(() => tests.visit(url, known.redirect_uri));
  await client.authorizationCodeGrant(known.config, callback, checks);
  return {
    parameters: [...url.searchParams.keys()].sort(),
    urn: url.searchParams.get('request_uri').startsWith('urn:ietf:params:oauth:request_uri:'),
    again: again.status,
  };
}

export async function issuerInTheResponse(server, tests) {
  const known = await discover(server, 'oidc');
  const { callback, checks } = await authorize(known, tests);
  const iss = callback.searchParams.get('iss');
  callback.searchParams.set('iss', 'https://attacker.example');
  const mixedUp = await refusal(() => (
    client.authorizationCodeGrant(known.config, callback, checks)));
  return { iss: iss === server.issuer, mixed_up: mixedUp.cause };
}

export async function codeTwice(server, tests) {
  const known = await discover(server, 'oidc');
  const { callback, checks } = await authorize(known, tests);
  const tokens = await client.authorizationCodeGrant(known.config, callback, checks);
  const second = await refusal(() => (
    client.authorizationCodeGrant(known.config, callback, checks)));
  const { active } = await client.tokenIntrospection(known.config, tokens.access_token);
  return { second, first_token_active: active };
}

export async function wrongVerifier(server, tests) {
  const known = await discover(server, 'oidc');
  const { callback, checks } = await authorize(known, tests);
  checks.pkceCodeVerifier = client.randomPKCECodeVerifier();
  return refusal(() => client.authorizationCodeGrant(known.config, callback, checks));
}

export async function refresh(server, tests) {
  const known = await discover(server, 'oidc');
  const first = await signIn(known, tests);
  const second = await client.refreshTokenGrant(known.config, first.refresh_token);
  await tests.advance(31); // The grace of a retry is over: this is a copy.
  const reused = await refusal(() => (
    client.refreshTokenGrant(known.config, first.refresh_token)));
  const after = await refusal(() => (
    client.refreshTokenGrant(known.config, second.refresh_token)));
  return {
    rotated: second.refresh_token !== first.refresh_token,
    access_token: second.access_token !== first.access_token,
    scope: words(second.scope),
    reused,
    after,
  };
}

export async function refreshOfAPublicApp(server, tests) {
  const known = await discover(server, 'native');
  const first = await signIn(known, tests);
  const second = await client.refreshTokenGrant(known.config, first.refresh_token);
  return {
    rotated: second.refresh_token !== first.refresh_token,
    scope: words(second.scope),
  };
}

export async function narrowed(server, tests) {
  const known = await discover(server, 'oidc');
  const first = await signIn(known, tests);
  const second = await client.refreshTokenGrant(known.config, first.refresh_token, {
    scope: 'openid',
  });
  const wider = await refusal(() => client.refreshTokenGrant(
    known.config, second.refresh_token, { scope: `${SCOPE} ${API}` },
  ));
  return { scope: words(second.scope), wider };
}

export async function dpop(server, tests) {
  const known = await discover(server, 'oidc');
  const proof = await bound(known.config);
  const tokens = await signIn(known, tests, { proof });
  const { sub } = tokens.claims();
  const user = await client.fetchUserInfo(known.config, tokens.access_token, sub, proof);
  const bearer = await refusal(() => (
    client.fetchUserInfo(known.config, tokens.access_token, sub)));
  const other = await refusal(async () => client.fetchUserInfo(
    known.config, tokens.access_token, sub, await bound(known.config),
  ));
  const fresh = await client.refreshTokenGrant(
    known.config, tokens.refresh_token, undefined, proof,
  );
  const again = await client.fetchUserInfo(known.config, fresh.access_token, sub, proof);
  const { cnf } = await client.tokenIntrospection(known.config, fresh.access_token);
  return {
    token_type: tokens.token_type,
    email: user.email,
    bearer: bearer.status,
    other: { status: other.status, scheme: other.scheme },
    refreshed: [fresh.token_type, again.email],
    bound: cnf?.jkt === await proof.DPoP.calculateThumbprint(),
  };
}

export async function dpopOfAPublicApp(server, tests) {
  const known = await discover(server, 'native');
  const proof = await bound(known.config);
  const tokens = await signIn(known, tests, { proof });
  const stolen = await refusal(async () => client.refreshTokenGrant(
    known.config, tokens.refresh_token, undefined, await bound(known.config),
  ));
  const fresh = await client.refreshTokenGrant(
    known.config, tokens.refresh_token, undefined, proof,
  );
  return { token_type: fresh.token_type, stolen };
}

export async function introspection(server, tests) {
  const known = await discover(server, 'oidc');
  const tokens = await signIn(known, tests);
  const access = await client.tokenIntrospection(known.config, tokens.access_token);
  const refreshing = await client.tokenIntrospection(known.config, tokens.refresh_token, {
    token_type_hint: 'refresh_token',
  });
  const nonsense = await client.tokenIntrospection(known.config, 'nonsense');
  return {
    active: access.active,
    client: access.client_id === known.app.client_id,
    scope: words(access.scope),
    token_type: access.token_type,
    subject: access.sub.endsWith(tokens.claims().sub), // Ours says `user:` before it.
    lasts: access.exp - access.iat,
    refresh_token: refreshing.active,
    nonsense,
  };
}

export async function revocation(server, tests) {
  const known = await discover(server, 'oidc');
  const tokens = await signIn(known, tests);
  await client.tokenRevocation(known.config, tokens.refresh_token);
  await client.tokenRevocation(known.config, 'nonsense');
  const refreshed = await refusal(() => (
    client.refreshTokenGrant(known.config, tokens.refresh_token)));
  const { active } = await client.tokenIntrospection(known.config, tokens.access_token);
  const user = await refusal(() => client.fetchUserInfo(
    known.config, tokens.access_token, client.skipSubjectCheck,
  ));
  return { refreshed, active, user };
}

export async function revocationOfAnAccessToken(server, tests) {
  const known = await discover(server, 'oidc');
  const tokens = await signIn(known, tests);
  await client.tokenRevocation(known.config, tokens.access_token);
  const { active } = await client.tokenIntrospection(known.config, tokens.access_token);
  return { active };
}

export async function privateKeyJwt(server) {
  const { config } = await strict(server);
  const proof = await bound(config);
  const token = await client.clientCredentialsGrant(config, { scope: API }, proof);
  const bare = await refusal(() => client.clientCredentialsGrant(config, { scope: API }));
  return {
    token_type: token.token_type,
    scope: words(token.scope),
    bare: bare.status,
  };
}

export async function everythingStrict(server, tests) {
  const known = await strict(server);
  const proof = await bound(known.config);
  const tokens = await signIn(known, tests, { pushed: true, proof });
  const { sub } = tokens.claims();
  const user = await client.fetchUserInfo(known.config, tokens.access_token, sub, proof);
  const fresh = await client.refreshTokenGrant(
    known.config, tokens.refresh_token, undefined, proof,
  );
  const plain = await authorize(known, tests);
  return {
    token_type: tokens.token_type,
    email: user.email,
    refreshed: fresh.token_type,
    not_pushed: plain.callback.searchParams.get('error'),
  };
}

export async function codeBoundToItsKey(server, tests) {
  const known = await strict(server);
  const proof = await bound(known.config);
  const { callback, checks } = await authorize(known, tests, { pushed: true, proof });
  return refusal(async () => client.authorizationCodeGrant(
    known.config, callback, checks, undefined, await bound(known.config),
  ));
}

export async function userinfo(server, tests) {
  const known = await discover(server, 'oidc');
  const tokens = await signIn(known, tests);
  const { sub } = tokens.claims();
  const user = await client.fetchUserInfo(known.config, tokens.access_token, sub);
  const unknown = await refusal(() => client.fetchUserInfo(known.config, 'nonsense', sub));
  return { subject: user.sub === sub, email: user.email, unknown };
}

export async function consentRefused(server, tests) {
  const known = await discover(server, 'oidc');
  const { callback, checks } = await authorize(known, tests);
  const refused = await refusal(() => (
    client.authorizationCodeGrant(known.config, callback, checks)));
  return { ...refused, error: callback.searchParams.get('error') };
}

export async function nobodySignedIn(server, tests) {
  const known = await discover(server, 'oidc');
  const { callback } = await authorize(known, tests, { prompt: 'none', scope: 'openid' });
  return { error: callback.searchParams.get('error') };
}

export async function somebodySignedIn(server, tests) {
  const known = await discover(server, 'oidc');
  const asked = { scope: 'openid email', max_age: 10_000 };
  const first = await signIn(known, tests, asked);
  const second = await signIn(known, tests, { ...asked, prompt: 'none' });
  return ['sub', 'auth_time'].map((name) => first.claims()[name] === second.claims()[name]);
}

export async function selectEmployer(server, tests) {
  const known = await discover(server, 'oidc');
  const prompt = server.picks ? { prompt: 'select_employer consent' } : {};
  const scope = `${SCOPE} employer_access`;
  const { callback, checks } = await authorize(known, tests, { scope, ...prompt });
  const employer = callback.searchParams.get('employer');
  const tokens = await client.authorizationCodeGrant(
    known.config, callback, checks, employer ? { employer } : undefined,
  );
  const user = await client.fetchUserInfo(
    known.config, tokens.access_token, tokens.claims().sub,
  );
  return {
    callback: employer,
    id_token: tokens.claims().employer ?? null,
    userinfo: user.employers?.map(({ id }) => id).sort() ?? null,
  };
}
