/**
 * Sends the notices of the outbox. What became of one stands in `status`:
 *
 * waiting → sending → sent; back to waiting when nothing was sent and another try is worth it; failed when not;
 * kept when there is no number or no template; unknown when it may have been sent.
 *
 * Invariant: at most one message for a notice. `sending` is committed before the request leaves and is never tried
 * again: whoever finds it finds a try that died, or one whose end nobody knows. The citizen reads it on the account
 * page in any case; told twice of a new device, people begin to look away.
 */
import { z } from 'zod';
import type { Db } from '../db/database.ts';
import { addJob } from '../db/jobs.ts';
import type { Deps } from '../deps.ts';
import type { Notice } from './notices.ts';
import { SEND_NOTICE } from './outbox.ts';
import type { Messenger, SendResult } from './zns.ts';

type Scope = Pick<Deps, 'db' | 'clock' | 'log' | 'metrics'>;
type Ways = {
  messenger: Messenger;
  /** The number an upstream vouched for, when it is beyond doubt. */
  phoneOf: (accountId: string) => Promise<string | undefined>;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Tries a minute, 4, 16, 64, 256 and then 12 hours apart: the last one is almost three days after the first. */
const MAX_ATTEMPTS = 10;
const LONGEST_MS = 12 * HOUR_MS;

const job = z.object({ notice: z.uuid() });

/** What runs SEND_NOTICE. */
export function deliverNotices(
  scope: Scope,
  { messenger, phoneOf }: Ways,
): (payload: unknown) => Promise<void> {
  const { db, log } = scope;
  return async (payload) => {
    const { notice: id } = job.parse(payload);
    const row = await findNotice(db, id);
    if (row?.status === 'sending') {
      if (await move(db, id, 'sending', { status: 'unknown', last_error: 'interrupted' }))
        log.error({ notice: id }, 'a notice may or may not have been sent; it is not sent again');
      return;
    }
    if (row?.status !== 'waiting') return;
    const notice = { kind: row.kind, ...(row.params as object) } as Notice;
    const send = messenger(notice);
    const phone = send && (await phoneOf(row.account_id));
    if (!send || !phone) {
      await move(db, id, 'waiting', { status: 'kept' });
      return;
    }
    const attempts = row.attempts + 1;
    if (!(await move(db, id, 'waiting', { status: 'sending', attempts }))) return;
    const result = await send({ trackingId: id, phone, notice, at: row.created_at });
    await settle(scope, { id, kind: notice.kind, attempts }, result);
  };
}

type Tried = { id: string; kind: Notice['kind']; attempts: number };

async function settle({ db, clock, log, metrics }: Scope, tried: Tried, result: SendResult): Promise<void> {
  const { id, kind, attempts } = tried;
  const now = clock();
  metrics?.countNotice(result.outcome);
  if (result.outcome === 'sent') {
    await move(db, id, 'sending', { status: 'sent', sent_at: now, last_error: null });
    return;
  }
  const last_error = result.code;
  log.warn({ notice: id, kind, attempt: attempts, code: last_error }, 'a notice was not sent');
  if (result.outcome === 'unknown' || result.outcome === 'never' || attempts >= MAX_ATTEMPTS) {
    const status = result.outcome === 'unknown' ? 'unknown' : 'failed';
    await move(db, id, 'sending', { status, last_error });
    return;
  }
  const wait = Math.min(MINUTE_MS * 4 ** (attempts - 1), LONGEST_MS);
  const runAt = result.outcome === 'morning' ? nextMorning(now) : new Date(now.getTime() + wait);
  await db.transaction().execute(async (trx) => {
    if (await move(trx, id, 'sending', { status: 'waiting', last_error }))
      await addJob(trx, SEND_NOTICE, { notice: id }, { runAt });
  });
}

/** The next 6:10 in Viet Nam, which keeps UTC+7 all year. */
function nextMorning(now: Date): Date {
  const morning = new Date(now);
  morning.setUTCHours(23, 10, 0, 0);
  return morning > now ? morning : new Date(morning.getTime() + 24 * HOUR_MS);
}

async function findNotice(db: Db, id: string) {
  return db
    .selectFrom('notices')
    .select(['account_id', 'kind', 'params', 'status', 'attempts', 'created_at'])
    .where('id', '=', id)
    .executeTakeFirst();
}

type Change = {
  status: 'sending' | 'sent' | 'waiting' | 'failed' | 'kept' | 'unknown';
  attempts?: number;
  last_error?: string | null;
  sent_at?: Date;
};

/** False when the notice is not where it was thought to be. */
async function move(db: Db, id: string, from: 'waiting' | 'sending', change: Change): Promise<boolean> {
  const row = await db
    .updateTable('notices')
    .set(change)
    .where('id', '=', id)
    .where('status', '=', from)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
