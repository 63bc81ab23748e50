/**
 * Notices to citizens: an outbox. What is to be told is written in the transaction of the act itself, so a notice is
 * neither lost nor sent for an act that failed, and sending it never holds the act up. A job sends it; the account
 * page shows it in any case, because many citizens have no phone number here.
 *
 * Invariant: at most once for an event (`event`), and at most one message for a notice (notify/deliver).
 */
import { randomUUID } from 'node:crypto';
import type { Db } from '../db/database.ts';
import { addJob } from '../db/jobs.ts';
import type { Notice } from './notices.ts';

export const SEND_NOTICE = 'send_notice';

/** Writes a notice down; false when this event has been told already. */
export async function tell(
  { trx, now }: { trx: Db; now: Date },
  accountId: string,
  { kind, event, ...params }: Notice & { event?: string },
): Promise<boolean> {
  const id = randomUUID();
  const row = await trx
    .insertInto('notices')
    .values({
      id,
      account_id: accountId,
      kind,
      params: JSON.stringify(params),
      event_key: event ?? null,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('event_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row) await addJob(trx, SEND_NOTICE, { notice: id });
  return row !== undefined;
}
