/** The ledger: what the citizen sees of their account, and "that was not me" from a line of it to safety. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccount } from '../../src/account/accounts.ts';
import { performAct, recordEvent, verifyAudit } from '../../src/audit/audit.ts';
import { submitProof } from '../../src/verification/proofs.ts';
import { agree, proveWithVneid, setNoFactor, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
let app: RelyingParty;
beforeAll(async () => {
  product = await startProduct();
  app = await RelyingParty.register(product);
});
afterAll(() => product?.close());

const PIN = '482915';
const need = {
  scope: 'openid offline_access hoso.nop',
  claims: { id_token: { acr: { essential: true, value: 'level2' } } },
};
const page = (path = '') => `${product.issuer}/account${path}`;

/** Verified, with a PIN and tokens at our sample app. */
async function verified(person: string) {
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, need);
  await signInWithZalo(visitor, person);
  await visitor.submit('form-vneid');
  await visitor.submit(undefined, { person });
  await visitor.submit('form-set-pin', { pin: PIN, again: PIN });
  await agree(visitor);
  const tokens = await app.redeem(visitor, attempt);
  return { visitor, tokens, account: await accountOf(visitor) };
}

/** The account of whoever is signed in here: the one of the newest sign-in. */
async function accountOf(_visitor: Visitor): Promise<string> {
  const row = await product.deps.db
    .selectFrom('audit_events')
    .select('account_id')
    .where('event', 'in', ['sign_in.succeeded', 'step_up.succeeded'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return row.account_id ?? '';
}

const notMeLinks = ({ page: { html } }: Visitor) =>
  [...html.matchAll(/href="(\/account\/ledger\/(\d+)\/not-me)"/g)].map(([, href = '', seq = '']) => ({
    href,
    seq,
  }));

const eventsOf = (account: string) =>
  product.deps.db
    .selectFrom('audit_events')
    .select(['seq', 'event', 'body'])
    .where('account_id', '=', account)
    .orderBy('seq')
    .execute();

const levelOf = async (account: string) =>
  (await findAccount(product.deps.db, account, product.deps.clock()))?.level;

async function eventually(look: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 400; turn += 1) {
    if (await look()) return;
    await new Promise((settle) => setTimeout(settle, 25));
  }
  throw new Error('it did not happen');
}

describe('the ledger', () => {
  it('shows every sign-in, verification, factor and consent, newest first, in plain words', async () => {
    const { visitor } = await verified('an');
    await visitor.open(page('/ledger'));
    const { text } = visitor;
    const order = [
      'Đồng ý đưa thông tin cho Cổng dịch vụ mẫu',
      'Đặt mã PIN',
      'Xác nhận đúng là mình với Cổng dịch vụ mẫu, bằng VNeID',
      'Vào Cổng dịch vụ mẫu, bằng Zalo',
      'Lập tài khoản, bằng Zalo',
    ].map((words) => text.indexOf(words));
    expect(order.every((at) => at > 0)).toBe(true);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    await visitor.open(`${page('/ledger')}?lang=en`);
    expect(visitor.text).toContain('Signed in to Cổng dịch vụ mẫu, with Zalo.');
  });

  it('shows an officer’s look with its purpose, and what came out of words is escaped', async () => {
    const { visitor, account } = await verified('bay');
    const purpose = 'Đối chiếu hồ sơ <b>số 12</b>';
    await recordEvent(product.deps, { event: 'officer.looked', account, actor: 'officer-7', purpose });
    await visitor.open(page('/ledger'));
    expect(visitor.text).toContain(`Cán bộ đã xem tài khoản. Lý do: ${purpose}`);
    expect(visitor.page.html).not.toContain('<b>số 12</b>');
    expect(visitor.page.html).not.toContain('officer-7');
  });

  it('shows whoever went on in a session that was there, without slowing them; silent asking once an hour', async () => {
    const { visitor, account } = await verified('binh');
    const continued = async () =>
      (await eventsOf(account)).filter(({ event }) => event === 'sign_in.continued').length;
    await app.ask(visitor, { scope: 'openid' });
    expect(visitor.page.url).toContain('code=');
    await eventually(async () => (await continued()) === 1);
    for (let turn = 0; turn < 3; turn += 1) await app.ask(visitor, { scope: 'openid', prompt: 'none' });
    await app.ask(visitor, { scope: 'openid' });
    await eventually(async () => (await continued()) === 3);
    await visitor.open(page('/ledger'));
    expect(visitor.text).toContain('Vào Cổng dịch vụ mẫu, khi đang đăng nhập sẵn.');
    // Our own pages are no service.
    expect(await continued()).toBe(3);
  });

  it('is paged by number: every line once, none of anybody else', async () => {
    const { visitor, account } = await verified('my');
    for (let turn = 0; turn < 20; turn += 1)
      await recordEvent(product.deps, { event: 'export.made', account });
    await recordEvent(product.deps, { event: 'export.made', account: crypto.randomUUID() });
    const seen: string[] = [];
    await visitor.open(page('/ledger'));
    for (let turn = 0; turn < 10; turn += 1) {
      seen.push(...notMeLinks(visitor).map(({ seq }) => seq));
      const older = /id="link-older"[^>]*href="([^"]+)"/.exec(visitor.page.html)?.[1];
      if (!older) break;
      await visitor.open(`${product.issuer}${older}`);
    }
    const all = (await eventsOf(account)).map(({ seq }) => String(seq)).reverse();
    expect(seen).toEqual(all);
    for (const before of ['0', '-1', 'x', '99999999999999999999', '1%27'])
      expect((await visitor.open(`${page('/ledger')}?before=${before}`)).status).toBe(200);
  });

  it('counts how often a service asked, by day in Viet Nam, and asking waits for nothing', async () => {
    const { visitor, tokens, account } = await verified('khanh');
    for (let turn = 0; turn < 3; turn += 1)
      expect(await introspectAsService(product, tokens.access_token)).toMatchObject({ active: true });
    const counts = () =>
      product.deps.db
        .selectFrom('introspection_counts')
        .select(['client_id', 'count'])
        .where('account_id', '=', account)
        .execute();
    await eventually(async () => (await counts())[0]?.count === 3n);
    await introspectAsService(product, tokens.access_token);
    await eventually(async () => (await counts())[0]?.count === 4n);
    expect(await counts()).toEqual([{ client_id: 'sandbox-api', count: 4n }]);
    await visitor.open(page('/ledger/asked'));
    expect(visitor.text).toMatch(/: hỏi 4 lần/);
    await visitor.open(`${page('/ledger/asked')}?before=2020-13-45`);
    expect(visitor.page.status).toBe(200);
  });
});

describe('"not me"', () => {
  it('says first what it will do, and does nothing until it is sent', async () => {
    const { visitor, tokens } = await verified('toan');
    await visitor.open(page('/ledger'));
    await visitor.open(`${product.issuer}${notMeLinks(visitor)[0]?.href}`);
    expect(visitor.text).toContain('Cho mọi máy thoát ra');
    expect(visitor.text).toContain('Đồng ý đưa thông tin cho Cổng dịch vụ mẫu');
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({ acr: 'level2' });
  });

  it('ends sessions and tokens, holds level2, takes factors away, opens a case and tells: at once', async () => {
    const { visitor, tokens, account } = await verified('tuan');
    const elsewhere = app.visitor();
    const attempt = await app.ask(elsewhere, { scope: 'openid' });
    await signInWithZalo(elsewhere, 'tuan');
    await agree(elsewhere);
    if (elsewhere.page.url.includes('code=')) await app.redeem(elsewhere, attempt);

    await visitor.open(page('/ledger'));
    const [entry] = notMeLinks(visitor);
    await visitor.open(`${product.issuer}${entry?.href}`);
    await visitor.submit('form-not-me');
    expect(visitor.page.url).toBe(page('/reported'));
    expect(visitor.text).toContain('đã báo cho cán bộ');

    expect(await introspectAsService(product, tokens.access_token)).toEqual({ active: false });
    await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    for (const browser of [visitor, elsewhere]) {
      await browser.open(page());
      expect(browser.has('form-zalo')).toBe(true);
    }
    expect(await levelOf(account)).toBe('level1');
    const { db } = product.deps;
    expect(await db.selectFrom('factors').select('id').where('account_id', '=', account).execute()).toEqual(
      [],
    );
    expect(
      await db
        .selectFrom('cases')
        .select(['kind', 'status', 'audit_seq', 'method'])
        .where('account_id', '=', account)
        .where('kind', '=', 'report')
        .execute(),
    ).toEqual([{ kind: 'report', status: 'submitted', audit_seq: BigInt(entry?.seq ?? 0), method: null }]);
    const events = (await eventsOf(account)).map(({ event }) => event);
    for (const event of ['case.reported', 'level2.held', 'factor.removed', 'session.ended', 'grant.revoked'])
      expect(events).toContain(event);
    const told = await db.selectFrom('notices').select('kind').where('account_id', '=', account).execute();
    expect(told.filter(({ kind }) => kind === 'level2_ended')).toHaveLength(1);
    expect(await verifyAudit(db)).toMatchObject({ ok: true });
  });

  it('is lifted by proving identity again as the same person, and by nobody else', async () => {
    const account = (await verified('na')).account;
    const visitor = new Visitor();
    await visitor.open(page('/ledger'));
    await signInWithZalo(visitor, 'na');
    await visitor.open(`${product.issuer}${notMeLinks(visitor)[0]?.href}`);
    await visitor.submit('form-not-me');

    await visitor.open(page());
    await signInWithZalo(visitor, 'na');
    expect(visitor.text).toContain('Đang tạm dừng vì có báo "không phải mình"');
    await visitor.submit('form-verify');
    expect(visitor.has('form-pin')).toBe(false);
    await visitor.submit('form-vneid');
    await visitor.submit(undefined, { person: 'an' });
    expect(visitor.page.status).toBe(403);
    expect(await levelOf(account)).toBe('level1');

    await visitor.open(page());
    await visitor.submit('form-verify');
    await proveWithVneid(visitor, 'na');
    expect(visitor.page.url).toBe(page());
    expect(await levelOf(account)).toBe('level2');
    await visitor.open(page('/ledger'));
    expect(visitor.text).toContain('Dùng lại được mức đã xác minh bằng căn cước');
  });

  it('lets nothing be finished that somebody else began: no case that waits can lift the hold', async () => {
    const visitor = new Visitor();
    await visitor.open(page('/ledger'));
    await signInWithZalo(visitor, 'nhi');
    const account = await accountOf(visitor);
    await performAct(product.deps, (act) =>
      submitProof(act, product.deps.keyring, {
        accountId: account,
        method: 'chip',
        person: { personalNumber: '072090009999', fullName: 'Người Lạ' },
        checks: { data_genuine: 'pass', number_valid: 'pass', holder_present: 'none' },
        evidence: { kind: 'chip_files', content: '{}' },
      }),
    );
    await visitor.open(page('/ledger'));
    await visitor.open(`${product.issuer}${notMeLinks(visitor)[0]?.href}`);
    await visitor.submit('form-not-me');
    const cases = await product.deps.db
      .selectFrom('cases')
      .select(['kind', 'status'])
      .where('account_id', '=', account)
      .execute();
    expect(cases).toContainEqual({ kind: 'verification', status: 'withdrawn' });
    expect(cases).toContainEqual({ kind: 'report', status: 'submitted' });
  });

  it('is only for one’s own entries, and only from our own page', async () => {
    const victim = await verified('cuong');
    const [last] = (await eventsOf(victim.account)).slice(-1);
    const thief = new Visitor();
    await thief.open(page());
    await signInWithZalo(thief, 'an');
    for (const seq of [String(last?.seq), '0', '1e3', '18446744073709551616', 'x']) {
      const path = `${page('/ledger')}/${seq}/not-me`;
      expect((await thief.fetch(path)).status).toBe(404);
      expect((await thief.fetch(path, { method: 'POST' })).status).toBe(404);
    }
    const answer = await victim.visitor.fetch(`${page('/ledger')}/${last?.seq}/not-me`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    });
    expect(answer.status).toBe(403);
    expect(await levelOf(victim.account)).toBe('level2');
  });

  it('sent twice in one instant opens one case', async () => {
    const visitor = new Visitor();
    await visitor.open(page('/ledger'));
    await signInWithZalo(visitor, 'thuong');
    await setNoFactor(visitor);
    const account = await accountOf(visitor);
    const [entry] = notMeLinks(visitor);
    const send = () => visitor.copy().fetch(`${product.issuer}${entry?.href}`, { method: 'POST' });
    const answers = await Promise.all([send(), send(), send()]);
    expect(answers.every(({ status }) => status === 303)).toBe(true);
    const reports = await product.deps.db
      .selectFrom('cases')
      .select('id')
      .where('account_id', '=', account)
      .where('kind', '=', 'report')
      .execute();
    expect(reports).toHaveLength(1);
  });
});
