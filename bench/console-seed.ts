/**
 * A province in a database, for bench/console.ts: citizens with names, phones and verifications, cases, officers, and a
 * year of the audit log. Rows come by COPY from files, the log's indexes are built afterwards. The chain of the log is
 * computed as the product computes it, and is whole: `cli audit verify` finds nothing.
 */
import { hash as digest } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { sql } from 'kysely';
import type { Db } from '../src/db/database.ts';
import type { Keyring } from '../src/keyring.ts';
import { communes, scopesOf, seedConsents, seedCounters, seedServices } from './console-services.ts';

export type Size = { accounts: number; cases: number; events: number };

export type Province = {
  size: Size;
  accountIds: string[];
  caseIds: string[];
  officers: { id: string; login: string }[];
  clients: string[];
};

const DAYS = 365;
const DAY_MS = 24 * 3600 * 1000;
/** Lines in one file: some 250 MB. */
const LINES = 1_000_000;

const family =
  'Nguyễn Trần Lê Phạm Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Kiều Trương Vương Đinh Tô'.split(' ');
const middle =
  'Văn Thị Hữu Đức Minh Ngọc Thanh Quang Hoàng Kim Xuân Thu Anh Gia Bảo Công Phương Mỹ Hồng Tuấn'.split(' ');
const given =
  'An Bình Châu Dung Đạt Giang Hà Hải Hạnh Hoa Hùng Hương Khánh Lan Liên Linh Long Mai Nam Nga Nhung Phúc Phượng Quân Quỳnh Sơn Tâm Thảo Thắng Thủy Tiến Trang Trí Trung Tuyết Vân Việt Vy Xuân Yến'.split(
    ' ',
  );

/** The same numbers in every run (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeId(kind: number, number: number): string {
  // Spread over the whole range, as random ids are: an index is not filled from one side.
  const hex = digest('sha256', `${kind}/${number}`, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function personalNumber(number: number): string {
  return `072${number % 2}${String(60 + (number % 40)).padStart(2, '0')}${String(number).padStart(6, '0').slice(-6)}`;
}

export function phoneNumber(number: number): string {
  return `+849${String(10_000_000 + number).slice(-8)}`;
}

export function nameOf(number: number): string {
  const pick = (list: readonly string[], step: number) => list[Math.floor(number / step) % list.length] ?? '';
  return `${pick(family, 7)} ${pick(middle, 3)} ${pick(given, 1)}`;
}

type Seed = { db: Db; keyring: Keyring; size: Size; now: Date; tell: (line: string) => void };

/** Whom there is: the same for a size in every run. */
export function makeProvince(size: Size): Province {
  return {
    size,
    accountIds: Array.from({ length: size.accounts }, (_, number) => makeId(1, number)),
    caseIds: Array.from({ length: size.cases }, (_, number) => makeId(2, number)),
    officers: Array.from({ length: 400 }, (_, number) => ({ id: makeId(3, number), login: `cb${number}` })),
    clients: Array.from({ length: 60 }, (_, number) => `app-${number}`),
  };
}

export async function seedProvince(seed: Seed, province: Province): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tnid-bench-'));
  await chmod(folder, 0o755);
  try {
    await seedPeople(seed, folder, province);
    await seedLog(seed, folder, province);
    await seedConsents(seed.db, seed.now);
    await seedCounters(seed.db, seed.now);
    seed.tell('consents, and a year of what was counted');
    await sql`VACUUM ANALYZE`.execute(seed.db);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes rows to a file and takes them in; `\N` is null, and no value holds a tab, a backslash or an end of line. */
async function copyRows(
  db: Db,
  folder: string,
  into: string,
  count: number,
  rowOf: (number: number) => string,
): Promise<void> {
  for (let from = 0; from < count; from += LINES) {
    const path = join(folder, 'rows');
    const file = createWriteStream(path, { mode: 0o644 });
    const until = Math.min(count, from + LINES);
    for (let at = from; at < until; at += 5_000) {
      let text = '';
      for (let number = at; number < Math.min(until, at + 5_000); number += 1) text += `${rowOf(number)}\n`;
      if (!file.write(text)) await new Promise((settle) => file.once('drain', settle));
    }
    file.end();
    await finished(file);
    // Every row points where it must: asking so for each of millions takes longer than taking them in.
    await db.connection().execute(async (one) => {
      await sql`SET session_replication_role = 'replica'`.execute(one);
      await sql`COPY ${sql.raw(into)} FROM ${sql.lit(path)}`.execute(one);
      await sql`RESET session_replication_role`.execute(one);
    });
    await rm(path);
  }
}

const bytes = (value: Buffer) => `\\\\x${value.toString('hex')}`;

async function seedPeople(seed: Seed, folder: string, province: Province): Promise<void> {
  const { db, keyring, size, now, tell } = seed;
  const { accountIds, caseIds, officers, clients } = province;
  const day = (number: number) => new Date(now.getTime() - (number % DAYS) * DAY_MS).toISOString();
  const copy = (into: string, count: number, rowOf: (number: number) => string) =>
    copyRows(db, folder, into, count, rowOf);
  const account = (number: number) => accountIds[number] ?? '';

  await copy(
    'officers (id, login, name, role, status, created_at, created_by)',
    officers.length,
    (number) => {
      const { id, login } = officers[number] ?? { id: '', login: '' };
      return [
        id,
        login,
        nameOf(number),
        number % 9 ? 'reviewer' : 'supervisor',
        'active',
        day(1),
        'bench',
      ].join('\t');
    },
  );
  await seedServices(db, now);
  for (const [number, client] of clients.entries()) {
    await sql`INSERT INTO clients (client_id, name, token_endpoint_auth_method, grant_types, redirect_uris, scopes, created_at)
      VALUES (${client}, ${`Dịch vụ ${client}`}, 'none', '{authorization_code}', '{https://x.example/cb}', ${scopesOf(number)}::text[], ${now})`.execute(
      db,
    );
  }
  await copy('accounts (id, created_at)', size.accounts, (number) => `${account(number)}\t${day(number)}`);
  await copy(
    'identities (id, account_id, provider, subject_hash, profile_sealed, linked_at, last_used_at)',
    size.accounts,
    (number) => {
      const subject = String(10 ** 15 + number);
      const profile = JSON.stringify({ subject, name: nameOf(number) });
      const sealed = keyring.seal('identity', `zalo/${account(number)}`, profile);
      const hash = keyring.index('identity', `zalo:${subject}`);
      return [
        makeId(4, number),
        account(number),
        'zalo',
        bytes(hash),
        bytes(sealed),
        day(number),
        day(number),
      ].join('\t');
    },
  );
  await copy(
    'phones (account_id, number_hash, sealed, source, verified_at, status, changed_at)',
    size.accounts,
    (number) => {
      const phone = phoneNumber(number);
      const [hash, sealed] = [keyring.index('phone', phone), keyring.seal('phone', account(number), phone)];
      return [account(number), bytes(hash), bytes(sealed), 'zalo', day(number), 'active', day(number)].join(
        '\t',
      );
    },
  );
  const namesOf = makeNames(keyring);
  const { rows: keys } = await sql<{ name: string; definition: string }>`
    SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE conrelid = 'name_index'::regclass AND contype = 'p'`.execute(db);
  for (const { name } of keys) await sql`ALTER TABLE name_index DROP CONSTRAINT ${sql.id(name)}`.execute(db);
  await copy('name_index (part_hash, account_id, source)', size.accounts, (number) =>
    namesOf(number)
      .map((part) => `${part}\t${account(number)}\tzalo`)
      .join('\n'),
  );
  for (const { name, definition } of keys)
    await sql`ALTER TABLE name_index ADD CONSTRAINT ${sql.id(name)} ${sql.raw(definition)}`.execute(db);
  tell(`${size.accounts} accounts`);

  const desks = ['99001', '99002', '99003', '\\N'];
  // Every hundredth case waits; of the others nine of ten were approved, and each of those made somebody level2.
  await copy(
    'cases (id, kind, account_id, method, status, reason, opened_at, decided_at, commune, waits_for, number_hash)',
    size.cases,
    (number) => {
      const opened = new Date(
        now.getTime() - ((number * 7919) % size.cases) * ((DAYS * DAY_MS) / size.cases),
      );
      const waits = number % 100 === 0;
      const decided = new Date(opened.getTime() + ((number * 104_729) % (40 * 3600)) * 1000);
      const status = waits ? 'submitted' : number % 10 === 1 ? 'rejected' : 'approved';
      return [
        caseIds[number],
        'verification',
        account(number),
        number % 3 ? 'chip' : 'vneid',
        status,
        waits ? '\\N' : status === 'approved' ? 'officer_saw_holder' : 'data_not_genuine',
        opened.toISOString(),
        waits ? '\\N' : decided.toISOString(),
        desks[number % desks.length],
        waits ? (number % 300 === 0 ? 'name_differs' : 'needs_officer') : '\\N',
        bytes(keyring.index('person', personalNumber(number))),
      ].join('\t');
    },
  );
  const approved = Array.from({ length: size.cases }, (_, number) => number).filter(
    (number) => number % 100 !== 0 && number % 10 !== 1,
  );
  await copy(
    'verifications (id, account_id, case_id, method, status, number_hash, person_sealed, verified_at, ended_at, commune, birth_year)',
    approved.length,
    (index) => {
      const number = approved[index] ?? 0;
      const id = makeId(5, number);
      const person = JSON.stringify({ personalNumber: personalNumber(number), fullName: nameOf(number) });
      const [hash, sealed] = [
        keyring.index('person', personalNumber(number)),
        keyring.seal('person', id, person),
      ];
      return [
        id,
        account(number),
        caseIds[number],
        'chip',
        // One in twenty holds no more.
        number % 20 === 3 ? 'expired' : 'active',
        bytes(hash),
        bytes(sealed),
        day(number),
        number % 20 === 3 ? now.toISOString() : '\\N',
        number % 10 === 7 ? '\\N' : communes[(number * 31) % communes.length],
        String(1960 + (number % 40)),
      ].join('\t');
    },
  );
  const pairs = Math.ceil(size.cases / 200);
  await copy(
    'cases (id, kind, account_id, other_account_id, method, status, opened_at)',
    2 * pairs,
    (number) => {
      // The second half are reports of citizens: "that was not me".
      const two =
        number < pairs ? ['duplicate', account(2 * number), account(2 * number + 1), 'chip'] : undefined;
      const row = two ?? ['report', account(number), '\\N', '\\N'];
      return [makeId(6, number), ...row, 'submitted', day(number)].join('\t');
    },
  );
  tell(`${size.cases} cases, ${approved.length} verifications`);
}

/** The parts a name is found by, as account/name-index makes them of three words. */
function makeNames(keyring: Keyring): (number: number) => string[] {
  const known = new Map<string, string>();
  const hashOf = (part: string) => {
    const before = known.get(part);
    if (before) return before;
    const hash = bytes(keyring.index('name', part));
    known.set(part, hash);
    return hash;
  };
  const plain = (text: string) =>
    text
      .normalize('NFD')
      .replace(/\p{M}+/gu, '')
      .replaceAll('đ', 'd');
  return (number) => {
    const [one, two, three] = nameOf(number).toLocaleLowerCase('vi').split(' ') as [string, string, string];
    const parts = [`${one} ${two}`, `${two} ${three}`, `${one} ${three}`];
    return [...new Set([...parts, ...parts.map(plain)])].map(hashOf);
  };
}

/** One line in `1 / share` is of this kind; the rest are sign-ins. */
const kinds: { share: number; event: string; with: string }[] = [
  { share: 0.18, event: 'sign_in.continued', with: 'account client' },
  { share: 0.06, event: 'step_up.succeeded', with: 'account client method' },
  { share: 0.05, event: 'account.created', with: 'account method' },
  { share: 0.02, event: 'step_up.declined', with: 'account client' },
  { share: 0.02, event: 'consent.granted', with: 'account client' },
  { share: 0.02, event: 'device.first_seen', with: 'account' },
  { share: 0.015, event: 'sign_in.refused', with: 'account method reason' },
  { share: 0.01, event: 'case.opened', with: 'account case' },
  { share: 0.01, event: 'case.decided', with: 'account case actor status reason' },
  { share: 0.01, event: 'officer.looked', with: 'account actor' },
  { share: 0.009, event: 'verification.approved', with: 'account case actor method' },
  { share: 0.007, event: 'factor.refused', with: 'account kind reason' },
  { share: 0.002, event: 'officer.signed_in', with: 'officer' },
  { share: 0.001, event: 'audit.searched', with: 'actor' },
  { share: 0.000_01, event: 'client.changed', with: 'client actor' },
];

async function seedLog({ db, size, now, tell }: Seed, folder: string, province: Province): Promise<void> {
  const { accountIds, caseIds, officers, clients } = province;
  const random = makeRandom(20_261_125);
  const { rows } = await sql<{ indexdef: string; indexname: string }>`
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename = 'audit_events' AND indexname <> 'audit_events_pkey'`.execute(db);
  for (const { indexname } of rows) await sql`DROP INDEX ${sql.id(indexname)}`.execute(db);
  const head = await db.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirstOrThrow();
  let seq = BigInt(head.seq);
  let last: Buffer = head.hash;
  const began = now.getTime() - DAYS * DAY_MS;
  const step = (DAYS * DAY_MS) / size.events;
  const pick = <T>(list: readonly T[], power: number) =>
    list[Math.floor(list.length * random() ** power)] as T;
  const values: Record<string, () => string> = {
    // Some use it every day, and one in a thousand lines is of the same one.
    account: () => (random() < 0.001 ? (accountIds[0] ?? '') : pick(accountIds, 1.7)),
    client: () => pick(clients, 4),
    case: () => pick(caseIds, 1),
    actor: () => pick(officers, 2).id,
    officer: () => pick(officers, 2).id,
    method: () => (random() < 0.7 ? 'vneid' : 'chip'),
    status: () => (random() < 0.9 ? 'approved' : 'rejected'),
    kind: () => 'pin',
    reason: () => (random() < 0.8 ? 'zalo_denied' : 'zalo_unavailable'),
  };
  const number = Buffer.alloc(8);
  await copyRows(db, folder, 'audit_events (seq, hash, body)', size.events, (line) => {
    const body = JSON.stringify({ at: Math.round(began + line * step), ...makeEvent(random, values) });
    seq += 1n;
    number.writeBigInt64BE(seq);
    last = digest('sha256', Buffer.concat([last, number, Buffer.from(body)]), 'buffer');
    return `${seq}\t${bytes(last)}\t${body}`;
  });
  await sql`UPDATE audit_head SET seq = ${seq}, hash = ${last}`.execute(db);
  tell(`${size.events} lines of the log`);
  for (const { indexdef } of rows) await sql`${sql.raw(indexdef)}`.execute(db);
  tell(`${rows.length} indexes of the log`);
}

function makeEvent(random: () => number, values: Record<string, () => string>): Record<string, string> {
  let rest = random();
  const kind = kinds.find(({ share }) => {
    rest -= share;
    return rest < 0;
  });
  const names = kind?.with.split(' ') ?? ['account', 'client'];
  const event: Record<string, string> = { event: kind?.event ?? 'sign_in.succeeded' };
  for (const name of names) event[name] = values[name]?.() ?? '';
  if (!kind) Object.assign(event, { method: 'zalo', level: random() < 0.15 ? 'level2' : 'level1' });
  return event;
}
