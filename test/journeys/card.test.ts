/** The card: level2 from the chip of a CCCD, as the citizen, a borrowed phone, an app and an attacker live it. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { reinstateAccount, suspendAccount } from '../../src/account/accounts.ts';
import { performAct } from '../../src/audit/audit.ts';
import { decideWaitingCase, findWaitingCase } from '../../src/verification/proofs.ts';
import { citizen, makeCard } from '../support/card-factory.ts';
import { testKey } from '../support/card-factory-certificates.ts';
import {
  type Answer,
  post,
  readNatively,
  scanOf,
  scanWithPhone,
  signer,
  trustFactory,
} from '../support/card-reader.ts';
import { agree, setNoFactor, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { type Ask, accountIdOf, introspectAsService, RelyingParty } from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';

let product: Product;
let pilot: Product;

beforeAll(async () => {
  product = await startProduct({ prepare: trustFactory });
  pilot = await startProduct({ prepare: trustFactory, env: { TNID_CHIP_PILOT: '1' } });
});
afterAll(async () => {
  await pilot?.close();
  await product?.close();
});

/** Signs in through Zalo with a wish for level2 and chooses the card; ends on the screen that waits. */
async function chooseCard(on: Product, person: string, ask: Ask = { acrValues: 'level2' }) {
  const party = await RelyingParty.register(on);
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, ask);
  await signInWithZalo(visitor, person);
  await visitor.submit('form-card');
  const code = /id="code"[^>]*>([^<]+)</.exec(visitor.page.html)?.[1]?.trim() ?? '';
  const waitingAt = visitor.page.url;
  return { party, visitor, attempt, code, waitingAt };
}

function cardOf(
  personalNumber: string,
  fullName: string,
  surname: string,
  givenNames: string,
  birthDate: string,
  sex: 'male' | 'female',
) {
  const person = { ...citizen, personalNumber, fullName, surname, givenNames, birthDate, sex };
  return makeCard(signer, { person });
}

const cardOfAn = () => cardOf('072090000101', 'Nguyễn Văn An', 'NGUYEN', 'VAN AN', '1990-03-15', 'male');
const cardOfBinh = () => cardOf('072185000102', 'Trần Thị Bình', 'TRAN', 'THI BINH', '1985-11-02', 'female');

async function goOn(visitor: Visitor, waitingAt: string): Promise<void> {
  await visitor.open(`${waitingAt}/next`);
}

describe('with the pilot switch, a genuine chip under our own challenge', () => {
  it('lifts the session that waits, by itself, and no other', async () => {
    const { party, visitor, attempt, code, waitingAt } = await chooseCard(pilot, 'an');
    expect(code).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    const status = async () => (await (await visitor.fetch(`${waitingAt}/status`)).json()) as unknown;
    expect(await status()).toEqual({ status: 'waiting' });
    expect(await readNatively(pilot, code, cardOfAn())).toEqual({
      status: 202,
      body: { status: 'received' },
    });
    expect(await status()).toEqual({ status: 'approved' });

    await goOn(visitor, waitingAt);
    // Whoever has just verified is led to set a PIN; putting it off holds nobody up.
    expect(visitor.has('form-set-pin')).toBe(true);
    await setNoFactor(visitor);
    await agree(visitor);
    const claims = (await party.redeem(visitor, attempt)).claims();
    expect(claims).toMatchObject({ acr: 'level2', amr: ['zalo', 'chip'] });

    // The same citizen elsewhere is level2 as an account and level1 as a session.
    const elsewhere = party.visitor();
    const other = await party.ask(elsewhere);
    await signInWithZalo(elsewhere, 'an');
    await agree(elsewhere);
    expect((await party.redeem(elsewhere, other)).claims()?.acr).toBe('level1');
  });

  it('a name that differs waits for an officer all the same', async () => {
    const { visitor, code, waitingAt } = await chooseCard(pilot, 'khanh');
    expect(
      (
        await readNatively(
          pilot,
          code,
          cardOf('072090000999', 'Đỗ Quốc Vương', 'DO', 'QUOC VUONG', '1990-05-05', 'male'),
        )
      ).status,
    ).toBe(202);
    await goOn(visitor, waitingAt);
    expect(visitor.text).toContain('cán bộ');
  });
});

describe('without it', () => {
  it('the case waits; the citizen may go on at level1, finds it again, and is level2 when an officer approves', async () => {
    const { party, visitor, attempt, code, waitingAt } = await chooseCard(product, 'binh');
    expect((await readNatively(product, code, cardOfBinh())).status).toBe(202);
    await goOn(visitor, waitingAt);
    // A photo helps the officer; nobody has to send one.
    expect(visitor.has('form-photo')).toBe(true);
    await visitor.open(`${waitingAt}/waiting`);
    expect(visitor.text).toContain('cán bộ');
    await visitor.submit('form-decline');
    await agree(visitor);
    const claims = (await party.redeem(visitor, attempt)).claims();
    expect(claims?.acr).toBe('level1');

    await party.ask(visitor, { acrValues: 'level2' });
    expect(visitor.has('form-card')).toBe(false);
    expect(visitor.text).toContain('chờ cán bộ');

    const waiting = await findWaitingCase(product.deps.db, await accountIdOf(product, claims?.sub));
    const decision = {
      caseId: waiting?.id ?? '',
      approve: true,
      reason: 'portrait_matches',
      actor: 'officer-1',
    };
    await performAct(product.deps, (act) => decideWaitingCase(act, product.deps.keyring, decision));
    // Approved, the account is level2; this session has proved nothing since and says so.
    const later = await party.ask(visitor);
    expect((await party.redeem(visitor, later)).claims()?.acr).toBe('level1');
  });
});

describe('a card that runs out soon', () => {
  it('is said to its holder from sixty days on, and level2 ends with its last day', async () => {
    const person = {
      ...citizen,
      personalNumber: '080148000103',
      fullName: 'Lê Thị Bảy',
      surname: 'LE',
      givenNames: 'THI BAY',
      birthDate: '1948-06-20',
      sex: 'female' as const,
    };
    const daysFromNow = (days: number) =>
      new Date(pilot.deps.clock().getTime() + days * 86_400_000 + 7 * 3_600_000).toISOString().slice(0, 10);
    const { party, visitor, attempt, code, waitingAt } = await chooseCard(pilot, 'bay', {
      acrValues: 'level2',
      scope: 'openid hoso.xem',
    });
    await readNatively(pilot, code, makeCard(signer, { person: { ...person, expiryDate: daysFromNow(70) } }));
    await goOn(visitor, waitingAt);
    await setNoFactor(visitor);
    await agree(visitor);
    const tokens = await party.redeem(visitor, attempt);
    expect(tokens.claims()?.acr).toBe('level2');
    const answer = await introspectAsService(pilot, tokens.access_token);
    // Midnight in Viet Nam after the card's last day.
    const midnight = Date.parse(`${daysFromNow(71)}T00:00:00+07:00`) / 1000;
    expect(answer).toMatchObject({ acr: 'level2', acr_expires_at: midnight });

    pilot.travel(9 * 86_400);
    await party.ask(visitor, { acrValues: 'level2' });
    expect(visitor.page.html).not.toContain('id="ending"');
    pilot.travel(3 * 86_400);
    await party.ask(visitor, { acrValues: 'level2' });
    expect(visitor.text).toContain('còn 59 ngày. Xin đi làm căn cước mới sớm');
    // The session of two weeks is over by then.
    for (const [days, sentence] of [
      [30, 'còn 29 ngày. Xin đi làm căn cước mới ngay'],
      [23, 'Chỉ còn 6 ngày'],
    ] as const) {
      pilot.travel(days * 86_400);
      await party.ask(visitor, { acrValues: 'level2' });
      await signInWithZalo(visitor, 'bay');
      expect(visitor.text).toContain(sentence);
    }
    pilot.travel(6 * 86_400);
    await party.ask(visitor, { acrValues: 'level2' });
    expect(visitor.text).not.toContain('đã xác minh bằng căn cước rồi');
    pilot.travel(-71 * 86_400);
  });
});

describe('scanNFC of the Mini App', () => {
  it('is taken in hex and in base64, graded by its own challenge, and once', async () => {
    const card = cardOf('072204000104', 'Phạm Gia Khánh', 'PHAM', 'GIA KHANH', '2004-01-31', 'male');
    const { code } = await chooseCard(product, 'khanh');
    const scan = scanWithPhone(card, randomBytes(8), 'base64');
    expect(await post(product, 'scans', { code, scan })).toMatchObject({ status: 202 });
    const check = await product.deps.db
      .selectFrom('case_checks')
      .select('result')
      .where('name', '=', 'card_genuine')
      .orderBy('checked_at', 'desc')
      .executeTakeFirstOrThrow();
    expect(check.result).toBe('client_challenge');

    // The very same answer, and the same chip with a new one: this account has used it.
    const token = await tokenOf('khanh');
    const started = await post(product, 'readings', {}, token);
    expect(await post(product, 'scans', { code: started.body.code, scan })).toMatchObject({
      status: 409,
      body: { error: 'scan_replayed' },
    });
    const fresh = scanWithPhone(card);
    expect(await post(product, 'scans', { code: started.body.code, scan: fresh })).toMatchObject({
      status: 409,
    });
  });

  it('without an answer of the chip is graded absent', async () => {
    const { code } = await chooseCard(product, 'my');
    const card = cardOf('080307000105', 'Võ Ngọc Mỹ', 'VO', 'NGOC MY', '2007-09-09', 'female');
    expect(await post(product, 'scans', { code, scan: scanOf(card) })).toMatchObject({ status: 202 });
    const check = await product.deps.db
      .selectFrom('case_checks')
      .select('result')
      .where('name', '=', 'card_genuine')
      .orderBy('checked_at', 'desc')
      .executeTakeFirstOrThrow();
    expect(check.result).toBe('absent');
  });
});

/** An access token of this citizen at the province's own app, which may read cards. */
async function tokenOf(person: string): Promise<string> {
  const party = await RelyingParty.register(product, 'sandbox-app');
  const visitor = party.visitor();
  const attempt = await party.ask(visitor);
  await signInWithZalo(visitor, person);
  await agree(visitor);
  return (await party.redeem(visitor, attempt)).access_token;
}

describe('a card that is refused', () => {
  it.each([
    [
      'a cloned chip',
      'card_refused',
      () => {
        const genuine = cardOfAn();
        const thief = makeCard(signer, { chipKeys: testKey('rsa 2048', 'thief') });
        return { ...genuine, answer: thief.answer };
      },
    ],
    [
      'data that were changed',
      'card_refused',
      () => {
        const card = cardOfAn();
        return {
          ...card,
          dataGroups: new Map(card.dataGroups).set(1, cardOfBinh().dataGroups.get(1) as Buffer),
        };
      },
    ],
    [
      'a card that has run out',
      'card_expired',
      () => makeCard(signer, { person: { ...citizen, expiryDate: '2026-01-15' } }),
    ],
  ])('%s', async (_name, code_, make) => {
    const { visitor, code, waitingAt } = await chooseCard(product, 'duom');
    // The device is told nothing but that it arrived.
    expect(await readNatively(product, code, make())).toEqual({ status: 202, body: { status: 'received' } });
    await goOn(visitor, waitingAt);
    expect(visitor.page.status).toBe(403);
    expect(visitor.text).toContain(code_);
    await visitor.open(
      `${product.issuer}${/id="link-back"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*id="link-back"/.exec(visitor.page.html)?.slice(1).find(Boolean)}`,
    );
    expect(visitor.has('form-card')).toBe(true);
  });

  it('the card of somebody who is level2 already: duplicate', async () => {
    const { code, visitor, waitingAt } = await chooseCard(pilot, 'an-2');
    await readNatively(pilot, code, cardOfAn());
    await goOn(visitor, waitingAt);
    expect(visitor.text).toContain('duplicate_person');
  });

  it('half a reading may be tried again at once, and does not count', async () => {
    const { code } = await chooseCard(product, 'thuong');
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const scan = { ...scanOf(cardOfAn()), dg1: '' };
      expect(await post(product, 'scans', { code, scan })).toMatchObject({
        status: 400,
        body: { error: 'scan_unreadable' },
      });
    }
    expect(
      (
        await readNatively(
          product,
          code,
          cardOf('072168000113', 'Đỗ Thị Thương', 'DO', 'THI THUONG', '1968-02-29', 'female'),
        )
      ).status,
    ).toBe(202);
  });

  it('forgeries, one after another, earn a growing wait', async () => {
    const answers: Answer[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const token = await tokenOf('cuong');
      const started = await post(product, 'readings', {}, token);
      if (started.status !== 201) {
        answers.push(started);
        continue;
      }
      const { body } = started;
      const card = cardOfAn();
      answers.push(
        await readNatively(product, String(body.code), {
          ...card,
          dataGroups: new Map(card.dataGroups).set(1, cardOfBinh().dataGroups.get(1) as Buffer),
        }),
      );
    }
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 429]);
    expect(answers.at(-1)?.body.error).toBe('card_limit');
  });
});

describe('without any certificate pinned', () => {
  it('the way through the card is off, and says so to citizen and operator', async () => {
    const bare = await startProduct({
      prepare: async ({ db }) => void (await db.deleteFrom('trust_certificates').execute()),
    });
    const party = await RelyingParty.register(bare);
    const visitor = party.visitor();
    await party.ask(visitor, { acrValues: 'level2' });
    await signInWithZalo(visitor, 'an');
    expect(visitor.has('form-vneid')).toBe(true);
    expect(visitor.has('form-card')).toBe(false);
    await visitor.open(`${visitor.page.url}/card`, { method: 'POST' });
    expect(visitor.text).toContain('card_not_configured');
    const ready = await (await fetch(`${bare.issuer}/readyz`)).json();
    expect(ready).toMatchObject({ status: 'ok', level2: { card: 'off: no certificates' } });
    expect(bare.logged()).toContain('the way through the chip is off');
    await bare.close();
  });
});

describe('one card on many accounts', () => {
  it('earns a wait for its number, whoever brings it', async () => {
    const card = cardOf('072179000106', 'Đượm', 'DUOM', '', '1979-04-04', 'female');
    const owner = await chooseCard(pilot, 'duom');
    await readNatively(pilot, owner.code, card);
    const statuses: number[] = [];
    for (const person of ['toan', 'tuan', 'na', 'thuong', 'cuong', 'my']) {
      const { code } = await chooseCard(pilot, person);
      statuses.push((await readNatively(pilot, code, card)).status);
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
  });
});

describe('challenges and codes', () => {
  it('a challenge is good once, for its reading, for two minutes', async () => {
    const one = await chooseCard(product, 'nhi');
    const two = await chooseCard(product, 'tuan');
    const card = cardOfAn();
    const challengeFor = async (code: string) =>
      Buffer.from(String((await post(product, 'challenges', { code })).body.challenge), 'hex');
    const handIn = (code: string, challenge: Buffer) =>
      post(product, 'chips', {
        code,
        scan: {
          ...scanOf(card),
          challenge: challenge.toString('hex'),
          aAResult: card.answer(challenge).toString('hex'),
        },
      });

    expect(await handIn(one.code, randomBytes(8))).toMatchObject({
      status: 400,
      body: { error: 'challenge_unusable' },
    });
    expect(await handIn(one.code, await challengeFor(two.code))).toMatchObject({
      status: 400,
      body: { error: 'challenge_unusable' },
    });
    const old = await challengeFor(one.code);
    product.travel(121);
    expect(await handIn(one.code, old)).toMatchObject({ status: 400, body: { error: 'challenge_unusable' } });
  });

  it('a code is forgiven small letters and a missing dash, and ends after a quarter of an hour', async () => {
    const { code } = await chooseCard(product, 'toan');
    expect(await post(product, 'challenges', { code: code.toLowerCase().replace('-', '') })).toMatchObject({
      status: 201,
    });
    expect(await post(product, 'challenges', { code: 'AAAAA-AAAAA' })).toMatchObject({
      status: 404,
      body: { error: 'reading_unknown' },
    });
    product.travel(16 * 60);
    expect(await post(product, 'challenges', { code })).toMatchObject({
      status: 400,
      body: { error: 'reading_expired' },
    });
  });

  it('the page behind the QR warns, shows the code, and signs nobody in', async () => {
    const { code } = await chooseCard(product, 'toan');
    const party = await RelyingParty.register(product);
    const borrowed = party.visitor();
    await borrowed.open(`${product.issuer}/cccd/r/${code}`);
    expect(borrowed.text).toContain(code);
    expect(borrowed.cookie('tnid_session')).toBeUndefined();
    await party.ask(borrowed, { prompt: 'none' });
    expect(new URL(borrowed.page.url).searchParams.get('error')).toBe('login_required');
  });

  it('the waiting screen of another browser shows nothing', async () => {
    const { waitingAt } = await chooseCard(product, 'toan');
    const stranger = (await RelyingParty.register(product)).visitor();
    for (const path of ['', '/status', '/next']) {
      await stranger.open(`${waitingAt}${path}`);
      expect(stranger.page.status).toBe(400);
    }
  });
});

describe('the interface, as docs/cccd.openapi.json describes it', () => {
  type Schema = Record<string, unknown>;
  let document: {
    paths: Record<string, Record<string, { responses: Record<string, Schema> }>>;
    components: Record<string, Schema>;
  };

  beforeAll(async () => {
    document = JSON.parse(await readFile(new URL('../../docs/cccd.openapi.json', import.meta.url), 'utf8'));
  });

  /** Follows `$ref` down to plain JSON Schema. */
  function resolve(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(resolve);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref } = node as { $ref?: string };
    if ($ref)
      return resolve(
        $ref
          .slice(2)
          .split('/')
          .reduce((at: unknown, key) => (at as Schema)[key], document),
      );
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(value)]));
  }

  function expectDescribed(method: 'get' | 'post', path: string, { status, body }: Answer): void {
    const response = resolve(document.paths[path]?.[method]?.responses[String(status)]) as
      | { content: { 'application/json': { schema: Schema } } }
      | undefined;
    if (!response) throw new Error(`${method} ${path} answers ${status}, which is not described`);
    z.fromJSONSchema(response.content['application/json'].schema as never).parse(body);
  }

  it('answers exactly so', async () => {
    const token = await tokenOf('na');
    const started = await post(product, 'readings', {}, token);
    expectDescribed('post', '/cccd/readings', started);
    expectDescribed('post', '/cccd/readings', await post(product, 'readings', {}));
    expectDescribed('post', '/cccd/readings', await post(product, 'readings', {}, 'not-a-token'));
    const { code } = started.body;
    const current = async (bearer: string) => {
      const response = await fetch(`${product.issuer}/cccd/readings/current`, {
        headers: { authorization: `Bearer ${bearer}` },
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    expectDescribed('get', '/cccd/readings/current', await current(token));
    expectDescribed('get', '/cccd/readings/current', await current('x'));
    expectDescribed('post', '/cccd/challenges', await post(product, 'challenges', { code }));
    expectDescribed('post', '/cccd/challenges', await post(product, 'challenges', { code: 'ZZZZZ-ZZZZZ' }));
    expectDescribed('post', '/cccd/challenges', await post(product, 'challenges', { code: 7 }));
    for (const path of ['chips', 'scans']) {
      expectDescribed('post', `/cccd/${path}`, await post(product, path, { code, scan: { sod: 'garbage' } }));
      expectDescribed('post', `/cccd/${path}`, await post(product, path, { code: 'ZZZZZ-ZZZZZ', scan: {} }));
      expectDescribed(
        'post',
        `/cccd/${path}`,
        await post(product, path, { code, scan: { sod: 'x'.repeat(1_200_000) } }),
      );
    }
    const card = cardOf('072190000111', 'Nguyễn Thị Ly Na', 'NGUYEN', 'THI LY NA', '1990-06-06', 'female');
    expectDescribed('post', '/cccd/chips', await readNatively(product, String(code), card));
    const described = await current(token);
    expectDescribed('get', '/cccd/readings/current', described);
    expect(described.body.status).toBe('in_review');
  });
});

describe('privacy', () => {
  it('nothing of any card stands in the log or in the audit', async () => {
    const audit = await product.deps.db.selectFrom('audit_events').select('body').execute();
    const written = product.logged() + pilot.logged() + JSON.stringify(audit);
    const secrets = ['NGUYEN<<VAN', 'Nguyễn Văn An', '072090000101', '072185000102', 'IDVNM'];
    for (const secret of secrets) expect(written, secret).not.toContain(secret);
    for (const number of cardOfAn().dataGroups.values())
      expect(written).not.toContain(number.toString('hex').slice(0, 60));
  });
});

describe('attempts side by side', () => {
  it('thirty forgeries at once do not pass the limit, and honest cards of one person do not block each other', async () => {
    const token = await tokenOf('so-sai');
    const codes = await Promise.all(
      Array.from({ length: 8 }, async () => String((await post(product, 'readings', {}, token)).body.code)),
    );
    const forged = {
      ...cardOfAn(),
      dataGroups: new Map(cardOfAn().dataGroups).set(1, cardOfBinh().dataGroups.get(1) as Buffer),
    };
    const answers = await Promise.all(codes.map((code) => readNatively(product, code, forged)));
    expect(answers.filter(({ status }) => status === 202).length).toBeLessThanOrEqual(5);
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    expect(answers.every(({ status }) => [202, 429].includes(status))).toBe(true);
  });

  it('several readings of one account at once end without a deadlock', async () => {
    const token = await tokenOf('so-thieu');
    const codes = await Promise.all(
      Array.from({ length: 4 }, async () => String((await post(product, 'readings', {}, token)).body.code)),
    );
    const answers = await Promise.all(
      codes.map((code) =>
        readNatively(
          product,
          code,
          cardOf('072190000222', 'Bùi Văn Thiếu', 'BUI', 'VAN THIEU', '1990-07-07', 'female'),
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  });
});

describe('a suspended account', () => {
  it('cannot start a reading, and a chip handed in for it makes no case', async () => {
    const { visitor, code, waitingAt } = await chooseCard(product, 'nhi');
    const token = await tokenOf('nhi');
    const { body } = await post(product, 'readings', {}, token);
    expect(body.code).toBeDefined();
    const reading = await product.deps.db
      .selectFrom('card_readings')
      .select('account_id')
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    const change = { accountId: reading.account_id, actor: 'officer-1', reason: 'reported' };
    await suspendAccount(product.deps, change);
    expect(await post(product, 'readings', {}, token)).toMatchObject({
      status: 401,
      body: { error: 'unauthorized' },
    });
    await readNatively(
      product,
      code,
      cardOf('072190000444', 'Đỗ Thị Thương', 'DO', 'THI THUONG', '1990-02-28', 'female'),
    );
    await goOn(visitor, waitingAt);
    expect(visitor.text).toContain('account_suspended');
    await reinstateAccount(product.deps, change);
  });
});
