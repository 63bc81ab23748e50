/** Tokens bound to a key (RFC 9449): proofs, nonces, replay, and what a stolen token is worth. */
import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { browser, configure, prepare, registerClients, SECRET } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService } from '../support/relying-party.ts';

let product: Product;
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let key: Pair;
let jwk: JWK;

beforeAll(async () => {
  key = await generateKeyPair('ES256', { extractable: true });
  jwk = await exportJWK(key.publicKey);
  product = await startProduct({
    prepare: ({ db }) =>
      registerClients(db, [
        { client_id: 'phone', method: 'none' },
        { client_id: 'bound', metadata: { dpop_bound_access_tokens: true } },
        { client_id: 'machine', grant_types: ['client_credentials'], redirect_uris: [] },
      ]),
  });
});
afterAll(() => product?.close());

type Claims = Record<string, unknown>;

function proof(claims: Claims = {}, header: Claims = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  return new SignJWT({ jti: randomUUID(), htm: 'POST', htu: `${product.issuer}/token`, iat, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(key.privateKey);
}

async function askMachine(dpop: string, scope?: string) {
  const response = await fetch(`${product.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`machine:${SECRET}`).toString('base64')}`, dpop },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) }),
  });
  return {
    status: response.status,
    nonce: response.headers.get('dpop-nonce'),
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('a proof (§4.3)', () => {
  it('binds the token to its key (§5, §6.1), and is good once (§11.1), whoever of many comes first', async () => {
    const sent = await proof();
    const answers = await Promise.all(Array.from({ length: 8 }, () => askMachine(sent)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    expect(good[0]?.body.token_type).toBe('DPoP');
  });

  it('cannot be used again when it is dated ahead and remembered too shortly', async () => {
    const sent = await proof({ iat: Math.floor(Date.now() / 1000) + 290 });
    expect((await askMachine(sent)).status).toBe(200);
    product.travel(320);
    expect((await askMachine(sent)).status).toBe(400);
  });

  it.each<[string, Claims, Claims?]>([
    ['for another method (point 8)', { htm: 'GET' }],
    ['for another address (point 9)', { htu: 'https://other.example/token' }],
    ['of long ago (point 11)', { iat: 1 }],
    ['without an id', { jti: undefined }],
    ['of another type (point 4)', {}, { typ: 'JWT' }],
    ['without a key (point 6)', {}, { jwk: undefined }],
  ])('is refused %s', async (_, claims, header) => {
    const { status, body } = await askMachine(await proof(claims, header));
    expect(status).toBe(400);
    expect(['invalid_dpop_proof', 'use_dpop_nonce']).toContain(body.error);
  });

  it('is refused with a nonce that is not ours (§9), and one of ours comes with the refusal', async () => {
    const { body, nonce } = await askMachine(await proof({ nonce: 'made-up' }));
    expect(body.error).toBe('use_dpop_nonce');
    expect((await askMachine(await proof({ nonce }))).status).toBe(200);
  });
});

describe('an app on a phone', () => {
  async function signIn(handle: client.DPoPHandle | undefined, config: client.Configuration) {
    const { parameters, checks } = await prepare({ scope: 'openid offline_access' });
    const visitor = browser();
    await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
    await signInWithZalo(visitor, 'an');
    await agree(visitor);
    const options = handle ? { DPoP: handle } : {};
    return client.authorizationCodeGrant(config, new URL(visitor.page.url), checks, undefined, options);
  }

  it('must bring a nonce (§8), and its refresh token is bound to its key (§5)', async () => {
    const config = await configure(product, 'phone', client.None());
    const handle = client.getDPoPHandle(config, key);
    const tokens = await signIn(handle, config);
    expect(tokens.token_type).toBe('dpop');

    const refresh = (use?: client.DPoPHandle) =>
      client.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, use ? { DPoP: use } : {});
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    const thief = await generateKeyPair('ES256');
    await expect(refresh(client.getDPoPHandle(config, thief))).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect((await refresh(handle)).refresh_token).toBeTruthy();
  });

  it('uses its token with a proof only (§7.1): a stolen one opens nothing', async () => {
    const config = await configure(product, 'phone', client.None());
    const handle = client.getDPoPHandle(config, key);
    const { access_token } = await signIn(handle, config);
    const who = await client.fetchUserInfo(config, access_token, client.skipSubjectCheck, { DPoP: handle });
    expect(who.sub).toBeTruthy();
    for (const scheme of ['Bearer', 'DPoP']) {
      const answer = await fetch(`${product.issuer}/me`, {
        headers: { authorization: `${scheme} ${access_token}` },
      });
      expect(answer.ok).toBe(false);
    }
  });

  it('that registered to be bound gets no token without a proof (§5.2)', async () => {
    const config = await configure(product, 'bound');
    await expect(signIn(undefined, config)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a service', () => {
  it('learns the key at introspection (§6.2)', async () => {
    const { body } = await askMachine(await proof(), 'hoso.xem');
    expect(await introspectAsService(product, String(body.access_token))).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: await calculateJwkThumbprint(jwk) },
    });
  });
});
