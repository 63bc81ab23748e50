/**
 * Passkeys in a real browser, with Chromium's virtual authenticator (CDP WebAuthn): made after a verification, used
 * as a factor and alone, removed; and refused where they must be.
 */
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { holdLevel2, releaseLevel2, suspendAccount } from '../../src/account/accounts.ts';
import { performAct } from '../../src/audit/audit.ts';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { type Product, startProduct } from '../support/product.ts';
import { type Attempt, accountIdOf, REDIRECT_URI, RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
let app: RelyingParty;
let browser: Browser;
let device: Device;

beforeAll(async () => {
  product = await startProduct();
  app = await RelyingParty.register(product);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});
beforeEach(async () => {
  device = await Device.open();
});
afterEach(() => device?.close());

const need = {
  scope: 'openid hoso.nop',
  claims: { id_token: { acr: { essential: true, value: 'level2' } } },
};
type Credential = Awaited<ReturnType<CDPSession['send']>> & Record<string, unknown>;
const shots = process.env.TNID_SHOTS;

/** A phone with a fingerprint sensor: one browser profile and its authenticator. */
class Device {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #cdp: CDPSession;
  readonly #authenticator: string;
  /** Where the app takes over. */
  arrived = '';

  private constructor(context: BrowserContext, page: Page, cdp: CDPSession, authenticator: string) {
    this.context = context;
    this.page = page;
    this.#cdp = cdp;
    this.#authenticator = authenticator;
  }

  static async open(): Promise<Device> {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    page.setDefaultTimeout(8_000);
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const made = new Device(context, page, cdp, authenticatorId);
    // Nobody listens there: what the redirect carries is enough.
    page.on('request', (request) => {
      if (request.url().startsWith(REDIRECT_URI)) made.arrived = request.url();
    });
    return made;
  }

  close() {
    return this.context.close();
  }

  /** Whether the sensor knows the finger. */
  recognise(isUserVerified: boolean) {
    return this.#cdp.send('WebAuthn.setUserVerified', {
      authenticatorId: this.#authenticator,
      isUserVerified,
    });
  }

  async credentials() {
    const { credentials } = await this.#cdp.send('WebAuthn.getCredentials', {
      authenticatorId: this.#authenticator,
    });
    return credentials;
  }

  /** Puts a key into this device that was copied from another. */
  plant(credential: Credential) {
    return this.#cdp.send('WebAuthn.addCredential', {
      authenticatorId: this.#authenticator,
      credential: credential as never,
    });
  }

  /** The app sends the browser to us. */
  async ask(ask: object = need): Promise<Attempt> {
    // Only to make the address: the page itself is opened in the browser.
    let address = '';
    const scout = new Visitor((url) => {
      address ||= url;
      return true;
    });
    const attempt = await app.ask(scout, ask);
    await this.page.goto(address);
    return attempt;
  }

  async zalo(person: string): Promise<void> {
    await this.page.click('#button-zalo');
    await this.page.click(`button[name=person][value=${person}]`);
  }

  async vneid(person: string): Promise<void> {
    await this.page.click('#button-vneid');
    await this.page.click(`button[name=person][value=${person}]`);
  }

  /** Agrees where it is asked, and the app redeems the code. The claims, with the account's id in the place of `sub`. */
  async finish(attempt: Attempt) {
    const there = () => this.arrived.includes(`state=${attempt.state}`);
    await expect.poll(async () => there() || (await this.page.isVisible('#button-consent'))).toBe(true);
    if (!there()) await this.page.click('#button-consent');
    await expect.poll(there).toBe(true);
    // Waiting for the address itself throws when the refusal comes meanwhile.
    await expect.poll(() => this.page.url()).toMatch(/^chrome-error:/);
    const visitor = new Visitor();
    visitor.page = { ...visitor.page, url: this.arrived };
    const claims = (await app.redeem(visitor, attempt)).claims();
    return claims && { ...claims, sub: await accountIdOf(product, claims.sub) };
  }

  async look(name: string): Promise<void> {
    const overflow = await this.page.evaluate<number>('document.documentElement.scrollWidth');
    expect(overflow, name).toBeLessThanOrEqual(this.page.viewportSize()?.width ?? 0);
    expect(await checkAccessibility(this.page), name).toEqual([]);
    if (shots) await this.page.screenshot({ path: `${shots}/passkey-${name}.png`, fullPage: true });
  }

  /** Signs out by forgetting; the key stays in the device. */
  forget() {
    return this.context.clearCookies();
  }
}

/** Verifies as this person and sets a passkey on the page that follows. The account's id. */
async function verifyAndSet(person: string): Promise<string> {
  const attempt = await device.ask();
  await device.zalo(person);
  await device.vneid(person);
  await device.page.click('#button-add-passkey');
  return (await device.finish(attempt))?.sub ?? '';
}

const events = async (account: string | null, event: string) =>
  (
    await product.deps.db
      .selectFrom('audit_events')
      .select('body')
      .where('account_id', account === null ? 'is' : '=', account)
      .where('event', '=', event)
      .execute()
  ).map(({ body }) => body as unknown as Record<string, unknown>);
const notices = async (account: string) =>
  (
    await product.deps.db.selectFrom('notices').select('kind').where('account_id', '=', account).execute()
  ).map(({ kind }) => kind);
const errorCode = () => device.page.textContent('#error-code');

describe('a citizen who has verified', () => {
  it('sets a passkey in the same sign-in; next time it alone is account and level2', async () => {
    const attempt = await device.ask();
    expect(await device.page.isVisible('#button-passkey')).toBe(true);
    expect(await device.page.getAttribute('#button-zalo', 'class')).toContain('main');
    await device.zalo('an');
    await device.vneid('an');
    await device.look('set-factor');
    await device.page.click('#button-add-passkey');
    const sub = (await device.finish(attempt))?.sub ?? '';
    expect(await notices(sub)).toContain('passkey_added');
    expect(await events(sub, 'factor.set')).toContainEqual(expect.objectContaining({ kind: 'passkey' }));

    // Another day, the same browser: the sign-in page has the passkey first, and it is one step.
    product.travel(20 * 86_400);
    const later = await device.ask();
    expect(await device.page.getAttribute('#button-passkey', 'class')).toContain('main');
    await device.look('sign-in-first');
    await device.page.click('#button-passkey');
    expect(await device.finish(later)).toMatchObject({ sub, acr: 'level2', amr: ['passkey'] });
    expect(await events(sub, 'sign_in.succeeded')).toContainEqual(
      expect.objectContaining({ method: 'passkey', level: 'level2' }),
    );
    product.travel(-20 * 86_400);
  });

  it('uses it as a factor on top of Zalo', async () => {
    const sub = await verifyAndSet('bay');
    await device.forget();
    const attempt = await device.ask();
    await device.zalo('bay');
    await device.look('step-up');
    expect(await device.page.isVisible('#button-vneid')).toBe(true);
    await device.page.click('#button-passkey');
    expect(await device.finish(attempt)).toMatchObject({ sub, acr: 'level2', amr: ['zalo', 'passkey'] });
  });

  it('hears plainly when the finger is not known, and takes another way', async () => {
    await verifyAndSet('my');
    const attempt = await device.ask({ ...need, prompt: 'login' });
    await device.recognise(false);
    await device.page.click('#button-passkey');
    await device.page.waitForSelector('#form-passkey [role=alert]:not([hidden])');
    await device.look('failed');
    await device.zalo('my');
    await device.vneid('my');
    expect(await device.finish(attempt)).toMatchObject({ acr: 'level2', amr: ['zalo', 'vneid'] });
  });

  it('finds no passkey where the browser runs no script, and every other way', async () => {
    const visitor = app.visitor();
    await app.ask(visitor, need);
    expect(visitor.page.html).toMatch(/<form id="form-passkey"[^>]* hidden>/);
    expect(visitor.has('form-zalo')).toBe(true);
    expect(visitor.page.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(visitor.page.headers.get('content-security-policy')).not.toContain('unsafe');
  });
});

describe('on the account page', () => {
  const page = () => `${product.issuer}/account/factors`;

  it('has several, with names; removes one; and then that one opens nothing', async () => {
    const sub = await verifyAndSet('khanh');
    const [key] = await device.credentials();
    await device.page.goto(page());
    expect(await device.page.textContent('main')).toContain('Chrome trên Linux');
    // Until it has a name of the citizen's own it is said in the language of whoever reads.
    const inLanguage = (value: string) =>
      device.context.addCookies([{ name: 'tnid_lang', value, url: product.issuer }]);
    await inLanguage('en');
    await device.page.goto(page());
    expect(await device.page.textContent('main')).toContain('Chrome on Linux');
    expect(await device.page.textContent('main')).not.toContain('trên');
    await inLanguage('vi');
    await device.page.goto(page());
    // In the same device it is not made twice.
    await device.page.fill('#form-add-passkey [name=name]', 'Máy tính ở nhà');
    await device.page.click('#button-add-passkey');
    await device.page.waitForSelector('#form-add-passkey [role=alert]:not([hidden])');

    const second = await Device.open();
    await second.context.addCookies(await device.context.cookies());
    await second.page.goto(page());
    await second.page.fill('#form-add-passkey [name=name]', 'Máy tính ở nhà');
    await second.page.click('#button-add-passkey');
    await second.page.waitForSelector('#done');
    expect(await second.page.textContent('main')).toContain('Máy tính ở nhà');
    await second.look('account-factors');

    // A form like any other, opened without a script of ours.
    await second.page.click('#rename-passkey-0');
    await second.look('rename');
    await second.page.fill('#form-rename-passkey-0 [name=name]', ' <b>Máy của Ba</b> ');
    await second.page.click('#button-rename-passkey-0');
    await second.page.waitForSelector('#done');
    expect(await second.page.textContent('li:has(#form-rename-passkey-0) h3')).toBe('<b>Máy của Ba</b>');
    const [renamed] = await events(sub, 'factor.renamed');
    expect(renamed).toMatchObject({ kind: 'passkey' });
    expect(JSON.stringify(renamed)).not.toContain('Ba');
    await second.page.click('#button-remove-passkey-0');
    await second.page.waitForSelector('#done');
    expect(await second.page.textContent('main')).not.toContain('Máy của Ba');
    expect(await notices(sub)).toContain('passkey_removed');
    await second.page.goto(`${product.issuer}/account/sessions`);
    expect(await second.page.textContent('main')).toContain('Chrome trên Linux');
    await second.close();

    expect(key).toBeDefined();
    await device.ask({ ...need, prompt: 'login' });
    await device.page.click('#button-passkey');
    await device.page.waitForSelector('#error-code');
    expect(await errorCode()).toContain('passkey_refused');
    expect(await events(null, 'sign_in.refused')).toContainEqual(
      expect.objectContaining({ method: 'passkey', reason: 'unknown_passkey' }),
    );
  });

  it('renames no passkey of somebody else, nor to nothing, nor for another site', async () => {
    const tuan = await verifyAndSet('tuan');
    const [theirs] = await product.deps.db
      .selectFrom('factors')
      .select(['id', 'name'])
      .where('account_id', '=', tuan)
      .execute();
    const [others] = await product.deps.db
      .selectFrom('factors')
      .select(['id', 'name'])
      .where('account_id', '!=', tuan)
      .execute();
    await device.page.goto(page());
    const send = (id: string | undefined, name: string) =>
      device.page.evaluate<number>(
        `fetch('${page()}/passkeys/${id}/name', { method: 'POST', redirect: 'manual',
          body: new URLSearchParams({ name: ${JSON.stringify(name)} }) }).then((answer) => answer.status)`,
      );
    expect([await send(others?.id, 'Mine'), await send('x', 'Mine')]).toEqual([404, 404]);
    expect([await send(theirs?.id, '  '), await send(theirs?.id, 'x'.repeat(41))]).toEqual([400, 400]);
    const foreign = await fetch(`${page()}/passkeys/${theirs?.id}/name`, {
      method: 'POST',
      headers: { origin: 'https://elsewhere.example' },
      body: new URLSearchParams({ name: 'Mine' }),
    });
    expect(foreign.status).toBe(403);
    const names = product.deps.db.selectFrom('factors').select('name');
    for (const before of [theirs, others])
      expect(await names.where('id', '=', before?.id ?? '').executeTakeFirst()).toEqual({
        name: before?.name,
      });
    expect(await events(tuan, 'factor.renamed')).toEqual([]);
  });

  it('adds one only within ten minutes of a factor', async () => {
    await verifyAndSet('na');
    product.travel(11 * 60);
    await device.page.goto(page());
    expect(await device.page.locator('#form-add-passkey').count()).toBe(0);
    const refused = await device.page.evaluate<number>(
      `fetch('${page()}/passkeys/options', { method: 'POST' }).then((answer) => answer.status)`,
    );
    expect(refused).toBe(401);
    await device.page.click('#button-confirm');
    await device.page.click('#button-passkey');
    await device.page.waitForSelector('#form-add-passkey');
    product.travel(-11 * 60);
  });
});

describe('a passkey is refused', () => {
  /** Presses the passkey on a fresh sign-in page; the code of the error page. */
  async function useAlone(): Promise<string> {
    await device.ask({ ...need, prompt: 'login' });
    await device.page.click('#button-passkey');
    await device.page.waitForSelector('#error-code');
    return (await errorCode()) ?? '';
  }

  it('while level2 is on hold, when it ended, and when the account is suspended', async () => {
    const account = await verifyAndSet('thuong');
    const change = { accountId: account, actor: 'test', reason: 'not_me' };
    await performAct(product.deps, (act) => holdLevel2(act, change));
    expect(await useAlone()).toContain('passkey_unusable');
    expect(await events(account, 'factor.refused')).toContainEqual(
      expect.objectContaining({ kind: 'passkey', reason: 'level2_on_hold' }),
    );
    // The way out is there: Zalo, and verifying anew.
    await device.page.click('#link-back');
    expect(await device.page.isVisible('#button-zalo')).toBe(true);
    await performAct(product.deps, (act) => releaseLevel2(act, change));
    await suspendAccount(product.deps, change);
    expect(await useAlone()).toContain('account_suspended');
  });

  it('when it is a copy that lags behind', async () => {
    const account = await verifyAndSet('toan');
    const [copied] = await device.credentials();
    const attempt = await device.ask({ ...need, prompt: 'login' });
    await device.page.click('#button-passkey');
    expect(await device.finish(attempt)).toMatchObject({ acr: 'level2' });

    const thief = await Device.open();
    await thief.plant(copied as never);
    const honest = device;
    device = thief;
    expect(await useAlone()).toContain('passkey_refused');
    expect(await events(account, 'factor.refused')).toContainEqual(
      expect.objectContaining({ kind: 'passkey', reason: 'counter_not_moved' }),
    );
    await honest.close();
  });

  it('for the account of somebody else', async () => {
    const account = await verifyAndSet('cuong');
    const [key] = await device.credentials();
    const other = await Device.open();
    const honest = device;
    device = other;
    const victim = await verifyAndSet('duom');
    await device.forget();
    await device.ask();
    await device.zalo('duom');
    // The thief has the victim's Zalo, and brings a passkey of their own account.
    await device.plant(key as never);
    const answer = await answerWith(device, String(key?.credentialId));
    expect(answer).toContain('passkey_refused');
    expect(await events(victim, 'factor.refused')).toContainEqual(
      expect.objectContaining({ reason: 'passkey_of_another' }),
    );
    expect(await events(account, 'step_up.succeeded')).not.toContainEqual(
      expect.objectContaining({ method: 'passkey' }),
    );
    await honest.close();
  });

  it('to a question of another page, a second time, or after five minutes', async () => {
    await verifyAndSet('nhi');
    await device.ask({ ...need, prompt: 'login' });
    const answered = await sign(device);
    // Another page of the same browser, and another browser.
    const first = device.page.url();
    await device.ask({ ...need, prompt: 'login' });
    expect(await send(device, device.page.url(), answered)).toContain('passkey_refused');
    await device.page.goto(first);
    product.travel(5 * 60 + 1);
    expect(await send(device, first, await sign(device))).not.toContain('passkey_refused');
    product.travel(-5 * 60 - 1);

    await device.ask({ ...need, prompt: 'login' });
    const late = await sign(device);
    product.travel(5 * 60 + 1);
    expect(await send(device, device.page.url(), late)).toContain('passkey_refused');
    product.travel(-5 * 60 - 1);

    const once = await sign(device);
    const twice = await Promise.all([
      send(device, device.page.url(), once),
      send(device, device.page.url(), once),
    ]);
    expect(twice.filter((html) => html.includes('passkey_refused'))).toHaveLength(1);
  });
});

/** Signs what the page's question is, without sending the answer. */
function sign(on: Device): Promise<string> {
  return on.page.evaluate<string>(signer('undefined'));
}

/** Signs with one certain key, whatever the page would have allowed, and sends it; the page that comes. */
async function answerWith(on: Device, credentialId: string): Promise<string> {
  const answer = await on.page.evaluate<string>(signer(JSON.stringify(credentialId)));
  return send(on, on.page.url(), answer);
}

/** Posts the answer as the form of the page at this address would; what comes back, redirects not followed. */
function send(on: Device, url: string, answer: string): Promise<string> {
  return on.page.evaluate<string>(`(async () => {
    const body = new URLSearchParams({ answer: ${JSON.stringify(answer)} });
    const response = await fetch('${url}/passkey', { method: 'POST', body, redirect: 'manual' });
    return response.text();
  })()`);
}

/** A program for the page, as an attacker would write it: any key, and the answer in hand. */
function signer(credential: string): string {
  return `(async () => {
    const toBytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const options = await (await fetch(document.forms['form-passkey'].dataset.options, { method: 'POST' })).json();
    options.challenge = toBytes(options.challenge);
    const only = ${credential};
    options.allowCredentials = only ? [{ type: 'public-key', id: toBytes(only) }] : [];
    const { id, rawId, type, response } = await navigator.credentials.get({ publicKey: options });
    const parts = {};
    for (const name of ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'])
      if (response[name]) parts[name] = toText(response[name]);
    return JSON.stringify({ id, rawId: toText(rawId), type, response: parts });
  })()`;
}
