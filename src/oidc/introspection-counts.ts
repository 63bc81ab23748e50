/**
 * How often each service asked about a citizen, by day in Viet Nam, for the citizen's ledger. Introspection is the hot
 * path, so counting is one addition in memory; every few seconds, and at the end, what came together is written. What is
 * much waits half a minute: a service that asks about a citizen asks again soon, and one row then stands for it all.
 * Counts of that time are lost when a process dies: they tell how often, and decide nothing.
 */
import { sql } from 'kysely';
import { toTextArray } from '../db/arrays.ts';
import type { Deps } from '../deps.ts';
import { addDays, dayInVietnam, startOfDay } from '../http/vietnam-day.ts';

const TURN_MS = 5_000;
/** More citizens and services together than these wait for so many turns, and more than those for none. */
const FEW = 1_000;
const TURNS = 6;
const FULL = 50_000;
const MOST = 200_000;
const ROWS = 1_000;

/** What came together of one day: service → citizen → how often. Nested, because to build a key costs more than to count. */
type Day = { day: string; from: number; until: number; services: Map<string, Map<string, number>> };
type Row = { account: string; day: string; client: string; count: number };

export class IntrospectionCounts {
  readonly #deps: Pick<Deps, 'db' | 'clock' | 'log'>;
  readonly #timer: NodeJS.Timeout;
  #days: Day[] = [];
  #today: Day | undefined;
  #size = 0;
  #turns = 0;
  #writing: Promise<void> | undefined;

  constructor(deps: Pick<Deps, 'db' | 'clock' | 'log'>) {
    this.#deps = deps;
    this.#timer = setInterval(() => this.#turn(), TURN_MS);
    this.#timer.unref();
  }

  /** A service got an answer about a citizen. */
  countIntrospection(accountId: string, clientId: string): void {
    const now = this.#deps.clock().getTime();
    const today = this.#today;
    const day =
      today && now >= today.from && now < today.until ? today : this.#dayOf(dayInVietnam(new Date(now)));
    this.#today = day;
    this.#add(day, clientId, accountId, 1);
    if (this.#size >= FULL && !this.#writing) void this.flush();
  }

  /** Writes what came together; one writing at a time. Never throws: what could not be written is kept. */
  async flush(): Promise<void> {
    if (this.#writing) return this.#writing;
    if (this.#size === 0) return;
    const rows = rowsOf(this.#days);
    this.#days = [];
    this.#today = undefined;
    this.#size = 0;
    this.#turns = 0;
    this.#writing = this.#write(rows).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.flush();
  }

  #turn(): void {
    this.#turns += 1;
    if (this.#size <= FEW || this.#turns >= TURNS) void this.flush();
  }

  #dayOf(day: string): Day {
    const known = this.#days.find((one) => one.day === day);
    if (known) return known;
    const [from, until] = [day, addDays(day, 1)].map((one) => startOfDay(one).getTime()) as [number, number];
    const made = { day, from, until, services: new Map() };
    this.#days.push(made);
    return made;
  }

  #add({ services }: Day, client: string, account: string, count: number): void {
    let citizens = services.get(client);
    if (!citizens) {
      citizens = new Map();
      services.set(client, citizens);
    }
    const before = citizens.get(account);
    if (before === undefined) this.#size += 1;
    citizens.set(account, (before ?? 0) + count);
  }

  async #write(rows: Generator<Row>): Promise<void> {
    for (;;) {
      const next = take(rows, ROWS);
      if (next.length === 0) return;
      try {
        await upsert(this.#deps, next);
      } catch (error) {
        this.#deps.log.error({ error: (error as Error).message }, 'introspections were not counted yet');
        this.#keep([...next, ...rows]);
        return;
      }
    }
  }

  #keep(rows: readonly Row[]): void {
    // A database that is away for long must not fill the memory.
    if (this.#size + rows.length > MOST) return;
    for (const { account, day, client, count } of rows) this.#add(this.#dayOf(day), client, account, count);
  }
}

/** The next ones; an iterator's own `take` would close it behind them. */
function take(rows: Generator<Row>, most: number): Row[] {
  const taken: Row[] = [];
  while (taken.length < most) {
    const { value, done } = rows.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

function* rowsOf(days: readonly Day[]): Generator<Row> {
  for (const { day, services } of days)
    for (const [client, citizens] of services)
      for (const [account, count] of citizens) yield { account, day, client, count };
}

async function upsert({ db }: Pick<Deps, 'db'>, rows: readonly Row[]): Promise<void> {
  const accounts = toTextArray(rows.map(({ account }) => account));
  const clients = toTextArray(rows.map(({ client }) => client));
  const days = toTextArray(rows.map(({ day }) => day));
  const counts = toTextArray(rows.map(({ count }) => String(count)));
  // An account that was closed meanwhile is not written about again. In one order on every node, so that two writings
  // never wait for each other in a circle.
  await sql`
    INSERT INTO introspection_counts (account_id, client_id, day, count)
    SELECT u.account_id, u.client_id, u.day, u.count
    FROM unnest(${accounts}::uuid[], ${clients}::text[], ${days}::date[], ${counts}::bigint[])
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
