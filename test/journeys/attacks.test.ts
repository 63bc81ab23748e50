/** Hostile requests: at the authorization endpoint, at the token endpoints, and one person with two accounts. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, REDIRECT_URI, RelyingParty } from '../support/relying-party.ts';
import { depart, Traveller } from '../support/traveller.ts';
import type { Visitor } from '../support/visitor.ts';
import { countRows, expectErrorPage, goBack, type Watch, watchProcess } from '../support/watch.ts';

let watch: Watch;
let product: Product;
let party: RelyingParty;
let publicParty: RelyingParty;

beforeAll(async () => {
  watch = watchProcess();
  product = await startProduct();
  party = await RelyingParty.register(product);
  publicParty = await RelyingParty.register(product, 'sandbox-app');
});
afterAll(async () => {
  await watch.end(product);
  await product.close();
});

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const sound = {
  client_id: 'sandbox-app',
  redirect_uri: REDIRECT_URI,
  response_type: 'code',
  scope: 'openid',
  state: 'the-state-of-this-request',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
};

/** An authorization request: the sound one with changes; undefined leaves a parameter out. */
function requestWith(changes: Record<string, string | undefined>): string {
  const url = new URL(`${product.issuer}/auth`);
  for (const [name, value] of Object.entries({ ...sound, ...changes })) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

async function openRequest(url: string, lang = 'vi'): Promise<Visitor> {
  const visitor = new Traveller();
  visitor.setCookie(product.issuer, 'tnid_lang', lang);
  await visitor.open(url);
  return visitor;
}

async function interactions(): Promise<number> {
  const rows = await product.deps.db.selectFrom('oidc_artefacts').select('model').execute();
  return rows.filter(({ model }) => model === 'Interaction').length;
}

describe('an authorization request that cannot be answered to the relying party is a page', () => {
  it('the sound request, which the others change, is answered with the sign-in page', async () => {
    const visitor = await openRequest(requestWith({}));
    expect(visitor.has('form-zalo')).toBe(true);
  });

  it.each([
    ['an unknown client', { client_id: 'nobody' }, 'invalid_client'],
    ['no client', { client_id: undefined }, 'invalid_request'],
    ['a client with a null byte', { client_id: 'sandbox-app\0' }, 'invalid_client'],
    ['the name of an object’s own member', { client_id: '__proto__' }, 'invalid_client'],
    ['no redirect_uri', { redirect_uri: undefined }, 'invalid_request'],
    ['another host', { redirect_uri: 'http://evil.example/cb' }, 'invalid_redirect_uri'],
    ['a loopback name as user', { redirect_uri: 'http://127.0.0.1@evil.example/' }, 'invalid_redirect_uri'],
    [
      'a loopback name and port as user',
      { redirect_uri: 'http://localhost:80@evil.example/' },
      'invalid_redirect_uri',
    ],
    ['a loopback name with a user', { redirect_uri: 'http://me@127.0.0.1/cb' }, 'invalid_redirect_uri'],
    [
      'a host that begins like loopback',
      { redirect_uri: 'http://localhost.evil.example/' },
      'invalid_redirect_uri',
    ],
    [
      'a number that begins like it',
      { redirect_uri: 'http://127.0.0.1.evil.example/' },
      'invalid_redirect_uri',
    ],
    ['an escaped dot', { redirect_uri: 'http://localhost%2eevil.example/' }, 'invalid_redirect_uri'],
    [
      'a backslash before the real host',
      { redirect_uri: 'http:\\\\evil.example\\@localhost/' },
      'invalid_redirect_uri',
    ],
    ['https on loopback', { redirect_uri: 'https://127.0.0.1/cb' }, 'invalid_redirect_uri'],
    ['another loopback address', { redirect_uri: 'http://127.0.0.2/cb' }, 'invalid_redirect_uri'],
    ['a fragment', { redirect_uri: `${REDIRECT_URI}#x` }, 'invalid_redirect_uri'],
    ['a script', { redirect_uri: 'javascript:alert(1)//localhost' }, 'invalid_redirect_uri'],
    ['no address', { redirect_uri: 'localhost' }, 'invalid_redirect_uri'],
  ] as const)('%s', async (_, changes, code) => {
    const before = await interactions();
    for (const lang of ['vi', 'en'] as const) {
      expectErrorPage(await openRequest(requestWith(changes), lang), code, 400, lang);
    }
    expect(await interactions()).toBe(before);
  });

  it('two clients or two redirect addresses', async () => {
    const client = await openRequest(`${requestWith({})}&client_id=sandbox-web`);
    expectErrorPage(client, 'invalid_request', 400);
    const address = await openRequest(`${requestWith({})}&redirect_uri=http://evil.example/`);
    expectErrorPage(address, 'invalid_request', 400);
  });

  it.each([
    `${REDIRECT_URI}\r\nX-Evil: 1`,
    'http://localhost:80\\@evil.example/',
    'http:\\\\localhost\\@evil.example',
    'http:localhost/cb',
    'http://2130706433/',
    '\thttp://127.0.0.1/cb',
  ])('the oddly spelt address %j is refused, or leads to this machine all the same', async (redirect_uri) => {
    const answer = await fetch(requestWith({ redirect_uri, prompt: 'none' }), { redirect: 'manual' });
    expect(answer.headers.get('x-evil')).toBeNull();
    const goal = answer.headers.get('location');
    if (goal) expect(['localhost', '127.0.0.1']).toContain(new URL(goal).hostname);
    else expect(answer.status).toBe(400);
  });
});

describe('any other wrong request goes back to the relying party with a standard error', () => {
  it.each([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['PKCE without a method, which means plain', { code_challenge_method: undefined }, 'invalid_request'],
    ['a challenge that is none', { code_challenge: 'short' }, 'invalid_request'],
    ['response_type token', { response_type: 'token' }, 'unsupported_response_type'],
    ['response_type id_token', { response_type: 'id_token', nonce: 'n' }, 'unsupported_response_type'],
    [
      'response_type code id_token',
      { response_type: 'code id_token', nonce: 'n' },
      'unsupported_response_type',
    ],
    ['no response_type', { response_type: undefined }, 'invalid_request'],
    ['an unknown response_mode', { response_mode: 'carrier.pigeon' }, 'unsupported_response_mode'],
    ['broken claims', { claims: '{"id_token":' }, 'invalid_request'],
    ['claims that are a list', { claims: '[]' }, 'invalid_request'],
    ['claims that are null', { claims: 'null' }, 'invalid_request'],
    ['claims with a text for id_token', { claims: '{"id_token":"acr"}' }, 'invalid_request'],
    ['an unknown prompt', { prompt: 'maybe' }, 'invalid_request'],
    ['none together with login', { prompt: 'none login' }, 'invalid_request'],
    ['max_age below nothing', { max_age: '-1' }, 'invalid_request'],
    ['max_age in words', { max_age: 'soon' }, 'invalid_request'],
    ['an unknown acr', { acr_values: 'level3' }, 'unmet_authentication_requirements'],
    ['an acr with a null byte', { acr_values: 'level2\0' }, 'unmet_authentication_requirements'],
    ['a request object without a signature', { request: 'e30.e30.' }, 'invalid_request_object'],
    ['a request address', { request_uri: 'https://evil.example/r' }, 'request_uri_not_supported'],
    ['an unknown resource', { resource: 'urn:nobody' }, 'invalid_target'],
  ])('%s', async (_, changes, error) => {
    const before = await interactions();
    const visitor = await openRequest(requestWith(changes));
    expect(visitor.page.url).toMatch(/^http:\/\/127\.0\.0\.1:65000\/cb[?#]/);
    // What would have come in the fragment is refused there (OAuth 2.0 Multiple Response Types, section 5).
    const { hash, searchParams } = new URL(visitor.page.url);
    const answer = hash ? new URLSearchParams(hash.slice(1)) : searchParams;
    expect(Object.fromEntries(answer)).toMatchObject({ error, state: sound.state, iss: product.issuer });
    expect(answer.get('code')).toBeNull();
    expect(await interactions()).toBe(before);
  });

  it.each(['scope', 'state', 'code_challenge', 'prompt'])('%s given twice', async (name) => {
    const visitor = await openRequest(`${requestWith({ prompt: 'login' })}&${name}=again`);
    expect(new URL(visitor.page.url).searchParams.get('error')).toBe('invalid_request');
  });

  it.each([
    'openid\u0000',
    'openid "quoted"',
    'openid <b>',
    'openid ễ',
    'openid constructor __proto__ nonsense',
  ])('the odd scope %j gets nothing beyond openid', async (scope) => {
    const visitor = await openRequest(requestWith({ scope }));
    if (visitor.page.status === 200) {
      await signInWithZalo(visitor, 'an');
      expect(visitor.page.html).not.toMatch(/constructor|__proto__|nonsense|quoted/);
    } else {
      expect(new URL(visitor.page.url).searchParams.get('error')).toMatch(/^invalid_(request|scope)$/);
    }
  });
});

/** Sends a form to an endpoint, with a client's name and secret, or neither. */
async function send(path: string, form: Record<string, string>, client?: string): Promise<[number, unknown]> {
  const authorization = client && `Basic ${Buffer.from(client).toString('base64')}`;
  const response = await fetch(`${product.issuer}${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    ...(authorization ? { headers: { authorization } } : {}),
  });
  const text = await response.text();
  return [response.status, text && JSON.parse(text)];
}

const WEB = 'sandbox-web:sandbox-web-secret';
const API = 'sandbox-api:sandbox-api-secret';
/** What the database keeps. Whoever reads it there must not get in with it. */
const hashOfSecret = createHash('sha256').update('sandbox-web-secret').digest('base64url');

/** A code for sandbox-web, and what it takes to redeem it. */
async function fetchCode() {
  const { visitor, attempt } = await depart(party, { scope: 'openid offline_access hoso.xem' });
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  const code = new URL(visitor.page.url).searchParams.get('code') ?? '';
  const { verifier: code_verifier } = attempt;
  return { grant_type: 'authorization_code', code, code_verifier, redirect_uri: REDIRECT_URI };
}

describe('the token endpoint', () => {
  it.each<[string, Record<string, string>, string | undefined, number, string]>([
    ['another client', { client_id: 'sandbox-app' }, undefined, 400, 'invalid_grant'],
    ['another redirect_uri', { redirect_uri: 'http://127.0.0.1:65000/other' }, WEB, 400, 'invalid_grant'],
    ['another verifier', { code_verifier: 'v'.repeat(43) }, WEB, 400, 'invalid_grant'],
    ['an empty verifier', { code_verifier: '' }, WEB, 400, 'invalid_grant'],
    ['a wrong secret', {}, 'sandbox-web:wrong', 401, 'invalid_client'],
    ['the hash of the secret', {}, `sandbox-web:${hashOfSecret}`, 401, 'invalid_client'],
    ['no secret', { client_id: 'sandbox-web' }, undefined, 401, 'invalid_client'],
    ['a public client with somebody’s secret', {}, 'sandbox-app:sandbox-web-secret', 401, 'invalid_client'],
    ['the resource server', {}, API, 400, 'unauthorized_client'],
    ['nobody', {}, undefined, 400, 'invalid_request'],
  ])('does not redeem a code for %s', async (_, changes, client, status, error) => {
    const form = { ...(await fetchCode()), ...changes };
    const { tokens } = await countRows(product);
    expect(await send('/token', form, client)).toMatchObject([status, { error }]);
    expect((await countRows(product)).tokens).toBe(tokens);
  });

  it('still redeems a code that others tried with a wrong secret', async () => {
    const form = await fetchCode();
    expect(await send('/token', form, 'sandbox-web:wrong')).toMatchObject([401, {}]);
    expect(await send('/token', form, WEB)).toMatchObject([200, { token_type: 'Bearer' }]);
  });

  it('gives a refresh token to nobody but its own client', async () => {
    const [, tokens] = await send('/token', await fetchCode(), WEB);
    const { refresh_token } = tokens as { refresh_token: string };
    const form = { grant_type: 'refresh_token', refresh_token };
    expect(await send('/token', { ...form, client_id: 'sandbox-app' })).toMatchObject([
      400,
      { error: 'invalid_grant' },
    ]);
    expect(await send('/token', form, API)).toMatchObject([400, { error: 'unauthorized_client' }]);
    // The citizen's own client is not punished for it.
    expect(await send('/token', form, WEB)).toMatchObject([200, { token_type: 'Bearer' }]);
  });

  it.each([
    'client_credentials',
    'password',
    'urn:ietf:params:oauth:grant-type:device_code',
    '__proto__',
    '',
  ])('gives the resource server and the public client nothing for the grant %j', async (grant_type) => {
    for (const [form, client] of [
      [{ grant_type }, API],
      [{ grant_type, client_id: 'sandbox-app' }, undefined],
    ] as const) {
      const [status, body] = await send('/token', form, client);
      expect([400, 401]).toContain(status);
      expect((body as { error: string }).error).toMatch(
        /^(unauthorized_client|unsupported_grant_type|invalid_request)$/,
      );
    }
  });
});

describe('introspection and revocation', () => {
  it('tell and do nothing for those whom a token does not concern', async () => {
    const [, tokens] = await send('/token', await fetchCode(), WEB);
    const { access_token: token, refresh_token } = tokens as Record<string, string>;
    if (!token || !refresh_token) throw new Error('the tokens are missing');
    expect(await introspectAsService(product, token)).toMatchObject({ active: true });
    expect(await introspectAsService(product, refresh_token)).toEqual({ active: false });
    expect(await introspectAsService(product, 'nothing')).toEqual({ active: false });
    expect(await send('/token/introspection', { token, client_id: 'sandbox-app' })).toMatchObject([
      401,
      { error: 'invalid_client' },
    ]);
    expect(await send('/token/introspection', { token })).toMatchObject([400, { error: 'invalid_request' }]);
    expect(await send('/token/introspection', { token }, 'sandbox-api:no')).toMatchObject([
      401,
      { error: 'invalid_client' },
    ]);

    await send('/token/revocation', { token, client_id: 'sandbox-app' });
    await send('/token/revocation', { token }, API);
    expect(await introspectAsService(product, token)).toMatchObject({ active: true });
    await send('/token/revocation', { token }, WEB);
    expect(await introspectAsService(product, token)).toEqual({ active: false });
  });

  it('a token without a resource is none of the service’s business', async () => {
    const { visitor, attempt } = await depart(party);
    await signInWithZalo(visitor, 'an');
    await agree(visitor);
    const { access_token } = await party.redeem(visitor, attempt);
    expect(await introspectAsService(product, access_token)).toEqual({ active: false });
  });

  it('the resource server cannot sign anybody in', async () => {
    expectErrorPage(
      await openRequest(requestWith({ client_id: 'sandbox-api' })),
      'invalid_redirect_uri',
      400,
    );
  });
});

describe('one person with two accounts', () => {
  it('the second account is refused level2 with one duplicate case, and may go on at level1', async () => {
    const first = await depart(party, { acrValues: 'level2' });
    await signInWithZalo(first.visitor, 'an');
    await proveWithVneid(first.visitor, 'an');
    await agree(first.visitor);
    expect((await party.redeem(first.visitor, first.attempt)).claims()?.acr).toBe('level2');

    const second = await depart(party, { acrValues: 'level2' });
    await signInWithZalo(second.visitor, 'an-2');
    for (const _ of [1, 2, 3]) {
      await proveWithVneid(second.visitor, 'an-2');
      expectErrorPage(second.visitor, 'duplicate_person', 409);
      await goBack(second.visitor);
    }
    const cases = await product.deps.db.selectFrom('cases').select(['kind', 'status']).execute();
    expect(cases.filter(({ kind }) => kind === 'duplicate')).toEqual([
      { kind: 'duplicate', status: 'submitted' },
    ]);
    await second.visitor.submit('form-decline');
    await agree(second.visitor);
    expect((await party.redeem(second.visitor, second.attempt)).claims()?.acr).toBe('level1');

    const again = await party.ask(first.visitor, { prompt: 'none', acrValues: 'level2' });
    expect((await party.redeem(first.visitor, again)).claims()?.acr).toBe('level2');
  });

  it('a verified account never becomes another person', async () => {
    const { visitor, attempt } = await depart(party, { acrValues: 'level2' });
    await signInWithZalo(visitor, 'binh');
    await proveWithVneid(visitor, 'binh');
    await agree(visitor);
    await party.redeem(visitor, attempt);
    const again = await depart(party, { acrValues: 'level2' });
    await signInWithZalo(again.visitor, 'binh');
    const before = await countRows(product);
    await proveWithVneid(again.visitor, 'cuong');
    expectErrorPage(again.visitor, 'vneid_other_person', 403);
    expect(await countRows(product)).toEqual(before);
  });

  it.each(['toan', 'tuan', 'bay'])(
    'four accounts prove the number of %s at the same instant: one wins',
    async (person) => {
      const before = await countRows(product);
      const others = {
        toan: ['khanh', 'my', 'na', 'duom'],
        tuan: ['thuong', 'cuong', 'nhi', 'tho'],
        bay: ['bay', 'so-sai', 'so-thieu', 'hop-tac-xa'],
      };
      const racers = [];
      for (const zalo of others[person as keyof typeof others]) {
        const { visitor } = await depart(publicParty, { acrValues: 'level2' });
        await signInWithZalo(visitor, zalo);
        racers.push({ visitor, callback: await visitor.fetchCallback('form-vneid', person) });
      }
      await Promise.all(racers.map(({ visitor, callback }) => visitor.open(callback)));
      const losers = racers.filter(({ visitor }) => visitor.page.status === 409);
      expect(losers).toHaveLength(3);
      for (const { visitor } of losers) expectErrorPage(visitor, 'duplicate_person', 409);
      const after = await countRows(product);
      expect(after.verifications).toBe(before.verifications + 1);
      // Four attempts and three suspicions.
      expect(after.cases).toBe(before.cases + 7);
    },
  );
});
