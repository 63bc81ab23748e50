/** Phone numbers change hands, and phones are lent: nothing of an account goes with either. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import {
  beginStep,
  exchange,
  openInWebview,
  openZalo,
  readAudit,
  readTokens,
  redeemStep,
  signInToMiniApp,
  userInfo,
} from '../support/mini-app.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';
import { expectErrorPage } from '../support/watch.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.close());

/** The account page, opened out of the Mini App of this person. */
async function openAccount(accessToken: string): Promise<Visitor> {
  return openInWebview(await beginStep(product, accessToken, { page: 'account' }));
}

/** The account page with level2 in its session. */
async function openAccountVerified(accessToken: string, person: string): Promise<Visitor> {
  const webview = await openAccount(accessToken);
  await webview.submit('form-verify');
  await proveWithVneid(webview, person);
  return webview;
}

async function toldTo(sub: unknown): Promise<string[]> {
  const accounts = await accountsBySub();
  const rows = await product.deps.db
    .selectFrom('notices')
    .select('kind')
    .where('account_id', '=', accounts.get(String(sub)) ?? '')
    .where('kind', 'like', 'phone%')
    .orderBy('created_at')
    .execute();
  return rows.map(({ kind }) => kind);
}

/** Outside, accounts have other names than inside; a token of each knows both. */
async function accountsBySub(): Promise<Map<string, string>> {
  return new Map(known.map(({ sub, account }) => [sub, account]));
}
const known: { sub: string; account: string }[] = [];

async function signIn(person: string, zalo: Record<string, string> = {}) {
  const signedIn = await signInToMiniApp(product, person, { zalo });
  const [last] = (await readAudit(product, 'sign_in.succeeded')).slice(-1);
  known.push({ sub: String(signedIn.claims.sub), account: String(last?.account) });
  return signedIn;
}

describe('a number that the operator of the network gave to somebody else', () => {
  it('takes nothing along: another account, level1, the number kept back, both told what to do', async () => {
    const binh = await signIn('binh');
    expect(await userInfo(product, binh.accessToken)).toMatchObject({ phone_number: '+84900000102' });
    const hers = await openAccountVerified(binh.accessToken, 'binh');
    expect(hers.text).toContain('Đã xác minh bằng căn cước');

    // Years later Cường has a new Zalo on the number that was Bình's.
    const cuong = await signIn('cuong');
    expect(cuong.claims.sub).not.toBe(binh.claims.sub);
    expect(cuong.claims).toMatchObject({ acr: 'level1' });
    expect(cuong.scope).not.toContain('phone');
    expect(await userInfo(product, cuong.accessToken)).not.toHaveProperty('phone_number');
    const his = await openAccount(cuong.accessToken);
    expect(his.text).toContain('Mới vào bằng Zalo');
    expect(his.text).toContain('dấu hiệu đổi chủ');
    expect(his.has('form-phone')).toBe(true);
    expect(await toldTo(cuong.claims.sub)).toEqual(['phone_quarantined']);

    // Bình keeps her account and her level2, and loses the number, which no service is told any more.
    await hers.open(`${product.issuer}/account`);
    expect(hers.text).toContain('Đã xác minh bằng căn cước');
    expect(hers.text).toContain('do một tài khoản Zalo khác giữ');
    expect(await userInfo(product, binh.accessToken)).not.toHaveProperty('phone_number');
    expect(await toldTo(binh.claims.sub)).toEqual(['phone_moved']);
    expect(await readAudit(product, 'phone.moved')).toHaveLength(1);
    expect(await readAudit(product, 'phone.quarantined')).toMatchObject([{ reason: 'was_anothers' }]);
  });

  it('showing it again settles nothing; proving who one is does', async () => {
    const again = await signIn('cuong');
    expect(again.scope).not.toContain('phone');
    expect(await toldTo(again.claims.sub)).toEqual(['phone_quarantined']);

    const his = await openAccount(again.accessToken);
    await his.submit('form-phone');
    // Not by a click alone: he is asked to prove level2 first.
    expect(his.has('form-vneid')).toBe(true);
    await proveWithVneid(his, 'cuong');
    await his.submit('form-phone');
    expect(his.text).not.toContain('dấu hiệu đổi chủ');
    expect(await readAudit(product, 'phone.released')).toHaveLength(1);
    expect((await signIn('cuong')).scope).toContain('phone');
    expect(await userInfo(product, (await signIn('cuong')).accessToken)).toMatchObject({
      phone_number: '+84900000102',
    });
  });

  it('and back again: the first holder has to prove herself, too', async () => {
    const binh = await signIn('binh');
    expect(binh.scope).not.toContain('phone');
    const hers = await openAccountVerified(binh.accessToken, 'binh');
    await hers.submit('form-phone');
    expect((await signIn('binh')).scope).toContain('phone');
    // Never two holders at a time.
    const holders = await product.deps.db
      .selectFrom('phones')
      .select('status')
      .where('status', '!=', 'moved')
      .execute();
    expect(holders).toHaveLength(1);
  });

  it('shown by two in one instant, one holds it', async () => {
    const [one, two] = [await openZalo(product, 'binh'), await openZalo(product, 'cuong')];
    const answers = await Promise.all([exchange(product, one), exchange(product, two)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const holders = await product.deps.db
      .selectFrom('phones')
      .select('status')
      .where('status', '!=', 'moved')
      .execute();
    expect(holders).toHaveLength(1);
  });
});

describe('a number that took the Zalo account along', () => {
  it('a new name on it: the number is kept back, level2 stays with who can prove it', async () => {
    const an = await signIn('an');
    await openAccountVerified(an.accessToken, 'an');

    const stranger = await signIn('an', { zalo_name: 'Lò Thị Mới' });
    expect(stranger.claims).toMatchObject({ sub: an.claims.sub, acr: 'level1' });
    expect(stranger.scope).not.toContain('phone');
    expect(await toldTo(an.claims.sub)).toEqual(['phone_quarantined']);
    expect((await readAudit(product, 'phone.quarantined')).at(-1)).toMatchObject({ reason: 'name_changed' });

    // The new holder of the number wants level2 with an identity of their own.
    const step = await beginStep(product, stranger.accessToken);
    const theirs = await openInWebview(step);
    await proveWithVneid(theirs, 'my');
    expectErrorPage(theirs, 'vneid_other_person', 403);
    expect(await redeemStep(product, step)).toMatchObject({ body: { error: 'authorization_pending' } });

    // The citizen of the account proves who they are, and has the number back.
    const own = await openAccountVerified((await signIn('an')).accessToken, 'an');
    await own.submit('form-phone');
    expect((await signIn('an')).scope).toContain('phone');
  });

  it('another way to write the same name is no new name, at Zalo on the web as well', async () => {
    expect((await signIn('bay')).scope).toContain('phone');
    expect((await signIn('bay', { zalo_name: 'LE THI BAY' })).scope).toContain('phone');
    expect((await signIn('bay', { zalo_name: 'Lê Thị Bảy' })).scope).toContain('phone');
    expect(await toldTo((await signIn('bay', { zalo_name: 'Bảy' })).claims.sub)).toEqual([]);
  });
});

describe('a phone that is lent', () => {
  it('the helper’s number does not become the citizen’s', async () => {
    const [citizen, helper] = [await openZalo(product, 'my'), await openZalo(product, 'khanh')];
    const answer = await exchange(product, { ...citizen, phone_token: helper.phone_token });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await readAudit(product, 'sign_in.refused')).at(-1)).toMatchObject({
      reason: 'zalo_phone_refused',
    });
    // Nothing of it was written, and the citizen goes on without a number.
    const { scope } = readTokens(await exchange(product, { ...citizen, phone_token: null }));
    expect(scope).not.toContain('phone');
  });

  it('what the helper proves is not the citizen’s: the second person is refused and written down', async () => {
    const my = await signIn('my', { phone: 'no' });
    await openAccountVerified(my.accessToken, 'my');
    const step = await beginStep(product, my.accessToken);
    const webview = await openInWebview(step, new Visitor());
    await proveWithVneid(webview, 'khanh');
    expectErrorPage(webview, 'vneid_other_person', 403);
    expect(await redeemStep(product, step)).toMatchObject({ body: { error: 'authorization_pending' } });
    expect((await readAudit(product, 'step_up.refused')).at(-1)).toMatchObject({
      reason: 'vneid_other_person',
    });
  });

  it('a second Zalo account of one person, or of somebody with their card, is refused and leaves a case', async () => {
    const second = await signIn('an-2', { phone: 'no' });
    const step = await beginStep(product, second.accessToken);
    const webview = await openInWebview(step);
    await proveWithVneid(webview, 'an-2');
    expectErrorPage(webview, 'duplicate_person', 409);
    expect(await redeemStep(product, step)).toMatchObject({ body: { error: 'authorization_pending' } });
    const cases = await product.deps.db
      .selectFrom('cases')
      .select('other_account_id')
      .where('kind', '=', 'duplicate')
      .execute();
    expect(cases).toHaveLength(1);
    // And whoever holds level2 hears that somebody tried.
    const told = await product.deps.db
      .selectFrom('notices')
      .select('account_id')
      .where('kind', '=', 'level2_elsewhere')
      .execute();
    expect(told.map(({ account_id }) => account_id)).toEqual([cases[0]?.other_account_id]);
  });

  it('the helper’s browser, signed in as the helper, does not verify the helper for the citizen', async () => {
    const { accessToken } = await signIn('tuan', { phone: 'no' });
    const party = await RelyingParty.register(product);
    const browser = party.visitor();
    const attempt = await party.ask(browser, { acrValues: 'level2' });
    await signInWithZalo(browser, 'toan');
    await proveWithVneid(browser, 'toan');
    await agree(browser);
    await party.redeem(browser, attempt);
    // The helper's session is level2 and fresh: none of it counts for the twin whose step this is.
    const webview = await openInWebview(await beginStep(product, accessToken), browser);
    expect(webview.has('form-vneid')).toBe(true);
  });
});
