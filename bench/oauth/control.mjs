// The control: npm oidc-provider, with everything in memory, and what it is asked with.
//
//     node control.mjs MODULES USE_ONCE
//
// MODULES is a node_modules folder; USE_ONCE is how many codes and refresh tokens to make ahead.
// Prints one line of JSON when it is ready: {port, pid, client_id, client_secret, redirect_uri,
// access_token, codes, refresh_tokens}.

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [modules, useOnce] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));

const CLIENT_ID = 'bench';
const CLIENT_SECRET = 's'.repeat(64);
const REDIRECT_URI = 'http://127.0.0.1:3000/callback';

// Maps without bound or expiry: less work than the adapter that comes with it, which keeps a
// thousand entries only.
const stored = new Map();
const ofGrant = new Map();

class Memory {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    const key = this.key(id);
    stored.set(key, payload);
    if (payload.grantId && this.model !== 'Grant') {
      const keys = ofGrant.get(payload.grantId);
      if (keys) keys.push(key);
      else ofGrant.set(payload.grantId, [key]);
    }
  }

  async find(id) {
    return stored.get(this.key(id));
  }

  async consume(id) {
    stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    stored.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of ofGrant.get(grantId) ?? []) stored.delete(key);
    ofGrant.delete(grantId);
  }
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'bench' };
}

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: Memory,
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT_URI],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
  },
  jwks: { keys: [signingKey()] },
  cookies: { keys: ['bench'] },
  scopes: ['openid', 'offline_access', 'read'],
  pkce: { required: () => false },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: {
    AccessToken: 3600,
    AuthorizationCode: 600,
    ClientCredentials: 3600,
    Grant: 5_184_000,
    IdToken: 3600,
    RefreshToken: 5_184_000,
  },
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
});
server.on('request', provider.callback());

const client = await provider.Client.find(CLIENT_ID);

async function granted(scope) {
  const accountId = 'somebody';
  const grant = new provider.Grant({ accountId, clientId: CLIENT_ID });
  grant.addOIDCScope(scope);
  return {
    accountId,
    client,
    scope,
    grantId: await grant.save(),
    gty: 'authorization_code',
    authTime: Math.floor(Date.now() / 1000),
    claims: {},
    expiresWithSession: false,
  };
}

async function code() {
  const about = await granted('openid offline_access');
  return new provider.AuthorizationCode({ ...about, redirectUri: REDIRECT_URI }).save();
}

// Without the scope openid its answer carries no ID token, as ours does on a refresh.
async function refreshToken() {
  const about = await granted('offline_access');
  return new provider.RefreshToken({ ...about, rotations: 0, iiat: about.authTime }).save();
}

async function several(make) {
  const made = [];
  for (let left = Number(useOnce); left > 0; left -= 1) made.push(await make());
  return made;
}

const token = new provider.ClientCredentials({ client, scope: 'read' });
const ready = {
  port,
  pid: process.pid,
  client_id: CLIENT_ID,
  client_secret: CLIENT_SECRET,
  redirect_uri: REDIRECT_URI,
  access_token: await token.save(),
  codes: await several(code),
  refresh_tokens: await several(refreshToken),
};
process.stdout.write(`${JSON.stringify(ready)}\n`);
