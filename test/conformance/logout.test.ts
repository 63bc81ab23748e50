/** The modules of oidcc-rp-initiated-logout and oidcc-backchannel-rp-initiated-logout, by the suite's names. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plansFor } from '../../scripts/conformance-plans.ts';
import type { Product } from '../support/product.ts';
import { LOGGED_OUT, type Params, present, Requests, ScriptedBrowser, startForSuite } from './suite.ts';

let product: Product;
let one: Requests;
/** The suite's address for back-channel logout, and what came there. */
let listener: Server;
const heard: { headers: IncomingHttpHeaders; method: string; body: URLSearchParams }[] = [];
/** How it answers next; 200 when nothing is said. */
const answers: number[] = [];

beforeAll(async () => {
  listener = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { headers, method = '' } = request;
      heard.push({ headers, method, body: new URLSearchParams(body) });
      response.writeHead(answers.shift() ?? 200, { 'cache-control': 'no-store' }).end();
    });
  });
  await new Promise<void>((settle) => listener.listen(0, '127.0.0.1', settle));
  const { port } = listener.address() as AddressInfo;
  product = await startForSuite({
    prepare: async ({ db }) => {
      const here = { backchannel_logout_uri: `http://127.0.0.1:${port}/backchannel_logout` };
      await db.updateTable('clients').set(here).where('client_id', '=', 'conformance-basic-1').execute();
    },
  });
  const client = plansFor(product.issuer).logout?.client;
  if (!client) throw new Error('no client');
  one = new Requests(product, client);
});
afterAll(async () => {
  await product?.close();
  listener?.close();
});

/** Signs in and then goes to the sign-out address; every module begins so. */
async function signOut(name: string, params: (idToken: string) => Params) {
  const browser = new ScriptedBrowser('logout', product.issuer, `oidcc-rp-initiated-logout${name}`);
  const { code } = await browser.visit(one.authorize());
  const { body } = await one.redeem(code);
  const asked = new URLSearchParams(present(params(String(body.id_token))));
  const answer = await browser.visit(`${product.issuer}/session/end?${asked}`);
  return { browser, answer, page: browser.visitor.page };
}

/** Whether this browser is still signed in. */
async function isSignedIn(browser: ScriptedBrowser): Promise<boolean> {
  const answer = await browser.visit(one.authorize({ prompt: 'none' }));
  return answer.code !== undefined;
}

const back = { post_logout_redirect_uri: LOGGED_OUT, state: 'a-state-of-the-suite' };

it.each<[string, Params]>([
  ['', back],
  ['-no-state', { ...back, state: undefined }],
])(
  'oidcc-rp-initiated-logout%s: back to the client, signed out (RP-Initiated Logout §2, §3)',
  async (name, params) => {
    const { browser, answer, page } = await signOut(name, (id_token_hint) => ({ id_token_hint, ...params }));
    expect(page.url.split('?')[0]).toBe(LOGGED_OUT);
    expect(answer.state).toBe(params.state);
    expect(await isSignedIn(browser)).toBe(false);
  },
);

it.each<[string, (idToken: string) => Params]>([
  [
    '-bad-post-logout-redirect-uri',
    (hint) => ({ id_token_hint: hint, ...back, post_logout_redirect_uri: `${LOGGED_OUT}/bad` }),
  ],
  [
    '-query-added-to-post-logout-redirect-uri',
    (hint) => ({ id_token_hint: hint, ...back, post_logout_redirect_uri: `${LOGGED_OUT}?foo=bar` }),
  ],
  ['-modified-id-token-hint', (hint) => ({ id_token_hint: modified(hint), ...back })],
  // As the suite does it, and under the old signature.
  ['-modified-id-token-hint', (hint) => ({ id_token_hint: unsigned(hint), ...back })],
  ['-bad-id-token-hint', () => ({ id_token_hint: 'nonsense', ...back })],
])('oidcc-rp-initiated-logout%s: a page, no redirect (§3)', async (name, params) => {
  const { browser, page } = await signOut(name, params);
  expect([page.status, browser.pictures.length]).toEqual([400, 1]);
  expect(page.url.startsWith(product.issuer)).toBe(true);
});

it.each<[string, (idToken: string) => Params]>([
  ['-no-id-token-hint', () => back],
  ['-no-params', () => ({})],
  ['-no-post-logout-redirect-uri', (hint) => ({ id_token_hint: hint, state: back.state })],
  ['-only-state', () => ({ state: back.state })],
])('oidcc-rp-initiated-logout%s: asked, signed out, and told so here (§2, §6)', async (name, params) => {
  const { browser, page } = await signOut(name, params);
  expect([page.status, browser.pictures.length]).toEqual([200, 1]);
  expect(page.url).toContain('/session/end/success');
  expect(await isSignedIn(browser)).toBe(false);
});

it('a hint of another client’s, with this client’s address, brings nobody there (§3)', async () => {
  const other = plansFor(product.issuer).logout?.client2;
  const { page } = await signOut('-bad-id-token-hint', (id_token_hint) => ({
    id_token_hint,
    client_id: other?.client_id,
    ...back,
  }));
  expect(page.status).toBe(400);
});

it('a hint that ran out long ago still says who asks (§4)', async () => {
  const browser = new ScriptedBrowser('logout', product.issuer);
  const { code } = await browser.visit(one.authorize());
  const { body } = await one.redeem(code);
  product.travel(13 * 24 * 3600);
  const asked = new URLSearchParams(present({ id_token_hint: body.id_token, ...back }));
  expect(await browser.visit(`${product.issuer}/session/end?${asked}`)).toMatchObject({ state: back.state });
  expect(browser.visitor.page.url.split('?')[0]).toBe(LOGGED_OUT);
  product.travel(-13 * 24 * 3600);
});

it('signing out may be asked by POST (§2)', async () => {
  const browser = new ScriptedBrowser('logout', product.issuer);
  const { code } = await browser.visit(one.authorize());
  const { body } = await one.redeem(code);
  const asked = new URLSearchParams(present({ id_token_hint: body.id_token, ...back }));
  await browser.visit(`${product.issuer}/session/end?${asked}`, 'POST');
  expect(browser.visitor.page.url.split('?')[0]).toBe(LOGGED_OUT);
});

it('oidcc-rp-initiated-logout-discovery-endpoint-verification, oidcc-backchannel-logout-discovery-…', async () => {
  const answer = await fetch(`${product.issuer}/.well-known/openid-configuration`);
  expect(await answer.json()).toMatchObject({
    end_session_endpoint: `${product.issuer}/session/end`,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  });
});

it('oidcc-backchannel-rp-initiated-logout: one logout token, for this session, before or after the way back (§2.4, §2.5)', async () => {
  heard.length = 0;
  const browser = new ScriptedBrowser('logout', product.issuer);
  const { code } = await browser.visit(one.authorize());
  const { body } = await one.redeem(code);
  const idToken = await one.readIdToken(body.id_token);
  const state = 'x'.repeat(128);
  const asked = new URLSearchParams(present({ id_token_hint: body.id_token, ...back, state }));
  const answer = await browser.visit(`${product.issuer}/session/end?${asked}`);
  expect([browser.visitor.page.url.split('?')[0], answer.state]).toEqual([LOGGED_OUT, state]);

  await expect.poll(() => heard.length, { timeout: 5_000 }).toBe(1);
  const [{ headers, method, body: sent }] = heard as [(typeof heard)[number]];
  expect([method, headers['content-type'], [...sent.keys()]]).toEqual([
    'POST',
    expect.stringContaining('application/x-www-form-urlencoded'),
    ['logout_token'],
  ]);
  const keys = createRemoteJWKSet(new URL(`${product.issuer}/jwks`));
  const { payload, protectedHeader } = await jwtVerify(sent.get('logout_token') ?? '', keys, {
    issuer: product.issuer,
    audience: one.client.client_id,
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'exp', 'jti'],
  });
  // §2.4: signed as the ID token is, for the same citizen and session; and never one that could pass for an ID token.
  expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
  expect([payload.sub, payload.sid]).toEqual([idToken.sub, idToken.sid]);
  expect(payload.sid).toBeTruthy();
  expect(payload.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
  expect(payload).not.toHaveProperty('nonce');
  expect(await isSignedIn(browser)).toBe(false);
});

it.each([
  ['comes again until it is taken: 503, then 200', [503, 200], 2],
  ['does not come again where the client says that it never will do: 400', [400], 1],
])(
  'a logout token %s (Back-Channel Logout §2.8)',
  async (_, given, times) => {
    heard.length = 0;
    answers.push(...given);
    await signOut('', (id_token_hint) => ({ id_token_hint, ...back }));
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(times);
    // The next try would come within three seconds.
    await sleep(4_000);
    expect(heard).toHaveLength(times);
    const sids = heard.map(({ body }) => decodeJwt(body.get('logout_token') ?? '').sid);
    expect(new Set(sids).size).toBe(1);
  },
  60_000,
);

/** The same token with `alg` none. */
function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  return [header, token.split('.')[1], ''].join('.');
}

/** The same token with another claim, under the old signature. */
function modified(token: string): string {
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, foo: 'bar' })).toString('base64url');
  return [header, changed, signature].join('.');
}
