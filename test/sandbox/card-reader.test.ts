/** The virtual reader and its cards: every fault on demand, and what the provider makes of it. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPortrait } from '../../src/icao/dg2.ts';
import { cardFaults } from '../../src/sandbox/card-faults.ts';
import { createCardOffice, expiryOf, holders } from '../../src/sandbox/card-office.ts';
import { findPerson, type Person } from '../../src/sandbox/people.ts';
import { signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
let party: RelyingParty;

beforeAll(async () => {
  product = await startProduct({ env: { TNID_CHIP_PILOT: '1' } });
  party = await RelyingParty.register(product);
});
afterAll(() => product?.close());

type Waiting = { visitor: Visitor; address: string };
const waiting = new Map<string, Waiting>();

/** A new reading for this person, who signs in at the first one and chooses the card. */
async function startReading(person: string): Promise<Waiting & { code: string }> {
  let known = waiting.get(person);
  if (known) {
    await known.visitor.open(known.address, { method: 'POST' });
  } else {
    const visitor = party.visitor();
    await party.ask(visitor, { acrValues: 'level2' });
    await signInWithZalo(visitor, person);
    await visitor.submit('form-card');
    known = { visitor, address: visitor.page.url };
    waiting.set(person, known);
  }
  return { ...known, code: textOf(known.visitor, 'code') };
}

function textOf({ page }: Visitor, id: string): string {
  return new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(page.html)?.[1] ?? '';
}

/** Chooses a card and a fault at the reader; what it shows of the answer. */
async function press(code: string, fields: Record<string, string>) {
  const reader = new Visitor(() => false);
  await reader.open(`${product.sandbox}/card-reader?code=${code}`);
  await reader.submit('form-card-reader', fields);
  const answer = { status: Number(textOf(reader, 'answer-status')), code: textOf(reader, 'answer-code') };
  return { reader, answer };
}

/** How the reading stands, and what the audit says of a refusal since then. */
async function outcomeOf({ visitor, address }: Waiting, since: bigint) {
  const { status } = (await (await visitor.fetch(`${address}/status`)).json()) as { status: string };
  const rows = await product.deps.db
    .selectFrom('audit_events')
    .select('body')
    .where('seq', '>', since)
    .execute();
  const events = rows.map(({ body }) => body as { event: string; reason?: string });
  return { status, reason: events.find(({ event }) => event === 'step_up.refused')?.reason };
}

async function read(person: string, fields: Record<string, string>) {
  const reading = await startReading(person);
  const { seq } = await product.deps.db.selectFrom('audit_head').select('seq').executeTakeFirstOrThrow();
  const { answer } = await press(reading.code, { person, ...fields });
  return { answer, outcome: await outcomeOf(reading, seq) };
}

const received = { status: 202, code: 'received' };
const refused = (reason: string) => ({ answer: received, outcome: { status: 'refused', reason } });
const untaken = (status: number, code: string) => ({
  answer: { status, code },
  outcome: { status: 'waiting', reason: undefined },
});
const became = (status: string) => ({ answer: received, outcome: { status, reason: undefined } });

// Five refusals make an account wait, so they are spread; even numbers have RSA chips, odd ones elliptic curves.
const native: [fault: string, person: string, expected: Awaited<ReturnType<typeof read>>][] = [
  ['none', 'an', became('approved')],
  ['replayed', 'an', untaken(400, 'challenge_unusable')],
  ['dg13-absent', 'binh', became('approved')],
  ['dg13-opaque', 'duom', became('approved')],
  ['aa-skipped', 'cuong', became('in_review')],
  ['cloned-chip', 'toan', refused('card_not_genuine')],
  ['dg-swapped', 'toan', refused('dg_hash_mismatch')],
  ['dg1-changed', 'toan', refused('dg_hash_mismatch')],
  ['cloned-chip', 'tuan', refused('card_not_genuine')],
  ['expired', 'tuan', refused('document_expired')],
  ['unknown-csca', 'tuan', refused('csca_unknown')],
  ['passport-csca', 'tuan', refused('csca_not_for_document_type')],
  ['tls-signer', 'khanh', refused('signer_not_allowed')],
  ['sha1-signer', 'khanh', refused('hash_refused')],
  ['huge-dg2', 'khanh', refused('dg_too_large')],
  ['dg15-left-out', 'thuong', untaken(400, 'scan_unreadable')],
  ['moved-away', 'thuong', untaken(400, 'scan_unreadable')],
  ['surplus-bytes', 'thuong', untaken(400, 'scan_unreadable')],
  ['garbage', 'thuong', untaken(400, 'scan_unreadable')],
  ['old-challenge', 'thuong', untaken(400, 'challenge_unusable')],
];

describe('the native route', () => {
  test.each(native)('%s (%s)', async (fault, person, expected) => {
    expect(await read(person, { fault, route: 'native' })).toEqual(expected);
  });

  test('every fault is in the table above', () => {
    expect([...new Set(native.map(([fault]) => fault))].sort()).toEqual([...cardFaults.keys()].sort());
  });
});

describe('the route of scanNFC', () => {
  const scan = (person: string, encoding: string, fault = 'none') =>
    read(person, { route: 'scannfc', encoding, fault });

  test.each([
    ['my', 'hex'],
    ['na', 'base64'],
  ])('%s in %s: taken once, graded by the challenge of the phone', async (person, encoding) => {
    expect(await scan(person, encoding)).toEqual(became('in_review'));
    const check = await product.deps.db
      .selectFrom('case_checks')
      .select('result')
      .where('name', '=', 'card_genuine')
      .orderBy('checked_at', 'desc')
      .executeTakeFirstOrThrow();
    expect(check.result).toBe('client_challenge');
    expect((await scan(person, encoding, 'replayed')).answer).toEqual({ status: 409, code: 'scan_replayed' });
    // The same chip with another challenge of the phone's own is no news either.
    expect((await scan(person, encoding)).answer).toEqual({ status: 409, code: 'scan_replayed' });
  });

  test.each(['hex', 'base64'])('faults in %s', async (encoding) => {
    for (const fault of ['moved-away', 'surplus-bytes', 'garbage', 'dg15-left-out']) {
      expect(await scan('thuong', encoding, fault), fault).toEqual(untaken(400, 'scan_unreadable'));
    }
    const [first, second] = encoding === 'hex' ? ['cloned-chip', 'huge-dg2'] : ['dg1-changed', 'tls-signer'];
    expect((await scan('hop-tac-xa', encoding, first)).outcome.status).toBe('refused');
    expect((await scan('hop-tac-xa', encoding, second)).outcome.status).toBe('refused');
  });
});

describe('the hard cards', () => {
  const none = (person: string) => read(person, { route: 'native' });
  const refusalShown = async (person: string) => {
    const { visitor, address } = waiting.get(person) as Waiting;
    await visitor.open(`${address}/next`);
    return textOf(visitor, 'error-code');
  };

  test('a card that has run out, and a chip that was copied', async () => {
    expect(await none('the-het-han')).toEqual(refused('document_expired'));
    expect(await refusalShown('the-het-han')).toBe('card_expired');
    expect(await none('the-sao-chep')).toEqual(refused('card_not_genuine'));
    expect(await refusalShown('the-sao-chep')).toBe('card_refused');
  });

  test('An’s card at An’s second account: duplicate', async () => {
    expect(await none('an')).toMatchObject(became('approved'));
    expect(await none('an-2')).toEqual(refused('duplicate_person'));
    expect(await refusalShown('an-2')).toBe('duplicate_person');
  });

  test('without expiry, level2 has no end; the twins are two', async () => {
    expect(await none('bay')).toEqual(became('approved'));
    for (const twin of ['toan', 'tuan']) expect(await none(twin)).toEqual(became('approved'));
    const rows = await product.deps.db.selectFrom('verifications').select('expires_at').execute();
    expect(rows.filter(({ expires_at }) => expires_at === null)).toHaveLength(1);
    expect(rows.length).toBe(6);
  });

  test('somebody else’s card waits for an officer: the name differs', async () => {
    expect(await read('nhi', { person: 'tho', route: 'native' })).toEqual(became('in_review'));
  });
});

describe('the page', () => {
  test('offers a button for every card, and the faults', async () => {
    const reader = new Visitor(() => false);
    await reader.open(`${product.sandbox}/card-reader?code=%22%3E%3Cb%3E`);
    const buttons = Array.from(reader.page.html.matchAll(/name="person" value="([^"]+)"/g), ([, id]) => id);
    expect(buttons).toEqual(holders.map(({ id }) => id));
    expect(buttons).not.toContain('so-thieu');
    expect(reader.page.html).not.toContain('"><b>');
    for (const name of cardFaults.keys()) expect(reader.page.html).toContain(`<option value="${name}"`);
    expect(reader.page.html).not.toContain('<script');
  });

  test('keeps what was chosen, and says why not in both languages', async () => {
    const fields = { person: 'an', route: 'scannfc', encoding: 'base64', fault: 'aa-skipped' };
    const { reader, answer } = await press('ZZZZZ-ZZZZZ', fields);
    expect(answer).toEqual({ status: 404, code: 'reading_unknown' });
    expect(textOf(reader, 'answer-vi')).toMatch(/mã/i);
    expect(textOf(reader, 'answer-en')).toMatch(/code/i);
    for (const chosen of ['scannfc', 'base64', 'aa-skipped'])
      expect(reader.page.html).toContain(`<option value="${chosen}" selected>`);
    expect(reader.page.html).toContain('value="ZZZZZ-ZZZZZ"');
  });

  test('says when there is nothing to hand in', async () => {
    const codeFor = async (fields: Record<string, string>) =>
      (await press('ZZZZZ-ZZZZZ', fields)).answer.code;
    expect(await codeFor({ person: 'so-thieu', fault: 'replayed' })).toBe('nothing_to_replay');
    expect(await codeFor({ person: 'so-thieu' })).toBe('no_card');
    expect(await codeFor({ person: 'nobody' })).toBe('');
  });

  test('the guide names every fault and every person who holds a card', async () => {
    const guide = await readFile(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
    const chapter = guide.slice(guide.indexOf('## The card reader'));
    for (const name of cardFaults.keys()) expect(chapter).toContain(`| \`${name}\` |`);
    for (const { id } of holders) expect(guide).toContain(`\`${id}\``);
  });
});

describe('the card office', () => {
  const born = (year: number) => `${year}-06-15`;

  test.each([
    ['a child', born(2014), born(2025), born(2028)],
    ['at 14', born(2011), born(2025), born(2036)],
    ['two years before 25', born(2002), born(2025), born(2042)],
    ['a day more than two years before 25', born(2002), '2025-06-14', born(2027)],
    ['in the years before 60', born(1967), born(2025), undefined],
    ['at 70', born(1955), born(2025), undefined],
  ])('expiry of a card issued to %s', (_name, birth, issued, expiry) => {
    expect(expiryOf(birth, issued)).toBe(expiry);
  });

  test('a card stays the same, is one a number, and has a portrait of its own', async () => {
    const office = createCardOffice(product.deps);
    const cardOf = async (id: string) => {
      const card = await office.issue(findPerson(id) as Person);
      if (!card) throw new Error(`${id} has no card`);
      return card;
    };
    expect(await cardOf('an')).toBe(await cardOf('an'));
    expect(await cardOf('an-2')).toBe(await cardOf('an'));
    const portraits = [];
    for (const id of ['toan', 'tuan', 'an']) {
      const result = readPortrait((await cardOf(id)).dataGroups.get(2) ?? Buffer.alloc(0));
      if (!result.verified) throw new Error(result.reason);
      expect(result.portrait).toMatchObject({ container: 'iso-19794-5', format: 'jpeg' });
      portraits.push(Buffer.from(result.portrait.image).toString('hex'));
    }
    expect(new Set(portraits).size).toBe(3);
  });
});
