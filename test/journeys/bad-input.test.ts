/** Wrong ways through a sign-in: links used twice, elsewhere or too late, two tabs, the back button. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performAct } from '../../src/audit/audit.ts';
import { endVerification, findActiveId } from '../../src/verification/verifications.ts';
import { agree, proveWithVneid, setNoFactor, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { accountIdOf, RelyingParty } from '../support/relying-party.ts';
import { depart, Traveller, withQuery } from '../support/traveller.ts';
import type { Visitor } from '../support/visitor.ts';
import { countRows, expectErrorPage, goBack, type Watch, watchProcess } from '../support/watch.ts';

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

async function finish(visitor: Visitor, attempt: Awaited<ReturnType<typeof depart>>['attempt']) {
  await agree(visitor);
  return (await party.redeem(visitor, attempt)).claims();
}

function postForm(visitor: Visitor, url: string) {
  return visitor.open(url, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } });
}

describe.each(['vi', 'en'] as const)('a way back from Zalo that is wrong, read in %s', (lang) => {
  async function departReading() {
    const departed = await depart(party);
    departed.visitor.setCookie(product.issuer, 'tnid_lang', lang);
    return departed;
  }

  it.each([
    ['without a state', { state: undefined }],
    ['with an empty state', { state: '' }],
    ['with a state nobody gave out', { state: 'x'.repeat(43) }],
  ])('%s is a page, writes nothing, and the right link still works after it', async (_, changes) => {
    const { visitor, attempt } = await departReading();
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    const before = await countRows(product);
    await visitor.open(withQuery(callback, changes));
    expectErrorPage(visitor, 'sign_in_link_expired', 400, lang);
    expect(await countRows(product)).toEqual(before);
    await visitor.open(callback);
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });

  it('with two states is a page', async () => {
    const { visitor } = await departReading();
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    await visitor.open(`${callback}&state=another`);
    expectErrorPage(visitor, 'sign_in_link_expired', 400, lang);
  });

  it('opened in a browser that did not leave, or under another name, signs nobody in there', async () => {
    const { visitor, attempt } = await departReading();
    const callback = await visitor.fetchCallback('form-zalo', 'binh');
    const before = await countRows(product);
    for (const name of [undefined, 'y'.repeat(43), 'short', '']) {
      const other = new Traveller();
      other.setCookie(product.issuer, 'tnid_lang', lang);
      if (name !== undefined) other.setCookie(product.issuer, 'tnid_browser', name);
      await other.open(callback);
      expectErrorPage(other, 'sign_in_other_browser', 400, lang);
      expect(other.cookie('tnid_session')).toBeUndefined();
    }
    expect(await countRows(product)).toEqual(before);
    await visitor.open(callback);
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });

  it('too late is a page; the sign-in page behind it still works', async () => {
    const { visitor, attempt } = await departReading();
    const signIn = visitor.page.url;
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    product.travel(10 * 60 + 1);
    await visitor.open(callback);
    expectErrorPage(visitor, 'sign_in_link_expired', 400, lang);
    await visitor.open(signIn);
    await signInWithZalo(visitor, 'an');
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });

  it('brought to the door of the other upstream opens nothing and stays good at its own', async () => {
    const { visitor, attempt } = await departReading();
    const fromZalo = await visitor.fetchCallback('form-zalo', 'khanh');
    await visitor.open(fromZalo.replace('/zalo/callback', '/vneid/callback'));
    expectErrorPage(visitor, 'sign_in_link_expired', 400, lang);
    await visitor.open(fromZalo);
    await finish(visitor, attempt);

    const stepUp = await party.ask(visitor, { acrValues: 'level2' });
    const fromVneid = await visitor.fetchCallback('form-vneid', 'khanh');
    await visitor.open(fromVneid.replace('/vneid/callback', '/zalo/callback'));
    expectErrorPage(visitor, 'sign_in_link_expired', 400, lang);
    // The second language finds the same person verified: then it is a factor.
    await visitor.open(fromVneid);
    await setNoFactor(visitor);
    expect(await finish(visitor, stepUp)).toMatchObject({ acr: 'level2' });
  });

  it.each([
    ['without a code', { code: undefined }],
    ['with an empty code', { code: '' }],
    ['with a code of five thousand letters', { code: 'c'.repeat(5000) }],
    ['with a code and an error', { error: 'access_denied' }],
    ['with a code and an error_code', { error_code: '-14019' }],
  ])('%s counts as a refusal, leads back, and signing in works then', async (_, changes) => {
    const { visitor, attempt } = await departReading();
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    const before = await countRows(product);
    await visitor.open(withQuery(callback, changes));
    expectErrorPage(visitor, 'zalo_denied', 403, lang);
    expect(await countRows(product)).toEqual(before);
    await goBack(visitor);
    await signInWithZalo(visitor, 'an');
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });

  it('used a second time during the sign-in leads back to it, and after it is a page', async () => {
    const { visitor, attempt } = await departReading();
    const signIn = visitor.page.url;
    const callback = await visitor.fetchCallback('form-zalo', 'an');
    await visitor.open(withQuery(callback, { code: undefined }));
    await visitor.open(callback);
    expect(visitor.page).toMatchObject({ status: 200, url: signIn });
    await signInWithZalo(visitor, 'an');
    await finish(visitor, attempt);
    const before = await countRows(product);
    await visitor.open(callback);
    expectErrorPage(visitor, 'sign_in_link_used', 400, lang);
    expect(await countRows(product)).toEqual(before);
  });
});

it('one link opened twice at the same instant signs in once and strands nobody', async () => {
  const { visitor } = await depart(party);
  const signIn = visitor.page.url;
  const callback = await visitor.fetchCallback('form-zalo', 'bay');
  const answers = await Promise.all([visitor.fetch(callback), visitor.fetch(callback)]);
  expect(answers.map(({ status }) => status)).toEqual([303, 303]);
  const goals = answers.map((answer) => new URL(answer.headers.get('location') ?? '', callback).href);
  expect(goals.filter((goal) => goal !== signIn)).toHaveLength(1);
  for (const goal of goals) {
    await visitor.open(goal);
    expect(visitor.has('form-consent')).toBe(true);
  }
});

describe('a citizen who says no', () => {
  it('at Zalo finds the way back and signs in then', async () => {
    const { visitor, attempt } = await depart(party);
    const signIn = visitor.page.url;
    await visitor.submit('form-zalo');
    await visitor.submit(undefined, { deny: '1' });
    expectErrorPage(visitor, 'zalo_denied', 403);
    await goBack(visitor);
    expect(visitor.page.url).toBe(signIn);
    await signInWithZalo(visitor, 'an');
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });

  it('at VNeID finds the way back and proves level2 then', async () => {
    const { visitor, attempt } = await depart(party, { acrValues: 'level2' });
    await signInWithZalo(visitor, 'my');
    const before = await countRows(product);
    await visitor.submit('form-vneid');
    await visitor.submit(undefined, { deny: '1' });
    expectErrorPage(visitor, 'vneid_denied', 403);
    expect(await countRows(product)).toEqual(before);
    await goBack(visitor);
    await proveWithVneid(visitor, 'my');
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level2' });
  });
});

describe('two tabs of one browser', () => {
  it.each([
    ['the first tab first', [0, 1]],
    ['the second tab first', [1, 0]],
  ])('with a request each finish both, %s', async (_, order) => {
    const visitor = new Traveller();
    const tabs = [];
    for (const scope of ['openid', 'openid profile']) {
      const attempt = await party.ask(visitor, { scope });
      tabs.push({ attempt, callback: await visitor.fetchCallback('form-zalo', 'an') });
    }
    const subjects = [];
    for (const index of order) {
      const { attempt, callback } = tabs[index] ?? {};
      if (!attempt || !callback) throw new Error('a tab is missing');
      await visitor.open(callback);
      subjects.push((await finish(visitor, attempt))?.sub);
    }
    expect(subjects[0]).toBe(subjects[1]);
  });

  it('as two people: the second person is asked nothing twice, gets their own tokens, and the first is out', async () => {
    const visitor = new Traveller();
    const first = await party.ask(visitor);
    const callbackOfFirst = await visitor.fetchCallback('form-zalo', 'toan');
    const second = await party.ask(visitor);
    const callbackOfSecond = await visitor.fetchCallback('form-zalo', 'tuan');
    await visitor.open(callbackOfFirst);
    const toan = await finish(visitor, first);
    await visitor.open(callbackOfSecond);
    expect(visitor.page.html).not.toContain('<script');
    const tuan = await finish(visitor, second);
    expect(tuan?.sub).not.toBe(toan?.sub);
    const silent = await party.ask(visitor, { prompt: 'none' });
    expect((await party.redeem(visitor, silent)).claims()?.sub).toBe(tuan?.sub);
  });
});

describe('pages that are over', () => {
  it('the back button after finishing shows a page, and none of its forms does anything', async () => {
    const { visitor, attempt } = await depart(party);
    const signIn = visitor.page.url;
    await signInWithZalo(visitor, 'an');
    await finish(visitor, attempt);
    const before = await countRows(product);
    await visitor.open(signIn);
    expectErrorPage(visitor, 'interaction_expired', 400);
    for (const step of ['zalo', 'vneid', 'consent', 'decline', 'cancel']) {
      await postForm(visitor, `${signIn}/${step}`);
      expectErrorPage(visitor, 'interaction_expired', 400);
    }
    expect(await countRows(product)).toEqual(before);
  });

  it('a sign-in page left open for more than an hour says so', async () => {
    const { visitor } = await depart(party);
    // The provider allows clocks to differ by 15 seconds.
    product.travel(3600 + 16);
    await visitor.open(visitor.page.url);
    expectErrorPage(visitor, 'interaction_expired', 400);
  });

  it('the address of a sign-in page opens nothing in another browser', async () => {
    const { visitor } = await depart(party);
    const other = new Traveller();
    await other.open(visitor.page.url);
    expectErrorPage(other, 'interaction_expired', 400);
    await postForm(other, `${visitor.page.url}/cancel`);
    expectErrorPage(other, 'interaction_expired', 400);
  });

  it('the cookie of one sign-in does not open the page of another', async () => {
    const mine = await depart(party);
    const theirs = await depart(party);
    const page = theirs.visitor.page.url;
    const { pathname } = new URL(page);
    for (const name of ['tnid_interaction', 'tnid_interaction.sig']) {
      mine.visitor.setCookie(product.issuer, name, mine.visitor.cookie(name) ?? '', pathname);
    }
    await mine.visitor.open(page);
    expectErrorPage(mine.visitor, 'interaction_mismatch', 400);
  });
});

describe('forms sent twice or at the wrong step', () => {
  it('consent sent twice gives one code', async () => {
    const { visitor, attempt } = await depart(party, { scope: 'openid profile', prompt: 'consent' });
    await signInWithZalo(visitor, 'an');
    const page = visitor.page.url;
    const before = await countRows(product);
    await visitor.submit('form-consent');
    const answered = visitor.page.url;
    await postForm(visitor, `${page}/consent`);
    expect(visitor.page.url).toBe(answered);
    const after = await countRows(product);
    expect(after.codes).toBe(before.codes + 1);
    expect(after.consents).toBe(before.consents + 1);
    expect((await party.redeem(visitor, attempt)).claims()).toMatchObject({ acr: 'level1' });
    // The app has made use of it: from here on there is nothing to repeat.
    await postForm(visitor, `${page}/consent`);
    expectErrorPage(visitor, 'interaction_expired', 400);
  });

  it('at the sign-in page, consent, decline and VNeID do nothing', async () => {
    const { visitor, attempt } = await depart(party, { acrValues: 'level2' });
    const page = visitor.page.url;
    const before = await countRows(product);
    for (const step of ['consent', 'decline', 'vneid']) {
      await postForm(visitor, `${page}/${step}`);
      expectErrorPage(visitor, 'interaction_mismatch', 400);
    }
    expect(await countRows(product)).toEqual(before);
    await visitor.open(page);
    await signInWithZalo(visitor, 'an');
    await visitor.submit('form-decline');
    expect(await finish(visitor, attempt)).toMatchObject({ acr: 'level1' });
  });

  it('what is required cannot be declined, and neither Zalo nor consent stands in for it', async () => {
    const claims = { id_token: { acr: { essential: true, value: 'level2' } } };
    const { visitor } = await depart(party, { claims });
    await signInWithZalo(visitor, 'an');
    const page = visitor.page.url;
    expect(visitor.has('form-decline')).toBe(false);
    for (const step of ['decline', 'consent', 'zalo']) {
      await postForm(visitor, `${page}/${step}`);
      expectErrorPage(visitor, 'interaction_mismatch', 400);
    }
    await visitor.open(page);
    await visitor.submit('form-cancel');
    const answer = new URL(visitor.page.url).searchParams;
    expect(answer.get('error')).toBe('unmet_authentication_requirements');
    expect(answer.get('code')).toBeNull();
  });

  it('asked to sign in anew, nobody gets by with a VNeID account that this citizen never used', async () => {
    const { visitor, attempt } = await depart(party);
    await signInWithZalo(visitor, 'duom');
    await finish(visitor, attempt);
    await party.ask(visitor, { prompt: 'login' });
    expect(visitor.has('form-vneid')).toBe(false);
    const before = await countRows(product);
    await postForm(visitor, `${visitor.page.url}/vneid`);
    expectErrorPage(visitor, 'interaction_mismatch', 400);
    expect(await countRows(product)).toEqual(before);
  });

  it('nor with that of somebody else, when one was used and what it proved is over', async () => {
    const { db } = product.deps;
    const { visitor, attempt } = await depart(party, { acrValues: 'level2' });
    await signInWithZalo(visitor, 'na');
    await proveWithVneid(visitor, 'na');
    const claims = await finish(visitor, attempt);
    const id = (await findActiveId(db, await accountIdOf(product, claims?.sub))) ?? '';
    const end = { id, status: 'revoked', reason: 'test', actor: 'test' } as const;
    expect(await performAct(product.deps, (act) => endVerification(act, end))).toBe(true);
    await party.ask(visitor, { prompt: 'login' });
    const before = await countRows(product);
    await proveWithVneid(visitor, 'bay');
    expectErrorPage(visitor, 'vneid_other_person', 403);
    expect(await countRows(product)).toEqual(before);
  });
});
