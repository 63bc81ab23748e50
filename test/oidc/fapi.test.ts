/** One word in a registration, `profile`: FAPI 2.0 Security Profile and Message Signing, section by section. */
import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { browser, configure, type KeyPair, makeKeys, prepare, registerClients } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';
import { REDIRECT_URI } from '../support/relying-party.ts';

let product: Product;
let keys: KeyPair;
let rsa: KeyPair;
let dpopKey: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  [keys, rsa] = [await makeKeys(), await makeKeys('RS256', 'key-rsa')];
  dpopKey = await generateKeyPair('ES256', { extractable: true });
  const metadata = { jwks: { keys: [keys.jwk, rsa.jwk] } };
  product = await startProduct({
    prepare: ({ db }) =>
      registerClients(db, [
        { client_id: 'bank', method: 'private_key_jwt', profile: 'fapi2_security', metadata },
        { client_id: 'court', method: 'private_key_jwt', profile: 'fapi2_message_signing', metadata },
        { client_id: 'plain', method: 'private_key_jwt', metadata },
        { client_id: 'with-secret', profile: 'fapi2_security' },
        {
          client_id: 'weak',
          method: 'private_key_jwt',
          profile: 'fapi2_security',
          metadata: { ...metadata, id_token_signed_response_alg: 'RS256' },
        },
      ]),
  });
});
afterAll(() => product?.close());

const configuration = (clientId: string) =>
  configure(product, clientId, client.PrivateKeyJwt({ key: keys.privateKey, kid: 'key-1' }));

async function assertion(clientId: string, claims: Record<string, unknown> = {}, key = keys, alg = 'ES256') {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    iss: clientId,
    sub: clientId,
    aud: product.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
  };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await new SignJWT({ ...all, ...claims })
      .setProtectedHeader({ alg, kid: String(key.jwk.kid) })
      .sign(key.privateKey),
  };
}

async function push(clientId: string, parameters: Record<string, string>) {
  const response = await fetch(`${product.issuer}/request`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: clientId, response_type: 'code', ...parameters }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

/** The whole flow as openid-client does it for such a client. */
async function signIn(clientId: string, extra: Record<string, string> = {}) {
  const config = await configuration(clientId);
  const signed = clientId === 'court';
  if (signed) client.useJwtResponseMode(config);
  const handle = client.getDPoPHandle(config, dpopKey);
  const { parameters, checks } = await prepare(extra);
  const inner = signed
    ? (await client.buildAuthorizationUrlWithJAR(config, parameters, keys.privateKey)).searchParams
    : parameters;
  const url = await client.buildAuthorizationUrlWithPAR(config, inner as Record<string, string>, {
    DPoP: handle,
  });
  const visitor = browser();
  await visitor.open(url.href);
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  const answer = visitor.page.url;
  const tokens = await client.authorizationCodeGrant(config, new URL(answer), checks, undefined, {
    DPoP: handle,
  });
  return { config, handle, tokens, answer, visitor };
}

describe('FAPI 2.0 Security Profile', () => {
  it('is what openid-client does: PAR, private_key_jwt, PKCE, DPoP, iss (§5.3)', async () => {
    const { config, handle, tokens, answer } = await signIn('bank', { scope: 'openid offline_access' });
    expect(tokens.token_type).toBe('dpop');
    expect(new URL(answer).searchParams.get('iss')).toBe(product.issuer);
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('ES256');
    // §5.3.2.1 point 9: a refresh token is not rotated.
    const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, {
      DPoP: handle,
    });
    expect(again.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token);
  });

  it('takes no request but a pushed one (§5.3.2.2)', async () => {
    const { parameters } = await prepare({ client_id: 'bank', response_type: 'code' });
    const visitor = browser();
    await visitor.open(`${product.issuer}/auth?${new URLSearchParams(parameters)}`);
    expect(visitor.page.url).toContain('error=invalid_request');
  });

  it('takes a request only with PKCE S256 and a redirect_uri of its own (§5.3.2.2)', async () => {
    const { parameters } = await prepare();
    const { code_challenge, code_challenge_method, ...without } = parameters;
    expect((await push('bank', { ...without, ...(await assertion('bank')) })).body.error).toBe(
      'invalid_request',
    );
    const { redirect_uri, ...nowhere } = parameters;
    expect((await push('bank', { ...nowhere, ...(await assertion('bank')) })).status).toBe(400);
  });

  it('takes assertions for our issuer alone, as one string, and by strong algorithms (§5.3.2.1, §5.4.1)', async () => {
    const { parameters } = await prepare();
    const attempt = async (id: string, claims: Record<string, unknown>, key = keys, alg = 'ES256') =>
      (await push(id, { ...parameters, ...(await assertion(id, claims, key, alg)) })).status;
    expect(await attempt('bank', {})).toBe(201);
    expect(await attempt('bank', { aud: [product.issuer] })).toBe(401);
    expect(await attempt('bank', { aud: `${product.issuer}/request` })).toBe(401);
    expect(await attempt('bank', {}, rsa, 'RS256')).toBe(401);
    // Another client may.
    expect(await attempt('plain', { aud: [product.issuer] })).toBe(201);
    expect(await attempt('plain', {}, rsa, 'RS256')).toBe(201);
  });

  it('gives no token that is not bound to a key (§5.3.2.1)', async () => {
    const config = await configuration('bank');
    const { parameters, checks } = await prepare();
    const visitor = browser();
    await visitor.open((await client.buildAuthorizationUrlWithPAR(config, parameters)).href);
    await signInWithZalo(visitor, 'an');
    await agree(visitor);
    const answer = new URL(visitor.page.url);
    await expect(client.authorizationCodeGrant(config, answer, checks)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('lets a code live no longer than a minute (§5.3.2.1)', async () => {
    const config = await configuration('bank');
    const handle = client.getDPoPHandle(config, dpopKey);
    const { parameters, checks } = await prepare();
    const visitor = browser();
    await visitor.open(
      (await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP: handle })).href,
    );
    await signInWithZalo(visitor, 'an');
    await agree(visitor);
    const answer = new URL(visitor.page.url);
    product.travel(61);
    await expect(
      client.authorizationCodeGrant(config, answer, checks, undefined, { DPoP: handle }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('lets nobody have it who is registered with a secret or with RS256 (§5.3.2.1, §5.4.1)', async () => {
    const { parameters } = await prepare();
    for (const id of ['with-secret', 'weak']) {
      const { status, body } = await push(id, { ...parameters, ...(await assertion(id)) });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).not.toHaveProperty('request_uri');
    }
  });
});

describe('FAPI 2.0 Message Signing', () => {
  const object = (claims: Record<string, unknown>, alg = 'ES256', key = keys) => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      response_type: 'code',
      client_id: 'court',
      redirect_uri: REDIRECT_URI,
      iss: 'court',
      aud: product.issuer,
      nbf: now,
      exp: now + 300,
      ...claims,
    })
      .setProtectedHeader({ alg, kid: String(key.jwk.kid), typ: 'oauth-authz-req+jwt' })
      .sign(key.privateKey);
  };

  it('signs the request and the answer (§5.3.1, §5.4.1), as openid-client does', async () => {
    const { tokens, answer } = await signIn('court');
    expect(tokens.token_type).toBe('dpop');
    const response = new URL(answer).searchParams.get('response') ?? '';
    expect(decodeProtectedHeader(response).alg).toBe('ES256');
    expect(decodeJwt(response)).toMatchObject({ iss: product.issuer, aud: 'court', exp: expect.any(Number) });
  });

  it('takes no request that is not signed, nor by RS256 (§5.3.1)', async () => {
    const { parameters } = await prepare({ response_mode: 'jwt' });
    const plain = await push('court', { ...parameters, ...(await assertion('court')) });
    expect(plain.body.error).toBe('invalid_request');
    const request = await object({ ...parameters }, 'RS256', rsa);
    const weak = await push('court', { request, ...(await assertion('court')) });
    expect(weak.body.error).toBe('invalid_request_object');
  });

  it('takes an object only with nbf and exp, an hour apart at most, and for us (§5.3.1)', async () => {
    const { parameters } = await prepare({ response_mode: 'jwt' });
    const now = Math.floor(Date.now() / 1000);
    const attempt = async (claims: Record<string, unknown>) => {
      const request = await object({ ...parameters, ...claims });
      return (await push('court', { request, ...(await assertion('court')) })).body.error;
    };
    expect(await attempt({})).toBeUndefined();
    for (const claims of [
      { nbf: undefined },
      { exp: undefined },
      { nbf: now - 3500, exp: now + 200 },
      { aud: 'https://other.example' },
    ])
      expect(await attempt(claims)).toBe('invalid_request_object');
  });

  it('answers in no unsigned way (§5.4.1)', async () => {
    const { parameters } = await prepare({ response_mode: 'query' });
    const request = await object({ ...parameters });
    expect((await push('court', { request, ...(await assertion('court')) })).body.error).toBe(
      'invalid_request',
    );
  });
});
