/** Two accounts, one person; and approvals that come back to another officer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccount } from '../../src/account/accounts.ts';
import { verifyAudit } from '../../src/audit/audit.ts';
import { drawReAudits } from '../../src/officer/re-audits.ts';
import { beginVisit, bindByZalo, decideAs, idOf, nextVisit, readCard, seeFace } from '../support/desk.ts';
import { confirm, officerId, signInOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Visitor } from '../support/visitor.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct({ env: { TNID_RE_AUDIT_PERCENT: '0' } });
});
afterAll(() => product?.close());

const at = (path: string) => `${product.issuer}/console${path}`;

async function visitRow(visitId: string) {
  const row = await product.deps.db
    .selectFrom('desk_visits')
    .select(['account_id', 'case_id'])
    .where('id', '=', visitId)
    .executeTakeFirstOrThrow();
  return { accountId: row.account_id ?? '', caseId: row.case_id ?? '' };
}

async function levelOf(accountId: string) {
  return (await findAccount(product.deps.db, accountId, product.deps.clock()))?.level;
}

async function noticesOf(accountId: string): Promise<string[]> {
  const rows = await product.deps.db
    .selectFrom('notices')
    .select('kind')
    .where('account_id', '=', accountId)
    .orderBy('created_at')
    .execute();
  return rows.map(({ kind }) => kind);
}

async function submit(visitor: Visitor, path: string, fields: Record<string, string>) {
  await visitor.open(at(path), {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: product.issuer, 'sec-fetch-site': 'same-origin' },
  });
}

/** One person verified in an account opened at the desk, who then proves the same card in a Zalo account. */
async function makeDuplicate(person: string) {
  const officer = await beginVisit(product);
  await officer.submit('form-open');
  await readCard(product, officer, person);
  await seeFace(product, 'hanh', officer);
  const first = idOf(officer);
  await decideAs(product, 'lien', first);
  await nextVisit(product, officer);
  const citizen = await bindByZalo(product, officer, person);
  await readCard(product, officer, person);
  expect(officer.text).toContain('đã được xác minh ở một tài khoản khác');
  const second = idOf(officer);
  const { accountId: holder } = await visitRow(first);
  const { accountId: claimant } = await visitRow(second);
  const { id } = await product.deps.db
    .selectFrom('cases')
    .select('id')
    .where('kind', '=', 'duplicate')
    .where('account_id', '=', claimant)
    .executeTakeFirstOrThrow();
  return { id, holder, claimant, officer, citizen, second };
}

describe('two accounts of one person', () => {
  it('are compared, masked, for who said what for; both citizens read that in their ledgers', async () => {
    const { id, holder, claimant } = await makeDuplicate('an');
    const officer = await signInOfficer(product, 'quang');
    await officer.open(at('/duplicates'));
    await officer.open(at(`/duplicates/${id}`));
    expect(officer.has('form-decide')).toBe(false);
    await officer.submit('form-look', { purpose: 'duplicate_decide' });
    expect(officer.text).toContain('Nguyễn V. A.');
    expect(officer.text).toContain('••• ••• ••• 101');
    expect(officer.text).not.toContain('Nguyễn Văn An');
    expect(officer.page.html).not.toContain('072090000101');
    const looks = await product.deps.db
      .selectFrom('audit_events')
      .select('account_id')
      .where('event', '=', 'officer.looked')
      .where('account_id', 'in', [holder, claimant])
      .orderBy('seq', 'desc')
      .limit(2)
      .execute();
    expect(new Set(looks.map(({ account_id }) => account_id))).toEqual(new Set([holder, claimant]));
    await submit(officer, `/duplicates/${id}`, { purpose: 'curiosity' });
    expect(officer.page.status).toBe(400);
    const auditor = await signInOfficer(product, 'yen');
    await auditor.open(at(`/duplicates/${id}`));
    await auditor.submit('form-look', { purpose: 'duplicate_objection' });
    expect(auditor.has('form-decide')).toBe(false);
    const { db } = product.deps;
    const ofACommune = (communes: string[]) =>
      db.updateTable('officers').set({ communes }).where('login', '=', 'yen').execute();
    await ofACommune(['99001']);
    await auditor.open(at('/duplicates'));
    expect(auditor.page.status).toBe(403);
    await ofACommune([]);
  });

  it('stay as they are by one supervisor’s word; both are told, nobody loses anything', async () => {
    const { id, holder, claimant } = await makeDuplicate('my');
    const lien = await signInOfficer(product, 'lien');
    await lien.open(at(`/duplicates/${id}`));
    await lien.submit('form-look');
    await lien.submit('form-decide', { keep: 'holder', reason: 'own_second_account' });
    await confirm(product, 'lien', lien);
    expect(lien.text).toContain('Cả hai bên đã được báo');
    expect([await levelOf(holder), await levelOf(claimant)]).toEqual(['level2', 'level1']);
    expect(await noticesOf(holder)).toEqual(['level2_granted', 'level2_elsewhere', 'duplicate_stays']);
    expect(await noticesOf(claimant)).toEqual(['level2_refused', 'duplicate_other']);
    await submit(lien, `/duplicates/${id}/decide`, { keep: 'nobody', reason: 'unclear' });
    await confirm(product, 'lien', lien);
    expect(lien.text).toContain('đã có người quyết định');
  });

  it('change places only by two: level2 is taken from one, and proved anew by the other', async () => {
    const { id, holder, claimant, officer } = await makeDuplicate('duom');
    const lien = await signInOfficer(product, 'lien');
    await lien.open(at(`/duplicates/${id}`));
    await lien.submit('form-look');
    await lien.submit('form-decide', { keep: 'claimant', reason: 'own_second_account' });
    await confirm(product, 'lien', lien);
    expect(lien.text).toContain('Chờ một người phụ trách khác');
    expect(await levelOf(holder)).toBe('level2');
    expect(lien.has('form-agree-0')).toBe(false);
    const action = /action="([^"]+\/proposals\/[^"]+)"/.exec(lien.page.html)?.[1] ?? '';
    await submit(lien, action.replace('/console', ''), { answer: 'agree' });
    await confirm(product, 'lien', lien);
    expect(lien.text).toContain('Không ai được tự đồng ý');
    expect(await levelOf(holder)).toBe('level2');

    const quang = await signInOfficer(product, 'quang');
    await quang.open(at(`/duplicates/${id}`));
    expect(quang.text).toContain('Vương Thị Liên đề nghị');
    await quang.submit('form-agree-0');
    await confirm(product, 'quang', quang);
    expect(quang.text).toContain('Đã quyết định');
    expect([await levelOf(holder), await levelOf(claimant)]).toEqual(['level1', 'level1']);
    expect(await noticesOf(holder)).toContain('duplicate_other');
    expect((await noticesOf(claimant)).at(-1)).toBe('duplicate_prove');

    // The citizen still stands at the desk: the same card is read again, and now it counts.
    await officer.open(officer.page.url);
    await readCard(product, officer, 'duom');
    await seeFace(product, 'hanh', officer);
    await decideAs(product, 'lien', idOf(officer));
    expect([await levelOf(holder), await levelOf(claimant)]).toEqual(['level1', 'level2']);
  });

  it('are decided once, of two supervisors in one instant', async () => {
    const { id, holder } = await makeDuplicate('nhi');
    const [lien, quang] = [await signInOfficer(product, 'lien'), await signInOfficer(product, 'quang')];
    for (const one of [lien, quang]) {
      await one.open(at(`/duplicates/${id}`));
      await one.submit('form-look');
    }
    await Promise.all([
      lien.submit('form-decide', { keep: 'holder', reason: 'own_second_account' }),
      quang.submit('form-decide', { keep: 'holder', reason: 'stolen_card' }),
    ]);
    expect([lien, quang].filter(({ text }) => text.includes('Cả hai bên đã được báo'))).toHaveLength(1);
    expect((await noticesOf(holder)).filter((kind) => kind === 'duplicate_stays')).toHaveLength(1);
  });
});

describe('approvals that come back', () => {
  async function approve(person: string): Promise<{ caseId: string; accountId: string }> {
    const officer = await beginVisit(product);
    await officer.submit('form-open');
    await readCard(product, officer, person);
    await seeFace(product, 'hanh', officer);
    const visitId = idOf(officer);
    await decideAs(product, 'lien', visitId);
    return visitRow(visitId);
  }

  /** Draws with dice of the test's own: each throw is four bytes. */
  async function draw(percent: number, throws: number[]): Promise<void> {
    const { deps } = product;
    const config = { ...deps.config, reAuditPercent: percent };
    let next = 0;
    const random = (bytes: number) => {
      const thrown = Buffer.alloc(bytes);
      thrown.writeUInt32BE(throws[next++ % throws.length] ?? 0);
      return thrown;
    };
    await drawReAudits({ ...deps, config, random });
  }

  it('are drawn by chance, each line of the chain once, and never for who decided or opened', async () => {
    await draw(0, [0]);
    const first = await approve('toan');
    // 200 of 10,000 are two of a hundred: 199 is drawn, 200 is not.
    await draw(2, [200]);
    expect(await product.deps.db.selectFrom('re_audits').select('case_id').execute()).toEqual([]);
    await draw(100, [0]);
    expect(await product.deps.db.selectFrom('re_audits').select('case_id').execute()).toEqual([]);
    const second = await approve('tuan');
    await draw(2, [199, 1]);
    const rows = await product.deps.db.selectFrom('re_audits').selectAll().execute();
    expect(rows.map(({ case_id }) => case_id)).toEqual([second.caseId]);
    expect(first.caseId).not.toBe(second.caseId);
    // lien decided, hanh opened, khanh is of another commune: quang is the only one left.
    expect(rows[0]).toMatchObject({
      decided_by: await officerId(product, 'lien'),
      officer_id: await officerId(product, 'quang'),
    });
  });

  it('are looked at by that officer alone, who agrees or objects; a third one settles, and may put level2 on hold', async () => {
    const { caseId, accountId } = await approve('na');
    await draw(100, [0]);
    const quang = await signInOfficer(product, 'quang');
    await quang.open(at(''));
    expect(quang.text).toContain('Hồ sơ chờ xem lại');
    await quang.open(at(`/re-audits/${caseId}`));
    expect(quang.has('form-object')).toBe(false);
    await quang.submit('form-look');
    expect(quang.page.html).toContain('id="portrait"');
    expect((await quang.fetch(at(`/re-audits/${caseId}/portrait`))).status).toBe(200);
    for (const login of ['lien', 'hanh', 'khanh']) {
      const other = await signInOfficer(product, login);
      await other.open(at(`/re-audits/${caseId}`));
      expect([login, other.page.status]).toEqual([login, 404]);
    }
    await quang.submit('form-object', { reason: 'another_face' });
    await confirm(product, 'quang', quang);
    expect(quang.text).toContain('Cán bộ phụ trách sẽ giải quyết');
    expect(await levelOf(accountId)).toBe('level2');
    // Neither who decided nor who objected settles it.
    for (const login of ['lien', 'quang']) {
      const one = await signInOfficer(product, login);
      await submit(one, `/re-audits/${caseId}/settle`, { answer: 'suspend' });
      await confirm(product, login, one);
      expect([login, one.page.status]).toEqual([login, 404]);
    }
    await product.deps.db
      .updateTable('officers')
      .set({ role: 'supervisor', communes: [] })
      .where('login', '=', 'khanh')
      .execute();
    const third = await signInOfficer(product, 'khanh');
    await third.open(at('/re-audits'));
    expect(third.text).toContain('Người này không giống ảnh');
    await third.open(at(`/re-audits/${caseId}`));
    await third.submit('form-look');
    await third.submit('form-suspend');
    await confirm(product, 'khanh', third);
    expect(third.text).toContain('Đã tạm dừng mức xác minh');
    expect(await levelOf(accountId)).toBe('level1');
    expect(await noticesOf(accountId)).toContain('level2_ended');
    expect((await verifyAudit(product.deps.db)).ok).toBe(true);
  });

  it('go to any other officer when the one they were given to did not look in a week', async () => {
    const { caseId } = await approve('binh');
    await draw(100, [0]);
    const drawn = await product.deps.db
      .selectFrom('re_audits')
      .select('officer_id')
      .where('case_id', '=', caseId)
      .executeTakeFirstOrThrow();
    const quang = await officerId(product, 'quang');
    const [given, other] = drawn.officer_id === quang ? ['quang', 'khanh'] : ['khanh', 'quang'];
    const late = await signInOfficer(product, other);
    await late.open(at(`/re-audits/${caseId}`));
    expect(late.page.status).toBe(404);
    product.travel(7 * 24 * 3600);
    const officer = await signInOfficer(product, other);
    await officer.open(at(`/re-audits/${caseId}`));
    await officer.submit('form-look');
    await officer.submit('form-agree');
    await confirm(product, other, officer);
    expect(officer.text).toContain('Đã ghi: đồng ý');
    const first = await signInOfficer(product, given);
    await first.open(at(`/re-audits/${caseId}`));
    expect(first.page.status).toBe(404);
  });
});
