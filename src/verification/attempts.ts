/**
 * Limits on failed proofs, by account, device and personal number, shared by all nodes: five are free, then each
 * failure doubles the wait, from a minute to a day. A day without failures forgets them. Subjects are keyed hashes.
 * Honest retries (the card was moved away, a chip read half) are not failures; the caller decides what is.
 */
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';

export type AttemptSubject = { kind: 'account' | 'device' | 'number'; value: string };

const FREE = 5;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;

/** Until when these subjects have to wait; undefined: they may try. */
export async function findWait(
  db: Db,
  keyring: Keyring,
  subjects: readonly AttemptSubject[],
  now: Date,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom('attempt_limits')
    .select(({ fn }) => fn.max('blocked_until').as('until'))
    .where(
      'subject_hash',
      'in',
      subjects.map((subject) => hashSubject(keyring, subject)),
    )
    .where('blocked_until', '>', now)
    .executeTakeFirst();
  return row?.until ?? undefined;
}

/** Counts a failure against each subject and sets the wait it has earned. */
export async function countFailure(
  { trx, now }: Act,
  keyring: Keyring,
  subjects: readonly AttemptSubject[],
): Promise<void> {
  for (const subject of subjects) {
    const subject_hash = hashSubject(keyring, subject);
    const before = await trx
      .selectFrom('attempt_limits')
      .select(['failures', 'last_at'])
      .where('subject_hash', '=', subject_hash)
      .forUpdate()
      .executeTakeFirst();
    const forgotten = !before || now.getTime() - before.last_at.getTime() > DAY_MS;
    const failures = forgotten ? 1 : before.failures + 1;
    const row = { failures, blocked_until: waitAfter(failures, now), last_at: now };
    await trx
      .insertInto('attempt_limits')
      .values({ subject_hash, ...row })
      .onConflict((conflict) => conflict.column('subject_hash').doUpdateSet(row))
      .execute();
  }
}

function waitAfter(failures: number, now: Date): Date | null {
  if (failures < FREE) return null;
  return new Date(now.getTime() + Math.min(MINUTE_MS * 2 ** (failures - FREE), DAY_MS));
}

function hashSubject(keyring: Keyring, { kind, value }: AttemptSubject): Buffer {
  return keyring.index('person', `attempt/${kind}:${value}`);
}
