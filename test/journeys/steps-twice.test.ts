/**
 * A step of the sign-in leads on by itself, and is done once, however often it is sent: a button is tapped twice, and on a
 * slow network a page is loaded again before it has come. Nobody is stranded by that, and nobody gets more by it.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { REDIRECT_URI, RelyingParty } from '../support/relying-party.ts';
import { depart, Traveller } from '../support/traveller.ts';
import type { Visitor } from '../support/visitor.ts';
import { countRows, expectErrorPage, type Watch, watchProcess } from '../support/watch.ts';

let watch: Watch;
let product: Product;
let party: RelyingParty;

beforeAll(async () => {
  watch = watchProcess();
  // Requests in turns: whatever is sent twice meets two nodes.
  product = await startProduct({ nodes: 2 });
  party = await RelyingParty.register(product);
});
afterAll(async () => {
  await watch.end(product);
  await product.close();
});

/** Whoever has allowed it before is asked all the same. */
const asking = { scope: 'openid hoso.xem', prompt: 'consent' };

const goalOf = (answer: Response) => new URL(answer.headers.get('location') ?? '', product.issuer).href;

/** Sends a form of the page, and follows nothing. */
function tap(visitor: Visitor, form: string, fields: Record<string, string> = {}): Promise<Response> {
  const action = new RegExp(`<form[^>]*id="${form}"[^>]*>`).exec(visitor.page.html)?.[0];
  const href = /action="([^"]*)"/.exec(action ?? '')?.[1];
  if (!href) throw new Error(`no form ${form}: ${visitor.text}`);
  return visitor.fetch(new URL(href, visitor.page.url).href, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: product.issuer, 'sec-fetch-site': 'same-origin' },
  });
}

/** A visitor on the consent page. */
async function asked(person: string) {
  const { visitor, attempt } = await depart(party, asking);
  await signInWithZalo(visitor, person);
  expect(visitor.has('form-consent')).toBe(true);
  return { visitor, attempt };
}

/** The app takes over at the address that an answer led to. */
async function redeemAt(goal: string, visitor: Visitor, attempt: Parameters<RelyingParty['redeem']>[1]) {
  await visitor.open(goal);
  return party.redeem(visitor, attempt);
}

describe('a step', () => {
  it('leads to the next page and to the app at once, without a detour', async () => {
    const { visitor, attempt } = await depart(party, asking);
    const back = await visitor.fetch(await visitor.fetchCallback('form-zalo', 'an'));
    expect(back.status).toBe(303);
    expect(new URL(goalOf(back)).pathname).toMatch(/^\/interaction\/[\w-]{43}$/);
    await visitor.open(goalOf(back));
    const end = await tap(visitor, 'form-consent', { all: 'yes' });
    expect(goalOf(end)).toMatch(new RegExp(`^${REDIRECT_URI}\\?code=`));
    expect((await redeemAt(goalOf(end), visitor, attempt)).claims()).toMatchObject({ acr: 'level1' });
    expect(product.logged()).not.toContain('"path":"/auth/');
  });

  it('ends at a page of its own where the answer is a form, and there its cookie must be whole', async () => {
    const altered = (value = '') => `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`;
    for (const name of ['tnid_resume', 'tnid_resume.sig']) {
      const { visitor } = await depart(party, { extra: { response_mode: 'form_post' } });
      const uid = new URL(visitor.page.url).pathname.split('/').pop();
      const callback = await visitor.fetchCallback('form-zalo', 'an');
      const before = await countRows(product);
      visitor.setCookie(product.issuer, name, altered(visitor.cookie(name)), `/auth/${uid}`);
      await visitor.open(callback);
      expectErrorPage(visitor, 'session_expired', 400);
      const { sessions, grants, codes } = before;
      expect(await countRows(product)).toMatchObject({ sessions, grants, codes });
    }
  });
});

describe('a button that is tapped twice', () => {
  it('at the same instant, on two nodes: one session, one code, and both taps lead to it', async () => {
    for (const person of ['bay', 'an', 'binh']) {
      const { visitor, attempt } = await asked(person);
      const before = await countRows(product);
      const answers = await Promise.all([1, 2].map(() => tap(visitor, 'form-consent', { all: 'yes' })));
      expect(answers.map(({ status }) => status)).toEqual([303, 303]);
      const [one = '', other] = answers.map(goalOf);
      expect(one).toBe(other);
      const after = await countRows(product);
      expect(after.codes - before.codes).toBe(1);
      await redeemAt(one, visitor, attempt);
      // Whoever is signed in by it is signed in for good: the next service asks for nothing.
      const next = await party.ask(visitor, { scope: 'openid hoso.xem', prompt: 'none' });
      expect((await party.redeem(visitor, next)).claims()).toMatchObject({ acr: 'level1' });
    }
  });

  it('and whose first answer is lost: the second brings the same cookies and the same code', async () => {
    const { visitor, attempt } = await asked('an');
    // What comes back to the copy never reaches the browser itself.
    const lost = await tap(copyOf(visitor), 'form-consent', { all: 'yes' });
    const again = await tap(visitor, 'form-consent', { all: 'yes' });
    expect(goalOf(again)).toBe(goalOf(lost));
    expect(again.headers.getSetCookie().sort()).toEqual(lost.headers.getSetCookie().sort());
    await redeemAt(goalOf(again), visitor, attempt);
    const next = await party.ask(visitor, { scope: 'openid hoso.xem', prompt: 'none' });
    await party.redeem(visitor, next);
  });

  it('to give up: the app hears so both times', async () => {
    const { visitor } = await asked('an');
    const answers = await Promise.all([1, 2].map(() => tap(visitor, 'form-cancel')));
    const goals = answers.map((answer) => new URL(goalOf(answer)).searchParams.get('error'));
    expect(goals).toEqual(['access_denied', 'access_denied']);
    expect(goalOf(await tap(visitor, 'form-cancel'))).toContain('error=access_denied');
  });

  it('once to go on and once to give up: the first counts, and the second is told nothing else', async () => {
    for (const [first = '', second = ''] of [
      ['form-consent', 'form-cancel'],
      ['form-cancel', 'form-consent'],
    ]) {
      const { visitor } = await asked('an');
      await tap(copyOf(visitor), first, { all: 'yes' });
      await visitor.submit(second);
      expectErrorPage(visitor, 'interaction_expired', 400);
    }
  });

  it('two minutes later is over', async () => {
    const { visitor } = await asked('an');
    await tap(copyOf(visitor), 'form-consent', { all: 'yes' });
    product.travel(121);
    await visitor.submit('form-consent');
    expectErrorPage(visitor, 'interaction_expired', 400);
  });
});

describe('a way back that is loaded again', () => {
  it('because its answer was lost: goes on where the first would have', async () => {
    const { visitor, attempt } = await depart(party, asking);
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    await copyOf(visitor).fetch(callback);
    await visitor.open(callback);
    expect(visitor.has('form-consent')).toBe(true);
    await agree(visitor);
    expect((await party.redeem(visitor, attempt)).claims()).toMatchObject({ acr: 'level1' });
  });

  it('while the first still asks Zalo: the page it is sent to leads on when the first is through', async () => {
    const { visitor, attempt } = await depart(party, asking);
    const signIn = visitor.page;
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    await copyOf(visitor).fetch(callback);
    // The sign-in page that the second was sent to is open; the citizen taps Zalo once more.
    visitor.page = signIn;
    await visitor.submit('form-zalo');
    expect(visitor.has('form-consent')).toBe(true);
    await agree(visitor);
    await party.redeem(visitor, attempt);
    // And the page of a step that is over leads to the next one, until the app has its answer.
    const later = await depart(party, { ...asking, prompt: 'login consent' });
    const page = later.visitor.page.url;
    await signInWithZalo(later.visitor, 'binh');
    const consent = later.visitor.page.url;
    await later.visitor.open(page);
    expect(later.visitor.page).toMatchObject({ status: 200, url: consent });
    await agree(later.visitor);
    await party.redeem(later.visitor, later.attempt);
    await later.visitor.open(consent);
    expectErrorPage(later.visitor, 'interaction_expired', 400);
  });
});

describe('going back', () => {
  it('to a page that is over, after the app has its answer, signs nobody out', async () => {
    const { visitor, attempt } = await depart(party, asking);
    const signIn = visitor.page.url;
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    await visitor.open(callback);
    const consent = visitor.page.url;
    await agree(visitor);
    await party.redeem(visitor, attempt);
    for (const page of [signIn, consent]) {
      await visitor.open(page);
      expectErrorPage(visitor, 'interaction_expired', 400);
    }
    await visitor.open(callback);
    expectErrorPage(visitor, 'sign_in_link_used', 400);
    // The first step's session goes by another name since the second.
    const next = await party.ask(visitor, { scope: 'openid hoso.xem', prompt: 'none' });
    expect((await party.redeem(visitor, next)).claims()).toMatchObject({ acr: 'level1' });
  });

  it('to the first page while the app still waits leads to where the last step led', async () => {
    const { visitor, attempt } = await depart(party, asking);
    const signIn = visitor.page.url;
    await signInWithZalo(visitor, 'an');
    const end = await tap(visitor, 'form-consent', { all: 'yes' });
    await visitor.open(signIn);
    expect(visitor.page.url).toBe(goalOf(end));
    await party.redeem(visitor, attempt);
    const next = await party.ask(visitor, { scope: 'openid hoso.xem', prompt: 'none' });
    await party.redeem(visitor, next);
  });

  it('after signing out brings nobody back', async () => {
    const { visitor } = await asked('an');
    const page = visitor.page;
    await tap(visitor, 'form-consent', { all: 'yes' });
    await visitor.open(`${product.issuer}/session/end`);
    await visitor.submit('form-sign-out', { logout: 'yes' });
    visitor.page = page;
    await visitor.submit('form-consent');
    expectErrorPage(visitor, 'interaction_expired', 400);
  });
});

describe('somebody else', () => {
  it('gets no answer of a step: neither without its cookie, nor with one that was altered, nor with their own', async () => {
    const { visitor } = await asked('an');
    const stranger = await asked('binh');
    const cookie = visitor.cookie('tnid_interaction') ?? '';
    const page = visitor.page;
    await tap(visitor, 'form-consent', { all: 'yes' });
    const { pathname } = new URL(page.url);
    for (const planted of [undefined, cookie, stranger.visitor.cookie('tnid_interaction')]) {
      const thief = new Traveller();
      thief.page = page;
      if (planted) thief.setCookie(product.issuer, 'tnid_interaction', planted, pathname);
      const answer = await tap(thief, 'form-consent', { all: 'yes' });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
      expect(answer.headers.getSetCookie().join()).not.toContain('tnid_session');
    }
  });

  it('gets none of a way back either', async () => {
    const { visitor } = await depart(party, asking);
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    await visitor.fetch(callback);
    const thief = new Traveller();
    await thief.open(callback);
    expectErrorPage(thief, 'sign_in_other_browser', 400);
  });
});

it('a database that refuses in the middle: nobody is signed in, no code leaves, and the same tap works later', async () => {
  const { db } = product.deps;
  const { visitor, attempt } = await asked('an');
  const before = await countRows(product);
  await sql`CREATE FUNCTION no_codes() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'no codes today'; END$$`.execute(db);
  await sql`CREATE TRIGGER no_codes BEFORE INSERT ON oidc_artefacts FOR EACH ROW
    WHEN (NEW.model = 'AuthorizationCode') EXECUTE FUNCTION no_codes()`.execute(db);
  const refused = await tap(visitor, 'form-consent', { all: 'yes' });
  await sql`DROP FUNCTION no_codes CASCADE`.execute(db);
  expect(refused.status).toBe(500);
  expect(refused.headers.get('location')).toBeNull();
  // Nor a cookie of a session that was not written: it would take the place of one that stands.
  expect(refused.headers.getSetCookie()).toEqual([]);
  const { sessions, grants, codes } = before;
  expect(await countRows(product)).toMatchObject({ sessions, grants, codes });
  await visitor.submit('form-consent');
  expect((await party.redeem(visitor, attempt)).claims()).toMatchObject({ acr: 'level1' });
});

function copyOf(visitor: Visitor): Visitor {
  const copy = visitor.copy();
  copy.page = visitor.page;
  return copy;
}
