/**
 * The nonce of a DPoP proof and the assertion of the same request: who is told `use_dpop_nonce` (RFC 9449 §8) may send the
 * same request again, with the same assertion, because the refused one had no effect. Over two nodes that answer in turn.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { browser, type KeyPair, makeKeys, prepare, registerClients } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';
import { REDIRECT_URI } from '../support/relying-party.ts';

type Form = Record<string, string>;
type Answer = { status: number; nonce: string | null; body: Record<string, string> };

let product: Product;
let keys: KeyPair;
let proofKey: { privateKey: CryptoKey; jwk: JWK };

beforeAll(async () => {
  keys = await makeKeys();
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  proofKey = { privateKey, jwk: await exportJWK(publicKey) };
  const metadata = { jwks: { keys: [keys.jwk] } };
  const method = 'private_key_jwt';
  product = await startProduct({
    nodes: 2,
    prepare: ({ db }) =>
      registerClients(db, [
        { client_id: 'bank', method, metadata, profile: 'fapi2_security' },
        { client_id: 'court', method, metadata, profile: 'fapi2_message_signing' },
        {
          client_id: 'machine',
          method,
          metadata,
          profile: 'fapi2_security',
          grant_types: ['client_credentials'],
          redirect_uris: [],
        },
      ]),
  });
});
afterAll(() => product?.close());

const now = () => Math.floor(Date.now() / 1000);

function sign(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'key-1' }).sign(keys.privateKey);
}

async function assertion(client: string): Promise<Form> {
  const times = { iat: now(), exp: now() + 60, jti: randomUUID() };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await sign({ iss: client, sub: client, aud: product.issuer, ...times }),
  };
}

/** Sends a form as it stands, with a proof of its own. */
async function send(
  path: string,
  form: Form,
  nonce?: string | null,
  jti: string = randomUUID(),
): Promise<Answer> {
  const claims = { jti, htm: 'POST', htu: `${product.issuer}${path}`, iat: now() };
  const dpop = await new SignJWT({ ...claims, ...(nonce ? { nonce } : {}) })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: proofKey.jwk })
    .sign(proofKey.privateKey);
  const response = await fetch(`${product.issuer}${path}`, {
    method: 'POST',
    headers: { dpop },
    body: new URLSearchParams(form),
  });
  const body = (await response.json()) as Record<string, string>;
  return { status: response.status, nonce: response.headers.get('dpop-nonce'), body };
}

async function pushed(client: 'bank' | 'court'): Promise<Form> {
  const { parameters } = await prepare({ client_id: client, response_type: 'code' });
  if (client === 'bank') return { ...parameters, ...(await assertion(client)) };
  const times = { nbf: now(), exp: now() + 300, jti: randomUUID() };
  const inside = { ...parameters, response_mode: 'jwt', iss: client, aud: product.issuer, ...times };
  return { client_id: client, request: await sign(inside), ...(await assertion(client)) };
}

const asked: [string, string, () => Promise<Form>][] = [
  ['a pushed request', '/request', () => pushed('bank')],
  ['a pushed request that is signed', '/request', () => pushed('court')],
  [
    'a request for a token',
    '/token',
    async () => ({ grant_type: 'client_credentials', ...(await assertion('machine')) }),
  ],
];

describe.each(asked)('%s that was refused for its nonce', (_, path, make) => {
  it('is taken when it comes again with the same assertion, once', async () => {
    const form = await make();
    const refused = await send(path, form);
    expect([refused.status, refused.body.error]).toEqual([400, 'use_dpop_nonce']);
    const wrong = await send(path, form, 'made-up');
    expect([wrong.status, wrong.body.error]).toEqual([400, 'use_dpop_nonce']);
    expect((await send(path, form, refused.nonce)).status).toBe(path === '/token' ? 200 : 201);
    for (let node = 0; node < 2; node += 1) {
      const replayed = await send(path, form, refused.nonce);
      expect([replayed.status, replayed.body.error]).toEqual([401, 'invalid_client']);
    }
  });

  it('is taken once when it comes many times at once', async () => {
    const form = await make();
    const many = (nonce?: string | null) =>
      Promise.all(Array.from({ length: 8 }, () => send(path, form, nonce)));
    const refused = await many();
    expect(refused.map(({ body }) => body.error)).toEqual(Array(8).fill('use_dpop_nonce'));
    const answers = await many(refused[0]?.nonce);
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error === 'invalid_client')).toHaveLength(7);
  });
});

it('a proof that is wrong uses no assertion up, and one that was used is refused with another assertion', async () => {
  const form = { grant_type: 'client_credentials', ...(await assertion('machine')) };
  const { nonce } = await send('/token', form);
  const elsewhere = await send('/request', await pushed('bank'), nonce, 'the-same-proof');
  expect(elsewhere.status).toBe(201);
  const twice = await send('/request', await pushed('bank'), nonce, 'the-same-proof');
  expect([twice.status, twice.body.error]).toEqual([400, 'invalid_request']);
  expect((await send('/token', form, nonce)).status).toBe(200);
});

it('neither uses a code up: the same redemption brings the tokens', async () => {
  const form = await pushed('bank');
  const { parameters, checks } = await prepare({ client_id: 'bank', response_type: 'code' });
  const { nonce } = await send('/request', form);
  const { body } = await send('/request', { ...parameters, ...(await assertion('bank')) }, nonce);
  const visitor = browser();
  const request = new URLSearchParams({ client_id: 'bank', request_uri: body.request_uri ?? '' });
  await visitor.open(`${product.issuer}/auth?${request}`);
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  const redemption = {
    grant_type: 'authorization_code',
    code: new URL(visitor.page.url).searchParams.get('code') ?? '',
    redirect_uri: parameters.redirect_uri ?? '',
    code_verifier: checks.pkceCodeVerifier,
    ...(await assertion('bank')),
  };
  expect((await send('/token', redemption)).body.error).toBe('use_dpop_nonce');
  const tokens = await send('/token', redemption, nonce);
  expect(tokens).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });

  // UserInfo asks for a nonce of those whose clock is wrong, as a resource does (RFC 9449 §9): 401, and where the nonce is.
  const token = String(tokens.body.access_token);
  const call = async (more: Record<string, unknown> = {}) => {
    const ath = createHash('sha256').update(token).digest('base64url');
    const claims = { jti: randomUUID(), htm: 'GET', htu: `${product.issuer}/me`, iat: now(), ath };
    const dpop = await new SignJWT({ ...claims, ...more })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: proofKey.jwk })
      .sign(proofKey.privateKey);
    const headers = { authorization: `DPoP ${token}`, dpop, origin: new URL(REDIRECT_URI).origin };
    return fetch(`${product.issuer}/me`, { headers });
  };
  const iat = now() + 3600;
  const bare = await call({ iat });
  expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([
    401,
    expect.stringMatching(/^DPoP .*error="use_dpop_nonce"/),
  ]);
  expect(bare.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('dpop-nonce');
  expect((await call({ iat, nonce: bare.headers.get('dpop-nonce') })).status).toBe(200);
});
