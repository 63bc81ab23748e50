/** The PIN: set after a verification, used in a new session, guessed at, locked, changed, and never a way around. */
import argon2 from 'argon2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccount, holdLevel2 } from '../../src/account/accounts.ts';
import { performAct } from '../../src/audit/audit.ts';
import { endVerification, findActiveId } from '../../src/verification/verifications.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { accountIdOf, RelyingParty } from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';

let product: Product;
let app: RelyingParty;
beforeAll(async () => {
  product = await startProduct();
  app = await RelyingParty.register(product);
});
afterAll(() => product.close());

const PIN = '482915';
const need = {
  scope: 'openid hoso.nop',
  claims: { id_token: { acr: { essential: true, value: 'level2' } } },
};

/** Verifies and sets a PIN; the account's id. */
async function verifyAndSet(person: string, pin = PIN): Promise<string> {
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, need);
  await signInWithZalo(visitor, person);
  await visitor.submit('form-vneid');
  await visitor.submit(undefined, { person });
  expect(visitor.text).toContain('Đặt mã PIN');
  await visitor.submit('form-set-pin', { pin, again: pin });
  await agree(visitor);
  return accountIdOf(product, (await app.redeem(visitor, attempt)).claims()?.sub);
}

/** A new browser at the step-up page. */
async function atTheStep(person: string) {
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, need);
  await signInWithZalo(visitor, person);
  return { visitor, attempt };
}

async function newestVerified(): Promise<string> {
  const row = await product.deps.db
    .selectFrom('verifications')
    .select('account_id')
    .orderBy('verified_at', 'desc')
    .executeTakeFirstOrThrow();
  return row.account_id;
}

async function givePhone(accountId: string, number: string): Promise<void> {
  const { db, keyring, clock } = product.deps;
  await db
    .insertInto('phones')
    .values({
      account_id: accountId,
      number_hash: keyring.index('phone', number),
      sealed: keyring.seal('phone', accountId, number),
      source: 'zalo',
      verified_at: clock(),
      status: 'active',
      changed_at: clock(),
    })
    .execute();
}

const events = async (account: string, event: string) =>
  (
    await product.deps.db
      .selectFrom('audit_events')
      .select('body')
      .where('account_id', '=', account)
      .where('event', '=', event)
      .execute()
  ).map(({ body }) => body as unknown as Record<string, unknown>);
const notices = async (account: string) =>
  (
    await product.deps.db.selectFrom('notices').select('kind').where('account_id', '=', account).execute()
  ).map(({ kind }) => kind);

describe('a citizen who has verified', () => {
  it('is led to set a PIN, and next time the PIN is all it takes', async () => {
    const sub = await verifyAndSet('an');
    expect(await notices(sub)).toContain('pin_set');
    const { visitor, attempt } = await atTheStep('an');
    await visitor.submit('form-pin', { pin: PIN });
    await agree(visitor);
    const claims = (await app.redeem(visitor, attempt)).claims();
    expect(await accountIdOf(product, claims?.sub)).toBe(sub);
    expect(claims).toMatchObject({ acr: 'level2', amr: ['zalo', 'pin'] });
    expect(await events(sub, 'step_up.succeeded')).toContainEqual(expect.objectContaining({ method: 'pin' }));
  });

  it('is not asked twice, nor when put off in the same sign-in; and a silent request is not disturbed', async () => {
    const visitor = app.visitor();
    await app.ask(visitor, need);
    await signInWithZalo(visitor, 'bay');
    await visitor.submit('form-vneid');
    await visitor.submit(undefined, { person: 'bay' });
    await visitor.submit('form-later');
    expect(visitor.has('form-consent')).toBe(true);
    await agree(visitor);
    await app.ask(visitor, { ...need, prompt: 'none' });
    expect(visitor.page.url).toContain('code=');
    // Without a factor there is nothing to confirm with but the verification itself: VNeID again is one.
    const plain = app.visitor();
    const wish = await app.ask(plain);
    await signInWithZalo(plain, 'bay');
    await agree(plain);
    expect((await app.redeem(plain, wish)).claims()?.acr).toBe('level1');
    const later = await atTheStep('bay');
    expect(later.visitor.has('form-pin')).toBe(false);
    expect(later.visitor.page.html).not.toContain('data-ask=');
    await proveWithVneid(later.visitor, 'bay');
    await agree(later.visitor);
    const claims = (await app.redeem(later.visitor, later.attempt)).claims();
    expect(claims).toMatchObject({ acr: 'level2', amr: ['zalo', 'vneid'] });
  });

  it('hears why a PIN is not good, and nothing is set', async () => {
    const visitor = app.visitor();
    await app.ask(visitor, need);
    await signInWithZalo(visitor, 'khanh');
    await visitor.submit('form-vneid');
    await visitor.submit(undefined, { person: 'khanh' });
    await givePhone(await newestVerified(), '+84912345670');
    for (const [pin, again, said] of [
      ['204000', '204000', 'số định danh'],
      ['345670', '345670', 'số điện thoại'],
      ['123456', '123456', 'liền nhau'],
      ['111111', '111111', 'lặp lại'],
      ['12345', '12345', 'đủ 6 chữ số'],
      ['482915', '482916', 'chưa giống nhau'],
    ] as const) {
      await visitor.submit('form-set-pin', { pin, again });
      expect(visitor.text).toContain(said);
      expect(visitor.page.html).not.toContain(pin);
    }
    await visitor.submit('form-later');
    expect(visitor.has('form-consent')).toBe(true);
  });
});

describe('a hash of yesterday', () => {
  it('is made anew with today’s parameters when the right PIN is used, and not by a wrong one', async () => {
    const sub = await verifyAndSet('duom');
    const { db, keyring } = product.deps;
    const factor = await db
      .selectFrom('factors')
      .select('id')
      .where('account_id', '=', sub)
      .executeTakeFirstOrThrow();
    const weak = await argon2.hash(PIN, { memoryCost: 1024, timeCost: 2, parallelism: 1 });
    await db
      .updateTable('factors')
      .set({ secret_sealed: keyring.seal('factor', factor.id, weak) })
      .where('id', '=', factor.id)
      .execute();
    const kept = async () => {
      const row = await db
        .selectFrom('factors')
        .select('secret_sealed')
        .where('id', '=', factor.id)
        .executeTakeFirstOrThrow();
      return keyring.open('factor', factor.id, row.secret_sealed).toString();
    };
    const { visitor } = await atTheStep('duom');
    await visitor.submit('form-pin', { pin: '000001' });
    expect(await kept()).toBe(weak);
    await visitor.submit('form-pin', { pin: PIN });
    expect(await kept()).toContain('m=19456');
    const again = await atTheStep('duom');
    await again.visitor.submit('form-pin', { pin: PIN });
    await agree(again.visitor);
    expect((await app.redeem(again.visitor, again.attempt)).claims()).toMatchObject({ acr: 'level2' });
  });
});

describe('a wrong PIN', () => {
  it('is told plainly; five of them lock, longer each time, and the citizen hears of it', async () => {
    const sub = await verifyAndSet('my');
    const { visitor, attempt } = await atTheStep('my');
    for (let time = 0; time < 4; time += 1) {
      await visitor.submit('form-pin', { pin: '000001' });
      expect(visitor.text).toContain('chưa đúng');
    }
    await visitor.submit('form-pin', { pin: '000001' });
    expect(visitor.text).toContain('Xin đợi 1 phút');
    // The right one is not even looked at now, nor is anything written for it.
    const before = (await events(sub, 'factor.refused')).length;
    await visitor.submit('form-pin', { pin: PIN });
    expect(visitor.text).toContain('Xin đợi 1 phút');
    expect(await events(sub, 'factor.refused')).toHaveLength(before);
    expect((await notices(sub)).filter((kind) => kind === 'pin_locked')).toHaveLength(1);

    product.travel(61);
    await visitor.submit('form-pin', { pin: '000001' });
    expect(visitor.text).toContain('Xin đợi 2 phút');
    product.travel(121);
    await visitor.submit('form-pin', { pin: PIN });
    await agree(visitor);
    expect((await app.redeem(visitor, attempt)).claims()).toMatchObject({ acr: 'level2' });
    product.travel(-182);
  });

  it('side by side over sixteen connections gets five tries, not sixteen', async () => {
    const sub = await verifyAndSet('toan');
    const { visitor } = await atTheStep('toan');
    const action = new URL(
      /id="form-pin"[^>]*action="([^"]+)"/.exec(visitor.page.html)?.[1] ?? '',
      product.issuer,
    );
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, at) =>
        visitor
          .copy()
          .fetch(action.href, { method: 'POST', body: new URLSearchParams({ pin: String(100_001 + at) }) }),
      ),
    );
    expect(answers.every(({ status }) => status === 303 || status === 503)).toBe(true);
    const wrong = (await events(sub, 'factor.refused')).filter(({ reason }) => reason === 'wrong_pin');
    expect(wrong.length).toBeLessThanOrEqual(5);
    await visitor.submit('form-pin', { pin: PIN });
    expect(visitor.text).toContain('Xin đợi');
  });

  it('cannot be given for somebody else: the PIN is only behind one’s own Zalo', async () => {
    const victim = await verifyAndSet('tuan');
    const { visitor } = await atTheStep('my');
    for (let time = 0; time < 6; time += 1) await visitor.submit('form-pin', { pin: '000002' });
    const own = await atTheStep('tuan');
    await own.visitor.submit('form-pin', { pin: PIN });
    await agree(own.visitor);
    const claims = (await app.redeem(own.visitor, own.attempt)).claims();
    expect(claims?.acr).toBe('level2');
    expect(await accountIdOf(product, claims?.sub)).toBe(victim);
    product.travel(3600);
  });

  it('leaves no trace in the log', () => {
    expect(product.logged()).not.toMatch(/482915|000001|000002/);
  });
});

describe('the PIN is not enough', () => {
  const pinGone = async (visitor: Visitor) => {
    expect(visitor.has('form-pin')).toBe(false);
    const uid = /\/interaction\/([^/"]+)\//.exec(visitor.page.html)?.[1];
    const answer = await visitor.fetch(`${product.issuer}/interaction/${uid}/pin`, {
      method: 'POST',
      body: new URLSearchParams({ pin: PIN }),
    });
    expect(answer.status).toBe(400);
  };

  it('while level2 is on hold', async () => {
    const accountId = await verifyAndSet('na');
    await performAct(product.deps, (act) => holdLevel2(act, { accountId, actor: 'test', reason: 'not_me' }));
    await pinGone((await atTheStep('na')).visitor);
  });

  it('after a revocation, nor after verifying anew: it was taken away', async () => {
    const accountId = await verifyAndSet('nhi');
    const id = (await findActiveId(product.deps.db, accountId)) ?? '';
    await performAct(product.deps, (act) =>
      endVerification(act, { id, status: 'revoked', reason: 'test', actor: 'test' }),
    );
    const { visitor } = await atTheStep('nhi');
    await pinGone(visitor);
    await proveWithVneid(visitor, 'nhi');
    expect((await findAccount(product.deps.db, accountId, product.deps.clock()))?.level).toBe('level2');
    await pinGone((await atTheStep('nhi')).visitor);
  });

  it('where the sign-in was not by Zalo', async () => {
    const { visitor } = await atTheStep('an');
    await proveWithVneid(visitor, 'an');
    await agree(visitor);
    product.travel(3600);
    // Asked to sign in anew and coming by VNeID alone, then grown old: no Zalo in this session.
    await app.ask(visitor, { ...need, prompt: 'login' });
    await proveWithVneid(visitor, 'an');
    product.travel(3600);
    await app.ask(visitor, need);
    await pinGone(visitor);
  });
});

describe('changing the PIN', () => {
  const page = () => `${product.issuer}/account/factors`;

  it('takes the old one, or a proof of identity within ten minutes, and nothing else', async () => {
    const sub = await verifyAndSet('cuong');
    const { visitor } = await atTheStep('cuong');
    await visitor.submit('form-pin', { pin: PIN });
    await visitor.open(page());
    expect(visitor.page.html).toContain('name="old"');
    // A thief with the session and without the PIN.
    await visitor.submit('form-set-pin', { old: '000003', pin: '738204', again: '738204' });
    expect(visitor.text).toContain('chưa đúng');
    const answer = await visitor.fetch(`${page()}/pin`, {
      method: 'POST',
      body: new URLSearchParams({ pin: '738204', again: '738204' }),
    });
    expect(answer.headers.get('location')).toContain('fault=wrong');
    await visitor.submit('form-set-pin', { old: PIN, pin: '738204', again: '738204' });
    expect(visitor.text).toContain('Đã đặt mã PIN');
    expect(await notices(sub)).toContain('pin_reset');

    // Forgotten: proved anew, and the old one is not asked for.
    await visitor.submit('form-prove');
    await proveWithVneid(visitor, 'cuong');
    await visitor.open(page());
    expect(visitor.page.html).not.toContain('name="old"');
    await visitor.submit('form-set-pin', { pin: '927461', again: '927461' });
    expect(visitor.text).toContain('Đã đặt mã PIN');

    // Another person's identity does not help.
    await visitor.open(page());
    product.travel(3600);
    await visitor.open(page());
    await visitor.submit('form-vneid');
    await visitor.submit(undefined, { person: 'an' });
    expect(visitor.page.status).toBe(403);
    product.travel(-3600);
  });

  it('asks for level2 first, and takes away only one’s own', async () => {
    const { visitor } = await atTheStep('cuong');
    await visitor.open(page());
    expect(visitor.page.url).toContain('/interaction/');
    await visitor.submit('form-pin', { pin: '927461' });
    expect(visitor.page.url).toBe(page());
    const factor = await product.deps.db
      .selectFrom('factors')
      .select('id')
      .where('account_id', '!=', '00000000-0000-0000-0000-000000000000')
      .execute();
    const own = /action="\/account\/factors\/([0-9a-f-]{36})\/remove"/.exec(visitor.page.html)?.[1];
    const other = factor.find(({ id }) => id !== own)?.id;
    const answer = await visitor.fetch(`${page()}/${other}/remove`, { method: 'POST' });
    expect(answer.status).toBe(404);
    await visitor.submit('form-remove-pin');
    expect(visitor.text).toContain('Chưa đặt');
  });
});
