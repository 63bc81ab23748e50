/**
 * The phone number of an account: what an upstream vouched for, when, and whether it may be believed. Numbers change
 * hands; nothing of an account ever goes with its number, and nobody is found by one.
 *
 * Invariants: one account holds a number (`phones_one_holder`): when another one shows it, the first row is `moved`.
 * Whoever shows a number that somebody else had here keeps it in quarantine until they have proved who they are:
 * services may know the one before by it.
 */
import { sql } from 'kysely';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { tell } from '../notify/outbox.ts';

export type PhoneState = {
  /** E.164: +84912345678. */
  number: string;
  status: 'active' | 'quarantined' | 'moved';
  source: string;
  verifiedAt: Date;
};

type Doubt = 'was_anothers' | 'name_changed';

/** As Zalo writes numbers (84…, without a plus), or undefined when no such number can be. */
export async function toE164(international: string): Promise<string | undefined> {
  if (!/^\d{8,15}$/.test(international)) return undefined;
  // All countries' rules: read when they are first needed.
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/max');
  const parsed = parsePhoneNumberFromString(`+${international}`);
  return parsed?.isValid() ? parsed.number : undefined;
}

/** The number, E.164; undefined while there is none, or while it is in doubt who holds it. */
export async function findPhone(db: Db, keyring: Keyring, accountId: string): Promise<string | undefined> {
  const state = await findPhoneState(db, keyring, accountId);
  return state?.status === 'active' ? state.number : undefined;
}

/** What is known of an account's number, for its citizen. */
export async function findPhoneState(
  db: Db,
  keyring: Keyring,
  accountId: string,
): Promise<PhoneState | undefined> {
  const row = await db
    .selectFrom('phones')
    .select(['sealed', 'status', 'source', 'verified_at'])
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return (
    row && {
      number: keyring.open('phone', accountId, row.sealed).toString(),
      status: row.status as PhoneState['status'],
      source: row.source,
      verifiedAt: row.verified_at,
    }
  );
}

/** Notes that Zalo vouched for this number (E.164) now; says whether services may be told it. */
export async function vouchPhone(
  act: Act,
  keyring: Keyring,
  accountId: string,
  number: string,
): Promise<'active' | 'quarantined'> {
  const { trx, now, record } = act;
  const hash = keyring.index('phone', number);
  // Two accounts that show one number in one instant go one after another; the second finds what the first left.
  await sql`SELECT pg_advisory_xact_lock(${hash.readInt32BE(1)}::int, ${hash.readInt32BE(5)}::int)`.execute(
    trx,
  );
  const own = await trx
    .selectFrom('phones')
    .select(['number_hash', 'status', 'reason'])
    .where('account_id', '=', accountId)
    .forUpdate()
    .executeTakeFirst();
  const before = own?.number_hash.equals(hash) ? own.status : undefined;
  const others = await takeFromOthers(act, accountId, hash);
  // What was settled once stays settled; vouching again settles no doubt, since the one in doubt can do that, too.
  const anothers = before ? before !== 'active' || others.moved : others.known;
  // Who holds the account is in doubt, whatever number they show.
  const renamed = own?.status === 'quarantined' && own.reason === 'name_changed';
  const doubt: Doubt | undefined = renamed ? 'name_changed' : anothers ? 'was_anothers' : undefined;
  const status = doubt ? 'quarantined' : 'active';
  const row = {
    number_hash: hash,
    sealed: keyring.seal('phone', accountId, number),
    source: 'zalo',
    verified_at: now,
    status,
    ...(before === status ? {} : { reason: doubt ?? null, changed_at: now }),
  };
  await trx
    .insertInto('phones')
    .values({ changed_at: now, ...row, account_id: accountId })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(row))
    .execute();
  if (before === status) return status;
  record({ event: 'phone.vouched', account: accountId, source: 'zalo' });
  if (doubt && own?.status !== 'quarantined') await tellDoubt(act, accountId, doubt);
  return status;
}

/** Takes the number from whoever holds it now, and says whether anybody else ever had it here. */
async function takeFromOthers(
  act: Act,
  accountId: string,
  hash: Buffer,
): Promise<{ moved: boolean; known: boolean }> {
  const others = await act.trx
    .selectFrom('phones')
    .select(['account_id', 'status'])
    .where('number_hash', '=', hash)
    .where('account_id', '!=', accountId)
    .execute();
  const holders = others.filter(({ status }) => status !== 'moved');
  for (const { account_id } of holders) {
    await act.trx
      .updateTable('phones')
      .set({ status: 'moved', reason: 'shown_by_another', changed_at: act.now })
      .where('account_id', '=', account_id)
      .execute();
    act.record({ event: 'phone.moved', account: account_id });
    await tell(act, account_id, { kind: 'phone_moved' });
  }
  return { moved: holders.length > 0, known: others.length > 0 };
}

/** The account's number may have changed hands with the account itself: no service is told it until that is settled. */
export async function doubtPhone(act: Act, accountId: string, reason: Doubt): Promise<void> {
  const doubted = await act.trx
    .updateTable('phones')
    .set({ status: 'quarantined', reason, changed_at: act.now })
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .returning('account_id')
    .executeTakeFirst();
  if (doubted) await tellDoubt(act, accountId, reason);
}

async function tellDoubt(act: Act, accountId: string, reason: Doubt): Promise<void> {
  act.record({ event: 'phone.quarantined', account: accountId, reason });
  await tell(act, accountId, { kind: 'phone_quarantined' });
}

/** Ends a quarantine. The caller has seen the citizen prove who they are, in this very session. */
export async function releasePhone({ trx, now, record }: Act, accountId: string): Promise<boolean> {
  const released = await trx
    .updateTable('phones')
    .set({ status: 'active', reason: null, changed_at: now })
    .where('account_id', '=', accountId)
    .where('status', '=', 'quarantined')
    .returning('account_id')
    .executeTakeFirst();
  if (released) record({ event: 'phone.released', account: accountId, reason: 'proved_identity' });
  return released !== undefined;
}
