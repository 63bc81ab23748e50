/** In person at a desk: two officers, one citizen, a card; and every way around them that was thought of. */
import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccount } from '../../src/account/accounts.ts';
import { verifyAudit } from '../../src/audit/audit.ts';
import { agree, signInWithZalo } from '../support/citizen.ts';
import {
  beginVisit,
  bindByPhone,
  bindByZalo,
  decideAs,
  idOf,
  nextVisit,
  phoneOf,
  readCard,
  readCode,
  scanLink,
  seeFace,
} from '../support/desk.ts';
import { confirm, officerId, signInOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

const PIN = '482915';
const MINUTE = 60;
const need = {
  scope: 'openid hoso.nop',
  claims: { id_token: { acr: { essential: true, value: 'level2' } } },
};

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.close());

async function accountOf(visitId: string) {
  const { db, clock } = product.deps;
  const row = await db
    .selectFrom('desk_visits')
    .select(['account_id', 'case_id'])
    .where('id', '=', visitId)
    .executeTakeFirstOrThrow();
  const state = row.account_id ? await findAccount(db, row.account_id, clock()) : undefined;
  return { accountId: row.account_id ?? '', caseId: row.case_id ?? '', level: state?.level };
}

async function post(visitor: Visitor, path: string, fields: Record<string, string> = {}) {
  return visitor.open(`${product.issuer}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: product.issuer, 'sec-fetch-site': 'same-origin' },
  });
}

async function eventsOf(caseId: string): Promise<Record<string, unknown>[]> {
  const rows = await product.deps.db.selectFrom('audit_events').select('body').orderBy('seq').execute();
  return rows.map(({ body }) => body as Record<string, unknown>).filter((body) => body.case === caseId);
}

describe('a citizen without a smartphone', () => {
  it('is verified by phone number, card, face and two officers, and takes a slip home', async () => {
    const officer = await beginVisit(product);
    const visitId = idOf(officer);
    await bindByPhone(product, officer, 'binh');
    expect(officer.text).toContain('Đã có tài khoản');
    const reader = await readCard(product, officer, 'binh');
    expect(reader.page.html).toContain('received');
    expect(officer.text).toContain('Trần Thị Bình');
    expect(officer.text).toContain('Là chip thật');
    expect(officer.page.html).toContain('id="portrait"');
    const portrait = await officer.fetch(`${product.issuer}/console/desk/${visitId}/portrait`);
    expect([portrait.status, portrait.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(portrait.headers.get('content-type')).toMatch(/^image\//);
    await seeFace(product, 'hanh', officer);
    expect(officer.text).toContain('Chờ người thứ hai');
    expect(await accountOf(visitId)).toMatchObject({ level: 'level1' });

    const second = await signInOfficer(product, 'lien');
    await second.open(`${product.issuer}/console`);
    expect(second.text).toContain('Người tại quầy chờ mình đồng ý');
    await second.open(`${product.issuer}/console/desk`);
    expect(second.text).toContain('Phan Thị Hạnh đã đối chiếu');
    await second.open(`${product.issuer}/console/desk/${visitId}`);
    expect(second.text).toContain('Trần Thị Bình');
    await second.submit('form-agree');
    await confirm(product, 'lien', second);
    expect(second.text).toContain('Đã xác minh');
    const { caseId, level, accountId } = await accountOf(visitId);
    expect(level).toBe('level2');
    const [hanh, lien] = [await officerId(product, 'hanh'), await officerId(product, 'lien')];
    expect(await eventsOf(caseId)).toMatchObject([
      { event: 'case.opened', account: accountId },
      { event: 'desk.holder_seen', actor: hanh },
      { event: 'case.decided', status: 'approved', reason: 'two_officers', actor: lien },
      { event: 'verification.approved', actor: lien },
    ]);

    await officer.open(`${product.issuer}/console/desk/${visitId}`);
    await officer.submit('form-slip');
    expect(officer.text).toContain('Trần Thị Bình');
    const number = /id="slip">([\w-]+)</.exec(officer.page.html)?.[1] ?? '';
    expect(number).toMatch(/^\w{4}-\w{4}-\w{4}$/);
    const anybody = new Visitor();
    await anybody.open(`${product.issuer}/slip`);
    await anybody.submit('form-slip', { number: number.toLowerCase().replaceAll('-', ' ') });
    expect(anybody.page.html).toContain('data-outcome="holds"');
    expect(anybody.text).toContain('Phường Tân Ninh');
    expect(anybody.text).not.toContain('Bình');
    expect((await verifyAudit(product.deps.db)).ok).toBe(true);
    expect(product.logged()).not.toContain(phoneOf('binh').slice(1));
  });

  it('has a slip whose QR holds a signed text without a name or a number, and tells when it no longer holds', async () => {
    const { db, keyring, clock } = product.deps;
    const row = await db
      .selectFrom('proof_slips')
      .select(['id', 'signed_sealed', 'account_id', 'verification_id'])
      .executeTakeFirstOrThrow();
    const signed = keyring.open('person', `slip/${row.id}`, row.signed_sealed).toString();
    const [header = '', payload = '', signature = ''] = signed.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(Object.keys(read(payload)).sort()).toEqual(['d', 'id', 'lvl', 'm', 'o', 'u']);
    const keys = (await (await fetch(`${product.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
    const jwk = keys.keys.find(({ kid }) => kid === read(header).kid);
    const key = createPublicKey({ key: jwk as never, format: 'jwk' });
    const bytes = Buffer.from(`${header}.${payload}`);
    const given = { key, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', bytes, given, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(signed.length).toBeLessThan(360);

    const check = async (fields: Record<string, string>) => {
      const anybody = new Visitor();
      await anybody.open(`${product.issuer}/slip`);
      await anybody.submit('form-slip', fields);
      return /data-outcome="(\w+)"/.exec(anybody.page.html)?.[1];
    };
    expect(await check({ signed })).toBe('holds');
    // Another day under the old signature; the signature of another text; nothing at all.
    const later = Buffer.from(JSON.stringify({ ...read(payload), u: '2099-01-01' })).toString('base64url');
    expect(await check({ signed: `${header}.${later}.${signature}` })).toBe('unknown');
    expect(await check({ number: '0000-0000-0000' })).toBe('unknown');
    expect(await check({})).toBe('unknown');
    await db
      .updateTable('accounts')
      .set({ level2_held_at: clock() })
      .where('id', '=', row.account_id)
      .execute();
    expect(await check({ signed })).toBe('ended');
    await db.updateTable('accounts').set({ level2_held_at: null }).where('id', '=', row.account_id).execute();
  });

  it('is found again by the number, and the same card is taken anew', async () => {
    const officer = await beginVisit(product);
    const visitId = idOf(officer);
    await bindByPhone(product, officer, 'binh');
    await readCard(product, officer, 'binh');
    await seeFace(product, 'hanh', officer);
    await decideAs(product, 'quang', visitId);
    const accounts = await product.deps.db.selectFrom('accounts').select('id').execute();
    expect(accounts).toHaveLength(1);
    expect(await accountOf(visitId)).toMatchObject({ level: 'level2', accountId: accounts[0]?.id });
  });

  it('may have no number at all', async () => {
    const officer = await beginVisit(product);
    await officer.submit('form-open');
    await readCard(product, officer, 'my');
    await seeFace(product, 'hanh', officer);
    const visitId = idOf(officer);
    await decideAs(product, 'lien', visitId);
    expect(await accountOf(visitId)).toMatchObject({ level: 'level2' });
  });
});

describe('a code to a phone number', () => {
  it('serves once, for five minutes, and is guessed at five times', async () => {
    const officer = await beginVisit(product);
    const base = `/console/desk/${idOf(officer)}`;
    await officer.submit('form-code', { phone: phoneOf('toan') });
    const code = await readCode(product, 'toan');
    for (let wrong = 0; wrong < 5; wrong += 1) {
      await post(officer, `${base}/number`, { digits: String((Number(code) + 1 + wrong) % 1_000_000) });
      expect(officer.text).toContain('Mã chưa đúng');
    }
    await post(officer, `${base}/number`, { digits: code });
    expect(officer.text).toContain('sai quá 5 lần');

    await post(officer, `${base}/code`, { phone: phoneOf('toan') });
    const late = await readCode(product, 'toan');
    product.travel(5 * MINUTE + 1);
    await post(officer, `${base}/number`, { digits: late });
    expect(officer.text).toContain('Mã đã hết hạn');

    await post(officer, `${base}/code`, { phone: phoneOf('toan') });
    const good = await readCode(product, 'toan');
    const other = await beginVisit(product, 'lien');
    await post(other, `/console/desk/${idOf(other)}/number`, { digits: good });
    expect(other.text).toContain('Mã đã hết hạn');
    const answers = await Promise.all(
      [officer.copy(), officer.copy(), officer.copy()].map(async (one) => {
        await post(one, `${base}/number`, { digits: good });
        return one.text.includes('Đã có tài khoản');
      }),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('is not sent without end', async () => {
    const officer = await beginVisit(product, 'quang');
    const base = `/console/desk/${idOf(officer)}`;
    for (let sent = 0; sent < 5; sent += 1) await post(officer, `${base}/code`, { phone: phoneOf('tuan') });
    await post(officer, `${base}/code`, { phone: phoneOf('tuan') });
    expect(officer.text).toContain('Xin đợi vài phút');
    await post(officer, `${base}/code`, { phone: '12345' });
    expect(officer.text).toContain('Số điện thoại chưa đúng');
  });

  it('never opens an account that somebody signs in to: numbers change hands', async () => {
    const { db, keyring, clock } = product.deps;
    const citizen = new Visitor();
    await citizen.open(`${product.issuer}/account`);
    await signInWithZalo(citizen, 'khanh');
    const owner = await db
      .selectFrom('identities')
      .select('account_id')
      .orderBy('linked_at', 'desc')
      .executeTakeFirstOrThrow();
    const e164 = `+84${phoneOf('khanh').slice(1)}`;
    await db
      .insertInto('phones')
      .values({
        account_id: owner.account_id,
        number_hash: keyring.index('phone', e164),
        sealed: keyring.seal('phone', owner.account_id, e164),
        source: 'zalo',
        verified_at: clock(),
        status: 'active',
        changed_at: clock(),
      })
      .execute();
    const officer = await beginVisit(product, 'lien');
    const visitId = idOf(officer);
    await bindByPhone(product, officer, 'khanh');
    expect(officer.text).toContain('đang đăng nhập bằng Zalo');
    expect((await accountOf(visitId)).accountId).toBe('');
    await officer.submit('form-open');
    const { accountId } = await accountOf(visitId);
    expect(accountId).not.toBe('');
    expect(accountId).not.toBe(owner.account_id);
  });

  it('keeps a number that was another’s in quarantine until its citizen is verified', async () => {
    const { db, keyring, clock } = product.deps;
    const account_id = '7f0e2f6a-9d1c-4b56-8a52-6c7f10a4b901';
    const e164 = `+84${phoneOf('tuan').slice(1)}`;
    await db.insertInto('accounts').values({ id: account_id, created_at: clock() }).execute();
    await db
      .insertInto('phones')
      .values({
        ...{ account_id, number_hash: keyring.index('phone', e164), source: 'zalo', status: 'moved' },
        ...{ sealed: keyring.seal('phone', account_id, e164), verified_at: clock(), changed_at: clock() },
      })
      .execute();
    const officer = await beginVisit(product, 'lien');
    const visitId = idOf(officer);
    product.travel(60 * MINUTE);
    const fresh = await signInOfficer(product, 'lien');
    await fresh.open(officer.page.url);
    await bindByPhone(product, fresh, 'tuan');
    const { accountId } = await accountOf(visitId);
    const status = async () =>
      (
        await db
          .selectFrom('phones')
          .select('status')
          .where('account_id', '=', accountId)
          .executeTakeFirstOrThrow()
      ).status;
    expect(await status()).toBe('quarantined');
    await readCard(product, fresh, 'tuan');
    await seeFace(product, 'lien', fresh);
    await decideAs(product, 'quang', visitId);
    expect(await accountOf(visitId)).toMatchObject({ level: 'level2' });
    expect(await status()).toBe('active');
  });

  it('says so when it cannot be sent', async () => {
    const officer = await beginVisit(product, 'lien');
    await officer.submit('form-code', { phone: '0912345678' });
    expect(officer.text).toContain('Không gửi được mã');
    const sandbox = new Visitor();
    await sandbox.open(`${product.sandbox}/inbox/na`);
    await sandbox.submit(undefined, { fault: '503' });
    await officer.submit('form-code', { phone: phoneOf('na') });
    expect(officer.text).toContain('Không gửi được mã');
    expect(officer.has('form-number')).toBe(false);
  });
});

describe('a citizen with Zalo', () => {
  it('scans, compares numbers, is verified, and sets a PIN that is level2 the next time', async () => {
    const officer = await beginVisit(product);
    const visitId = idOf(officer);
    const citizen = await scanLink(product, officer, 'duom');
    const [ours, theirs] = [officer, citizen].map(({ page }) => />(\d{4})</.exec(page.html)?.[1]);
    expect(ours).toBeTruthy();
    expect(ours).toBe(theirs);
    const early = await post(citizen, new URL(`${citizen.page.url}/pin`).pathname, { pin: PIN, again: PIN });
    expect(early.status).toBe(400);
    await officer.open(`${product.issuer}/console/desk/${visitId}`);
    await officer.submit('form-same');
    await readCard(product, officer, 'duom');
    await seeFace(product, 'hanh', officer);
    await citizen.open(`${product.issuer}${new URL(early.url).pathname.replace(/\/pin$/, '')}`);
    expect(citizen.text).toContain('Cán bộ đang đọc căn cước');
    await decideAs(product, 'lien', visitId);

    await citizen.open(citizen.page.url);
    await citizen.submit('form-pin', { pin: '111111', again: '111111' });
    expect(citizen.page.html).toContain('role="alert"');
    await citizen.submit('form-pin', { pin: PIN, again: PIN });
    expect(citizen.text).toContain('Đã đặt mã PIN');
    expect(citizen.has('form-pin')).toBe(false);

    const app = await RelyingParty.register(product);
    const home = app.visitor();
    const attempt = await app.ask(home, need);
    await signInWithZalo(home, 'duom');
    await home.submit('form-pin', { pin: PIN });
    await agree(home);
    expect((await app.redeem(home, attempt)).claims()).toMatchObject({ acr: 'level2' });
  });

  it('cannot be replaced by who is not in the room', async () => {
    const officer = await beginVisit(product);
    const visitId = idOf(officer);
    const citizen = await scanLink(product, officer, 'nhi');
    const link = citizen.page.url;
    // The link went to somebody else, too: who comes second is turned away, in another session as well.
    const stranger = new Visitor();
    await stranger.open(link);
    await signInWithZalo(stranger, 'tho');
    expect(stranger.page.status).toBe(400);
    const sameAccount = new Visitor();
    await sameAccount.open(link);
    await signInWithZalo(sameAccount, 'nhi');
    expect(sameAccount.page.status).toBe(400);
    // The numbers differ: the link is worth nothing from then on.
    await officer.submit('form-different');
    expect((await accountOf(visitId)).accountId).toBe('');
    await citizen.open(link);
    expect(citizen.page.status).toBe(400);
    // A link nobody used runs out.
    await officer.submit('form-link');
    const unused = /id="link">([^<]+)</.exec(officer.page.html)?.[1] ?? '';
    product.travel(10 * MINUTE + 1);
    await stranger.open(unused);
    expect(stranger.page.status).toBe(400);
  });

  it('sets no PIN from another browser, nor half an hour later', async () => {
    const officer = await beginVisit(product);
    const visitId = idOf(officer);
    const citizen = await bindByZalo(product, officer, 'tho');
    const page = citizen.page.url;
    await readCard(product, officer, 'tho');
    await seeFace(product, 'hanh', officer);
    await decideAs(product, 'lien', visitId);
    const thief = new Visitor();
    await thief.open(page);
    await signInWithZalo(thief, 'tho');
    expect(thief.page.status).toBe(400);
    product.travel(31 * MINUTE);
    await citizen.open(page);
    expect(citizen.has('form-pin')).toBe(false);
  });
});

describe('four eyes', () => {
  /** A visit whose face hanh saw. */
  async function seen(person: string): Promise<{ officer: Visitor; visitId: string }> {
    const officer = await beginVisit(product);
    const visitId = idOf(officer);
    await officer.submit('form-open');
    await readCard(product, officer, person);
    await seeFace(product, 'hanh', officer);
    return { officer, visitId };
  }

  it('are two: whoever opened it does not decide it, however it is asked', async () => {
    const { officer, visitId } = await seen('an');
    expect(officer.has('form-agree')).toBe(false);
    await post(officer, `/console/desk/${visitId}/agree`);
    await confirm(product, 'hanh', officer);
    expect(officer.text).toContain('Không ai được tự đồng ý');
    expect(await accountOf(visitId)).toMatchObject({ level: 'level1' });
    // A colleague of another commune does not even see it.
    const far = await signInOfficer(product, 'khanh');
    await far.open(`${product.issuer}/console/desk/${visitId}`);
    expect(far.page.status).toBe(404);
    const portrait = await far.fetch(`${product.issuer}/console/desk/${visitId}/portrait`);
    expect(portrait.status).toBe(404);
    // And before the face was seen there is nothing to agree to.
    await nextVisit(product, officer);
    const early = idOf(officer);
    await officer.submit('form-open');
    await readCard(product, officer, 'an');
    const lien = await signInOfficer(product, 'lien');
    await post(lien, `/console/desk/${early}/agree`);
    expect(lien.page.status).toBe(404);
  });

  it('agree once, of two who answer in one instant', async () => {
    const { visitId } = await seen('cuong');
    const [one, other] = [await signInOfficer(product, 'lien'), await signInOfficer(product, 'quang')];
    await one.open(`${product.issuer}/console/desk/${visitId}`);
    await other.open(`${product.issuer}/console/desk/${visitId}`);
    await Promise.all([one.submit('form-agree'), other.submit('form-refuse')]);
    const { caseId } = await accountOf(visitId);
    const decided = (await eventsOf(caseId)).filter(({ event }) => event === 'case.decided');
    expect(decided).toHaveLength(1);
  });

  it('refuse with a reason, and the citizen reads a plain sentence', async () => {
    const { officer, visitId } = await seen('na');
    const second = await signInOfficer(product, 'lien');
    await second.open(`${product.issuer}/console/desk/${visitId}`);
    await second.submit('form-refuse', { reason: 'another_face' });
    await confirm(product, 'lien', second);
    await officer.open(`${product.issuer}/console/desk/${visitId}`);
    expect(officer.text).toContain('Không xác minh được');
    expect(officer.has('form-slip')).toBe(false);
    const { accountId, level } = await accountOf(visitId);
    expect(level).toBe('level1');
    const notices = await product.deps.db
      .selectFrom('notices')
      .select('kind')
      .where('account_id', '=', accountId)
      .execute();
    expect(notices).toEqual([{ kind: 'level2_refused' }]);
  });

  it('are not those of the household, nor one’s own', async () => {
    const officer = await beginVisit(product);
    await officer.submit('form-open');
    await readCard(product, officer, 'bay');
    await seeFace(product, 'hanh', officer);
    expect(officer.text).toContain('người cùng hộ');
    const visitId = idOf(officer);
    expect(await accountOf(visitId)).toMatchObject({ level: 'level1' });
  });

  it('need both confirmations, and a chip that is genuine', async () => {
    const officer = await beginVisit(product);
    const visitId = idOf(officer);
    await officer.submit('form-open');
    const reader = await readCard(product, officer, 'the-sao-chep');
    expect(reader.page.status).toBe(200);
    expect(officer.text).toContain('Chip này không được chấp nhận');
    expect(officer.has('form-seen')).toBe(false);
    await post(officer, `/console/desk/${visitId}/seen`, { looked: '1', asked: '1' });
    await confirm(product, 'hanh', officer);
    expect(officer.text).toContain('Xin làm lại');
    await officer.submit('form-cancel');
    expect(officer.text).toContain('Đã dừng lần tiếp');

    await nextVisit(product, officer);
    await officer.submit('form-open');
    await readCard(product, officer, 'an');
    const at = idOf(officer);
    await post(officer, `/console/desk/${at}/seen`, { looked: '1' });
    await confirm(product, 'hanh', officer);
    expect(officer.text).toContain('Phải xác nhận cả hai điều');
    // A reading that waits when the visit ends is over with it, and so is its case.
    await officer.submit('form-cancel');
    const { caseId } = await accountOf(at);
    const row = await product.deps.db
      .selectFrom('cases')
      .select('status')
      .where('id', '=', caseId)
      .executeTakeFirstOrThrow();
    expect(row.status).toBe('withdrawn');
  });
});

describe('one officer', () => {
  it('is enough for a chip under our challenge and a face only where the operator says so', async () => {
    const alone = await startProduct({ env: { TNID_DESK_ONE_OFFICER: '1' } });
    try {
      const officer = await beginVisit(alone);
      await officer.submit('form-open');
      await readCard(alone, officer, 'an');
      await seeFace(alone, 'hanh', officer);
      expect(officer.text).toContain('Đã xác minh');
      await officer.submit('form-slip');
      expect(officer.text).toContain('theo quy định của tỉnh');
      expect(officer.text).not.toContain('Một cán bộ khác đã xem lại');
      // A name that differs from level1's still needs the second one.
      await nextVisit(alone, officer);
      const citizen = await bindByZalo(alone, officer, 'my');
      expect(citizen.page.status).toBe(200);
      await readCard(alone, officer, 'duom');
      await seeFace(alone, 'hanh', officer);
      expect(officer.text).toContain('Chờ người thứ hai');
    } finally {
      await alone.close();
    }
  });
});
