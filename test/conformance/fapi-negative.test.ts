/**
 * What fapi2-security-profile-final and fapi2-message-signing-final must see refused, beside what stands in fapi.test: by the
 * suite's names, with the answers its conditions allow.
 */
import { createHash } from 'node:crypto';
import { decodeJwt, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Product } from '../support/product.ts';
import { type Claims, FapiSuite, now, parameters, sign } from './fapi-suite.ts';
import { CALLBACK, type Params, present, startForSuite } from './suite.ts';

let product: Product;
let suite: FapiSuite;
let signing: FapiSuite;

beforeAll(async () => {
  product = await startForSuite();
  suite = await FapiSuite.open(product);
  signing = await FapiSuite.open(product, 'fapi2_message_signing');
});
afterAll(() => product?.close());

const said = ({ status, body }: { status: number; body: Params }) => [status, body.error];

async function fetchCode(more: Params = {}) {
  const { body } = await suite.push(suite.client(), more);
  return (await suite.browser().visit(suite.authorize(suite.client(), body.request_uri))).code;
}

describe('fapi2-security-profile-final, at the PAR endpoint', () => {
  it.each<[string, Params, string]>([
    [
      'par-ensure-pkce-required',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
    ],
    ['par-ensure-plain-pkce-rejected', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['ensure-redirect-uri-in-authorization-request', { redirect_uri: undefined }, 'invalid_request'],
    [
      'plain-fapi-tolerate-unregistered-redirect-uri',
      { redirect_uri: `${CALLBACK}/other` },
      'invalid_request',
    ],
    ['ensure-response-type-token-fails', { response_type: 'token' }, 'unsupported_response_type'],
    [
      'ensure-response-type-code-id-token-fails',
      { response_type: 'code id_token' },
      'unsupported_response_type',
    ],
    [
      'par-authorization-request-containing-request_uri-form-param',
      { request_uri: 'urn:ietf:params:oauth:request_uri:not-real' },
      'request_uri_not_supported',
    ],
  ])('…-%s', async (_, params, error) => {
    expect(said(await suite.push(suite.client(), params))).toEqual([400, error]);
  });

  it('…-par-attempt-invalid-http-method (RFC 9126 §2.3)', async () => {
    const body = new URLSearchParams(present(parameters(suite.client())));
    const answer = await fetch(`${product.issuer}/request`, { method: 'PUT', body });
    expect(answer.status).toBe(405);
  });

  it('…-par-test-array-as-audience-fails, -token-endpoint-as-audience-fails (§5.3.2.1 point 8)', async () => {
    for (const aud of [[product.issuer, 'https://other.example'], `${product.issuer}/token`]) {
      const answer = await suite.push(suite.client(), await suite.assertion(suite.client(), { aud }));
      expect(said(answer)).toEqual([401, 'invalid_client']);
    }
  });

  it('…-par-attempt-to-use-expired-request_uri: a page that says so', async () => {
    const { body } = await suite.push(suite.client());
    product.travel(Number(body.expires_in) + 1);
    const browser = suite.browser('par-attempt-to-use-expired-request_uri');
    expect(await browser.visit(suite.authorize(suite.client(), body.request_uri))).toEqual({});
    expect([browser.visitor.page.status, browser.pictures.length]).toEqual([400, 1]);
  });
});

describe('fapi2-security-profile-final, at the token endpoint', () => {
  it('…-par-ensure-pkce-code-verifier-required, -incorrect-pkce-code-verifier-rejected', async () => {
    const code = await fetchCode();
    for (const code_verifier of [undefined, 'x'.repeat(43)])
      expect(said(await suite.redeem(suite.client(), code, { code_verifier }))).toEqual([
        400,
        'invalid_grant',
      ]);
    expect((await suite.redeem(suite.client(), code)).status).toBe(200);
  });

  it('…-attempt-reuse-authorization-code-after-one-second: refused, and the tokens are dead (RFC 6749 §4.1.2)', async () => {
    const { client, answer, tokens } = await suite.signIn();
    product.travel(1);
    expect(said(await suite.redeem(client, answer.code))).toEqual([400, 'invalid_grant']);
    const ath = createHash('sha256').update(String(tokens.access_token)).digest('base64url');
    const proof = await suite.proof('GET', '/me', { ath });
    expect(await suite.callUserInfo(`DPoP ${tokens.access_token}`, [proof])).toBe(401);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect(said(await suite.send(client, '/token', refresh))).toEqual([400, 'invalid_grant']);
  });

  it('…-attempt-to-use-expired-auth-code (§5.3.2.1: a minute at most)', async () => {
    const code = await fetchCode();
    product.travel(61);
    expect(said(await suite.redeem(suite.client(), code))).toEqual([400, 'invalid_grant']);
  });

  it('…-ensure-client-id-in-token-endpoint: an assertion of client2 that client1 signed', async () => {
    const { client_id: id } = suite.client('client2');
    const forged = await suite.assertion(suite.client(), { iss: id, sub: id });
    const answer = await suite.redeem(suite.client(), await fetchCode(), { ...forged, client_id: id });
    expect(said(answer)).toEqual([401, 'invalid_client']);
  });

  it('…-refresh-token: by scope, with a new key, never without a proof, and of the other client', async () => {
    const { client, tokens } = await suite.signIn();
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const newKey = await FapiSuite.open(product);
    const again = await newKey.send(client, '/token', { ...refresh, scope: 'openid offline_access' });
    expect([again.status, again.body.token_type]).toEqual([200, 'DPoP']);
    expect(again.body.access_token).not.toBe(tokens.access_token);
    // §5.3.2.1 point 9: not rotated.
    expect(again.body.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token);
    expect(said(await suite.send(client, '/token', refresh, { dpop: false }))).toEqual([
      400,
      'invalid_grant',
    ]);
    // Client 1's key with a token that is bound to another.
    const ath = createHash('sha256').update(String(again.body.access_token)).digest('base64url');
    const proof = () => suite.proof('GET', '/me', { ath });
    expect(await suite.callUserInfo(`DPoP ${again.body.access_token}`, [await proof()])).toBe(401);
  });

  it('…-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt, and dpop_jkt alone binds (RFC 9449 §10)', async () => {
    const client = suite.client();
    const { body } = await suite.push(client, {}, { dpop: true });
    const { code } = await suite.browser().visit(suite.authorize(client, body.request_uri));
    const stranger = await FapiSuite.open(product);
    expect((await stranger.redeem(client, code)).status).toBe(400);

    const bound = await fetchCode({ dpop_jkt: await suite.thumbprint() });
    expect((await suite.redeem(client, bound)).body.token_type).toBe('DPoP');
  });

  it('an access token in the query is never taken (§5.3.4; RFC 6750 §2.3)', async () => {
    const { tokens } = await suite.signIn();
    const answer = await fetch(`${product.issuer}/me?access_token=${tokens.access_token}`);
    expect(answer.status).toBe(400);
  });
});

describe('fapi2-message-signing-final', () => {
  const claimsOf = (more: Claims = {}) => {
    const client = signing.client();
    const times = { nbf: now(), iat: now(), exp: now() + 300 };
    const inside = { ...parameters(client), response_mode: 'jwt', iss: client.client_id, ...times };
    return { ...inside, aud: product.issuer, ...more };
  };
  const push = (request: string) =>
    signing.send(
      signing.client(),
      '/request',
      { client_id: signing.client().client_id, request },
      { dpop: false },
    );
  const read = ({ response }: Params) => decodeJwt(String(response)) as Claims;

  it('…-ensure-request-object-signature-algorithm-is-not-none, -with-invalid-signature-fails, -matching-key', async () => {
    const signed = await sign(signing.client(), claimsOf());
    const [header, payload, signature = ''] = signed.split('.');
    const first = signature.startsWith('A') ? 'B' : 'A';
    const stranger = { ...signing.client('client2') };
    for (const request of [
      new UnsecuredJWT(claimsOf()).encode(),
      [header, payload, first + signature.slice(1)].join('.'),
      await sign(stranger, claimsOf()),
      await sign(stranger, claimsOf(), { kid: signing.client().jwks?.keys[0]?.kid }),
    ])
      expect(said(await push(request))).toEqual([400, 'invalid_request_object']);
  });

  it('…-par-authorization-request-containing-request_uri, in the object (RFC 9101 §4)', async () => {
    const request = await sign(signing.client(), claimsOf({ request_uri: 'urn:example:not-real' }));
    expect(said(await push(request))).toEqual([400, 'invalid_request_object']);
  });

  it('…-ensure-unsigned-request-at-par-endpoint-fails (§5.3.1)', async () => {
    const answer = await signing.push(signing.client(), { response_mode: 'jwt' });
    expect(said(answer)).toEqual([400, 'invalid_request']);
  });

  it('…-ensure-different-state-inside-and-outside: what is inside counts, in an answer that is signed and short-lived', async () => {
    const client = signing.client();
    const { body } = await push(await sign(client, claimsOf()));
    const address = `${signing.authorize(client, body.request_uri)}&state=from-outside`;
    const browser = signing.browser();
    const answer = await browser.visit(address);
    expect([...new URL(browser.visitor.page.url).searchParams.keys()]).toEqual(['response']);
    const response = read(answer);
    expect(response).toMatchObject({
      state: 'a-state-of-the-suite',
      aud: client.client_id,
      iss: product.issuer,
    });
    expect(Number(response.exp) - now()).toBeLessThanOrEqual(600);
  });

  it('…-user-rejects-authentication: the refusal is signed, too, and names its issuer (JARM §2.1)', async () => {
    const client = signing.client();
    const { body } = await push(await sign(client, claimsOf()));
    const browser = signing.browser('user-rejects-authentication');
    const answer = await browser.visit(signing.authorize(client, body.request_uri));
    expect([...new URL(browser.visitor.page.url).searchParams.keys()]).toEqual(['response']);
    expect(read(answer)).toMatchObject({
      error: 'access_denied',
      state: 'a-state-of-the-suite',
      iss: product.issuer,
      aud: client.client_id,
      exp: expect.any(Number),
    });
  });
});
