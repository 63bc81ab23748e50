/**
 * oauth4webapi as somebody else's app uses it, untouched: it does one request at a time and checks every answer, so that
 * what openid-client forgives does not pass here.
 */
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { browser, type KeyPair, makeKeys, registerClients, SECRET } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, REDIRECT_URI } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
let server: oauth.AuthorizationServer;
let keys: KeyPair;
const insecure = { [oauth.allowInsecureRequests]: true };

beforeAll(async () => {
  keys = await makeKeys();
  const [metadata, method] = [{ jwks: { keys: [keys.jwk] } }, 'private_key_jwt'];
  const signed = { ...metadata, userinfo_signed_response_alg: 'ES256' };
  product = await startProduct({
    prepare: ({ db }) =>
      registerClients(db, [
        { client_id: 'shop', method: 'none' },
        { client_id: 'bank', method, metadata, profile: 'fapi2_security' },
        { client_id: 'court', method, metadata: signed, profile: 'fapi2_message_signing' },
        { client_id: 'machine', grant_types: ['client_credentials'], redirect_uris: [] },
      ]),
  });
  const issuer = new URL(product.issuer);
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...insecure });
  server = await oauth.processDiscoveryResponse(issuer, response);
});
afterAll(() => product?.close());

const strong = { id_token_signed_response_alg: 'ES256', introspection_signed_response_alg: 'ES256' };
const privateKey = () => ({ key: keys.privateKey, kid: 'key-1' });

/** Sends a request; once more when a nonce is asked for, as the library's examples do. */
async function twice<T>(send: () => Promise<Response>, read: (response: Response) => Promise<T>): Promise<T> {
  try {
    return await read(await send());
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return read(await send());
  }
}

/** What an app makes for one request. */
async function prepared(scope: string) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = {
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  return { verifier, state, nonce, parameters };
}

/** The citizen's way through our pages; the address they come back to. */
async function goThere(parameters: Record<string, string>): Promise<URL> {
  const visitor = browser();
  await visitor.open(`${server.authorization_endpoint}?${new URLSearchParams(parameters)}`);
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  return new URL(visitor.page.url);
}

describe('an app without a server', () => {
  it('signs somebody in by code and PKCE, and holds the answer to its issuer (RFC 9207 §2.4)', async () => {
    const client: oauth.Client = { client_id: 'shop' };
    const { verifier, state, nonce, parameters } = await prepared('openid profile');
    const answer = await goThere({ client_id: 'shop', ...parameters });
    const elsewhere = { ...server, issuer: 'https://other.example' };
    expect(() => oauth.validateAuthResponse(elsewhere, client, answer, state)).toThrow('"iss"');

    const params = oauth.validateAuthResponse(server, client, answer, state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      params,
      REDIRECT_URI,
      verifier,
      insecure,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, insecure);
    const { sub } = oauth.getValidatedIdTokenClaims(tokens) ?? { sub: '' };
    const told = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
    expect(await oauth.processUserInfoResponse(server, client, sub, told)).toMatchObject({
      sub,
      name: 'Nguyễn Văn An',
    });
  });

  it('hears why not, and from whom (RFC 9207 §2)', async () => {
    const { state, parameters } = await prepared('openid');
    const visitor = browser();
    const asked = new URLSearchParams({ client_id: 'shop', ...parameters, prompt: 'none' });
    await visitor.open(`${server.authorization_endpoint}?${asked}`);
    const read = () =>
      oauth.validateAuthResponse(server, { client_id: 'shop' }, new URL(visitor.page.url), state);
    expect(read).toThrow(oauth.AuthorizationResponseError);
  });
});

describe.each([
  ['bank', 'FAPI 2.0 Security Profile'],
  ['court', 'FAPI 2.0 Message Signing'],
])('%s, a client of the %s', (client_id) => {
  const signs = client_id === 'court';
  const client: oauth.Client = {
    client_id,
    ...strong,
    ...(signs ? { authorization_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256' } : {}),
  };
  const prove = () => oauth.PrivateKeyJwt(privateKey());
  let options: { DPoP: oauth.DPoPHandle } & typeof insecure;
  let tokens: oauth.TokenEndpointResponse;
  let sub: string;

  const introspect = async (token: string) => {
    const asked = { requestJwtResponse: true, ...insecure };
    const response = await oauth.introspectionRequest(server, client, prove(), token, asked);
    expect(response.headers.get('content-type')).toContain('application/token-introspection+jwt');
    const told = await oauth.processIntrospectionResponse(server, client, response);
    await oauth.validateApplicationLevelSignature(server, response, insecure);
    return told;
  };
  const revoke = async (token: string) =>
    oauth.processRevocationResponse(await oauth.revocationRequest(server, client, prove(), token, insecure));
  const refresh = () =>
    twice(
      () => oauth.refreshTokenGrantRequest(server, client, prove(), tokens.refresh_token ?? '', options),
      (response) => oauth.processRefreshTokenResponse(server, client, response),
    );

  it('pushes its request, and redeems the code with a proof that has our nonce', async () => {
    options = { DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')), ...insecure };
    const { verifier, state, nonce, parameters } = await prepared('openid profile offline_access');
    const inside = signs
      ? {
          request: await oauth.issueRequestObject(
            server,
            client,
            { ...parameters, response_mode: 'jwt' },
            privateKey(),
          ),
        }
      : parameters;
    const { request_uri, expires_in } = await twice(
      () => oauth.pushedAuthorizationRequest(server, client, prove(), inside, options),
      (response) => oauth.processPushedAuthorizationResponse(server, client, response),
    );
    expect(expires_in).toBeGreaterThanOrEqual(5);
    expect(expires_in).toBeLessThanOrEqual(600);
    const answer = await goThere({ client_id, request_uri });
    const params = signs
      ? await oauth.validateJwtAuthResponse(server, client, answer, state, insecure)
      : oauth.validateAuthResponse(server, client, answer, state);
    let last: Response | undefined;
    tokens = await twice(
      async () => {
        last = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          prove(),
          params,
          REDIRECT_URI,
          verifier,
          options,
        );
        return last;
      },
      (response) =>
        oauth.processAuthorizationCodeResponse(server, client, response, {
          expectedNonce: nonce,
          requireIdToken: true,
        }),
    );
    if (last) await oauth.validateApplicationLevelSignature(server, last, insecure);
    expect(tokens.token_type).toBe('dpop');
    sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? '';
  });

  it('reads UserInfo, which is signed for who registered so', async () => {
    let last: Response | undefined;
    const told = await twice(
      async () => {
        last = await oauth.userInfoRequest(server, client, tokens.access_token, options);
        return last;
      },
      (response) => oauth.processUserInfoResponse(server, client, sub, response),
    );
    expect(told).toMatchObject({ sub, name: 'Nguyễn Văn An' });
    if (signs && last) await oauth.validateApplicationLevelSignature(server, last, insecure);
    expect(last?.headers.get('content-type')).toContain(signs ? 'application/jwt' : 'application/json');
  });

  it('refreshes, asks about its tokens in a signed answer, and gives them up one by one', async () => {
    const again = await refresh();
    expect(again).toMatchObject({ token_type: 'dpop', access_token: expect.any(String) });
    const jkt = await options.DPoP.calculateThumbprint();
    expect(await introspect(again.access_token)).toMatchObject({
      active: true,
      sub,
      client_id,
      cnf: { jkt },
    });
    await revoke(again.access_token);
    expect(await introspect(again.access_token)).toEqual({ active: false });
    expect((await introspect(tokens.access_token)).active).toBe(true);

    await revoke(tokens.refresh_token ?? '');
    expect(await introspect(tokens.access_token)).toEqual({ active: false });
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a machine', () => {
  it('gets a token for itself (RFC 6749 §4.4)', async () => {
    const client: oauth.Client = { client_id: 'machine' };
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.ClientSecretBasic(SECRET),
      { scope: 'hoso.xem' },
      insecure,
    );
    const tokens = await oauth.processClientCredentialsResponse(server, client, response);
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'hoso.xem' });
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({
      active: true,
      client_id: 'machine',
    });
  });

  it('without a keyboard waits until a phone has let it in (RFC 8628)', async () => {
    const client: oauth.Client = { client_id: 'sandbox-kiosk' };
    const begun = await oauth.processDeviceAuthorizationResponse(
      server,
      client,
      await oauth.deviceAuthorizationRequest(
        server,
        client,
        oauth.None(),
        { scope: 'openid profile' },
        insecure,
      ),
    );
    const poll = async () =>
      oauth.processDeviceCodeResponse(
        server,
        client,
        await oauth.deviceCodeGrantRequest(server, client, oauth.None(), begun.device_code, insecure),
      );
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' });
    const phone = new Visitor();
    await phone.open(begun.verification_uri_complete ?? '');
    if (phone.has('form-device-code')) await phone.submit('form-device-code');
    await phone.submit('form-device-confirm', { confirm: 'yes' });
    await signInWithZalo(phone, 'an');
    await agree(phone);
    product.travel(5);
    const tokens = await poll();
    expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBeTruthy();
  });
});
