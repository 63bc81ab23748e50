/** What stands at every door: headers, same origin, sizes, methods, addresses that do not exist. */
import { request } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { depart, Traveller } from '../support/traveller.ts';
import type { Page, Visitor } from '../support/visitor.ts';
import { countRows, expectErrorPage, type Watch, watchProcess } from '../support/watch.ts';

let watch: Watch;
let product: Product;
let party: RelyingParty;

beforeAll(async () => {
  watch = watchProcess();
  product = await startProduct();
  party = await RelyingParty.register(product);
});
afterAll(async () => {
  await watch.end(product);
  await product.close();
});

/** Opens an address of ours as a new visitor who reads this language. */
async function openPath(path: string, init: RequestInit = {}, lang = 'vi'): Promise<Visitor> {
  const visitor = new Traveller();
  visitor.setCookie(product.issuer, 'tnid_lang', lang);
  await visitor.open(`${product.issuer}${path}`, init);
  return visitor;
}

/**
 * A page of ours, whichever: nothing frames it, nothing keeps it, and nothing runs in it but the module that a passkey
 * needs, by its address and only on pages that offer one.
 */
function expectGuarded({ headers, html, url }: Page): void {
  const policy = headers.get('content-security-policy') ?? '';
  const directives = new Map(policy.split(';').map((one) => one.trim().split(/ (.*)/) as [string, string]));
  const guards = ['default-src', 'base-uri', 'frame-ancestors'].map((name) => directives.get(name));
  expect({ url, guards }).toEqual({ url, guards: Array(3).fill("'none'") });
  const module = /<script type="module" src="\/assets\/passkey\.[0-9a-f]{12}\.js"><\/script>/;
  expect({ url, scripts: directives.get('script-src') }).toEqual({
    url,
    scripts: module.test(html) ? "'self'" : "'none'",
  });
  expect(directives.get('style-src')).toBe("'self'");
  expect(policy).not.toContain('unsafe');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('same-origin');
  expect(headers.get('cache-control')).toContain('no-store');
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(html).toContain('Tây Ninh ID</title>');
  expect(html.replace(module, '')).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i);
}

describe('headers', () => {
  it('guard every page of a sign-in, from the first to the last', async () => {
    const { visitor } = await depart(party, { scope: 'openid profile identity', prompt: 'consent' });
    expectGuarded(visitor.page);
    await signInWithZalo(visitor, 'na');
    expect(visitor.has('form-vneid')).toBe(true);
    expectGuarded(visitor.page);
    await proveWithVneid(visitor, 'na');
    expect(visitor.has('form-consent')).toBe(true);
    expectGuarded(visitor.page);
    await visitor.submit('form-consent');
    await visitor.open(`${product.issuer}/session/end?client_id=sandbox-web`);
    expect(visitor.text).toContain('Cổng dịch vụ mẫu');
    expectGuarded(visitor.page);
    await visitor.open(`${product.issuer}/session/end/success`);
    expectGuarded(visitor.page);
  });

  it.each([
    ['/', 200],
    ['/nothing', 404],
    ['/zalo/callback', 400],
    ['/vneid/callback?state=x', 400],
    ['/interaction/nobody', 400],
    ['/auth', 400],
    ['/auth?client_id=nobody', 400],
    ['/auth/nobody', 400],
    ['/assets/nothing.css', 404],
  ])('guard %s, which answers %i', async (path, status) => {
    const { page } = await openPath(path);
    expect(page.status).toBe(status);
    expectGuarded(page);
  });

  it('say https only where there is https', async () => {
    expect((await openPath('/')).page.headers.get('strict-transport-security')).toBeNull();
    const secure = await startProduct({ env: { TNID_ISSUER: 'https://id.example.vn' } });
    try {
      const answer = await fetch(`http://localhost:${secure.deps.config.port}/`);
      expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    } finally {
      await secure.close();
    }
  });
});

describe('an address that does not exist', () => {
  const paths = [
    '/nothing',
    '/interaction',
    '/interaction/a/b/c',
    '/console/nothing',
    '/%',
    '/%E0%A4%A',
    '//evil.example/',
    '/assets/..%2f..%2fpackage.json',
  ];

  it.each(paths)('%s is a page in both languages', async (path) => {
    for (const lang of ['vi', 'en'] as const) {
      expectErrorPage(await openPath(path, {}, lang), 'not_found', 404, lang);
    }
  });

  it('is an answer in JSON for whom pages mean nothing', async () => {
    const answer = await fetch(`${product.issuer}/nothing`, { headers: { accept: 'application/json' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const request_id = answer.headers.get('x-request-id');
    expect(await answer.json()).toEqual({ error: 'not_found', request_id });
  });

  it('repeats nothing of what was asked', async () => {
    const { page } = await openPath('/%3Cscript%3Ealert(1)%3C/script%3E?q="><b>x');
    expect(page.html).not.toContain('alert(1)<');
    expect(page.html).not.toContain('<b>x');
    expect(page.html).not.toContain('q=');
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is what %s meets at every door of ours', async (method) => {
    for (const path of [
      '/',
      '/zalo/callback?state=x',
      '/interaction/x',
      '/interaction/x/consent',
      '/auth',
      '/healthz',
    ]) {
      expectErrorPage(await openPath(path, { method }), 'not_found', 404);
    }
  });

  it('HEAD answers as GET does, without a page', async () => {
    for (const [path, status] of [
      ['/', 200],
      ['/zalo/callback', 400],
      ['/interaction/x', 400],
      ['/nothing', 404],
    ] as const) {
      const { page } = await openPath(path, { method: 'HEAD' });
      expect({ path, status: page.status, html: page.html }).toEqual({ path, status, html: '' });
    }
  });
});

describe('a form that comes from elsewhere', () => {
  const steps = ['zalo', 'vneid', 'consent', 'decline', 'cancel'];

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of the same site', { 'sec-fetch-site': 'same-site' }],
    ['another site that claims our origin', { 'sec-fetch-site': 'cross-site', origin: 'ISSUER' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['our host at another port', { origin: 'http://localhost:1' }],
    ['a host that ends like ours', { origin: 'http://evil-localhost' }],
    ['an origin that is hidden', { origin: 'null' }],
  ])('%s is refused at every step, and the sign-in is where it was', async (_, given) => {
    const { visitor } = await depart(party);
    const signIn = visitor.page.url;
    const headers = Object.fromEntries(
      Object.entries(given).map(([k, v]) => [k, v.replace('ISSUER', product.issuer)]),
    );
    const before = await countRows(product);
    for (const step of steps) {
      await visitor.open(`${signIn}/${step}`, { method: 'POST', headers });
      expectErrorPage(visitor, 'cross_origin', 403);
    }
    expect(await countRows(product)).toEqual(before);
    await visitor.open(signIn);
    expect(visitor.has('form-zalo')).toBe(true);
  });

  it('our own origin, or a browser that says nothing, is let through', async () => {
    for (const headers of [{ origin: product.issuer }, { 'sec-fetch-site': 'same-origin' }, {}]) {
      const { visitor } = await depart(party);
      await visitor.open(`${visitor.page.url}/cancel`, {
        method: 'POST',
        headers: headers as Record<string, string>,
      });
      expect(new URL(visitor.page.url).searchParams.get('error')).toBe('access_denied');
    }
  });
});

describe('too much, or of the wrong kind', () => {
  const form = 'application/x-www-form-urlencoded';

  it('a form of two megabytes is refused at our own doors, and does nothing', async () => {
    for (const lang of ['vi', 'en'] as const) {
      const { visitor } = await depart(party);
      visitor.setCookie(product.issuer, 'tnid_lang', lang);
      const signIn = visitor.page.url;
      for (const step of ['zalo', 'consent', 'cancel']) {
        const body = new URLSearchParams({ a: 'x'.repeat(2_000_000) });
        await visitor.open(`${signIn}/${step}`, { method: 'POST', body });
        expectErrorPage(visitor, 'body_too_large', 413, lang);
      }
      await visitor.open(signIn);
      expect(visitor.has('form-zalo')).toBe(true);
    }
  });

  it.each(['/token', '/token/introspection', '/token/revocation'])(
    '%s refuses bodies it cannot take',
    async (path) => {
      const bodies: [string, string][] = [
        [form, `a=${'x'.repeat(2_000_000)}`],
        ['application/json', '{"grant_type":"authorization_code"}'],
        ['multipart/form-data; boundary=x', '--x--'],
        ['text/plain', 'grant_type=authorization_code'],
        [form, ''],
        [form, '\0\0\0=%00&%ZZ=%E0%A4%A'],
        [`${form}; charset=nonsense`, 'grant_type=authorization_code'],
      ];
      for (const [type, body] of bodies) {
        const headers = { 'content-type': type };
        const answer = await fetch(`${product.issuer}${path}`, { method: 'POST', headers, body });
        expect([type, answer.status, await answer.json()]).toMatchObject([
          type,
          400,
          { error: 'invalid_request' },
        ]);
      }
    },
  );

  it('an address of 100 KB is refused before it is looked at, and the next visitor is served', async () => {
    const answer = await fetch(`${product.issuer}/auth?${'a'.repeat(100_000)}`);
    expect(answer.status).toBe(431);
    expect((await openPath('/')).page.status).toBe(200);
  });

  it('a body that breaks off leaves nothing behind', async () => {
    const { hostname, port } = new URL(product.issuer);
    await new Promise<void>((settle) => {
      const headers = { 'content-type': form, 'content-length': '1000' };
      const broken = request({ hostname, port, path: '/token', method: 'POST', headers });
      broken.on('error', () => {}).on('close', settle);
      broken.write('grant_type=', () => broken.destroy());
    });
    expect((await openPath('/')).page.status).toBe(200);
  });

  it('ids that are no ids open nothing', async () => {
    for (const id of ['%00', '%E0%A4%A', 'a%2fb', '__proto__', "'%20OR%201=1--", 'x'.repeat(5000)]) {
      expectErrorPage(await openPath(`/interaction/${id}`), 'interaction_expired', 400);
      expectErrorPage(await openPath(`/auth/${id}`), 'session_expired', 400);
      expectErrorPage(await openPath(`/zalo/callback?state=${id}`), 'sign_in_link_expired', 400);
    }
  });
});

/** The database loses a table while `work` runs. */
async function withoutArtefacts(work: () => Promise<unknown>): Promise<void> {
  const { db } = product.deps;
  await sql`ALTER TABLE oidc_artefacts RENAME TO oidc_lost`.execute(db);
  try {
    await work();
  } finally {
    await sql`ALTER TABLE oidc_lost RENAME TO oidc_artefacts`.execute(db);
  }
}

describe('a fault of our own', () => {
  it('is logged once with the request id, and the page says no more than that id', async () => {
    const { visitor } = await depart(party);
    await withoutArtefacts(() => visitor.open(visitor.page.url));
    expectErrorPage(visitor, 'internal_error', 500);
    expect(visitor.page.html).not.toContain('oidc_artefacts');
    const id = visitor.page.headers.get('x-request-id') ?? '';
    const lines = product
      .logged()
      .split('\n')
      .filter((line) => line.includes(id) && line.includes('"level":50'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('oidc_artefacts');
  });

  it('is logged once also where the provider meets it', async () => {
    const visitor = new Traveller();
    visitor.setCookie(product.issuer, 'tnid_resume', 'x', '/auth/x');
    await withoutArtefacts(() =>
      visitor.open(`${product.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('sandbox-web:sandbox-web-secret')}` },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'r' }),
      }),
    );
    expectErrorPage(visitor, 'internal_error', 500);
    const id = visitor.page.headers.get('x-request-id') ?? '';
    const lines = product
      .logged()
      .split('\n')
      .filter((line) => line.includes(id) && line.includes('"level":50'));
    expect(lines).toHaveLength(1);
  });
});
