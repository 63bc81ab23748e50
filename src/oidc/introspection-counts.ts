/**
 * How often each service asked about a citizen, by day in Viet Nam, for the citizen's ledger. Introspection is the hot
 * path, so counting is one addition in memory; every few seconds, and at the end, what came together is written in one
 * statement. Counts of the last seconds are lost when a process dies: they tell how often, and decide nothing.
 */
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { dayInVietnam } from '../http/vietnam-day.ts';

const FLUSH_MS = 5_000;
/** So many citizens and services together are written at once, however short the time. */
const FULL = 20_000;
const ROWS = 5_000;

/** `account client day` → how often. */
type Counts = Map<string, number>;

export class IntrospectionCounts {
  readonly #deps: Pick<Deps, 'db' | 'clock' | 'log'>;
  readonly #timer: NodeJS.Timeout;
  #counts: Counts = new Map();
  #writing: Promise<void> | undefined;

  constructor(deps: Pick<Deps, 'db' | 'clock' | 'log'>) {
    this.#deps = deps;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** A service got an answer about a citizen. */
  countIntrospection(accountId: string, clientId: string): void {
    const key = `${accountId} ${dayInVietnam(this.#deps.clock())} ${clientId}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (this.#counts.size >= FULL) void this.flush();
  }

  /** Writes what came together; one writing at a time. Never throws: what could not be written is kept. */
  async flush(): Promise<void> {
    if (this.#writing) return this.#writing;
    if (this.#counts.size === 0) return;
    const taken = this.#counts;
    this.#counts = new Map();
    this.#writing = this.#write(taken).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.flush();
  }

  async #write(taken: Counts): Promise<void> {
    // In one order on every node, so that two writings never wait for each other in a circle.
    const keys = [...taken.keys()].sort();
    try {
      for (let at = 0; at < keys.length; at += ROWS) {
        const part = keys.slice(at, at + ROWS);
        await upsert(this.#deps, part, taken);
        for (const key of part) taken.delete(key);
      }
    } catch (error) {
      this.#deps.log.error({ error: (error as Error).message }, 'introspections were not counted yet');
      // A database that is away for long must not fill the memory.
      if (this.#counts.size + taken.size > 10 * FULL) return;
      for (const [key, count] of taken) this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
    }
  }
}

async function upsert({ db }: Pick<Deps, 'db'>, keys: string[], counts: Counts): Promise<void> {
  const rows = keys.map((key) => key.split(' ') as [string, string, string]);
  const accounts = rows.map(([account]) => account);
  const days = rows.map(([, day]) => day);
  const clients = rows.map(([, , client]) => client);
  const numbers = keys.map((key) => counts.get(key) ?? 0);
  // An account that was closed meanwhile is not written about again.
  await sql`
    INSERT INTO introspection_counts (account_id, client_id, day, count)
    SELECT u.account_id, u.client_id, u.day, u.count
    FROM unnest(${accounts}::uuid[], ${clients}::text[], ${days}::date[], ${numbers}::bigint[])
      AS u (account_id, client_id, day, count)
    JOIN accounts AS a ON a.id = u.account_id AND a.status <> 'closed'
    ORDER BY 1, 3, 2
    ON CONFLICT (account_id, client_id, day) DO UPDATE
    SET count = introspection_counts.count + excluded.count`.execute(db);
}

export type AskedCount = { day: string; clientId: string; count: number };

/** Who asked about a citizen on the days from `from` until before `until` (YYYY-MM-DD), newest first. */
export async function listAsked(
  { db }: Pick<Deps, 'db'>,
  accountId: string,
  { from, until }: { from: string; until: string },
): Promise<AskedCount[]> {
  const rows = await db
    .selectFrom('introspection_counts')
    .select(['client_id', 'count', sql<string>`to_char(day, 'YYYY-MM-DD')`.as('day')])
    .where('account_id', '=', accountId)
    .where(sql<boolean>`day >= ${from}::date AND day < ${until}::date`)
    .orderBy(sql`introspection_counts.day`, 'desc')
    .orderBy('count', 'desc')
    .execute();
  return rows.map(({ day, client_id, count }) => ({ day, clientId: client_id, count: Number(count) }));
}

/** Whether anybody asked before a day. */
export async function wasAskedBefore(
  { db }: Pick<Deps, 'db'>,
  accountId: string,
  day: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('introspection_counts')
    .select('count')
    .where('account_id', '=', accountId)
    .where(sql<boolean>`day < ${day}::date`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
