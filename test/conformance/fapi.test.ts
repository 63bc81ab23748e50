/**
 * The modules of fapi2-security-profile-final and fapi2-message-signing-final that are not in test/oidc/fapi, test/oidc/dpop
 * and test/oidc/requests: private_key_jwt, DPoP, with the static clients. By the suite's names.
 */
import { createHash, randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, plansFor } from '../../scripts/conformance-plans.ts';
import type { Product } from '../support/product.ts';
import { CALLBACK, type Params, Requests, ScriptedBrowser, startForSuite } from './suite.ts';

type Claims = Record<string, unknown>;
type Plan = 'fapi2_security' | 'fapi2_message_signing';

// RFC 7636 Appendix B.
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const MODULE = 'fapi2-security-profile-final-';

let product: Product;
let plans: ReturnType<typeof plansFor>;
let key: { privateKey: CryptoKey; jwk: JWK };

beforeAll(async () => {
  product = await startForSuite();
  plans = plansFor(product.issuer);
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = { privateKey: pair.privateKey, jwk: await exportJWK(pair.publicKey) };
});
afterAll(() => product?.close());

const now = () => Math.floor(Date.now() / 1000);
const clientOf = (plan: Plan, which: 'client' | 'client2' = 'client'): Client => {
  const client = plans[plan]?.[which];
  if (!client) throw new Error('no client');
  return client;
};

async function sign(client: Client, claims: Claims, header: Claims = {}): Promise<string> {
  const [jwk] = client.jwks?.keys ?? [];
  const all = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(all)
    .setProtectedHeader({ alg: 'ES256', kid: String(jwk?.kid), ...header })
    .sign((await importJWK(jwk as JWK, 'ES256')) as CryptoKey);
}

async function assertion(client: Client, more: Claims = {}): Promise<Params> {
  const { client_id: id } = client;
  const claims = {
    iss: id,
    sub: id,
    aud: product.issuer,
    jti: randomUUID(),
    iat: now(),
    exp: now() + 60,
    ...more,
  };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await sign(client, claims),
  };
}

let nonce: string | undefined;

function proof(htm: string, path: string, more: Claims = {}): Promise<string> {
  const claims = { jti: randomUUID(), htm, htu: `${product.issuer}${path}`, iat: now(), nonce, ...more };
  const all = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(all)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk })
    .sign(key.privateKey);
}

/** As the suite does it: where a nonce is asked for, once more, with another assertion. */
async function send(client: Client, path: string, params: Params, { dpop = true, more = {} as Claims } = {}) {
  const requests = new Requests(product, client);
  for (let attempt = 0; ; attempt += 1) {
    const headers = dpop ? { dpop: await proof('POST', path, more) } : {};
    const answer = await requests.post(
      path,
      { ...(await assertion(client)), ...params },
      headers as Record<string, string>,
    );
    nonce = answer.headers.get('dpop-nonce') ?? nonce;
    if (answer.body.error !== 'use_dpop_nonce' || attempt > 0) return answer;
  }
}

const parameters = (client: Client, more: Params = {}): Params => ({
  client_id: client.client_id,
  response_type: 'code',
  redirect_uri: CALLBACK,
  scope: 'openid offline_access',
  state: 'a-state-of-the-suite',
  nonce: 'a-nonce-of-the-suite',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
  ...more,
});

const push = (client: Client, more: Params = {}, options = { dpop: false }) =>
  send(client, '/request', parameters(client, more), options);
const authorize = (client: Client, request_uri: string | undefined) =>
  `${product.issuer}/auth?${new URLSearchParams({ client_id: client.client_id, request_uri: request_uri ?? '' })}`;
const redeem = (client: Client, code: string | undefined, more: Params = {}) =>
  send(client, '/token', {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
    ...more,
  });
const open = (module?: string) =>
  new ScriptedBrowser('fapi2_security', product.issuer, module && `${MODULE}${module}`);

async function signIn(more: Params = {}) {
  const client = clientOf('fapi2_security');
  const { body } = await push(client, more);
  const browser = open();
  const answer = await browser.visit(authorize(client, body.request_uri));
  const tokens = await redeem(client, answer.code);
  expect(tokens.status, JSON.stringify([answer, tokens.body])).toBe(200);
  return { client, answer, tokens: tokens.body, requestUri: body.request_uri, browser };
}

/** One call of userinfo, with as many proofs as are given. */
function callUserInfo(authorization: string, dpop: string[]): Promise<number> {
  return new Promise((settle, refuse) => {
    get(
      `${product.issuer}/me`,
      { headers: { authorization, ...(dpop.length > 0 ? { dpop } : {}) } },
      (response) => {
        response.resume();
        settle(response.statusCode ?? 0);
      },
    ).on('error', refuse);
  });
}

describe('fapi2-security-profile-final', () => {
  it('…-happy-flow, -access-token-type-header-case-sensitivity (RFC 9110 §11.1)', async () => {
    const { answer, tokens } = await signIn();
    expect(answer).toMatchObject({ state: 'a-state-of-the-suite', iss: product.issuer });
    expect(tokens).toMatchObject({ token_type: 'DPoP', refresh_token: expect.any(String) });
    const ath = createHash('sha256').update(String(tokens.access_token)).digest('base64url');
    for (const scheme of ['DPoP', 'dpop', 'DPOP', 'DpOp'])
      expect(
        await callUserInfo(`${scheme} ${tokens.access_token}`, [await proof('GET', '/me', { ath })]),
      ).toBe(200);
  });

  it('…-user-rejects-authentication: access_denied, by a button with a stable id', async () => {
    const client = clientOf('fapi2_security');
    const { body } = await push(client);
    const answer = await open('user-rejects-authentication').visit(authorize(client, body.request_uri));
    expect(answer).toMatchObject({
      error: 'access_denied',
      state: 'a-state-of-the-suite',
      iss: product.issuer,
    });
  });

  it('…-ensure-authorization-request-without-state, -without-nonce, -with-long-state, -with-long-nonce', async () => {
    expect((await signIn({ state: undefined })).answer).not.toHaveProperty('state');
    await signIn({ nonce: undefined });
    const long = 'x'.repeat(384);
    expect((await signIn({ state: long, nonce: long })).answer.state).toBe(long);
  });

  it('…-client-assertion with iat and nbf 8 s ahead is taken, 61 s ahead is not (§5.3.2.1 points 13, 14)', async () => {
    const client = clientOf('fapi2_security');
    const attempt = async (seconds: number) => {
      const at = now() + seconds;
      return (await push(client, await assertion(client, { iat: at, nbf: at, exp: at + 60 }))).status;
    };
    expect([await attempt(8), await attempt(61)]).toEqual([201, 401]);
  });

  it.each<[string, Claims]>([
    ['with-exp-is-5-minutes-in-past', { exp: 1 }],
    ['with-wrong-aud', { aud: 'https://other.example' }],
    ['with-no-sub', { sub: undefined }],
    ['par-endpoint-as-audience', { aud: 'the PAR endpoint' }],
  ])('…-ensure-client-assertion-%s-fails', async (_, claims) => {
    const client = clientOf('fapi2_security');
    const aud = claims.aud === 'the PAR endpoint' ? { aud: `${product.issuer}/request` } : {};
    const answer = await push(client, await assertion(client, { ...claims, ...aud }));
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });

  it('…-ensure-client-assertion-in-token-endpoint, -holder-of-key-required', async () => {
    const client = clientOf('fapi2_security');
    const { body } = await push(client);
    const { code } = await open().visit(authorize(client, body.request_uri));
    const nobody = { client_assertion: undefined, client_assertion_type: undefined };
    expect((await redeem(client, code, { ...nobody, client_id: client.client_id })).body.error).toBe(
      'invalid_client',
    );
    const bare = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER };
    expect((await send(client, '/token', bare, { dpop: false })).status).toBe(400);
    expect((await redeem(client, code, { code_verifier: 'x'.repeat(43) })).body.error).toBe('invalid_grant');
    expect((await redeem(clientOf('fapi2_security', 'client2'), code)).body.error).toBe('invalid_grant');
  });

  it('…-refresh-token: bound to the client (RFC 6749 §10.4)', async () => {
    const { client, tokens } = await signIn();
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect((await send(client, '/token', refresh)).status).toBe(200);
    const other = await send(clientOf('fapi2_security', 'client2'), '/token', refresh);
    expect(other.body.error).toBe('invalid_grant');
  });

  it('…-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds (§5.3.2.2 note 3)', async () => {
    const client = clientOf('fapi2_security');
    const { body } = await push(client);
    const browser = open('par-ensure-reused-request-uri-prior-to-auth-completion-succeeds');
    expect(await browser.visit(authorize(client, body.request_uri))).toEqual({});
    expect((await browser.visit(authorize(client, body.request_uri))).code).toBeTruthy();
  });

  it('…-par-attempt-reuse-request_uri, -for-different-client: a page that says so (RFC 9126 §4, §7.3)', async () => {
    const client = clientOf('fapi2_security');
    const { body } = await push(client);
    const browser = open('par-attempt-reuse-request_uri');
    expect((await browser.visit(authorize(client, body.request_uri))).code).toBeTruthy();
    await browser.visit(authorize(client, body.request_uri));
    expect([browser.visitor.page.status, browser.pictures.length]).toEqual([400, 1]);

    const fresh = await push(client);
    const other = open('par-attempt-to-use-request_uri-for-different-client');
    await other.visit(authorize(clientOf('fapi2_security', 'client2'), fresh.body.request_uri));
    expect([other.visitor.page.status, other.pictures.length]).toEqual([400, 1]);
  });

  it('…-dpop proofs with iat 10 s off, nbf and exp, are taken; a proof at PAR binds the code (RFC 9449 §10)', async () => {
    const client = clientOf('fapi2_security');
    for (const seconds of [-10, 10])
      expect(
        (await send(client, '/request', parameters(client), { dpop: true, more: { iat: now() + seconds } }))
          .status,
      ).toBe(201);
    expect(
      (
        await send(client, '/request', parameters(client), {
          dpop: true,
          more: { nbf: now() - 5, exp: now() + 60 },
        })
      ).status,
    ).toBe(201);

    const stranger = 'x'.repeat(43);
    const both = await send(client, '/request', parameters(client, { dpop_jkt: stranger }));
    expect([both.status, both.body.error]).toEqual([
      400,
      expect.stringMatching(/^invalid_(request|dpop_proof)$/),
    ]);
    const { body } = await push(client, { dpop_jkt: stranger });
    const { code } = await open().visit(authorize(client, body.request_uri));
    expect((await redeem(client, code)).status).toBe(400);
  });

  it('…-dpop-negative-tests, at userinfo (RFC 9449 §4.3, §7.1)', async () => {
    const { tokens } = await signIn();
    const token = String(tokens.access_token);
    const ath = createHash('sha256').update(token).digest('base64url');
    const good = () => proof('GET', '/me', { ath });
    const call = (dpop: string[], scheme = 'DPoP') => callUserInfo(`${scheme} ${token}`, dpop);
    expect(await call([await good()])).toBe(200);
    expect(await call([await proof('GET', '/me?query=1#fragment', { ath })])).toBe(200);
    expect(await call([await proof('GET', '/me', { ath, extra: 'ignored' })])).toBe(200);
    const used = await good();
    expect([await call([used]), await call([used])]).toEqual([200, 401]);
    for (const [name, proofs, scheme] of [
      ['two of them', [await good(), await good()]],
      ['none', []],
      ['no ath', [await proof('GET', '/me')]],
      ['another ath', [await proof('GET', '/me', { ath: 'x'.repeat(43) })]],
      ['another method', [await proof('PUT', '/me', { ath })]],
      ['another address', [await proof('GET', '/token', { ath })]],
      ['no jti', [await proof('GET', '/me', { ath, jti: undefined })]],
      ['nonsense', ['a.b.c']],
      ['as a bearer', [await good()], 'Bearer'],
    ] as [string, string[], string?][]) {
      const status = await call(proofs, scheme);
      expect([400, 401], name).toContain(status);
    }
  });

  it('…-test-claims-parameter-identity-claims: told where asked, unknown ones ignored (Core §5.5)', async () => {
    const claims = {
      id_token: { name: null, 'claim-9f2c': { essential: true } },
      userinfo: { name: { essential: true }, 'claim-9f2c': null },
    };
    const { client, tokens } = await signIn({ claims: JSON.stringify(claims), scope: 'openid' });
    const idToken = await new Requests(product, client).readIdToken(tokens.id_token);
    expect(idToken).toHaveProperty('name');
    expect(idToken).not.toHaveProperty('claim-9f2c');
  });
});

describe('fapi2-message-signing-final', () => {
  const object = async (more: Claims = {}, header: Claims = {}) => {
    const client = clientOf('fapi2_message_signing');
    const inside = { ...parameters(client), response_mode: 'jwt' };
    const times = { nbf: now(), iat: now(), exp: now() + 300 };
    const request = await sign(
      client,
      { ...inside, iss: client.client_id, aud: product.issuer, ...times, ...more },
      header,
    );
    return send(client, '/request', { client_id: client.client_id, request }, { dpop: false });
  };

  it.each<[string, () => Claims]>([
    ['with-multiple-aud', () => ({ aud: [product.issuer, 'https://other.example'] })],
    ['with-nbf-8-seconds-in-the-future', () => ({ nbf: now() + 8, iat: now() + 8 })],
  ])('…-ensure-request-object-%s is accepted', async (_, claims) => {
    expect((await object(claims())).status).toBe(201);
  });

  it.each<[string, () => Claims, string?]>([
    ['without-exp', () => ({ exp: undefined })],
    ['without-nbf', () => ({ nbf: undefined })],
    ['expired', () => ({ nbf: now() - 400, exp: now() - 100 })],
    ['with-bad-aud', () => ({ aud: 'https://other.example' })],
    ['with-exp-over-60', () => ({ exp: now() + 4200 })],
    ['with-nbf-over-60', () => ({ nbf: now() - 4200 })],
    ['without-redirect-uri', () => ({ redirect_uri: undefined }), 'invalid_request'],
    [
      'with-response-type-code-id-token',
      () => ({ response_type: 'code id_token' }),
      'unsupported_response_type',
    ],
    ['of another client', () => ({ client_id: 'conformance-signing-2', iss: 'conformance-signing-2' })],
  ])('…-ensure-request-object-%s-fails', async (_, claims, error = 'invalid_request_object') => {
    const { status, body } = await object(claims());
    expect([status, body.error]).toEqual([400, error]);
  });

  it('…-state-only-outside-request-object-not-used, -different-nonce-inside-and-outside (RFC 9101 §6.3)', async () => {
    const client = clientOf('fapi2_message_signing');
    const { body } = await object({ state: undefined });
    const browser = new ScriptedBrowser('fapi2_message_signing', product.issuer);
    const answer = await browser.visit(
      `${authorize(client, body.request_uri)}&state=from-outside&nonce=from-outside`,
    );
    const response = JSON.parse(
      Buffer.from(String(answer.response).split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(response).not.toHaveProperty('state');
    const tokens = await redeem(client, response.code);
    const idToken = await new Requests(product, client).readIdToken(tokens.body.id_token);
    expect(idToken.nonce).toBe('a-nonce-of-the-suite');
  });
});
