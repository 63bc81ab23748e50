/**
 * Closing an account is the citizen's own wish: it ends a week later, and until then they may take it back. What ends
 * and what stays then is written in self-service/erase.
 */
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import { dayInVietnam } from '../http/vietnam-day.ts';
import { tell } from '../notify/outbox.ts';

const WAIT_MS = 7 * 24 * 3600 * 1000;

/** Notes the wish; undefined when the account is closing already, or may not be used. */
export async function requestClosing(
  { trx, now, record }: Act,
  accountId: string,
): Promise<Date | undefined> {
  const closingAt = new Date(now.getTime() + WAIT_MS);
  const noted = await trx
    .updateTable('accounts')
    .set({ closing_at: closingAt })
    .where('id', '=', accountId)
    .where('status', '=', 'active')
    .where('closing_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!noted) return undefined;
  record({ event: 'account.closing_requested', account: accountId });
  await tell({ trx, now }, accountId, {
    kind: 'account_closing',
    date: dayInVietnam(closingAt),
  });
  return closingAt;
}

/** Takes the wish back; false when there is none. */
export async function cancelClosing({ trx, now, record }: Act, accountId: string): Promise<boolean> {
  const cancelled = await trx
    .updateTable('accounts')
    .set({ closing_at: null })
    .where('id', '=', accountId)
    .where('closing_at', 'is not', null)
    .where('closed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!cancelled) return false;
  record({ event: 'account.closing_cancelled', account: accountId });
  await tell({ trx, now }, accountId, { kind: 'account_closing_cancelled' });
  return true;
}

/** When an account is to end; undefined when nobody asked for it. */
export async function findClosing(db: Db, accountId: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select('closing_at')
    .where('id', '=', accountId)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return row?.closing_at ?? undefined;
}
