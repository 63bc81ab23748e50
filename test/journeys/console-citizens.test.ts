/** Officers look after accounts: every look has its purpose and its line, acts hold everywhere at once, and two decide what stays. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endDueSuspensions, findAccount } from '../../src/account/accounts.ts';
import { verifyAudit } from '../../src/audit/audit.ts';
import { signInWithZalo } from '../support/citizen.ts';
import { type FullAccount, makeFullAccount } from '../support/full-account.ts';
import { confirm, officerId, signInOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { type SecondNode, startSecondNode, within1Second } from '../support/second-node.ts';
import type { Visitor } from '../support/visitor.ts';

const NUMBER = { an: '072090000101', binh: '072185000102' };
const DAY = 86_400;

let product: Product;
let app: RelyingParty;
let other: SecondNode;
let an: FullAccount;
beforeAll(async () => {
  product = await startProduct();
  app = await RelyingParty.register(product);
  other = await startSecondNode(product);
  an = await makeFullAccount(product, app, 'an');
});
afterAll(async () => {
  await other?.close();
  await product?.close();
});

const at = (path = '') => `${product.issuer}/console${path}`;

async function eventsOf(account: string, event: string): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<{ body: Record<string, unknown> }>`
    SELECT body FROM audit_events WHERE account_id = ${account} AND event = ${event} ORDER BY seq`.execute(
    product.deps.db,
  );
  return rows.map(({ body }) => body);
}

async function find(visitor: Visitor, what: string, fields: Record<string, string> = {}): Promise<void> {
  await visitor.open(at('/citizens'));
  await visitor.submit('form-find', { what, purpose: 'citizen_asks', ...fields });
}

/** One act on the page that is open, with the factor if it is asked for. */
async function act(visitor: Visitor, login: string, name: string, fields: Record<string, string> = {}) {
  await visitor.submit(`form-${name}`, { reference: 'CV 12/UBND', ...fields });
  await confirm(product, login, visitor);
}

/** The same act sent as a form that the page does not show. */
async function post(visitor: Visitor, login: string, path: string, fields: Record<string, string>) {
  await visitor.open(at(path), {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: product.issuer },
  });
  await confirm(product, login, visitor);
}

async function introspect(token: string): Promise<{ active: boolean; acr?: string; acr_reason?: string }> {
  const authorization = `Basic ${Buffer.from('sandbox-api:sandbox-api-secret').toString('base64')}`;
  const answer = await other.ask('/token/introspection', { headers: { authorization }, form: { token } });
  return JSON.parse(answer.text);
}

const pathOf = ({ page }: Visitor) => new URL(page.url).pathname.replace('/console', '');

describe('finding a citizen', () => {
  it('by number leads to the account, masked, with a line that the citizen reads', async () => {
    const officer = await signInOfficer(product, 'lien');
    await find(officer, '072 090 000 101', { note: 'PTN 12/2026' });
    expect(pathOf(officer)).toBe(`${/^.*looks\/[\w-]{36}/.exec(pathOf(officer))?.[0]}/${an.account}`);
    expect(officer.text).toContain('Nguyễn V•• A••');
    expect(officer.text).toContain('072 ••• ••• 101');
    for (const secret of ['Nguyễn Văn An', NUMBER.an, an.phone])
      expect(officer.page.html).not.toContain(secret);
    const actor = await officerId(product, 'lien');
    expect(await eventsOf(an.account, 'officer.looked')).toEqual([
      expect.objectContaining({ actor, purpose: 'citizen_asks', part: 'page', note: 'PTN 12/2026' }),
    ]);

    // The page again is the same look; the full name is another one.
    await officer.open(officer.page.url);
    expect(await eventsOf(an.account, 'officer.looked')).toHaveLength(1);
    await officer.submit('form-reveal');
    expect(officer.text).toContain('Nguyễn Văn An');
    expect(officer.text).toContain(NUMBER.an);
    expect((await eventsOf(an.account, 'officer.looked')).at(-1)).toMatchObject({ part: 'revealed' });

    await an.visitor.open(`${product.issuer}/account/ledger`);
    expect(an.visitor.text).toContain(
      'Cán bộ đã xem tài khoản. Lý do: giúp bà con tại quầy hoặc qua điện thoại; PTN 12/2026',
    );
    expect(an.visitor.text).toContain('Cán bộ đã xem đầy đủ tên và số');
  });

  it('by name without marks lists them masked, and each of them has a line', async () => {
    const officer = await signInOfficer(product, 'lien');
    await find(officer, 'nguyen van an', { purpose: 'complaint' });
    expect(officer.page.url).toMatch(/\/looks\/[\w-]{36}$/);
    expect(officer.text).toContain('Nguyễn V•• A••');
    expect(officer.page.html).not.toContain('Văn An');
    expect((await eventsOf(an.account, 'officer.looked')).at(-1)).toMatchObject({
      purpose: 'complaint',
      part: 'found',
    });
    await officer.open(`${officer.page.url}/${an.account}`);
    expect((await eventsOf(an.account, 'officer.looked')).at(-1)).toMatchObject({ part: 'page' });
    await find(officer, 'Nguyễn Vân Ăn');
    expect(officer.text).toContain('Không có tài khoản nào');
  });

  it('by phone, and by the code that an error page showed', async () => {
    const officer = await signInOfficer(product, 'quang');
    await find(officer, an.phone.replace('+84', '0'));
    expect(pathOf(officer)).toContain(an.account);
    await an.visitor.open(`${product.issuer}/account/ledger/999999/not-me`);
    expect(an.visitor.page.status).toBe(404);
    const code = an.visitor.page.headers.get('x-request-id') ?? '';
    expect(an.visitor.page.html).toContain(code);
    await find(officer, code.toUpperCase());
    expect(pathOf(officer)).toContain(an.account);
    const { rows } = await sql<{ held: string }>`SELECT code_hash::text AS held FROM error_pages`.execute(
      product.deps.db,
    );
    expect(rows.map(({ held }) => held).join()).not.toContain(code);
  });

  it('leaves what was searched for in no address, no log and no audit line', async () => {
    const { rows } = await sql<{ all: string }>`
      SELECT string_agg(body::text, ' ') AS all FROM audit_events`.execute(product.deps.db);
    const looks = await sql<{ kept: string }>`
      SELECT string_agg(encode(sealed, 'escape'), ' ') AS kept FROM officer_looks`.execute(product.deps.db);
    const written = `${product.logged()} ${rows[0]?.all} ${looks.rows[0]?.kept}`;
    expect(written).toContain('officer.searched');
    for (const secret of [NUMBER.an, an.phone, 'nguyen van an', an.account.slice(0, 13)])
      expect(product.logged()).not.toContain(secret);
    for (const secret of [NUMBER.an, an.phone, 'nguyen van an']) expect(written).not.toContain(secret);
  });

  it('takes no note with a number in it, and says what it could not read', async () => {
    const officer = await signInOfficer(product, 'lien');
    for (const note of ['ông An 0912 345 678', `số ${NUMBER.an}`, 'thu@example.vn', 'x'.repeat(61)]) {
      await find(officer, NUMBER.an, { note });
      expect(officer.page.status).toBe(422);
      expect(officer.text).toContain('không ghi tên hay số của ai');
    }
    for (const what of ['Nguyễn', '12345', '072999', '000999999999', '']) {
      await find(officer, what);
      expect([what, officer.page.status]).toEqual([what, 422]);
    }
  });

  it('is over after half an hour, is nobody else’s, and opens only whom it found', async () => {
    const officer = await signInOfficer(product, 'lien');
    const binh = await makeFullAccount(product, app, 'binh');
    await find(officer, NUMBER.an);
    const url = officer.page.url;
    const colleague = await signInOfficer(product, 'quang');
    await colleague.open(url);
    expect(colleague.page.url).toContain('fault=expired');
    await officer.open(url.replace(an.account, binh.account));
    expect(officer.page.url).toContain('fault=expired');
    expect(await eventsOf(binh.account, 'officer.looked')).toEqual([]);
    product.travel(14 * 60);
    await officer.open(url);
    product.travel(14 * 60);
    await officer.open(url);
    expect(officer.page.url).toBe(url);
    product.travel(3 * 60);
    await officer.open(url);
    expect(officer.page.url).toContain('fault=expired');
  });

  it('ends at the communes that an officer is charged with, where a commune is known', async () => {
    const { db } = product.deps;
    const place = (commune: string | null) =>
      db.updateTable('verifications').set({ commune }).where('account_id', '=', an.account).execute();
    const officer = await signInOfficer(product, 'hanh');
    await find(officer, NUMBER.an);
    const url = officer.page.url;
    expect(pathOf(officer)).toContain(an.account);
    await place('99002');
    await officer.open(url);
    expect(officer.page.status).toBe(404);
    for (const what of [NUMBER.an, 'nguyen van an']) {
      await find(officer, what);
      expect(officer.text).toContain('Không có tài khoản nào, hoặc thuộc xã phường khác');
    }
    await place('99001');
    await find(officer, NUMBER.an);
    expect(officer.text).toContain('Phường Tân Ninh');
    await place(null);
  });
});

describe('an act', () => {
  it('suspends everywhere within a second, is told with reason and number, and ends by itself', async () => {
    const citizen = await makeFullAccount(product, app, 'my');
    const officer = await signInOfficer(product, 'hanh');
    await find(officer, '080307000105', { purpose: 'misuse' });
    expect(await introspect(citizen.tokens.access_token)).toMatchObject({ active: true, acr: 'level2' });
    await act(officer, 'hanh', 'suspend', { reason: 'takeover_suspected', days: '7' });
    const took = await within1Second(
      async () => (await introspect(citizen.tokens.access_token)).active === false,
    );
    expect(took).toBeLessThan(1_000);
    expect(officer.text).toContain('Đã khóa');
    await expect(app.refresh(citizen.tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect(await eventsOf(citizen.account, 'officer.acted')).toEqual([
      expect.objectContaining({
        act: 'suspend',
        reason: 'takeover_suspected',
        reference: 'CV 12/UBND',
        actor: await officerId(product, 'hanh'),
      }),
    ]);
    const { db, clock } = product.deps;
    const notice = () =>
      db
        .selectFrom('notices')
        .select('kind')
        .where('account_id', '=', citizen.account)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
    expect(await notice()).toEqual({ kind: 'account_suspended' });

    await endDueSuspensions(product.deps);
    expect((await findAccount(db, citizen.account, clock()))?.status).toBe('suspended');
    product.travel(7 * DAY + 1);
    await endDueSuspensions(product.deps);
    expect((await findAccount(db, citizen.account, clock()))?.status).toBe('active');
    expect(await notice()).toEqual({ kind: 'account_reinstated' });
    await citizen.visitor.open(`${product.issuer}/account/ledger`);
    await signInWithZalo(citizen.visitor, 'my');
    expect(citizen.visitor.text).toContain(
      'Cán bộ tạm khóa tài khoản. Lý do: nghi có người khác chiếm tài khoản. Hỏi lại thì đọc số CV 12/UBND.',
    );
  });

  it('asks to verify anew, and a supervisor lifts it', async () => {
    const citizen = await makeFullAccount(product, app, 'khanh');
    const officer = await signInOfficer(product, 'lien');
    await find(officer, '072204000104');
    await act(officer, 'lien', 'hold', { reason: 'person_in_doubt' });
    await within1Second(async () => (await introspect(citizen.tokens.access_token)).acr === 'level1');
    expect(await introspect(citizen.tokens.access_token)).toMatchObject({ acr_reason: 'level2_on_hold' });
    await act(officer, 'lien', 'release', { reason: 'cleared' });
    expect(officer.text).toContain('Đã thôi yêu cầu xác minh lại');
    // What was proved before the hold stays what it became.
    expect(await introspect(citizen.tokens.access_token)).toMatchObject({ acr: 'level1' });
  });

  it('ends every session', async () => {
    const citizen = await makeFullAccount(product, app, 'duom');
    const officer = await signInOfficer(product, 'lien');
    await find(officer, '072179000106');
    expect(officer.text).toContain('1 máy đang đăng nhập');
    await act(officer, 'lien', 'end-sessions', { reason: 'device_lost' });
    await within1Second(async () => (await introspect(citizen.tokens.access_token)).active === false);
    expect(officer.text).toContain('Không có máy nào');
    await citizen.visitor.open(`${product.issuer}/account`);
    expect(citizen.visitor.has('form-zalo')).toBe(true);
  });

  it('needs a reference number that is nobody’s', async () => {
    const officer = await signInOfficer(product, 'lien');
    await find(officer, NUMBER.an);
    for (const reference of ['x', NUMBER.an, '0912 345 678', 'CV <b>', 'a'.repeat(41)]) {
      await act(officer, 'lien', 'hold', { reason: 'person_in_doubt', reference });
      expect([reference, officer.page.url.includes('fault=reference')]).toEqual([reference, true]);
    }
    await act(officer, 'lien', 'hold', { reason: 'I do not like them' });
    expect(officer.page.status).toBe(400);
    expect(await eventsOf(an.account, 'level2.held')).toEqual([]);
  });

  it('is nobody’s on their own account, nor on one of their household', async () => {
    const bay = await makeFullAccount(product, app, 'bay');
    const officer = await signInOfficer(product, 'hanh');
    await find(officer, '080148000103');
    expect(officer.has('form-hold')).toBe(false);
    expect(officer.text).toContain('chỉ xem, không làm gì được');
    const fields = { reason: 'person_in_doubt', reference: 'CV 1' };
    await post(officer, 'hanh', `${pathOf(officer)}/hold`, fields);
    expect(officer.text).toContain('Không ai được tự quyết việc của chính mình');
    expect(await eventsOf(bay.account, 'level2.held')).toEqual([]);
  });
});

describe('what cannot be undone', () => {
  it('is asked for by one supervisor and done by another, who looked first', async () => {
    const citizen = await makeFullAccount(product, app, 'toan');
    const [lien, quang] = [await signInOfficer(product, 'lien'), await signInOfficer(product, 'quang')];
    await find(lien, '072098000201');
    await act(lien, 'lien', 'revoke', { reason: 'wrong_person', reference: 'CV 120/UBND-VX' });
    expect(lien.text).toContain('Chờ một cán bộ phụ trách khác đồng ý');
    expect(lien.has('form-agree-0')).toBe(false);
    const { id } = await product.deps.db
      .selectFrom('proposals')
      .select('id')
      .where('subject', '=', citizen.account)
      .executeTakeFirstOrThrow();
    const own = `${pathOf(lien)}/proposals/${id}`;
    await post(lien, 'lien', own, { answer: 'agree' });
    expect(lien.text).toContain('tự đồng ý với đề nghị của mình');
    await act(lien, 'lien', 'revoke', { reason: 'forged' });
    expect(lien.text).toContain('Đã có đề nghị đang chờ');
    expect(await introspect(citizen.tokens.access_token)).toMatchObject({ acr: 'level2' });

    await quang.open(at());
    expect(quang.text).toContain('Việc chờ người thứ hai đồng ý');
    await quang.open(at('/citizens'));
    expect(quang.text).toContain('CV 120/UBND-VX');
    await quang.submit('form-proposal-0');
    expect((await eventsOf(citizen.account, 'officer.looked')).at(-1)).toMatchObject({
      purpose: 'second_opinion',
      actor: await officerId(product, 'quang'),
    });
    await quang.submit('form-agree-0');
    await confirm(product, 'quang', quang);
    expect(quang.text).toContain('Đã thu hồi lần xác minh');
    await within1Second(async () => (await introspect(citizen.tokens.access_token)).acr === 'level1');
    expect(await eventsOf(citizen.account, 'officer.acted')).toEqual([
      expect.objectContaining({ act: 'revoke', reason: 'wrong_person', reference: 'CV 120/UBND-VX' }),
    ]);
    expect(await eventsOf(citizen.account, 'verification.ended')).toHaveLength(1);
  });

  it('is not a reviewer’s to ask for', async () => {
    const officer = await signInOfficer(product, 'hanh');
    await find(officer, NUMBER.an);
    expect(officer.has('form-revoke')).toBe(false);
    expect(officer.page.html).not.toContain('value="none"');
    const path = pathOf(officer);
    await post(officer, 'hanh', `${path}/suspend`, { reason: 'misuse', reference: 'CV 1', days: 'none' });
    expect(officer.text).toContain('Việc này chỉ cán bộ phụ trách mới làm được');
    await post(officer, 'hanh', `${path}/revoke`, { reason: 'forged', reference: 'CV 1' });
    expect(officer.page.status).toBe(403);
  });

  it('happens once when two agree in the same instant, also of a suspension without an end', async () => {
    const citizen = await makeFullAccount(product, app, 'tuan');
    const [lien, quang] = [await signInOfficer(product, 'lien'), await signInOfficer(product, 'quang')];
    await find(lien, '072098000202');
    await act(lien, 'lien', 'suspend', { reason: 'deceased', days: 'none', reference: 'GBT 3/2026' });
    await quang.open(at('/citizens'));
    await quang.submit('form-proposal-0');
    const twin = quang.copy();
    twin.page = quang.page;
    // Both with a factor that was just used.
    await Promise.all([quang.submit('form-agree-0'), twin.submit('form-agree-0')]);
    const said = [quang.page.url, twin.page.url].map((url) => new URL(url).searchParams.get('done'));
    expect(said.filter((one) => one === 'suspended')).toHaveLength(1);
    expect(await eventsOf(citizen.account, 'account.suspended')).toHaveLength(1);
    expect(await introspect(citizen.tokens.access_token)).toEqual({ active: false });
    product.travel(400 * DAY);
    await endDueSuspensions(product.deps);
    const { db, clock } = product.deps;
    expect((await findAccount(db, citizen.account, clock()))?.status).toBe('suspended');
  });
});

describe('"not me"', () => {
  it('arrives in a list, is looked into, and closed with an outcome that the citizen reads', async () => {
    const citizen = await makeFullAccount(product, app, 'na');
    await citizen.visitor.open(`${product.issuer}/account/ledger`);
    const href = /href="([^"]+\/not-me)"/.exec(citizen.visitor.page.html)?.[1] ?? '';
    await citizen.visitor.open(product.issuer + href);
    await citizen.visitor.submit('form-not-me');

    const officer = await signInOfficer(product, 'hanh');
    await officer.open(at());
    expect(officer.text).toContain('Điều bà con báo "không phải mình"');
    await officer.open(at('/not-me'));
    expect(officer.page.html).not.toContain('Ly Na');
    await officer.submit('form-look-0');
    expect((await eventsOf(citizen.account, 'officer.looked')).at(-1)).toMatchObject({ purpose: 'report' });
    await officer.submit('form-close-0', { reason: 'report_confirmed' });
    await confirm(product, 'hanh', officer);
    expect(officer.text).toContain('Đã xong, và đã báo bà con');
    await officer.open(at('/not-me'));
    expect(officer.text).toContain('Không có điều nào đang chờ');

    await citizen.visitor.open(`${product.issuer}/account/notices`);
    await signInWithZalo(citizen.visitor, 'na');
    expect(citizen.visitor.text).toContain('Đã xem điều bà con báo: có người khác vào');
    await citizen.visitor.open(`${product.issuer}/account/ledger`);
    expect(citizen.visitor.text).toContain('đúng là có người khác vào');
  });
});

it('leaves the chain whole', async () => {
  expect(await verifyAudit(product.deps.db)).toMatchObject({ ok: true });
});
