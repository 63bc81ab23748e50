/** Cookies that were altered, planted or stolen: whoever brings them is a stranger, and gets a page that says so. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { depart, Traveller } from '../support/traveller.ts';
import { expectErrorPage, type Watch, watchProcess } from '../support/watch.ts';

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

/** A visitor who is signed in as An. */
async function signedIn() {
  const { visitor, attempt } = await depart(party);
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  await party.redeem(visitor, attempt);
  return visitor;
}

describe('cookies that were changed', () => {
  const altered = (value = '') => `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`;

  it.each(['tnid_interaction', 'tnid_interaction.sig'])('%s: the page is over', async (name) => {
    const { visitor } = await depart(party);
    const { pathname } = new URL(visitor.page.url);
    visitor.setCookie(product.issuer, name, altered(visitor.cookie(name)), pathname);
    await visitor.open(visitor.page.url);
    expectErrorPage(visitor, 'interaction_expired', 400);
  });

  it.each(['tnid_session', 'tnid_session.sig'])('%s: whoever was signed in is a stranger', async (name) => {
    const visitor = await signedIn();
    visitor.setCookie(product.issuer, name, altered(visitor.cookie(name)));
    await party.ask(visitor, { prompt: 'none' });
    expect(new URL(visitor.page.url).searchParams.get('error')).toBe('login_required');
  });

  it('tnid_browser: the way back belongs to another browser', async () => {
    const { visitor } = await depart(party);
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    visitor.setCookie(product.issuer, 'tnid_browser', altered(visitor.cookie('tnid_browser')));
    await visitor.open(callback);
    expectErrorPage(visitor, 'sign_in_other_browser', 400);
  });

  it('tnid_lang: a language that does not exist is Vietnamese', async () => {
    const visitor = new Traveller();
    visitor.setCookie(product.issuer, 'tnid_lang', '../../etc/passwd');
    await party.ask(visitor);
    expect(visitor.page).toMatchObject({ status: 200 });
    expect(visitor.page.html).toContain('<html lang="vi">');
  });

  it('a session id planted before the sign-in is not the id of the signed-in session', async () => {
    // Signing out without being signed in leaves a session that is kept and belongs to nobody.
    const attacker = new Traveller();
    await attacker.fetch(`${product.issuer}/session/end`);
    const planted = attacker.cookie('tnid_session');
    if (!planted) throw new Error('there is no session to plant');
    const { visitor, attempt } = await depart(party);
    for (const name of ['tnid_session', 'tnid_session.sig']) {
      visitor.setCookie(product.issuer, name, attacker.cookie(name) ?? '');
    }
    await signInWithZalo(visitor, 'an');
    await agree(visitor);
    await party.redeem(visitor, attempt);
    expect(visitor.cookie('tnid_session')).not.toBe(planted);
    expect(await product.provider.Session.find(planted)).toBeUndefined();
    await party.ask(attacker, { prompt: 'none' });
    expect(new URL(attacker.page.url).searchParams.get('error')).toBe('login_required');
  });

  it('every cookie of ours is HttpOnly and SameSite, and Secure behind a proxy that ends https', async () => {
    const proxied = await startProduct({ env: { TNID_TRUST_PROXY: '1' } });
    try {
      for (const scheme of ['http', 'https']) {
        const lines: string[] = [];
        const behind = await RelyingParty.register(proxied);
        const visitor = new CookieReader(lines, scheme);
        await behind.ask(visitor);
        await visitor.open(`${visitor.page.url}?lang=en`);
        await signInWithZalo(visitor, 'an');
        const ours = lines.filter((line) => line.startsWith('tnid_') && !line.includes('01 Jan 1970'));
        const names = new Set(ours.map((line) => line.split(/=|\.sig=/)[0]));
        const expected = ['tnid_browser', 'tnid_interaction', 'tnid_lang', 'tnid_resume', 'tnid_session'];
        expect([...names].sort()).toEqual(expected);
        for (const line of ours) {
          expect(line).toMatch(/; samesite=lax/i);
          expect(line).toMatch(/; httponly/i);
          expect(/; secure/i.test(line)).toBe(scheme === 'https');
        }
      }
    } finally {
      await proxied.close();
    }
  });
});

/** Collects what our server sets; stands for the proxy in front, which ends https and says so. */
class CookieReader extends Traveller {
  readonly #lines: string[];
  readonly #scheme: string;

  constructor(lines: string[], scheme: string) {
    super();
    this.#lines = lines;
    this.#scheme = scheme;
  }

  override async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-proto', this.#scheme);
    const response = await super.fetch(url.replace(/^https:/, 'http:'), { ...init, headers });
    this.#lines.push(...response.headers.getSetCookie());
    return response;
  }
}
