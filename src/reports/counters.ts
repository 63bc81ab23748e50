/**
 * Counts of what is no act and so stands in no chain: how often a citizen was asked to step up, and how often one
 * began. Kept in the process and added to the day's counts every few seconds; what a crash loses is a few of them.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';

const FLUSH_MS = 5_000;
/** A database that is away for long must not fill the memory. */
const MOST = 10_000;

type Counted = { name: string; day: string; key: string; detail: string; count: number };

const vietnam = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Ho_Chi_Minh' });

export class Counters {
  #counts = new Map<string, Counted>();
  readonly #db: Db;
  readonly #clock: () => Date;

  constructor({ db, clock }: { db: Db; clock: () => Date }) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Costs nothing: it is written later. */
  count(name: string, key: string, detail = ''): void {
    const day = vietnam.format(this.#clock());
    const id = [name, day, key, detail].join('\n');
    const counted = this.#counts.get(id);
    if (counted) counted.count += 1;
    else if (this.#counts.size < MOST) this.#counts.set(id, { name, day, key, detail, count: 1 });
  }

  /** Writes every few seconds from now on; what is returned ends that, and writes what is left. */
  keepFlushing(log: Deps['log']): () => Promise<void> {
    let writing = Promise.resolve();
    const write = () => {
      writing = writing
        .then(() => this.flush())
        .catch((error: Error) => log.error({ error: error.message }, 'counts for reports are not kept yet'));
      return writing;
    };
    const timer = setInterval(write, FLUSH_MS);
    timer.unref();
    return () => {
      clearInterval(timer);
      return write();
    };
  }

  /** Adds what was counted to the table; keeps it when the table cannot be reached. */
  async flush(): Promise<void> {
    const counts = this.#counts;
    if (counts.size === 0) return;
    this.#counts = new Map();
    try {
      // In one order on every node: two that write the same rows must not wait for each other.
      const rows = [...counts.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
      const of = (member: keyof Counted) => rows.map((row) => row[member]);
      await sql`
        INSERT INTO report_counts (name, day, key, detail, count)
        SELECT * FROM unnest(${of('name')}::text[], ${of('day')}::date[], ${of('key')}::text[],
          ${of('detail')}::text[], ${of('count')}::bigint[])
        ON CONFLICT (name, day, key, detail) DO UPDATE SET count = report_counts.count + excluded.count`.execute(
        this.#db,
      );
    } catch (error) {
      for (const [id, counted] of counts) {
        const newer = this.#counts.get(id);
        if (newer) newer.count += counted.count;
        else this.#counts.set(id, counted);
      }
      throw error;
    }
  }
}

function keyOf({ name, day, key, detail }: Counted): string {
  return [name, day, key, detail].join('\n');
}
