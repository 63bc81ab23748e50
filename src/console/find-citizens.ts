/**
 * Finding citizens, for officers: by personal number, phone, name or the code of an error page, each by a keyed hash and
 * from an index; and what a list shows of each, with names and numbers opened here and masked for it.
 */
import { sql } from 'kysely';
import { levelOf } from '../account/level.ts';
import { findByName } from '../account/name-index.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Level } from '../guard/levels.ts';
import { findByErrorCode } from '../http/error-codes.ts';
import { parsePersonalNumber } from '../icao/personal-number.ts';
import type { Officer } from '../officer/roles.ts';
import { hashNumber, type Person } from '../verification/verifications.ts';
import type { Search } from './looks.ts';

/** What was typed, as what it looks like; undefined when it is none of these. */
export function readSearch(typed: string): Search | undefined {
  const text = typed.trim().normalize('NFC');
  const bare = text.replace(/[\s.-]/g, '');
  if (/^\d{12}$/.test(bare)) return parsePersonalNumber(bare) && { by: 'number', value: bare };
  const phone = /^(?:\+?84|0)(\d{9})$/.exec(bare)?.[1];
  if (phone) return { by: 'phone', value: `+84${phone}` };
  if (/^[0-9a-f]{16}$/i.test(bare)) return { by: 'code', value: bare.toLowerCase() };
  const words = text.split(/\s+/).filter((word) => /\p{L}/u.test(word));
  return words.length >= 2 && !/\d/.test(text) ? { by: 'name', value: text } : undefined;
}

/** Accounts that the search finds, by id, after the one named. */
export async function findAccounts(
  { db, keyring }: Pick<Deps, 'db' | 'keyring'>,
  { by, value }: Search,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<string[]> {
  if (by === 'name') return (await findByName(db, keyring, { name: value, after, limit })) ?? [];
  if (by === 'code') {
    const account = await findByErrorCode(db, value);
    return account && !after ? [account] : [];
  }
  const hash = by === 'number' ? hashNumber(keyring, value) : keyring.index('phone', value);
  const first = after ?? '00000000-0000-0000-0000-000000000000';
  const { rows } =
    by === 'phone'
      ? await sql<{ account_id: string }>`
          SELECT account_id FROM phones
          WHERE number_hash = ${hash} AND status IN ('active', 'quarantined') AND account_id > ${first}
          ORDER BY account_id LIMIT ${limit}`.execute(db)
      : await sql<{ account_id: string }>`
          SELECT account_id FROM verifications WHERE number_hash = ${hash} AND account_id > ${first}
          UNION SELECT account_id FROM cases WHERE number_hash = ${hash} AND account_id > ${first}
          ORDER BY account_id LIMIT ${limit}`.execute(db);
  return rows.map(({ account_id }) => account_id);
}

export type CitizenSummary = {
  id: string;
  status: 'active' | 'suspended' | 'closed';
  level: Level;
  /** As the card has it; else as Zalo does. */
  name?: string;
  person?: Person;
  phone?: string;
  /** A code; undefined: nobody knows. */
  commune?: string;
};

/** What a list shows, in the order of ids; without those of communes that are not this officer's. */
export async function readSummaries(
  { db, keyring }: Pick<Deps, 'db' | 'keyring'>,
  { ids, officer, now }: { ids: readonly string[]; officer: Officer; now: Date },
): Promise<CitizenSummary[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Row>`
    SELECT a.id, a.status, a.level2_held_at IS NOT NULL AS held, v.id AS verification, v.status AS verification_status,
      v.expires_at, v.person_sealed, v.commune, i.profile_sealed, p.sealed AS phone_sealed
    FROM accounts AS a
    LEFT JOIN LATERAL (SELECT id, status, expires_at, person_sealed, commune FROM verifications
      WHERE account_id = a.id ORDER BY verified_at DESC LIMIT 1) AS v ON true
    LEFT JOIN identities AS i ON i.account_id = a.id AND i.provider = 'zalo'
    LEFT JOIN phones AS p ON p.account_id = a.id AND p.status <> 'moved'
    WHERE a.id = ANY (${ids}::uuid[]) AND NOT a.test ORDER BY a.id`.execute(db);
  return rows.filter(({ commune }) => isCharged(officer, commune)).map((row) => toSummary(keyring, row, now));
}

/** Whether a commune is this officer's to look after; one that nobody knows is everybody's. */
function isCharged({ communes }: Pick<Officer, 'communes'>, commune: string | null | undefined): boolean {
  return communes.length === 0 || !commune || communes.includes(commune);
}

/** Whether the account's person is the officer, or somebody of the officer's household. */
export async function isOwnFamily(db: Db, officerId: string, accountId: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM officer_household AS h JOIN verifications AS v ON v.number_hash = h.number_hash
    WHERE h.officer_id = ${officerId} AND v.account_id = ${accountId} LIMIT 1`.execute(db);
  return rows.length > 0;
}

type Row = {
  id: string;
  status: CitizenSummary['status'];
  held: boolean;
  verification: string | null;
  verification_status: string | null;
  expires_at: Date | null;
  person_sealed: Buffer | null;
  commune: string | null;
  profile_sealed: Buffer | null;
  phone_sealed: Buffer | null;
};

function toSummary(keyring: Deps['keyring'], row: Row, now: Date): CitizenSummary {
  const { id, status, verification, verification_status, expires_at, held } = row;
  const person =
    verification && row.person_sealed
      ? (JSON.parse(keyring.open('person', verification, row.person_sealed).toString()) as Person)
      : undefined;
  const profile = row.profile_sealed
    ? (JSON.parse(keyring.open('identity', `zalo/${id}`, row.profile_sealed).toString()) as { name?: string })
    : undefined;
  const name = person?.fullName ?? profile?.name;
  const { level } = levelOf(
    verification_status ? { status: verification_status, expires_at, held } : undefined,
    now,
  );
  return {
    id,
    status,
    level,
    ...(name ? { name } : {}),
    ...(person ? { person } : {}),
    ...(row.phone_sealed ? { phone: keyring.open('phone', id, row.phone_sealed).toString() } : {}),
    ...(row.commune ? { commune: row.commune } : {}),
  };
}

/** The first word as it is, of the others the first letter: enough to tell two lines apart. */
export function maskName(name: string): string {
  return name
    .trim()
    .split(/\s+/)
    .map((word, index) => (index === 0 && name.includes(' ') ? word : `${[...word][0] ?? ''}••`))
    .join(' ');
}

export function maskNumber(number: string): string {
  return `${number.slice(0, 3)} ••• ••• ${number.slice(-3)}`;
}

export function maskPhone(phone: string): string {
  return `••• ••• ${phone.slice(-3)}`;
}
