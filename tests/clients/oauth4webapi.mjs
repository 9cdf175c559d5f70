// What npm oauth4webapi is told when it asks for something wrong: the exact shape of refusals.
// Each scenario returns the status, what the body says, and how the answer was marked.
import * as oauth from 'oauth4webapi';

const insecure = { [oauth.allowInsecureRequests]: true };

async function discover({ issuer }, algorithm = 'oidc') {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm, ...insecure });
  return oauth.processDiscoveryResponse(url, response);
}

async function shape(response) {
  const body = await response.clone().json().catch(() => ({}));
  return {
    status: response.status,
    error: body.error,
    described: typeof body.error_description === 'string',
    json: /^application\/json\b/.test(response.headers.get('content-type') ?? ''),
    challenge: response.headers.get('www-authenticate')?.match(/^\w+/)?.[0],
  };
}

// Has oauth4webapi read the answer as a grant's, which it must not be.
async function misread(as, client, response) {
  try {
    await oauth.processGenericTokenEndpointResponse(as, client, response);
    return 'a grant';
  } catch (error) {
    return error.name;
  }
}

async function refused(as, client, response) {
  return {
    ...(await shape(response)),
    stored: !(response.headers.get('cache-control') ?? '').includes('no-store'),
    read: await misread(as, client, response),
  };
}

async function ask(server, app, authentication, grant, parameters = {}) {
  const as = await discover(server);
  const client = { client_id: app.client_id };
  const response = await oauth.genericTokenEndpointRequest(
    as, client, authentication, grant, parameters, insecure,
  );
  return refused(as, client, response);
}

const right = ({ apps: { oidc } }) => oauth.ClientSecretBasic(oidc.client_secret);
const CLIENT = 'client_credentials';

export const wrongSecret = (server) => (
  ask(server, server.apps.oidc, oauth.ClientSecretBasic('nonsense'), CLIENT));
export const wrongSecretInTheBody = (server) => (
  ask(server, server.apps.oidc, oauth.ClientSecretPost('nonsense'), CLIENT));
export const noSecret = (server) => ask(server, server.apps.oidc, oauth.None(), CLIENT);
export const unknownGrant = (server) => (
  ask(server, server.apps.oidc, right(server), 'urn:example:nonsense'));
export const unknownRefreshToken = (server) => (
  ask(server, server.apps.oidc, right(server), 'refresh_token', { refresh_token: 'nonsense' }));
export const noRefreshToken = (server) => (
  ask(server, server.apps.oidc, right(server), 'refresh_token'));

export async function unknownCode(server) {
  const as = await discover(server);
  const { oidc } = server.apps;
  const client = { client_id: oidc.client_id };
  const callback = new URLSearchParams({ code: 'nonsense', state: 'state', iss: as.issuer });
  const proven = oauth.validateAuthResponse(as, client, callback, 'state');
  const response = await oauth.authorizationCodeGrantRequest(
    as, client, right(server), proven, oidc.redirect_uris[0],
    oauth.generateRandomCodeVerifier(), insecure,
  );
  return refused(as, client, response);
}

export async function introspectionByAStranger(server) {
  const as = await discover(server);
  const client = { client_id: server.apps.oidc.client_id };
  return shape(await oauth.introspectionRequest(
    as, client, oauth.ClientSecretBasic('nonsense'), 'nonsense', insecure,
  ));
}

export async function revocationByAStranger(server) {
  const as = await discover(server);
  const client = { client_id: server.apps.oidc.client_id };
  return shape(await oauth.revocationRequest(
    as, client, oauth.ClientSecretBasic('nonsense'), 'nonsense', insecure,
  ));
}

export async function pushedWithAnUnknownRedirectUri(server) {
  const as = await discover(server);
  const client = { client_id: server.apps.oidc.client_id };
  const parameters = { response_type: 'code', redirect_uri: 'https://attacker.example/' };
  return shape(await oauth.pushedAuthorizationRequest(
    as, client, right(server), parameters, insecure,
  ));
}

export async function protectedCallWithoutToken(server) {
  const as = await discover(server);
  return shape(await fetch(as.userinfo_endpoint));
}

export async function protectedCallWithNonsense(server) {
  const as = await discover(server);
  return shape(await oauth.userInfoRequest(as, { client_id: 'any' }, 'nonsense', insecure));
}

export async function documents(server) {
  const openid = await discover(server);
  const plain = await discover(server, 'oauth2');
  const response = await fetch(openid.jwks_uri);
  const { keys } = await response.json();
  return {
    issuers: [openid.issuer, plain.issuer].map((issuer) => issuer === server.issuer),
    differing: Object.keys(plain).filter((name) => (
      JSON.stringify(plain[name]) !== JSON.stringify(openid[name]))),
    keys: keys.every((key) => key.kid && key.use === 'sig' && key.alg && !key.d),
  };
}
