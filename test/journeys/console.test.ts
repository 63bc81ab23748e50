/** Officers: the way in, the second factor, rights, four eyes, and every way around them that was thought of. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performAct, verifyAudit } from '../../src/audit/audit.ts';
import { addByOperator } from '../../src/officer/commands.ts';
import { findConflict } from '../../src/officer/household.ts';
import { findOfficer, suspendOfficer } from '../../src/officer/officers.ts';
import { codeOf, officerPassword } from '../../src/sandbox/officers.ts';
import { signInWithZalo } from '../support/citizen.ts';
import {
  confirm,
  nextCode,
  officerId,
  signInOfficer,
  testOfficer,
  typePassword,
} from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { Visitor } from '../support/visitor.ts';

const PASSWORD = 'cau vong tren nui ba den';
const MINUTE = 60;

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.close());

const at = (path = '') => `${product.issuer}/console${path}`;

async function events(): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<{ body: Record<string, unknown> }>`
    SELECT body FROM audit_events ORDER BY seq`.execute(product.deps.db);
  return rows.map(({ body }) => body);
}

async function lastEvent(name: string) {
  return (await events()).findLast(({ event }) => event === name);
}

/** A new officer, added at the command line; the address of the link. */
async function invite(login: string, role = 'reviewer', communes: string[] = []): Promise<string> {
  const { db, clock, random } = product.deps;
  const words = { login, name: 'Đinh Văn Thử', role, communes };
  const { said, code } = await addByOperator({ db, clock, random, issuer: product.issuer }, words);
  expect(code).toBe(0);
  return said[0] ?? '';
}

/** The secret that the page shows to be typed into the app. */
function secretOn(visitor: Visitor): string {
  return /<br><code>([A-Z2-7 ]+)<\/code>/.exec(visitor.page.html)?.[1]?.replaceAll(' ', '') ?? '';
}

/** Takes up an invitation; the secret of the new authenticator app. */
async function accept(link: string, fields: Record<string, string> = {}, visitor = new Visitor()) {
  await visitor.open(link);
  const totp = secretOn(visitor);
  await visitor.submit('form-welcome', {
    password: PASSWORD,
    again: PASSWORD,
    number: '072092000777',
    code: codeOf({ totp }, product.deps.clock()),
    ...fields,
  });
  return { visitor, totp };
}

describe('an invitation', () => {
  it('becomes an officer with password and second factor, and serves once', async () => {
    const link = await invite('thu');
    const { visitor, totp } = await accept(link);
    expect(visitor.page.url).toContain('/console/sign-in');
    expect(visitor.text).toContain('Đã đặt xong');

    // The code that set the app up does not sign in besides.
    await visitor.submit('form-sign-in', { login: 'thu', password: PASSWORD });
    await visitor.submit('form-factor', { code: codeOf({ totp }, product.deps.clock()) });
    expect(visitor.text).toContain('Mã này đã dùng rồi');
    product.travel(MINUTE);
    await visitor.submit('form-factor', { code: codeOf({ totp }, product.deps.clock()) });
    expect(visitor.page.url).toBe(at());
    expect(visitor.text).toContain('Đinh Văn Thử');

    const again = new Visitor();
    await again.open(link);
    expect(again.page.status).toBe(404);
    expect(again.text).toContain('không dùng được nữa');
    expect(await lastEvent('officer.added')).toMatchObject({ actor: 'operator', role: 'reviewer' });
    expect(await lastEvent('officer.activated')).toMatchObject({ actor: await officerId(product, 'thu') });
  });

  it('sets nothing by halves', async () => {
    const link = await invite('nua-chung');
    const id = await officerId(product, 'nua-chung');
    for (const [fields, said] of [
      [{ code: '000000' }, 'chưa đúng'],
      [{ code: '' }, 'chưa đúng'],
      [{ password: 'ngan qua', again: 'ngan qua' }, 'ít nhất 12 ký tự'],
      [{ password: 'password1234', again: 'password1234' }, 'dễ đoán'],
      [{ password: 'tayninh123456', again: 'tayninh123456' }, 'dễ đoán'],
      [{ password: 'dinh van thu nua-chung', again: 'dinh van thu nua-chung' }, 'dễ đoán'],
      [{ again: 'cau vong tren bien ho lon' }, 'chưa giống nhau'],
      [{ number: '123' }, '12 chữ số'],
    ] as const) {
      const { visitor } = await accept(link, fields);
      expect(visitor.text).toContain(said);
      expect(visitor.page.status).toBe(403);
    }
    const { db } = product.deps;
    const kept = await db
      .selectFrom('officer_credentials')
      .select('id')
      .where('officer_id', '=', id)
      .execute();
    expect(kept).toEqual([]);
    expect((await findOfficer(db, id))?.status).toBe('invited');
  });

  it('keeps the secret on the page while the form is corrected, and takes no secret of another page', async () => {
    const link = await invite('sua');
    const visitor = new Visitor();
    await visitor.open(link);
    const totp = secretOn(visitor);
    await visitor.submit('form-welcome', {
      password: 'ngan',
      again: 'ngan',
      number: '072092000777',
      code: '1',
    });
    expect(secretOn(visitor)).toBe(totp);
    const other = new Visitor();
    await other.open(await invite('khac'));
    const sealed = /name="totp" value="([^"]+)"/.exec(other.page.html)?.[1] ?? '';
    await accept(
      link,
      { totp: sealed, code: codeOf({ totp: secretOn(other) }, product.deps.clock()) },
      visitor,
    );
    expect(visitor.page.status).toBe(403);
  });

  it('runs out after three days, and a new link ends the one before', async () => {
    const link = await invite('tre');
    const supervisor = await signInOfficer(product, 'lien');
    await supervisor.open(at(`/officers/${await officerId(product, 'tre')}`));
    await supervisor.submit('form-link');
    const second = /id="link">([^<]+)</.exec(supervisor.page.html)?.[1] ?? '';
    expect(second).toMatch(/\/console\/invitation\/[\w-]{43}$/);
    for (const [one, status] of [
      [link, 404],
      [second, 200],
    ] as const) {
      const visitor = new Visitor();
      await visitor.open(one);
      expect(visitor.page.status).toBe(status);
    }
    product.travel(73 * 60 * MINUTE);
    const late = new Visitor();
    await late.open(second);
    expect(late.page.status).toBe(404);
  });

  it('makes one officer of ten who open it in the same instant', async () => {
    const link = await invite('muoi');
    const visitors = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const visitor = new Visitor();
        await visitor.open(link);
        return visitor;
      }),
    );
    await Promise.all(
      visitors.map((visitor) =>
        visitor.submit('form-welcome', {
          password: PASSWORD,
          again: PASSWORD,
          number: '072092000777',
          code: codeOf({ totp: secretOn(visitor) }, product.deps.clock()),
        }),
      ),
    );
    expect(visitors.filter(({ page }) => page.url.includes('/sign-in'))).toHaveLength(1);
    expect(visitors.filter(({ page }) => page.status === 404)).toHaveLength(5);
  });
});

describe('signing in', () => {
  it('asks for both, and leads to the page that was wanted', async () => {
    const visitor = new Visitor();
    await visitor.open(at('/officers'));
    expect(visitor.page.url).toContain('/console/sign-in?to=');
    await visitor.submit('form-sign-in', { login: ' LIEN ', password: officerPassword });
    await visitor.submit('form-factor', { code: nextCode(product, 'lien') });
    expect(visitor.page.url).toBe(at('/officers'));
    expect(await lastEvent('officer.signed_in')).toMatchObject({ actor: await officerId(product, 'lien') });
  });

  it('leads nowhere but into the console', async () => {
    for (const to of [
      'https://evil.example/',
      '//evil.example/console',
      '/account',
      '/console/../account',
      '/console?x=//y',
    ]) {
      const visitor = new Visitor();
      await visitor.open(at(`/sign-in?to=${encodeURIComponent(to)}`));
      expect(visitor.page.html).toContain('name="to" value="/console"');
    }
  });

  it('says the same of an unknown login and a wrong password', async () => {
    const [unknown, wrong] = [
      await typePassword(product, 'khong-co-ai', 'x'.repeat(20)),
      await typePassword(product, 'yen', 'x'.repeat(20)),
    ];
    const say = ({ page }: Visitor) => page.html.replace(/value="[^"]*"/g, '');
    expect(say(unknown)).toBe(say(wrong));
    expect(unknown.cookie('tnid_officer')).toBeUndefined();
    expect(await lastEvent('officer.refused')).toMatchObject({ officer: await officerId(product, 'yen') });
  });

  it('gives the session a new name with the factor: one planted before is worth nothing', async () => {
    const visitor = await typePassword(product, 'hanh', officerPassword);
    const planted = visitor.cookie('tnid_officer') ?? '';
    await visitor.submit('form-factor', { code: nextCode(product, 'hanh') });
    expect(visitor.cookie('tnid_officer')).not.toBe(planted);
    const thief = new Visitor();
    thief.setCookie(product.issuer, 'tnid_officer', planted, '/console');
    await thief.open(at());
    expect(thief.page.url).toContain('/sign-in');
  });

  it('takes a code once, also from two browsers in the same instant', async () => {
    const code = nextCode(product, 'hanh');
    const browsers = await Promise.all(
      Array.from({ length: 4 }, () => typePassword(product, 'hanh', officerPassword)),
    );
    await Promise.all(browsers.map((visitor) => visitor.submit('form-factor', { code })));
    expect(browsers.filter(({ page }) => page.url === at())).toHaveLength(1);
  });

  it('ends after 15 minutes of silence, and after 8 hours however busy', async () => {
    const visitor = await signInOfficer(product, 'yen');
    for (let minutes = 0; minutes < 8 * 60 - 5; minutes += 14) {
      product.travel(14 * MINUTE);
      await visitor.open(at());
      if (minutes < 8 * 60 - 20) expect(visitor.page.url).toBe(at());
    }
    product.travel(14 * MINUTE);
    await visitor.open(at());
    expect(visitor.page.url).toContain('/sign-in');

    const idle = await signInOfficer(product, 'yen');
    product.travel(15 * MINUTE + 1);
    await idle.open(at());
    expect(idle.page.url).toContain('/sign-in');
  });

  it('keeps its cookie to itself: not for scripts, not for other sites', async () => {
    const visitor = new Visitor();
    await visitor.open(at('/sign-in'));
    const answer = await visitor.fetch(at('/sign-in'), {
      method: 'POST',
      body: new URLSearchParams({ login: 'tri', password: officerPassword }),
      headers: { origin: product.issuer },
    });
    const [line = ''] = answer.headers.getSetCookie();
    expect(line).toMatch(/^tnid_officer=[\w-]{43}; path=\/console; samesite=strict; httponly$/);
    const foreign = await visitor.fetch(at('/sign-in'), {
      method: 'POST',
      body: new URLSearchParams({ login: 'tri', password: officerPassword }),
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
  });

  it('slows guessers down without locking the officer out of their own browser', async () => {
    const own = await signInOfficer(product, 'tri');
    await own.submit('form-sign-out');
    expect(own.text).toContain('Đã thoát');
    const stranger = new Visitor();
    for (let turn = 0; turn < 6; turn += 1)
      await typePassword(product, 'tri', `doan mo ${turn} lan`, stranger);
    expect(stranger.text).toContain('tạm khóa');
    await typePassword(product, 'tri', officerPassword, stranger);
    expect(stranger.text).toContain('tạm khóa');
    await signInOfficer(product, 'tri', own);
    expect(own.page.url).toBe(at());
  });

  it('counts wrong codes of all sessions together, beside each other, too', async () => {
    const browsers = await Promise.all(
      Array.from({ length: 4 }, () => typePassword(product, 'quang', officerPassword)),
    );
    for (let turn = 0; turn < 3; turn += 1) {
      await Promise.all(browsers.map((visitor) => visitor.submit('form-factor', { code: '123456' })));
    }
    const refused = (await events()).filter(
      ({ event, reason }) => event === 'officer.refused' && reason === 'wrong_factor',
    );
    expect(refused.length).toBeLessThanOrEqual(5);
    expect(browsers[0]?.text).toContain('tạm khóa');
    const [one] = browsers;
    await one?.submit('form-factor', { code: codeOf(testOfficer('quang'), product.deps.clock()) });
    expect(one?.text).toContain('tạm khóa');
    product.travel(2 * MINUTE);
    const later = await signInOfficer(product, 'quang');
    expect(later.page.url).toBe(at());
  });
});

describe('what matters', () => {
  it('is asked for with the factor again, and what was typed comes through', async () => {
    const visitor = await signInOfficer(product, 'lien');
    await visitor.open(at('/officers/new'));
    product.travel(6 * MINUTE);
    const fields = { login: 'moi', name: 'Trương Thị Mới', role: 'reviewer', communes: '99001' };
    await visitor.submit('form-new', fields);
    expect(visitor.page.status).toBe(403);
    expect(visitor.text).toContain('Xác nhận lại trước khi làm');
    const { db } = product.deps;
    const made = () => db.selectFrom('officers').select('communes').where('login', '=', 'moi').execute();
    expect(await made()).toEqual([]);
    await visitor.submit('form-confirm', { code: '111111' });
    expect(visitor.text).toContain('chưa đúng');
    await confirm(product, 'lien', visitor);
    expect(visitor.text).toContain('Đường dẫn cho Trương Thị Mới');
    expect(await made()).toEqual([{ communes: ['99001'] }]);
    expect(await lastEvent('officer.confirmed')).toMatchObject({ kind: 'totp' });
  });

  it('cannot be carried to another address, or by another session', async () => {
    const visitor = await signInOfficer(product, 'lien');
    product.travel(6 * MINUTE);
    await visitor.open(at(`/officers/${await officerId(product, 'khanh')}`));
    await visitor.submit('form-suspend', { reason: 'away' });
    const carried = /name="carried" value="([^"]+)"/.exec(visitor.page.html)?.[1] ?? '';
    const other = await officerId(product, 'yen');
    const body = new URLSearchParams({ carried, code: nextCode(product, 'lien') });
    const answer = await visitor.fetch(at(`/officers/${other}/suspend`), {
      method: 'POST',
      body,
      headers: { origin: product.issuer },
    });
    expect(answer.status).toBe(400);
    expect((await findOfficer(product.deps.db, other))?.status).toBe('active');
  });
});

describe('rights', () => {
  it('count from the next request on, and a suspended officer is out at once', async () => {
    const officer = await signInOfficer(product, 'khanh');
    await officer.open(at('/officers'));
    expect(officer.page.status).toBe(403);
    const id = await officerId(product, 'khanh');
    const supervisor = await signInOfficer(product, 'lien');
    await supervisor.open(at(`/officers/${id}`));
    await supervisor.submit('form-rights', { role: 'supervisor', communes: '99002' });
    expect(supervisor.text).toContain('Đã lưu quyền');
    await officer.open(at('/officers'));
    expect(officer.page.status).toBe(200);

    await supervisor.submit('form-suspend', { reason: 'misuse_suspected' });
    await officer.open(at());
    expect(officer.page.url).toContain('/sign-in');
    const locked = await typePassword(product, 'khanh', officerPassword);
    expect(locked.text).toContain('chưa đúng');
    await supervisor.submit('form-reinstate', { reason: 'cleared' });
    await supervisor.submit('form-rights', { role: 'reviewer', communes: '99002' });
    expect(await lastEvent('officer.suspended')).toMatchObject({
      officer: id,
      actor: await officerId(product, 'lien'),
      reason: 'misuse_suspected',
    });
  });

  it('are nobody’s own to change, and end at the communes one is charged with', async () => {
    const supervisor = await signInOfficer(product, 'lien');
    const own = await officerId(product, 'lien');
    await supervisor.open(at(`/officers/${own}`));
    expect(supervisor.has('form-rights')).toBe(false);
    const post = (visitor: Visitor, path: string, fields: Record<string, string>) =>
      visitor.open(at(path), {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { origin: product.issuer },
      });
    await post(supervisor, `/officers/${own}/rights`, { role: 'auditor', province: '1' });
    expect(supervisor.text).toContain('Không ai được tự quyết việc của chính mình');

    const { totp } = await accept(await invite('huyen', 'supervisor', ['99001']));
    product.travel(MINUTE);
    const scoped = await typePassword(product, 'huyen', PASSWORD);
    await scoped.submit('form-factor', { code: codeOf({ totp }, product.deps.clock()) });
    for (const [login, fields] of [
      ['khanh', { role: 'auditor', communes: '99001' }],
      ['yen', { role: 'reviewer', communes: '99001' }],
      ['hanh', { role: 'reviewer', province: '1' }],
      ['hanh', { role: 'reviewer', communes: '99002' }],
    ] as const) {
      await post(scoped, `/officers/${await officerId(product, login)}/rights`, fields);
      expect(scoped.text).toContain('Ngoài xã phường được giao');
    }
    await scoped.open(at('/officers/new'));
    await scoped.submit('form-new', { login: 'toan-tinh', name: 'Ai Đó', role: 'auditor', province: '1' });
    expect(scoped.text).toContain('Ngoài xã phường được giao');
    await scoped.open(at(`/officers/${await officerId(product, 'hanh')}`));
    await scoped.submit('form-rights', { role: 'reviewer', communes: '99001' });
    expect(scoped.text).toContain('Đã lưu quyền');
  });

  it('always leave a supervisor, also when two shut each other out in the same instant', async () => {
    const { db, clock } = product.deps;
    const [lien, quang] = await Promise.all(
      ['lien', 'quang'].map(async (login) => findOfficer(db, await officerId(product, login))),
    );
    if (!lien || !quang) throw new Error('no supervisors');
    const shut = (by: typeof lien, officerId: string) =>
      performAct({ db, clock }, (act) => suspendOfficer(act, { officerId, by, reason: 'test' }));
    const faults = await Promise.all([shut(lien, quang.id), shut(quang, lien.id)]);
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(1);
    const active = await db
      .selectFrom('officers')
      .select('id')
      .where('role', '=', 'supervisor')
      .where('communes', '=', '{}' as never)
      .where('status', '=', 'active')
      .execute();
    expect(active).toHaveLength(1);
    const shutBy = (
      await db.selectFrom('officers').select('id').where('status', '=', 'suspended').execute()
    )[0]?.id;
    const left = active[0]?.id ?? '';
    // Whoever is shut out can do nothing any more, and the last one stays even against the operator.
    const gone = shutBy === lien.id ? lien : quang;
    expect(await shut(gone, left)).toBe('out_of_scope');
    expect(
      await performAct({ db, clock }, (act) =>
        suspendOfficer(act, { officerId: left, by: 'operator', reason: 'test' }),
      ),
    ).toBe('last_supervisor');
    await db.updateTable('officers').set({ status: 'active' }).where('id', '=', gone.id).execute();
  });
});

describe('the way back in', () => {
  it('needs two supervisors, neither of them the one it is for', async () => {
    const id = await officerId(product, 'hanh');
    const working = await signInOfficer(product, 'hanh');
    const first = await signInOfficer(product, 'lien');
    await first.open(at(`/officers/${id}`));
    await first.submit('form-recovery', { reason: 'device_lost' });
    expect(first.text).toContain('Chờ một cán bộ phụ trách khác đồng ý');
    await first.submit('form-recovery', { reason: 'device_lost' });
    expect(first.text).toContain('Đã có đề nghị đang chờ');
    await first.open(at('/officers'));
    expect(first.has('form-agree-0')).toBe(false);
    const action = /id="form-refuse-0"[^>]*action="([^"]+)"/.exec(first.page.html)?.[1] ?? '';
    await first.open(product.issuer + action, {
      method: 'POST',
      body: new URLSearchParams({ answer: 'agree' }),
      headers: { origin: product.issuer },
    });
    expect(first.text).toContain('Không ai được tự quyết');

    const second = await signInOfficer(product, 'quang');
    expect(second.text).toContain('chờ người thứ hai');
    await second.open(at('/officers'));
    await second.submit('form-agree-0');
    const link = /id="link">([^<]+)</.exec(second.page.html)?.[1] ?? '';
    await working.open(at());
    expect(working.page.url).toBe(at());

    // Neither the number is asked again, nor does anything of before work after.
    const { visitor, totp } = await accept(link);
    expect(visitor.text).toContain('Đã đặt xong');
    await working.open(at());
    expect(working.page.url).toContain('/sign-in');
    expect((await typePassword(product, 'hanh', officerPassword)).text).toContain('chưa đúng');
    product.travel(MINUTE);
    const back = await typePassword(product, 'hanh', PASSWORD);
    await back.submit('form-factor', { code: codeOf({ totp }, product.deps.clock()) });
    expect(back.page.url).toBe(at());
    expect(await lastEvent('proposal.answered')).toMatchObject({
      subject: id,
      status: 'approved',
      actor: await officerId(product, 'quang'),
    });
  });
});

describe('the household', () => {
  it('keeps an officer from their own case, their family’s, and one they opened alone', async () => {
    const { db, keyring } = product.deps;
    const citizen = new Visitor();
    await citizen.open(`${product.issuer}/account`);
    await signInWithZalo(citizen, 'my');
    const { id: account } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    const officer = await officerId(product, 'khanh');
    const caseOf = async (number: string | null, opened_by: string | null = null) => {
      const row = await db
        .insertInto('cases')
        .values({
          id: crypto.randomUUID(),
          kind: 'verification',
          account_id: account,
          method: 'chip',
          status: 'submitted',
          number_hash: number === null ? null : keyring.index('person', number),
          opened_by,
          opened_at: product.deps.clock(),
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return findConflict(db, officer, row.id);
    };
    expect(await caseOf('072204000104')).toBe('own');
    expect(await caseOf('072090000101')).toBeUndefined();
    expect(await caseOf(null)).toBeUndefined();
    expect(await caseOf(null, officer)).toBe('opened');

    const visitor = await signInOfficer(product, 'khanh');
    await visitor.open(at('/own'));
    await visitor.submit('form-household', { number: '12' });
    expect(visitor.text).toContain('đủ 12 chữ số');
    await visitor.submit('form-household', { number: '072 090 000101' });
    expect(visitor.text).toContain('••• ••• ••• 101');
    expect(await caseOf('072090000101')).toBe('household');

    // Taken off by a supervisor only.
    expect(visitor.has('form-undeclare-1')).toBe(false);
    const supervisor = await signInOfficer(product, 'lien');
    await supervisor.open(at(`/officers/${officer}`));
    await supervisor.submit('form-undeclare-1', { reason: 'mistake' });
    expect(supervisor.text).toContain('Đã bỏ khỏi danh sách');
    expect(await caseOf('072090000101')).toBeUndefined();
  });
});

describe('one’s own account', () => {
  it('changes the password only with the one in use, and signs out every other browser', async () => {
    const visitor = await signInOfficer(product, 'yen');
    const other = await signInOfficer(product, 'yen');
    await visitor.open(at('/own'));
    const change = { password: PASSWORD, again: PASSWORD };
    await visitor.submit('form-password', { ...change, current: 'khong phai mat khau' });
    expect(visitor.text).toContain('Mật khẩu đang dùng chưa đúng');
    await visitor.submit('form-password', { ...change, current: officerPassword });
    expect(visitor.text).toContain('Đã đổi mật khẩu');
    await other.open(at());
    expect(other.page.url).toContain('/sign-in');
    expect((await typePassword(product, 'yen', officerPassword)).text).toContain('chưa đúng');
  });

  it('keeps the last factor, and replaces the app only when the new one was shown to work', async () => {
    const visitor = await signInOfficer(product, 'tri');
    await visitor.open(at('/own/factor'));
    const totp = secretOn(visitor);
    await visitor.submit('form-new-factor', { code: '000000' });
    expect(visitor.text).toContain('chưa đúng');
    await visitor.submit('form-new-factor', { code: codeOf({ totp }, product.deps.clock()) });
    expect(visitor.text).toContain('Đã lưu lớp bảo vệ');
    const { db } = product.deps;
    const factors = await db
      .selectFrom('officer_credentials')
      .select('id')
      .where('officer_id', '=', await officerId(product, 'tri'))
      .where('kind', '=', 'totp')
      .execute();
    expect(factors).toHaveLength(1);
    await visitor.open(at(`/own/factors/${factors[0]?.id}/remove`), {
      method: 'POST',
      body: new URLSearchParams(),
      headers: { origin: product.issuer },
    });
    expect(visitor.text).toContain('ít nhất một lớp bảo vệ');
  });
});

describe('all of it', () => {
  it('is in the audit log with its actor, and the chain is whole', async () => {
    expect(await verifyAudit(product.deps.db)).toMatchObject({ ok: true });
    const ofOfficers = (await events()).filter(({ event }) => /^(officer|proposal)\./.test(String(event)));
    expect(ofOfficers.filter(({ event, actor }) => event !== 'officer.refused' && !actor)).toEqual([]);
    expect(JSON.stringify(ofOfficers)).not.toMatch(/072\d{9}|Phạm|Trương/);
  });

  it('leaves no login, number, code or token in the log of requests', () => {
    expect(product.logged()).not.toMatch(/072\d{9}|JBSWY3D|khong-co-ai|invitation\/[\w-]{43}/);
  });
});
