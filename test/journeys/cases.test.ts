/** Cases before officers: who may see what and when, two at one case, what is decided and undone, and what the citizen reads. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccount, reinstateAccount, suspendAccount } from '../../src/account/accounts.ts';
import { performAct, verifyAudit } from '../../src/audit/audit.ts';
import { settleCases } from '../../src/officer/case-decisions.ts';
import { drawPortrait } from '../../src/sandbox/card-portrait.ts';
import { withdrawAttempts } from '../../src/verification/cases.ts';
import { keepLivePhoto, openLivePhoto } from '../../src/verification/live-photo.ts';
import { findWaitingCase } from '../../src/verification/proofs.ts';
import { citizen, makeCard } from '../support/card-factory.ts';
import { readNatively, signer, trustFactory } from '../support/card-reader.ts';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { confirm, officerId, signInOfficer, testOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';
import { numberOf, openWaitingCase, type WaitingCase } from '../support/waiting-case.ts';

const MINUTE = 60;
const DAY = 86_400;

let product: Product;
let numbers = 0;
beforeAll(async () => {
  product = await startProduct({ prepare: trustFactory });
});
afterAll(() => product?.close());

const at = (path = '') => `${product.issuer}/console${path}`;
const open = (wish: Partial<Parameters<typeof openWaitingCase>[1]> = {}) => {
  numbers += 1;
  return openWaitingCase(product, { number: numberOf(numbers), ...wish });
};

/** Nothing waits but what this test opens. */
async function emptyQueue(): Promise<void> {
  await product.deps.db
    .updateTable('cases')
    .set({ status: 'withdrawn' })
    .where('status', 'in', ['draft', 'submitted', 'in_review'])
    .execute();
}

async function statusOf({ caseId }: WaitingCase) {
  const columns = ['status', 'reason', 'held_by', 'asked_for', 'commune'] as const;
  const { db } = product.deps;
  return db.selectFrom('cases').select(columns).where('id', '=', caseId).executeTakeFirstOrThrow();
}

async function levelOf({ accountId }: WaitingCase): Promise<string | undefined> {
  return (await findAccount(product.deps.db, accountId, product.deps.clock()))?.level;
}

async function events(name: string): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<{ body: Record<string, unknown> }>`
    SELECT body FROM audit_events WHERE event = ${name} ORDER BY seq`.execute(product.deps.db);
  return rows.map(({ body }) => body);
}

async function take(visitor: Visitor, { caseId }: WaitingCase): Promise<void> {
  await visitor.open(at(`/cases/${caseId}`));
  await visitor.submit('form-take');
}

async function decide(visitor: Visitor, login: string, decision: string, note = ''): Promise<void> {
  await visitor.submit('form-decide', { decision, note });
  await confirm(product, login, visitor);
}

/** Long enough for a hold to run out, while the sessions live. */
async function beElsewhere(...visitors: Visitor[]): Promise<void> {
  for (const minutes of [8, 8]) {
    product.travel(minutes * MINUTE);
    for (const visitor of visitors) await visitor.open(at('/own'));
  }
}

/** Lets what was decided count. */
async function settle(): Promise<void> {
  product.travel(3 * MINUTE);
  await settleCases(product.deps);
}

describe('the queue', () => {
  it('gives the oldest first, one to each, within the communes, and nobody’s own or household’s', async () => {
    await emptyQueue();
    const hanh = testOfficer('hanh');
    const own = await open({ number: hanh.ownNumber });
    const household = await open({ number: hanh.household?.[0] ?? '' });
    const first = await open();
    const elsewhere = await open({ residence: 'Phường Long Hoa, Tây Ninh' });
    const unknown = await open({ residence: 'Quận 1, Thành phố Hồ Chí Minh' });
    const second = await open({ fullName: 'Nguyễn Thị Ly Na', zaloName: 'Bé Na shop', photo: false });
    expect((await statusOf(first)).commune).toBe('99001');
    expect((await statusOf(unknown)).commune).toBeNull();

    const [reviewer, supervisor, other] = [
      await signInOfficer(product, 'hanh'),
      await signInOfficer(product, 'lien'),
      await signInOfficer(product, 'khanh'),
    ];
    await reviewer.open(at());
    expect(reviewer.text).toContain('Hồ sơ đang chờ');
    await reviewer.open(at('/cases'));
    expect(reviewer.text).toContain('2 hồ sơ đang chờ');
    for (const { caseId } of [own, household, elsewhere, unknown])
      expect(reviewer.page.html).not.toContain(caseId);
    // No name and no number in the list.
    expect(reviewer.text).not.toMatch(/Na shop|Nguyễn Thị|072090/);
    await reviewer.submit('form-next');
    expect(reviewer.page.url).toBe(at(`/cases/${first.caseId}`));

    // The supervisor of the province sees all, and gets what the other one does not hold.
    await supervisor.open(at('/cases'));
    await supervisor.submit('form-next');
    expect(supervisor.page.url).toBe(at(`/cases/${own.caseId}`));
    await supervisor.open(at(`/cases/${first.caseId}`));
    expect(supervisor.text).toContain('Phan Thị Hạnh đang xem');
    expect(supervisor.has('form-take')).toBe(false);
    expect(supervisor.text).not.toContain('Nguyễn Văn An');

    // By address it is no other way.
    for (const { caseId } of [own, household, elsewhere]) {
      await reviewer.open(at(`/cases/${caseId}`));
      expect(reviewer.page.status).toBe(404);
    }
    await other.open(at('/cases'));
    await other.submit('form-next');
    expect(other.page.url).toBe(at(`/cases/${elsewhere.caseId}`));

    // Pressed again, it leads back to what is held; given back, on.
    await reviewer.open(at('/cases'));
    await reviewer.submit('form-next');
    expect(reviewer.page.url).toBe(at(`/cases/${first.caseId}`));
    await reviewer.submit('form-release');
    expect(reviewer.text).toContain('Đã trả lại');
    await reviewer.open(at('/cases?reason=name_differs'));
    await reviewer.submit('form-next');
    expect(reviewer.page.url).toBe(at(`/cases/${second.caseId}`));
    await supervisor.open(at('/cases?commune=none'));
    expect(supervisor.page.html).toContain(unknown.caseId);
    expect(supervisor.page.html).not.toContain(second.caseId);
    expect((await events('case.taken')).at(-1)).toMatchObject({ case: second.caseId });
  });

  it('goes page by page, by the last one seen', async () => {
    await emptyQueue();
    const all: WaitingCase[] = [];
    for (let count = 0; count < 53; count += 1) all.push(await open({ photo: false }));
    const visitor = await signInOfficer(product, 'hanh');
    await visitor.open(at('/cases'));
    expect(visitor.page.html.match(/<tr/g)).toHaveLength(51);
    const next = /rel="next" href="([^"]+)"/.exec(visitor.page.html)?.[1] ?? '';
    await visitor.open(product.issuer + next.replaceAll('&amp;', '&'));
    expect(visitor.page.html.match(/<tr/g)).toHaveLength(4);
    for (const { caseId } of all.slice(50)) expect(visitor.page.html).toContain(caseId);
  });

  it('has a case again when its officer was away for a quarter of an hour; at work, the hold goes on', async () => {
    await emptyQueue();
    const one = await open();
    const hanh = await signInOfficer(product, 'hanh');
    await take(hanh, one);
    product.travel(10 * MINUTE);
    await hanh.open(at(`/cases/${one.caseId}`));
    product.travel(10 * MINUTE);
    const quang = await signInOfficer(product, 'quang');
    await quang.open(at(`/cases/${one.caseId}`));
    expect(quang.has('form-take')).toBe(false);
    // Signed in and elsewhere is not at work on this one.
    await hanh.open(at('/own'));
    await beElsewhere(hanh, quang);
    await quang.open(at(`/cases/${one.caseId}`));
    await quang.submit('form-take');
    expect(quang.text).toContain('Nguyễn Văn An');
    // Whoever was away is told, and what they decide is not written.
    await hanh.open(at(`/cases/${one.caseId}`));
    expect(hanh.text).toContain('Hồ Nhật Quang đang xem');
  });
});

describe('what is in a case', () => {
  it('is seen by its holder alone, and every look is written down', async () => {
    await emptyQueue();
    const one = await open({ fullName: 'Nguyễn Thị Ly Na', zaloName: 'Bé Na shop' });
    const hanh = await signInOfficer(product, 'hanh');
    const quang = await signInOfficer(product, 'quang');
    const pictures = ['portrait', 'photo'].map((name) => at(`/cases/${one.caseId}/${name}`));
    for (const picture of pictures) expect((await hanh.fetch(picture)).status).toBe(404);
    await take(hanh, one);
    const page = hanh.page;
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("img-src 'self';");
    expect(hanh.text).toContain('Nguyễn Thị Ly Na');
    expect(page.html).toContain('<mark>Bé</mark> Na <mark>shop</mark>');
    expect(hanh.text).not.toContain('072 090');
    expect(hanh.text).toContain('Phường Tân Ninh, Tây Ninh');
    expect(hanh.text).toContain('Tên trên Zalo không phải tên trên thẻ');
    for (const picture of pictures) {
      const shown = await hanh.fetch(picture);
      expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
      expect(shown.headers.get('cache-control')).toBe('no-store');
      expect(shown.headers.get('content-security-policy')).toContain('sandbox');
      expect((await quang.fetch(picture)).status).toBe(404);
    }
    await hanh.submit('form-reveal');
    expect(hanh.text).toContain('072 090');
    const actor = await officerId(product, 'hanh');
    const looks = (await events('officer.looked')).filter((look) => look.case === one.caseId);
    expect(looks.map(({ part }) => part)).toEqual(['page', 'portrait', 'photo', 'revealed']);
    for (const look of looks) expect(look).toMatchObject({ account: one.accountId, actor });

    // Decided, it is closed for its officer, too.
    await hanh.open(at(`/cases/${one.caseId}`));
    await decide(hanh, 'hanh', 'approve:same_face_nickname');
    for (const picture of pictures) expect((await hanh.fetch(picture)).status).toBe(404);
    await quang.open(at(`/cases/${one.caseId}`));
    expect(quang.text).toContain('Phan Thị Hạnh đã quyết định');
    expect(quang.has('form-undo')).toBe(false);
    expect(product.logged()).not.toMatch(/Ly Na|Bé Na/);
  });

  it('names other cases of the account and of the number', async () => {
    await emptyQueue();
    const number = numberOf(9_001);
    const first = await open({ number });
    const second = await open({ number, photo: false });
    const hanh = await signInOfficer(product, 'hanh');
    await take(hanh, first);
    expect(hanh.text).toContain('tài khoản khác, cùng số định danh');
    await decide(hanh, 'hanh', 'approve:same_face');
    await settle();
    expect(await levelOf(first)).toBe('level2');
    await take(hanh, second);
    expect(hanh.text).toContain('đang là level2 ở một tài khoản khác');
  });
});

describe('a decision', () => {
  it('asks for the factor, counts after two minutes, and the citizen is told then', async () => {
    await emptyQueue();
    const one = await open();
    const hanh = await signInOfficer(product, 'hanh');
    await take(hanh, one);
    product.travel(6 * MINUTE);
    await hanh.submit('form-decide', { decision: 'approve:same_face', note: 'Rõ mặt, cùng nốt ruồi.' });
    expect(hanh.has('form-confirm')).toBe(true);
    expect((await statusOf(one)).status).toBe('submitted');
    await confirm(product, 'hanh', hanh);
    expect(hanh.text).toContain('Phan Thị Hạnh đã quyết định: Duyệt');
    expect((await statusOf(one)).status).toBe('in_review');
    await settleCases(product.deps);
    expect(await levelOf(one)).toBe('level1');
    await settle();
    expect(await levelOf(one)).toBe('level2');
    const { db } = product.deps;
    const notices = await db
      .selectFrom('notices')
      .select('kind')
      .where('account_id', '=', one.accountId)
      .execute();
    expect(notices).toEqual([{ kind: 'level2_granted' }]);
    const checks = await db
      .selectFrom('case_checks')
      .select('result')
      .where('case_id', '=', one.caseId)
      .where('name', '=', 'holder_present')
      .executeTakeFirstOrThrow();
    expect(checks.result).toBe('officer_by_portrait');
    // Settled once, however often the job comes.
    await settleCases(product.deps);
    const decided = (await events('case.decided')).filter((event) => event.case === one.caseId);
    expect(decided).toHaveLength(1);
    expect(decided[0]).toMatchObject({
      status: 'approved',
      reason: 'same_face',
      actor: await officerId(product, 'hanh'),
    });
    const { rows } = await sql<{ text: string }>`SELECT body::text AS text FROM audit_events`.execute(db);
    expect(rows.some(({ text }) => text.includes('nốt ruồi'))).toBe(false);
  });

  it('undone in time leaves nothing behind; too late is too late; nobody undoes another’s', async () => {
    await emptyQueue();
    const one = await open();
    const hanh = await signInOfficer(product, 'hanh');
    const quang = await signInOfficer(product, 'quang');
    await take(hanh, one);
    await decide(hanh, 'hanh', 'reject:another_face');
    const action = /action="([^"]+undo)"/.exec(hanh.page.html)?.[1] ?? '';
    const headers = { origin: product.issuer, 'sec-fetch-site': 'same-origin' };
    await quang.open(product.issuer + action, { method: 'POST', body: new URLSearchParams(), headers });
    expect(quang.text).toContain('Đã quá 2 phút');
    await hanh.submit('form-undo');
    expect(hanh.text).toContain('Đã rút quyết định');
    expect(hanh.has('form-decide')).toBe(true);
    await settle();
    expect((await statusOf(one)).status).toBe('submitted');
    await decide(hanh, 'hanh', 'approve:same_face');
    const late = /action="([^"]+undo)"/.exec(hanh.page.html)?.[1] ?? '';
    product.travel(2 * MINUTE + 1);
    await hanh.open(product.issuer + late, { method: 'POST', body: new URLSearchParams(), headers });
    expect(hanh.text).toContain('Đã quá 2 phút');
    await settleCases(product.deps);
    expect(await levelOf(one)).toBe('level2');
    expect(await events('case.decision_undone')).toHaveLength(1);
  });

  it('of two officers at one case is one; the other one is told, and may go on', async () => {
    await emptyQueue();
    const one = await open();
    const hanh = await signInOfficer(product, 'hanh');
    const quang = await signInOfficer(product, 'quang');
    await take(hanh, one);
    const left = hanh.page;
    await beElsewhere(hanh, quang);
    await take(quang, one);
    hanh.page = left;
    // Both pages are open, both press.
    await Promise.all([
      decide(quang, 'quang', 'approve:same_face'),
      hanh.submit('form-decide', { decision: 'reject:another_face' }),
    ]);
    await confirm(product, 'hanh', hanh);
    expect(hanh.page.status).toBeLessThan(500);
    const { db } = product.deps;
    const made = await db
      .selectFrom('case_decisions')
      .select(['outcome', 'officer_id'])
      .where('case_id', '=', one.caseId)
      .execute();
    expect(made).toEqual([{ outcome: 'approve', officer_id: await officerId(product, 'quang') }]);
  });

  it('is none of what the list does not hold, and no approval without the photo that was seen', async () => {
    await emptyQueue();
    const one = await open({ photo: false });
    const hanh = await signInOfficer(product, 'hanh');
    await take(hanh, one);
    for (const decision of ['approve:another_face', 'reject:', 'constructor:x', 'approve']) {
      expect((await hanh.submit('form-decide', { decision })).status).toBe(400);
      await hanh.open(at(`/cases/${one.caseId}`));
    }
    await hanh.submit('form-decide', { decision: 'approve:same_face', note: 'Giữ lại chữ này.' });
    expect(hanh.page.status).toBe(409);
    expect(hanh.text).toContain('Chưa có ảnh của bà con');
    expect(hanh.text).toContain('Giữ lại chữ này.');
    // A photo that came meanwhile is one that nobody has looked at.
    const bytes = Buffer.from(drawPortrait('x').image);
    const given = { ...one, bytes, consent: 'photo/1' };
    await performAct(product.deps, (act) => keepLivePhoto(act, product.deps.keyring, given));
    await hanh.submit('form-decide', { decision: 'approve:same_face' });
    expect(hanh.text).toContain('vừa gửi ảnh khác');
    await hanh.submit('form-decide', { decision: 'approve:same_face' });
    expect((await statusOf(one)).status).toBe('in_review');
  });

  it('does not count for an account that was suspended meanwhile, nor for a case that went another way', async () => {
    await emptyQueue();
    const [suspended, withdrawn] = [await open(), await open()];
    const hanh = await signInOfficer(product, 'hanh');
    for (const one of [suspended, withdrawn]) {
      await take(hanh, one);
      await decide(hanh, 'hanh', 'approve:same_face');
    }
    const change = { accountId: suspended.accountId, actor: 'operator', reason: 'test' };
    await suspendAccount(product.deps, change);
    await performAct(product.deps, (act) =>
      withdrawAttempts(act, { accountId: withdrawn.accountId, reason: 'account_closed' }),
    );
    await settle();
    expect(await statusOf(suspended)).toMatchObject({ status: 'submitted', held_by: null });
    expect((await statusOf(withdrawn)).status).toBe('withdrawn');
    expect(await levelOf(withdrawn)).toBe('level1');
    await reinstateAccount(product.deps, change);
    expect(await levelOf(suspended)).toBe('level1');
  });

  it('that refuses shortens how long the evidence is kept', async () => {
    await emptyQueue();
    const one = await open();
    const hanh = await signInOfficer(product, 'hanh');
    await take(hanh, one);
    await decide(hanh, 'hanh', 'reject:not_live');
    await settle();
    expect(await statusOf(one)).toMatchObject({ status: 'rejected', reason: 'not_live' });
    const left = await product.deps.db
      .selectFrom('case_evidence')
      .select(['kind', 'purge_after'])
      .where('case_id', '=', one.caseId)
      .execute();
    expect(left).toHaveLength(2);
    const latest = product.deps.clock().getTime() + 30 * DAY * 1000;
    for (const { purge_after } of left) expect(purge_after.getTime()).toBeLessThanOrEqual(latest);
  });
});

describe('the citizen', () => {
  const person = {
    ...citizen,
    personalNumber: '072204000104',
    fullName: 'Phạm Gia Khánh',
    surname: 'PHAM',
    givenNames: 'GIA KHANH',
    birthDate: '2004-01-31',
  };

  async function send(visitor: Visitor, bytes: Buffer): Promise<void> {
    const action = /id="form-photo" method="post" action="([^"]+)"/.exec(visitor.page.html)?.[1] ?? '';
    const body = new FormData();
    body.set('photo', new Blob([Uint8Array.from(bytes)], { type: 'image/jpeg' }), 'face.jpg');
    const headers = { origin: product.issuer, 'sec-fetch-site': 'same-origin' };
    await visitor.open(product.issuer + action, { method: 'POST', body, headers });
  }

  it('reads the card, sends a photo, is asked again, sends another one, and is level2', async () => {
    await emptyQueue();
    const party = await RelyingParty.register(product);
    const visitor = party.visitor();
    await party.ask(visitor, { acrValues: 'level2' });
    await signInWithZalo(visitor, 'khanh');
    await visitor.submit('form-card');
    const waitingAt = visitor.page.url;
    const code = /id="code"[^>]*>([^<]+)</.exec(visitor.page.html)?.[1]?.trim() ?? '';
    expect((await readNatively(product, code, makeCard(signer, { person }))).status).toBe(202);
    await visitor.open(`${waitingAt}/next`);
    expect(visitor.has('form-photo')).toBe(true);
    expect(visitor.text).toContain('dữ liệu cá nhân nhạy cảm');

    await send(visitor, Buffer.from('<svg onload="alert(1)"/>'));
    expect([visitor.page.status, visitor.text.includes('không phải ảnh JPEG')]).toEqual([400, true]);
    await send(visitor, Buffer.alloc(0));
    expect(visitor.text).toContain('Chưa có ảnh');
    await send(visitor, Buffer.alloc(6 * 1024 * 1024, 7));
    expect(visitor.text).toContain('lớn quá 5 MB');
    // Whoever would rather not goes on without.
    await visitor.open(`${waitingAt}/waiting`);
    expect(visitor.text).toContain('đem căn cước ra xã');
    await visitor.open(`${waitingAt}/photo`);
    const photo = Buffer.from(drawPortrait('khanh').image);
    await send(
      visitor,
      Buffer.concat([
        photo.subarray(0, 2),
        Buffer.from('fffe0007475053', 'hex'),
        Buffer.from('xy'),
        photo.subarray(2),
      ]),
    );
    expect(visitor.text).toContain('Cán bộ đã nhận được ảnh');
    const [added] = (await events('case.photo_added')).slice(-1);
    expect(added).toMatchObject({ consent: 'photo/1' });
    const { db, keyring } = product.deps;
    expect((await openLivePhoto(db, keyring, String(added?.case)))?.bytes).toEqual(photo);

    // Khánh the officer is Khánh the citizen: it is for somebody else to decide.
    const one = { caseId: String(added?.case), accountId: String(added?.account) };
    const khanh = await signInOfficer(product, 'khanh');
    await khanh.open(at(`/cases/${one.caseId}`));
    expect(khanh.page.status).toBe(404);
    const hanh = await signInOfficer(product, 'hanh');
    await take(hanh, one);
    await decide(hanh, 'hanh', 'ask:photo_unclear');
    await settle();
    expect(await statusOf(one)).toMatchObject({ status: 'draft', asked_for: 'photo' });
    await hanh.open(at('/cases'));
    expect(hanh.page.html).not.toContain(one.caseId);

    await visitor.open(`${waitingAt}/waiting`.replace(/\/card.*/, ''));
    expect(visitor.text).toContain('chưa rõ mặt');
    expect(visitor.has('form-card')).toBe(false);
    await visitor.open(`${waitingAt}/photo`);
    await send(visitor, Buffer.from(drawPortrait('khanh/2').image));
    expect((await statusOf(one)).status).toBe('submitted');
    await take(hanh, one);
    await decide(hanh, 'hanh', 'approve:same_face');
    // While it is decided no other photo is taken.
    expect(await findWaitingCase(db, one.accountId)).toMatchObject({ id: one.caseId });
    await settle();
    expect(await levelOf(one)).toBe('level2');
    await visitor.open(`${waitingAt}/waiting`);
    expect(visitor.page.status).toBe(200);
    expect(visitor.text).not.toContain('Hồ sơ xác minh của bà con đã gửi');
  });

  it('reads why it was refused, tries again, and a case nobody came back for ends', async () => {
    await emptyQueue();
    const party = await RelyingParty.register(product);
    const visitor = party.visitor();
    const attempt = await party.ask(visitor);
    await signInWithZalo(visitor, 'my');
    await agree(visitor);
    const subject = (await party.redeem(visitor, attempt)).claims()?.sub ?? '';
    expect(subject).not.toBe('');
    const row = await product.deps.db
      .selectFrom('audit_events')
      .select('account_id')
      .where('event', '=', 'sign_in.succeeded')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    const one = await open();
    await product.deps.db
      .updateTable('cases')
      .set({ account_id: row.account_id ?? '' })
      .where('id', '=', one.caseId)
      .execute();
    const hanh = await signInOfficer(product, 'hanh');
    await take(hanh, one);
    await decide(hanh, 'hanh', 'reject:another_face');
    await settle();
    await party.ask(visitor, { acrValues: 'level2' });
    expect(visitor.text).toContain('chưa giống nhau');
    expect(visitor.has('form-card')).toBe(true);

    const late = await open();
    await take(hanh, late);
    await decide(hanh, 'hanh', 'ask:come_to_desk');
    await settle();
    expect((await statusOf(late)).status).toBe('draft');
    product.travel(31 * DAY);
    await settleCases(product.deps);
    expect(await statusOf(late)).toMatchObject({ status: 'expired', reason: 'not_answered' });
  });

  it('the chain holds after all of it', async () => {
    expect(await verifyAudit(product.deps.db)).toMatchObject({ ok: true });
  });
});
