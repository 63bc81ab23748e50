/**
 * The PIN: six digits on top of the Zalo sign-in. Its hash is sealed besides, because a million choices are searched
 * through in hours by whoever has the hash alone.
 *
 * Wrong ones are counted by account, before the hash is computed, on all nodes together: five are free, then each
 * waits longer (attempts.ts). They can be made only behind a Zalo sign-in of this very account (factors/routes), so
 * nobody outside can lock anybody out.
 */
import { randomUUID } from 'node:crypto';
import { type Act, performAct } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';
import { tell } from '../notify/outbox.ts';
import { type AttemptSubject, forgetAttempts, refundAttempt, takeAttempt, waitOf } from './attempts.ts';
import type { PinHasher } from './pin-hasher.ts';

export type PinAnswer =
  | { outcome: 'right' }
  | { outcome: 'wrong' | 'locked'; until?: Date }
  /** There is no PIN. */
  | { outcome: 'none' };

type Scope = { deps: Pick<Deps, 'db' | 'clock' | 'keyring'>; hasher: PinHasher };

/**
 * Holds a PIN against the account's. The wrong ones are recorded and counted; the right one begins the count anew. To
 * be called inside `hasher.within`.
 */
export async function checkPin({ deps, hasher }: Scope, accountId: string, pin: string): Promise<PinAnswer> {
  const { keyring } = deps;
  const subjects = [subjectOf(accountId)];
  // While it is locked nothing is tried and nothing written: the lock itself is in the books.
  const taken =
    !(await findPinWait(deps, accountId)) &&
    (await performAct(deps, (act) => takeAttempt(act, keyring, subjects)));
  if (!taken) return withWait(deps, accountId, 'locked');
  const kept = await findHash(deps.db, keyring, accountId);
  if (!kept) return { outcome: 'none' };

  const right = await hasher.verify(kept.hash, pin).catch(async (error: Error) => {
    // Nothing was tried: the machine has no memory left, say.
    await performAct(deps, (act) => refundAttempt(act, keyring, subjects));
    throw error;
  });
  // A hash that could not be renewed now is renewed another time.
  const renewed =
    right && hasher.isOutdated(kept.hash) ? await hasher.hash(pin).catch(() => undefined) : undefined;
  const counts = await performAct(deps, async (act) =>
    right && (await noteUsed(act, keyring, kept.id, renewed))
      ? forgetAttempts(act, keyring, subjects).then(() => true)
      : noteWrong(act, keyring, accountId, kept.id),
  );
  return counts ? { outcome: 'right' } : withWait(deps, accountId, 'wrong');
}

/** False when the PIN was removed or replaced meanwhile. */
async function noteUsed({ trx, now }: Act, keyring: Keyring, id: string, renewed: string | undefined) {
  const used = await trx
    .updateTable('factors')
    .set({ last_used_at: now, ...(renewed ? { secret_sealed: seal(keyring, id, renewed) } : {}) })
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  return used !== undefined;
}

async function noteWrong(act: Act, keyring: Keyring, accountId: string, id: string): Promise<false> {
  const refused = { event: 'factor.refused', account: accountId, kind: 'pin' } as const;
  act.record({ ...refused, reason: 'wrong_pin' });
  const until = await waitOf(act.trx, keyring, subjectOf(accountId), act.now);
  if (!until) return false;
  const told = await tell(act, accountId, {
    kind: 'pin_locked',
    event: `pin_locked/${id}/${until.getTime()}`,
  });
  if (told) act.record({ ...refused, reason: 'locked' });
  return false;
}

/**
 * Sets or replaces the PIN. `hash` is made before, outside the transaction; the rules were asked (pin-rules), and the
 * account is held (lockLevel2): of two at once the second one waits, and replaces the first one's.
 */
export async function setPin(act: Act, keyring: Keyring, accountId: string, hash: string): Promise<void> {
  const { trx, now, record } = act;
  const replaced = await trx
    .deleteFrom('factors')
    .where('account_id', '=', accountId)
    .where('kind', '=', 'pin')
    .returning('id')
    .executeTakeFirst();
  const id = randomUUID();
  await trx
    .insertInto('factors')
    .values({
      id,
      account_id: accountId,
      kind: 'pin',
      secret_sealed: seal(keyring, id, hash),
      created_at: now,
    })
    .execute();
  await forgetAttempts(act, keyring, [subjectOf(accountId)]);
  record({ event: 'factor.set', account: accountId, kind: 'pin', factor: id });
  await tell(act, accountId, { kind: replaced ? 'pin_reset' : 'pin_set' });
}

/** Until when no PIN is taken; undefined when one is. */
export async function findPinWait(
  { db, keyring, clock }: Scope['deps'],
  accountId: string,
): Promise<Date | undefined> {
  return waitOf(db, keyring, subjectOf(accountId), clock());
}

async function withWait(
  deps: Scope['deps'],
  accountId: string,
  outcome: 'wrong' | 'locked',
): Promise<PinAnswer> {
  const until = await findPinWait(deps, accountId);
  return until ? { outcome, until } : { outcome };
}

async function findHash(db: Db, keyring: Keyring, accountId: string) {
  const row = await db
    .selectFrom('factors')
    .select(['id', 'secret_sealed'])
    .where('account_id', '=', accountId)
    .where('kind', '=', 'pin')
    .executeTakeFirst();
  return row && { id: row.id, hash: keyring.open('factor', row.id, row.secret_sealed).toString() };
}

function seal(keyring: Keyring, id: string, hash: string): Buffer {
  return keyring.seal('factor', id, hash);
}

function subjectOf(accountId: string): AttemptSubject {
  return { kind: 'pin', value: accountId };
}
