/**
 * The modules of fapi2-security-profile-final and fapi2-message-signing-final that are not in test/oidc/fapi, test/oidc/dpop
 * and test/oidc/requests: private_key_jwt, DPoP, with the static clients. By the suite's names.
 */
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Product } from '../support/product.ts';
import { type Claims, FapiSuite, now, parameters, sign, VERIFIER } from './fapi-suite.ts';
import { type Answer, CALLBACK, Requests, startForSuite } from './suite.ts';

// What the suite registers and sends for its second client.
const WITH_QUERY = `${CALLBACK}?dummy1=lorem&dummy2=ipsum`;
const LONG_STATE = 'x'.repeat(128);

let product: Product;
let suite: FapiSuite;
let signing: FapiSuite;

beforeAll(async () => {
  product = await startForSuite();
  suite = await FapiSuite.open(product);
  signing = await FapiSuite.open(product, 'fapi2_message_signing');
});
afterAll(() => product?.close());

describe('fapi2-security-profile-final', () => {
  it('…-happy-flow, -access-token-type-header-case-sensitivity (RFC 9110 §11.1)', async () => {
    const { answer, tokens } = await suite.signIn();
    expect(answer).toMatchObject({ state: 'a-state-of-the-suite', iss: product.issuer });
    expect(tokens).toMatchObject({ token_type: 'DPoP', refresh_token: expect.any(String) });
    const ath = createHash('sha256').update(String(tokens.access_token)).digest('base64url');
    for (const scheme of ['DPoP', 'dpop', 'DPOP', 'DpOp'])
      expect(
        await suite.callUserInfo(`${scheme} ${tokens.access_token}`, [
          await suite.proof('GET', '/me', { ath }),
        ]),
      ).toBe(200);
  });

  it('…-happy-flow, the second client: an address with a query, a long state, dpop_jkt without a proof', async () => {
    const client = suite.client('client2');
    const asked = { redirect_uri: WITH_QUERY, state: LONG_STATE, dpop_jkt: await suite.thumbprint() };
    const { body } = await suite.push(client, asked);
    const answer = await suite.browser().visit(suite.authorize(client, body.request_uri));
    expect(answer).toMatchObject({
      dummy1: 'lorem',
      dummy2: 'ipsum',
      code: expect.any(String),
      state: LONG_STATE,
      iss: product.issuer,
    });
    const tokens = await suite.redeem(client, answer.code, { redirect_uri: WITH_QUERY });
    expect([tokens.status, tokens.body.token_type]).toEqual([200, 'DPoP']);
  });

  it.each([
    ['client', {}],
    ['client2', { redirect_uri: WITH_QUERY }],
  ] as const)(
    '…-user-rejects-authentication, as %s: access_denied, by a button with a stable id',
    async (which, asked) => {
      const client = suite.client(which);
      const { body } = await suite.push(client, { ...asked, state: LONG_STATE });
      const answer = await suite
        .browser('user-rejects-authentication')
        .visit(suite.authorize(client, body.request_uri));
      expect(answer).toEqual({
        ...('redirect_uri' in asked ? { dummy1: 'lorem', dummy2: 'ipsum' } : {}),
        error: 'access_denied',
        error_description: expect.any(String),
        state: LONG_STATE,
        iss: product.issuer,
      });
    },
  );

  it('…-ensure-authorization-request-without-state, -without-nonce, -with-long-state, -with-long-nonce', async () => {
    expect((await suite.signIn({ state: undefined })).answer).not.toHaveProperty('state');
    await suite.signIn({ nonce: undefined });
    const long = 'x'.repeat(1000);
    expect((await suite.signIn({ state: long, nonce: long })).answer.state).toBe(long);
  });

  it('…-client-assertion with iat and nbf 8 s ahead is taken, 61 s ahead is not (§5.3.2.1 points 13, 14)', async () => {
    const client = suite.client();
    const attempt = async (seconds: number) => {
      const at = now() + seconds;
      return (await suite.push(client, await suite.assertion(client, { iat: at, nbf: at, exp: at + 60 })))
        .status;
    };
    expect([await attempt(8), await attempt(61)]).toEqual([201, 401]);
  });

  it.each<[string, Claims]>([
    ['with-exp-is-5-minutes-in-past', { exp: 1 }],
    ['with-wrong-aud', { aud: 'https://other.example' }],
    ['with-no-sub', { sub: undefined }],
    ['par-endpoint-as-audience', { aud: 'the PAR endpoint' }],
  ])('…-ensure-client-assertion-%s-fails', async (_, claims) => {
    const client = suite.client();
    const aud = claims.aud === 'the PAR endpoint' ? { aud: `${product.issuer}/request` } : {};
    const answer = await suite.push(client, await suite.assertion(client, { ...claims, ...aud }));
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });

  it('…-ensure-client-assertion-in-token-endpoint, -holder-of-key-required', async () => {
    const client = suite.client();
    const { body } = await suite.push(client);
    const { code } = await suite.browser().visit(suite.authorize(client, body.request_uri));
    const nobody = { client_assertion: undefined, client_assertion_type: undefined };
    expect((await suite.redeem(client, code, { ...nobody, client_id: client.client_id })).body.error).toBe(
      'invalid_client',
    );
    const bare = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER };
    expect((await suite.send(client, '/token', bare, { dpop: false })).status).toBe(400);
    expect((await suite.redeem(client, code, { code_verifier: 'x'.repeat(43) })).body.error).toBe(
      'invalid_grant',
    );
    expect((await suite.redeem(suite.client('client2'), code)).body.error).toBe('invalid_grant');
  });

  it('…-refresh-token: bound to the client (RFC 6749 §10.4)', async () => {
    const { client, tokens } = await suite.signIn();
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect((await suite.send(client, '/token', refresh)).status).toBe(200);
    const other = await suite.send(suite.client('client2'), '/token', refresh);
    expect(other.body.error).toBe('invalid_grant');
  });

  it('…-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds (§5.3.2.2 note 3)', async () => {
    const client = suite.client();
    const { body } = await suite.push(client);
    const browser = suite.browser('par-ensure-reused-request-uri-prior-to-auth-completion-succeeds');
    expect(await browser.visit(suite.authorize(client, body.request_uri))).toEqual({});
    expect((await browser.visit(suite.authorize(client, body.request_uri))).code).toBeTruthy();
  });

  it('…-par-attempt-reuse-request_uri, -for-different-client: a page that says so (RFC 9126 §4, §7.3)', async () => {
    const client = suite.client();
    const { body } = await suite.push(client);
    const browser = suite.browser('par-attempt-reuse-request_uri');
    expect((await browser.visit(suite.authorize(client, body.request_uri))).code).toBeTruthy();
    await browser.visit(suite.authorize(client, body.request_uri));
    expect([browser.visitor.page.status, browser.pictures.length]).toEqual([400, 1]);

    const fresh = await suite.push(client);
    const other = suite.browser('par-attempt-to-use-request_uri-for-different-client');
    await other.visit(suite.authorize(suite.client('client2'), fresh.body.request_uri));
    expect([other.visitor.page.status, other.pictures.length]).toEqual([400, 1]);
  });

  it('…-dpop proofs with iat 10 s off, nbf and exp, are taken; a proof at PAR binds the code (RFC 9449 §10)', async () => {
    const client = suite.client();
    for (const seconds of [-10, 10])
      expect(
        (
          await suite.send(client, '/request', parameters(client), {
            dpop: true,
            more: { iat: now() + seconds },
          })
        ).status,
      ).toBe(201);
    expect(
      (
        await suite.send(client, '/request', parameters(client), {
          dpop: true,
          more: { nbf: now() - 5, exp: now() + 60 },
        })
      ).status,
    ).toBe(201);

    const stranger = 'x'.repeat(43);
    const both = await suite.send(client, '/request', parameters(client, { dpop_jkt: stranger }));
    expect([both.status, both.body.error]).toEqual([
      400,
      expect.stringMatching(/^invalid_(request|dpop_proof)$/),
    ]);
    const { body } = await suite.push(client, { dpop_jkt: stranger });
    const { code } = await suite.browser().visit(suite.authorize(client, body.request_uri));
    expect((await suite.redeem(client, code)).status).toBe(400);
  });

  it('…-dpop-negative-tests, at userinfo (RFC 9449 §4.3, §7.1)', async () => {
    const { tokens } = await suite.signIn();
    const token = String(tokens.access_token);
    const ath = createHash('sha256').update(token).digest('base64url');
    const good = () => suite.proof('GET', '/me', { ath });
    const call = (dpop: string[], scheme = 'DPoP') => suite.callUserInfo(`${scheme} ${token}`, dpop);
    expect(await call([await good()])).toBe(200);
    expect(await call([await suite.proof('GET', '/me?query=1#fragment', { ath })])).toBe(200);
    expect(await call([await suite.proof('GET', '/me', { ath, extra: 'ignored' })])).toBe(200);
    // RFC 3986 §6.2.2: scheme and host in any case.
    const htu = `${product.issuer.toUpperCase()}/me`;
    expect(await call([await suite.proof('GET', '/me', { ath, htu })])).toBe(200);
    expect(await call([await suite.proof('GET', '/me', { ath }, { extra: 'ignored' })])).toBe(200);
    const used = await good();
    expect([await call([used]), await call([used])]).toEqual([200, 401]);
    const [header, payload, signature = ''] = (await good()).split('.');
    const first = signature.startsWith('A') ? 'B' : 'A';
    const encode = (json: Claims) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const read = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
    for (const [name, proofs, scheme] of [
      ['two of them', [await good(), await good()]],
      ['none', []],
      ['no ath', [await suite.proof('GET', '/me')]],
      ['another ath', [await suite.proof('GET', '/me', { ath: 'x'.repeat(43) })]],
      ['another method', [await suite.proof('PUT', '/me', { ath })]],
      ['another address', [await suite.proof('GET', '/token', { ath })]],
      ['no jti', [await suite.proof('GET', '/me', { ath, jti: undefined })]],
      ['no htm', [await suite.proof('GET', '/me', { ath, htm: undefined })]],
      ['no htu', [await suite.proof('GET', '/me', { ath, htu: undefined })]],
      ['no iat', [await suite.proof('GET', '/me', { ath, iat: undefined })]],
      ['of an hour ago', [await suite.proof('GET', '/me', { ath, iat: now() - 3600, nonce: undefined })]],
      ['of the next hour', [await suite.proof('GET', '/me', { ath, iat: now() + 3600, nonce: undefined })]],
      ['no typ', [await suite.proof('GET', '/me', { ath }, { typ: undefined })]],
      ['another typ', [await suite.proof('GET', '/me', { ath }, { typ: 'JWT' })]],
      ['no jwk', [await suite.proof('GET', '/me', { ath }, { jwk: undefined })]],
      ['a private jwk', [await suite.proof('GET', '/me', { ath }, { jwk: await suite.privateKey() })]],
      ['another signature', [[header, payload, first + signature.slice(1)].join('.')]],
      ['no alg', [[encode({ ...read(header), alg: undefined }), payload, signature].join('.')]],
      ['alg none', [[encode({ ...read(header), alg: 'none' }), payload, ''].join('.')]],
      ['of another key', [await (await FapiSuite.open(product)).proof('GET', '/me', { ath })]],
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
    const { client, tokens } = await suite.signIn({ claims: JSON.stringify(claims), scope: 'openid' });
    const idToken = await new Requests(product, client).readIdToken(tokens.id_token);
    expect(idToken).toHaveProperty('name');
    expect(idToken).not.toHaveProperty('claim-9f2c');
  });
});

describe('fapi2-message-signing-final', () => {
  const object = async (more: Claims = {}, header: Claims = {}) => {
    const client = signing.client();
    const inside = { ...parameters(client), response_mode: 'jwt' };
    const times = { nbf: now(), iat: now(), exp: now() + 300 };
    const request = await sign(
      client,
      { ...inside, iss: client.client_id, aud: product.issuer, ...times, ...more },
      header,
    );
    return signing.send(client, '/request', { client_id: client.client_id, request }, { dpop: false });
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

  it('…-happy-flow, the second client: an address with a query, the object with iat and its media type (JAR §4)', async () => {
    const client = signing.client('client2');
    const times = { nbf: now(), iat: now(), exp: now() + 300 };
    const inside = parameters(client, { redirect_uri: WITH_QUERY, state: LONG_STATE, response_mode: 'jwt' });
    const claims = { ...inside, iss: client.client_id, aud: product.issuer, ...times };
    const request = await sign(client, claims, { typ: 'oauth-authz-req+jwt' });
    const pushed = await signing.send(
      client,
      '/request',
      { client_id: client.client_id, request },
      { dpop: false },
    );
    expect(pushed.status).toBe(201);
    const answer = await signing.browser().visit(signing.authorize(client, pushed.body.request_uri));
    expect(answer).toMatchObject({ dummy1: 'lorem', dummy2: 'ipsum', response: expect.any(String) });
    expect(answer).not.toHaveProperty('code');
    const { code, state } = decodeJwt<Answer>(String(answer.response));
    expect(state).toBe(LONG_STATE);
    const tokens = await signing.redeem(client, code, { redirect_uri: WITH_QUERY });
    expect(tokens.status).toBe(200);
  });

  it('…-state-only-outside-request-object-not-used, -different-nonce-inside-and-outside (RFC 9101 §6.3)', async () => {
    const client = signing.client();
    const { body } = await object({ state: undefined });
    const browser = signing.browser();
    const answer = await browser.visit(
      `${signing.authorize(client, body.request_uri)}&state=from-outside&nonce=from-outside`,
    );
    const response = JSON.parse(
      Buffer.from(String(answer.response).split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(response).not.toHaveProperty('state');
    const tokens = await signing.redeem(client, response.code);
    const idToken = await new Requests(product, client).readIdToken(tokens.body.id_token);
    expect(idToken.nonce).toBe('a-nonce-of-the-suite');
  });
});
