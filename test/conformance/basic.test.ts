/**
 * The modules of oidcc-basic-certification-test-plan, oidcc-formpost-basic and oidcc-config, by the suite's names and with
 * what its conditions demand (OpenID Connect Core 1.0, Discovery 1.0, Form Post Response Mode 1.0).
 */
import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plansFor } from '../../scripts/conformance-plans.ts';
import type { Product } from '../support/product.ts';
import { type Answer, CALLBACK, type Params, Requests, ScriptedBrowser, startForSuite } from './suite.ts';

let product: Product;
let one: Requests;
let two: Requests;

beforeAll(async () => {
  product = await startForSuite();
  const { client, client2 } = plansFor(product.issuer).basic ?? {};
  if (!client || !client2) throw new Error('no clients');
  [one, two] = [new Requests(product, client), new Requests(product, client2)];
});
afterAll(() => product?.close());

const open = (module?: string) => new ScriptedBrowser('basic', product.issuer, module);

/** A whole module: request, answer, tokens, userinfo, with what is demanded of each. */
async function run(params: Params = {}, { browser = open(), method = 'GET' as 'GET' | 'POST' } = {}) {
  const answer = await browser.visit(one.authorize(params), method);
  expect(answer).toMatchObject({ state: 'a-state-of-the-suite', iss: product.issuer });
  const { status, headers, body } = await one.redeem(answer.code);
  expect(status, JSON.stringify([answer, body])).toBe(200);
  expect(headers.get('content-type')).toContain('application/json');
  expect(headers.get('cache-control')).toContain('no-store');
  expect(headers.get('pragma')).toBe('no-cache');
  expect(String(body.token_type).toLowerCase()).toBe('bearer');
  expect(Number(body.expires_in)).toBeGreaterThan(0);
  const idToken = await one.readIdToken(body.id_token);
  expect(idToken.nonce).toBe('nonce' in params ? params.nonce : 'a-nonce-of-the-suite');
  const userInfo = await one.userInfo(body.access_token);
  expect(userInfo.sub).toBe(idToken.sub);
  return { answer, tokens: body, idToken, userInfo, browser };
}

const refusal = (answer: Answer) => {
  expect(answer).toMatchObject({ state: 'a-state-of-the-suite', iss: product.issuer });
  expect(answer).not.toHaveProperty('code');
  return answer.error;
};

describe('oidcc-config', () => {
  it('oidcc-discovery-endpoint-verification: what is required is there, and every address is of this issuer', async () => {
    const response = await fetch(`${product.issuer}/.well-known/openid-configuration`);
    expect(response.headers.get('content-type')).toContain('application/json');
    const document = (await response.json()) as Record<string, unknown>;
    expect(document).toMatchObject({
      issuer: product.issuer,
      response_types_supported: expect.arrayContaining(['code']),
      subject_types_supported: expect.anything(),
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
      scopes_supported: expect.arrayContaining(['openid']),
      claims_supported: expect.arrayContaining(['sub']),
      claims_parameter_supported: true,
      request_parameter_supported: true,
      request_uri_parameter_supported: false,
    });
    for (const [name, value] of Object.entries(document))
      if (/_(endpoint|uri)$/.test(name)) expect(value, name).toMatch(new RegExp(`^${product.issuer}/`));
  });

  it('its keys are public, named and for signing (RFC 7517 §4)', async () => {
    const { keys } = (await (await fetch(`${product.issuer}/jwks`)).json()) as {
      keys: Record<string, string>[];
    };
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: 'sig', alg: expect.any(String) });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
    }
  });
});

describe('oidcc-basic', () => {
  it('oidcc-server', async () => {
    const { idToken } = await run();
    // §5.4, §5.5: what was not asked for is not in the ID token.
    for (const claim of ['name', 'picture', 'phone_number']) expect(idToken).not.toHaveProperty(claim);
  });

  it('oidcc-server-client-secret-post', async () => {
    const client = plansFor(product.issuer).basic?.client_secret_post;
    if (!client) throw new Error('no client');
    const post = new Requests(product, client);
    const { code } = await open().visit(post.authorize());
    const secret = { client_id: client.client_id, client_secret: client.client_secret };
    expect((await post.redeem(code, secret, {})).status).toBe(200);
  });

  it('oidcc-response-type-missing', async () => {
    expect(refusal(await open().visit(one.authorize({ response_type: undefined })))).toBe('invalid_request');
  });

  it('oidcc-userinfo-get, -post-header, -post-body (§5.3.1; RFC 6750 §2.2)', async () => {
    const { tokens, idToken } = await run();
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const body = new URLSearchParams({ access_token: String(tokens.access_token) });
    for (const init of [{ headers }, { method: 'POST', headers }, { method: 'POST', body }]) {
      const answer = await fetch(`${product.issuer}/me`, init);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('json'),
      ]);
      expect(await answer.json()).toMatchObject({ sub: idToken.sub });
    }
  });

  it.each<[string, Params]>([
    ['oidcc-ensure-request-without-nonce-succeeds-for-code-flow', { nonce: undefined }],
    ['oidcc-display-page', { display: 'page' }],
    ['oidcc-display-popup', { display: 'popup' }],
    ['oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }],
    ['oidcc-login-hint', { login_hint: 'an' }],
    ['oidcc-login-hint, of nobody', { login_hint: 'buffy@id.example' }],
    ['oidcc-ui-locales', { ui_locales: 'se' }],
    ['oidcc-claims-locales', { claims_locales: 'se' }],
  ])('%s', async (_, params) => {
    await run(params);
  });

  it('oidcc-ensure-request-with-valid-pkce-succeeds (RFC 7636 Appendix B)', async () => {
    const challenge = {
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    const browser = open();
    const first = await browser.visit(one.authorize(challenge));
    expect((await one.redeem(first.code)).body.error).toBe('invalid_grant');
    const { code } = await browser.visit(one.authorize(challenge));
    const verifier = { code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' };
    expect((await one.redeem(code, verifier)).status).toBe(200);
  });

  it.each([
    ['oidcc-scope-profile', 'openid profile', ['name']],
    ['oidcc-scope-phone', 'openid phone', ['phone_number', 'phone_number_verified']],
    ['oidcc-ensure-other-scope-order-succeeds', 'profile openid', ['name']],
  ])('%s: the claims are at userinfo (§5.4)', async (_, scope, claims) => {
    const { userInfo, idToken } = await run({ scope });
    // A number comes from a Mini App only: there is none to tell here, and then nothing is told of it.
    if (!scope.includes('phone')) for (const claim of claims) expect(userInfo).toHaveProperty(claim);
    for (const claim of claims) expect(idToken).not.toHaveProperty(claim);
  });

  it('oidcc-scope-email, -address, -all: skipped, because discovery has no such scopes; asked for, they are ignored', async () => {
    const document = await (await fetch(`${product.issuer}/.well-known/openid-configuration`)).json();
    for (const scope of ['email', 'address'])
      expect((document as { scopes_supported: string[] }).scopes_supported).not.toContain(scope);
    const { tokens } = await run({ scope: 'openid email address' });
    expect(tokens.scope).toBe('openid');
  });

  it('oidcc-prompt-login: asks again, shows it, and says when (§3.1.2.1)', async () => {
    const browser = open('oidcc-prompt-login');
    const first = await run({}, { browser });
    product.travel(2);
    const pictures = browser.pictures.length;
    const second = await run({ prompt: 'login' }, { browser });
    expect(browser.pictures.length).toBe(pictures + 1);
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(Number(second.idToken.auth_time)).toBeGreaterThan(Number(first.idToken.auth_time));
  });

  it('oidcc-prompt-none-not-logged-in', async () => {
    expect(['login_required', 'interaction_required']).toContain(
      refusal(await open().visit(one.authorize({ prompt: 'none' }))),
    );
  });

  it('oidcc-prompt-none-logged-in, oidcc-id-token-hint, oidcc-max-age-10000: the same citizen, the same sign-in', async () => {
    const { browser, idToken, tokens } = await run();
    for (const params of [
      { prompt: 'none' },
      { prompt: 'none', id_token_hint: tokens.id_token },
      { max_age: '10000' },
    ]) {
      const again = await run(params, { browser });
      expect([again.idToken.sub, again.idToken.auth_time]).toEqual([idToken.sub, idToken.auth_time]);
    }
  });

  it('an id_token_hint of another citizen is an error, not their sign-in (§3.1.2.1)', async () => {
    const other = open();
    await other.visitor.open(one.authorize());
    await other.visitor.submit('form-zalo');
    await other.visitor.submit(undefined, { person: 'binh' });
    await other.visitor.submit('form-consent');
    const code = new URL(other.visitor.page.url).searchParams.get('code') ?? '';
    const { body } = await one.redeem(code);
    const { browser } = await run();
    const hint = { prompt: 'none', id_token_hint: body.id_token };
    expect(refusal(await browser.visit(one.authorize(hint)))).toBe('login_required');
  });

  it('oidcc-max-age-1: asks again after a second (§3.1.2.1), and auth_time is there (§2)', async () => {
    const browser = open('oidcc-max-age-1');
    const first = await run({}, { browser });
    product.travel(2);
    const second = await run({ max_age: '1' }, { browser });
    expect(Number(second.idToken.auth_time)).toBeGreaterThan(Number(first.idToken.auth_time));
    expect(second.idToken.sub).toBe(first.idToken.sub);
  });

  it('oidcc-ensure-request-with-acr-values-succeeds: all that discovery names; one of them comes back', async () => {
    const document = await (await fetch(`${product.issuer}/.well-known/openid-configuration`)).json();
    const { acr_values_supported: values } = document as { acr_values_supported: string[] };
    const { idToken } = await run({ acr_values: values.join(' ') });
    expect(values).toContain(idToken.acr);
  });

  it('oidcc-claims-essential: name at userinfo, not in the ID token (§5.5)', async () => {
    const { userInfo, idToken } = await run({
      claims: JSON.stringify({ userinfo: { name: { essential: true } } }),
    });
    expect(userInfo.name).toBeTruthy();
    expect(idToken).not.toHaveProperty('name');
  });

  it.each([0, 30])(
    'oidcc-codereuse, after %i s: invalid_grant, and the tokens are worth nothing (§3.1.3.2)',
    async (s) => {
      const { answer, tokens } = await run();
      product.travel(s);
      expect(await one.redeem(answer.code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      const { access_token } = tokens;
      const answerOfUserInfo = await fetch(`${product.issuer}/me`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      expect(answerOfUserInfo.status).toBe(401);
    },
  );

  it('oidcc-ensure-registered-redirect-uri, -redirect-uri-query-added, -query-mismatch: a page, never a redirect', async () => {
    for (const redirect_uri of [
      `${CALLBACK}/other`,
      `${CALLBACK}?foo=bar`,
      `${CALLBACK}?dummy1=lorem&dummy2=other`,
      undefined,
    ]) {
      const browser = open('oidcc-ensure-registered-redirect-uri');
      // Without any address it is another fault, told on a page, too.
      if (redirect_uri === undefined) await browser.visitor.open(one.authorize({ redirect_uri }));
      else await browser.visit(one.authorize({ redirect_uri }));
      expect([browser.visitor.page.status, browser.pictures.length]).toEqual([400, redirect_uri ? 1 : 0]);
    }
  });

  it('oidcc-redirect-uri-query-ok: what is registered with a query keeps it', async () => {
    const redirect_uri = `${CALLBACK}?dummy1=lorem&dummy2=ipsum`;
    const answer = await open().visit(one.authorize({ redirect_uri }));
    expect(answer).toMatchObject({ dummy1: 'lorem', dummy2: 'ipsum' });
    expect((await one.redeem(answer.code, { redirect_uri })).status).toBe(200);
  });

  it('oidcc-ensure-post-request-succeeds (§3.1.2.1)', async () => {
    await run({}, { method: 'POST' });
  });

  it('oidcc-unsigned-request-object: skipped, because discovery names no `none`; it is refused, never ignored (§6.1)', async () => {
    const claims = {
      client_id: one.client.client_id,
      redirect_uri: CALLBACK,
      scope: 'openid',
      response_type: 'code',
    };
    const request = new UnsecuredJWT({ ...claims, state: 'a-state-of-the-suite', nonce: 'inside' }).encode();
    expect(refusal(await open().visit(one.authorize({ request })))).toBe('invalid_request_object');

    const module = 'oidcc-ensure-request-object-with-redirect-uri';
    const browser = open(module);
    await browser.visit(one.authorize({ request, redirect_uri: `${CALLBACK}/other` }));
    expect(browser.pictures).toHaveLength(1);
  });

  it('oidcc-request-uri-unsigned-…-or-rejected-as-unsupported: told so, never fetched (§6.2)', async () => {
    const request_uri = 'https://localhost.emobix.co.uk:8443/test/a/tay-ninh-id/requesturi#x';
    expect(refusal(await open().visit(one.authorize({ request_uri })))).toBe('request_uri_not_supported');
  });

  it('oidcc-refresh-token: a new one each time, and never for the other client (RFC 6749 §6, §10.4)', async () => {
    const browser = open();
    const { tokens, idToken } = await run({ scope: 'openid offline_access', prompt: 'consent' }, { browser });
    expect(String(tokens.refresh_token).length).toBeGreaterThanOrEqual(22);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect((await two.post('/token', refresh)).body.error).toBe('invalid_grant');
    const { status, body } = await one.post('/token', refresh);
    expect(status).toBe(200);
    // OpenID Connect Core §12.2: the same citizen, the same sign-in, no nonce of another request.
    const again = await one.readIdToken(body.id_token);
    expect([again.iss, again.sub, again.aud, again.auth_time]).toEqual([
      idToken.iss,
      idToken.sub,
      idToken.aud,
      idToken.auth_time,
    ]);
    expect(body.access_token).not.toBe(tokens.access_token);
  });
});

describe('oidcc-formpost-basic', () => {
  const form = { response_mode: 'form_post' };

  it('oidcc-server, and the other modules: the answer is a form that is posted, by a button where there is no script', async () => {
    const browser = open();
    const { answer } = await run(form, { browser });
    expect(browser.visitor.page.url).toBe(CALLBACK);
    expect(Object.keys(answer).sort()).toEqual(['code', 'iss', 'state']);
  });

  it.each<[string, Params]>([
    ['oidcc-ensure-request-without-nonce-succeeds-for-code-flow', { nonce: undefined }],
    ['oidcc-display-popup', { display: 'popup' }],
    ['oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }],
    ['oidcc-scope-profile', { scope: 'openid profile' }],
    ['oidcc-claims-essential', { claims: '{"userinfo":{"name":{"essential":true}}}' }],
  ])('%s', async (_, params) => {
    await run({ ...form, ...params });
  });

  it('oidcc-prompt-none-logged-in, -id-token-hint, -max-age-10000, -max-age-1, -ensure-post-request-succeeds', async () => {
    const { browser, idToken, tokens } = await run(form);
    for (const params of [
      { prompt: 'none' },
      { prompt: 'none', id_token_hint: tokens.id_token },
      { max_age: '10000' },
    ]) {
      const again = await run({ ...form, ...params }, { browser });
      expect([again.idToken.sub, again.idToken.auth_time]).toEqual([idToken.sub, idToken.auth_time]);
    }
    product.travel(2);
    const asked = await run({ ...form, max_age: '1' }, { browser });
    expect(Number(asked.idToken.auth_time)).toBeGreaterThan(Number(idToken.auth_time));
    await run(form, { method: 'POST' });
  });

  it('oidcc-redirect-uri-query-ok: the form goes to the whole registered address', async () => {
    const redirect_uri = `${CALLBACK}?dummy1=lorem&dummy2=ipsum`;
    const browser = open();
    const answer = await browser.visit(one.authorize({ ...form, redirect_uri }));
    expect(browser.visitor.page.url).toBe(redirect_uri);
    expect((await one.redeem(answer.code, { redirect_uri })).status).toBe(200);
  });

  it('oidcc-codereuse, -ensure-registered-redirect-uri, -response-type-missing', async () => {
    const { answer } = await run(form);
    expect(await one.redeem(answer.code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const browser = open('oidcc-ensure-registered-redirect-uri');
    await browser.visit(one.authorize({ ...form, redirect_uri: `${CALLBACK}/other` }));
    expect([browser.visitor.page.status, browser.pictures.length]).toEqual([400, 1]);
    const missing = await open().visit(one.authorize({ ...form, response_type: undefined }));
    expect(refusal(missing)).toBe('invalid_request');
  });

  it('errors come by the form, too', async () => {
    const browser = open();
    const answer = await browser.visit(one.authorize({ ...form, prompt: 'none' }));
    expect([refusal(answer), browser.visitor.page.url]).toEqual(['login_required', CALLBACK]);
  });
});
