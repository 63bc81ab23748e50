/**
 * Limits on failed proofs, by account, device and personal number, shared by all nodes: five are free, then each
 * failure doubles the wait, from a minute to a day. A day without failures forgets them; wrong PINs only a year does (an officer's too),
 * or the right one: somebody who holds the citizen's Zalo could otherwise try four a day unseen. Subjects are keyed
 * hashes.
 * Honest retries (the card was moved away, a chip read half) are not failures; the caller decides what is.
 */
import { sql } from 'kysely';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';

export type AttemptSubject = { kind: 'account' | 'device' | 'number' | 'officer' | 'pin'; value: string };

const FREE = 5;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;
const memory: Record<AttemptSubject['kind'], number> = {
  account: DAY_MS,
  device: DAY_MS,
  number: DAY_MS,
  officer: 365 * DAY_MS,
  pin: 365 * DAY_MS,
};

/** Whether one of these subjects has to wait now. */
export async function mustWait(
  db: Db,
  keyring: Keyring,
  subjects: readonly AttemptSubject[],
  now: Date,
): Promise<boolean> {
  const row = await db
    .selectFrom('attempt_limits')
    .select('subject_hash')
    .where(
      'subject_hash',
      'in',
      subjects.map((subject) => hashSubject(keyring, subject)),
    )
    .where('blocked_until', '>', now)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Takes an attempt of each subject before it is made, so that attempts side by side count one by one; false when one
 * of them has to wait. What turns out to be no failure is given back (refundAttempt).
 */
export async function takeAttempt(
  { trx, now }: Act,
  keyring: Keyring,
  subjects: readonly AttemptSubject[],
): Promise<boolean> {
  for (const subject of subjects) {
    const hash = hashSubject(keyring, subject);
    const lasts = memory[subject.kind];
    const forgotten = new Date(now.getTime() - lasts);
    const { rows } = await sql<{ failures: number }>`
      INSERT INTO attempt_limits (subject_hash, failures, last_at, forget_at)
      VALUES (${hash}, 1, ${now}, ${new Date(now.getTime() + lasts)})
      ON CONFLICT (subject_hash) DO UPDATE SET
        failures = CASE WHEN attempt_limits.last_at < ${forgotten} THEN 1 ELSE attempt_limits.failures + 1 END,
        last_at = excluded.last_at, forget_at = excluded.forget_at
      WHERE attempt_limits.blocked_until IS NULL OR attempt_limits.blocked_until <= ${now}
      RETURNING failures`.execute(trx);
    const [row] = rows;
    if (!row) return false;
    await setWait(trx, hash, waitAfter(row.failures, now));
  }
  return true;
}

/** Gives back an attempt that was no failure. */
export async function refundAttempt(
  { trx }: Pick<Act, 'trx'>,
  keyring: Keyring,
  subjects: readonly AttemptSubject[],
): Promise<void> {
  for (const subject of subjects) {
    await trx
      .updateTable('attempt_limits')
      .set((eb) => ({ failures: eb('failures', '-', 1), blocked_until: null }))
      .where('subject_hash', '=', hashSubject(keyring, subject))
      .where('failures', '>', 0)
      .execute();
  }
}

/** Until when a subject has to wait; undefined when it has not to. */
export async function waitOf(
  db: Db,
  keyring: Keyring,
  subject: AttemptSubject,
  now: Date,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom('attempt_limits')
    .select('blocked_until')
    .where('subject_hash', '=', hashSubject(keyring, subject))
    .where('blocked_until', '>', now)
    .executeTakeFirst();
  return row?.blocked_until ?? undefined;
}

/** Begins anew: what was tried was tried against something that is no more. */
export async function forgetAttempts(
  { trx }: Pick<Act, 'trx'>,
  keyring: Keyring,
  subjects: readonly AttemptSubject[],
): Promise<void> {
  const hashes = subjects.map((subject) => hashSubject(keyring, subject));
  await trx.deleteFrom('attempt_limits').where('subject_hash', 'in', hashes).execute();
}

async function setWait(trx: Act['trx'], hash: Buffer, until: Date | null): Promise<void> {
  await trx
    .updateTable('attempt_limits')
    .set({ blocked_until: until })
    .where('subject_hash', '=', hash)
    .execute();
}

function waitAfter(failures: number, now: Date): Date | null {
  if (failures < FREE) return null;
  return new Date(now.getTime() + Math.min(MINUTE_MS * 2 ** (failures - FREE), DAY_MS));
}

function hashSubject(keyring: Keyring, { kind, value }: AttemptSubject): Buffer {
  return keyring.index('person', `attempt/${kind}:${value}`);
}
