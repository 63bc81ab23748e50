/**
 * Notices to citizens: an outbox. What is to be told is written in the transaction of the act itself, so a notice is
 * neither lost nor sent for an act that failed, and sending it never holds the act up. A job sends it; the account
 * page shows it in any case, because many citizens have no phone number here.
 *
 * Invariant: at most once for an event (`event`), and at most one message for a notice (notify/deliver).
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
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

/** What an account was told, and what became of the message (deliver.ts). */
export type ToldNotice = { id: string; notice: Notice; at: Date; status: string };

/** An account's notices, newest first; after the one named `before`, if it is this account's. */
export async function listNotices(
  db: Db,
  accountId: string,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<ToldNotice[]> {
  let query = db
    .selectFrom('notices')
    .select(['id', 'kind', 'params', 'created_at', 'status'])
    .where('account_id', '=', accountId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (before) {
    query = query.where(
      sql<boolean>`(created_at, id) < (SELECT created_at, id FROM notices WHERE id = ${before} AND account_id = ${accountId})`,
    );
  }
  const rows = await query.execute();
  return rows.map(({ id, kind, params, created_at, status }) => ({
    id,
    notice: { kind, ...(params as object) } as Notice,
    at: created_at,
    status,
  }));
}
