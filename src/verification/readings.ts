/**
 * Readings: one chip to be read for one account. The account's own screen starts it and waits for it; whoever has
 * the code may hand in a chip for that account for a quarter of an hour, and gets nothing back. So a borrowed phone
 * can help, and a stolen code can at most hand in somebody's card, which the rules of proofs.ts refuse.
 *
 * The code is computed from the reading's id, so that the waiting screen can show it again and the table cannot.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mustWait } from '../account/attempts.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Keyring } from '../keyring.ts';

export const READING_MINUTES = 15;
/** Readings of one account that wait at a time: a few screens, not a flood. */
const MOST_OPEN = 10n;
const CHALLENGE_MS = 2 * 60 * 1000;
/** Crockford's alphabet: no I, L, O, U, that are misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export type ReadingStatus = 'waiting' | 'approved' | 'in_review' | 'refused';
export type Reading = {
  id: string;
  accountId: string;
  deviceHash: Buffer | null;
  /** The visit to a desk that it belongs to. */
  visitId: string | null;
  status: ReadingStatus;
  reason: string | null;
  createdAt: Date;
};

export type NewReading = {
  accountId: string;
  /** The sign-in that waits for this reading, if one does. */
  interaction?: string;
  /** The browser or app that asked, for the limits. */
  device?: string;
  /** The visit to a desk that waits for it. */
  visit?: string;
};

/** Starts a reading; returns its code, like `K7QF2-M9XTB`. */
export async function startReading({ db, clock, keyring }: Deps, given: NewReading): Promise<string> {
  const subject = { kind: 'account', value: given.accountId } as const;
  if (await mustWait(db, keyring, [subject], clock())) throw new AppError('card_limit');
  // A screen shows its newest code only; the one before is over.
  if (given.interaction) await closeReadings(db, 'interaction_hash', sha256(given.interaction), clock());
  if (given.visit) await closeReadings(db, 'visit_id', given.visit, clock());
  const { open } = await db
    .selectFrom('card_readings')
    .select(({ fn }) => fn.countAll<bigint>().as('open'))
    .where('account_id', '=', given.accountId)
    .where('status', '=', 'waiting')
    .where('expires_at', '>', clock())
    .executeTakeFirstOrThrow();
  if (open >= MOST_OPEN) throw new AppError('card_limit');
  const id = randomUUID();
  const code = codeOf(keyring, id);
  const now = clock();
  await db
    .insertInto('card_readings')
    .values({
      id,
      code_hash: hashCode(code),
      account_id: given.accountId,
      interaction_hash: given.interaction ? sha256(given.interaction) : null,
      device_hash: given.device ? sha256(given.device) : null,
      visit_id: given.visit ?? null,
      status: 'waiting',
      created_at: now,
      expires_at: new Date(now.getTime() + READING_MINUTES * 60_000),
    })
    .execute();
  return code;
}

async function closeReadings(
  db: Deps['db'],
  column: 'interaction_hash' | 'visit_id',
  value: Buffer | string,
  now: Date,
): Promise<void> {
  await db
    .updateTable('card_readings')
    .set({ expires_at: now })
    .where(column, '=', value as never)
    .where('status', '=', 'waiting')
    .execute();
}

/** The reading a code stands for, while it can still take a chip. Throws what the caller is told. */
export async function findOpenReading({ db, clock }: Deps, code: string): Promise<Reading> {
  const row = await db
    .selectFrom('card_readings')
    .selectAll()
    .where('code_hash', '=', hashCode(code))
    .executeTakeFirst();
  if (!row) throw new AppError('reading_unknown');
  if (row.expires_at <= clock() || row.status !== 'waiting') throw new AppError('reading_expired');
  return toReading(row);
}

/** The newest reading a sign-in waits for. */
export async function findReadingOf(
  db: Deps['db'],
  interaction: string,
  now: Date,
): Promise<Reading | undefined> {
  return newest(db, 'interaction_hash', sha256(interaction), now);
}

/** The newest reading of an account, for the app that started it with the citizen's token. */
export async function findReadingOfAccount(
  db: Deps['db'],
  accountId: string,
  now: Date,
): Promise<Reading | undefined> {
  return newest(db, 'account_id', accountId, now);
}

/** The newest reading of a visit to a desk. */
export async function findReadingOfVisit(
  db: Deps['db'],
  visitId: string,
  now: Date,
): Promise<Reading | undefined> {
  return newest(db, 'visit_id', visitId, now);
}

async function newest(
  db: Deps['db'],
  column: 'interaction_hash' | 'account_id' | 'visit_id',
  value: Buffer | string,
  now: Date,
): Promise<Reading | undefined> {
  const row = await db
    .selectFrom('card_readings')
    .selectAll()
    .where(column, '=', value as never)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toReading(row);
}

/** A challenge for this reading's chip (Doc 9303-11 §6.1: RND.IFD, 8 bytes). */
export async function issueChallenge({ db, clock, random }: Deps, reading: Reading): Promise<Buffer> {
  const challenge = random(8);
  await db
    .insertInto('card_challenges')
    .values({
      challenge,
      reading_id: reading.id,
      expires_at: new Date(clock().getTime() + CHALLENGE_MS),
    })
    .execute();
  return challenge;
}

/** Uses up a challenge; false when it is not ours, not this reading's, too old, or used. */
export async function takeChallenge(
  { db, clock }: Deps,
  reading: Reading,
  challenge: Uint8Array,
): Promise<boolean> {
  const now = clock();
  const taken = await db
    .updateTable('card_challenges')
    .set({ used_at: now })
    .where('challenge', '=', Buffer.from(challenge))
    .where('reading_id', '=', reading.id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('reading_id')
    .executeTakeFirst();
  return taken !== undefined;
}

/** The code a reading is known by, as it is shown and typed. */
export function codeOf(keyring: Keyring, id: string): string {
  const bytes = keyring.index('login', `reading/${id}`).subarray(1);
  const letters = [...bytes.subarray(0, 10)].map((byte) => ALPHABET[byte & 31]).join('');
  return `${letters.slice(0, 5)}-${letters.slice(5)}`;
}

/** Typed by hand: small letters, missing dash, O for 0, I or L for 1. */
function hashCode(typed: string): Buffer {
  const letters = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  return sha256(letters);
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

type Row = {
  id: string;
  account_id: string;
  device_hash: Buffer | null;
  visit_id: string | null;
  status: string;
  reason: string | null;
  created_at: Date;
};

function toReading({ id, account_id, device_hash, visit_id, status, reason, created_at }: Row): Reading {
  return {
    id,
    accountId: account_id,
    deviceHash: device_hash,
    visitId: visit_id,
    status: status as ReadingStatus,
    reason,
    createdAt: created_at,
  };
}
