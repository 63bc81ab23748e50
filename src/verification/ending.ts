/** Tells citizens that their level2 runs out with the card: 60, 30 and 7 days before, each once. */
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { tell } from '../notify/outbox.ts';

const DAY_MS = 24 * 3600 * 1000;
const BATCH = 500;
const steps = [
  { days: 60, until: 30 },
  { days: 30, until: 7 },
  { days: 7, until: 0 },
] as const;

/**
 * Tells whom it is time to tell. A step that passed unseen (verified with a card that ends in two weeks, a machine that
 * stood still) is not made up for: whoever is in the last 7 days hears that, and not the two before it.
 */
export async function tellOfEnding({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const now = clock();
  const after = (days: number) => new Date(now.getTime() + days * DAY_MS);
  for (const { days, until } of steps) {
    for (let told = BATCH; told === BATCH; ) {
      told = await db.transaction().execute(async (trx) => {
        const due = await trx
          .selectFrom('verifications as v')
          .innerJoin('accounts as a', 'a.id', 'v.account_id')
          .select(['v.id', 'v.account_id', 'v.expires_at'])
          .where('v.status', '=', 'active')
          .where('v.expires_at', '>', after(until))
          .where('v.expires_at', '<=', after(days))
          .where('a.status', '=', 'active')
          .where(
            sql<boolean>`NOT EXISTS (SELECT FROM notices n WHERE n.event_key = 'ending/' || v.id::text || '/' || ${days}::text)`,
          )
          .limit(BATCH)
          .execute();
        for (const { id, account_id, expires_at } of due) {
          await tell({ trx, now }, account_id, {
            kind: 'level2_ending',
            date: lastDay(expires_at ?? now),
            days,
            event: `ending/${id}/${days}`,
          });
        }
        return due.length;
      });
    }
  }
}

/** The card is good through the day before the moment at which level2 ends; in Viet Nam, UTC+7 all year. */
function lastDay(end: Date): string {
  return new Date(end.getTime() - 1 + 7 * 3600 * 1000).toISOString().slice(0, 10);
}
