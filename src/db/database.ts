/**
 * The one store: PostgreSQL 15 or later, through Kysely. SQL stands beside the function that runs it; this only opens
 * the pool. There is no repository layer, and no other place opens connections.
 */
import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { createNames, nameStatements } from './prepare.ts';
import type { DB } from './schema.ts';

/** What a domain function takes: the pool, or the transaction its caller opened. */
export type Db = Kysely<DB>;
export type Trx = Transaction<DB>;

/** A sequence above 2^53 must never become a rounded number: bigint arrives as bigint. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? BigInt
      : pg.types.getTypeParser(oid, format as 'text'),
};

/** Opens a pool. `url` may name a Unix socket: `postgres://user@/database?host=/folder`. */
export function openDatabase(url: string, maxConnections = 10): Db {
  const pool = openPool({ connectionString: url, max: maxConnections, types });
  const nameOf = createNames();
  pool.on('connect', (client) => nameStatements(client, nameOf));
  const onConnect = (client: { query: (text: string) => Promise<unknown> }) => client.query(LANE_SETTINGS);
  // As many at least as at most: a lane is not closed for being idle, and knows its statements for good. What is silent
  // for long is kept alive, so that nothing on the way forgets it.
  const size = { max: LANES, min: LANES, keepAlive: true, keepAliveInitialDelayMillis: 10_000 };
  const lane = openPool({ connectionString: url, ...size, types, onConnect } as pg.PoolConfig);
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  const destroy = db.destroy.bind(db);
  db.destroy = async () => {
    await Promise.all([destroy(), lane.end()]);
  };
  urls.set(db, url);
  pools.set(db, pool);
  lanes.set(db, lane);
  return db;
}

const LANES = 3;
/**
 * Statements of the lanes find rows by their keys, few at a time. Left to itself PostgreSQL plans them anew at every
 * call, since it knows more of the very arrays than of any: that took five times as long as the answer. And a plan made
 * while a table was small must not read it from end to end when it has grown.
 */
const LANE_SETTINGS = `SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
  SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off; SET enable_material = off;
  SET jit = off`;
const urls = new WeakMap<Db, string>();
const pools = new WeakMap<Db, pg.Pool>();

/** How many connections there are, how many of them are idle, and how many queries wait for one. */
export function readPool(db: Db): { total: number; idle: number; waiting: number } {
  const { totalCount = 0, idleCount = 0, waitingCount = 0 } = pools.get(db) ?? {};
  return { total: totalCount, idle: idleCount, waiting: waitingCount };
}

const lanes = new WeakMap<Db, pg.Pool>();

/** SQL that every request asks for. `name` stands for `text` on a connection for good. */
export type Statement = { name: string; text: string };

/**
 * Runs a statement of the hot path, without a query builder in between, on connections kept for such, which no
 * transaction ever holds; given a transaction, in that.
 */
export async function runPrepared<Row extends object>(
  db: Db,
  statement: Statement,
  values: unknown[],
): Promise<Row[]> {
  const lane = lanes.get(db);
  // The driver copies what it is given, property by property: an heir of the statement has none of its own.
  if (lane) return (await lane.query<Row>(Object.create(statement) as Statement, values)).rows;
  return (await db.executeQuery<Row>(CompiledQuery.raw(statement.text, values))).rows;
}

/** Whether this is the pool itself: questions to it may share a statement, those in a transaction are its own. */
export function isPool(db: Db): boolean {
  return lanes.has(db);
}

/** A pool of its own for the job library, which cannot read a bigint as one. The caller ends it. */
export function openJobPool(db: Db): pg.Pool {
  return openPool({ connectionString: urlOf(db), max: 3 });
}

function urlOf(db: Db): string {
  const url = urls.get(db);
  if (!url) throw new Error('this database was not opened by openDatabase');
  return url;
}

function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ connectionTimeoutMillis: 10_000, ...config });
  // A connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

const AGAIN = 1_000; // ms before a lost connection is opened anew

/** Hears a channel over a connection of its own: calls `hear` at every notification, and after every (re)connection. */
export function listen(db: Db, channel: string, hear: () => void): { stop: () => Promise<void> } {
  const connectionString = urlOf(db);
  let current: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const open = async () => {
    const client = new pg.Client({ connectionString, keepAlive: true, connectionTimeoutMillis: 10_000 });
    current = client;
    const lost = () => {
      if (current !== client) return;
      current = undefined;
      void client.end().catch(() => {});
      if (!stopped) timer = setTimeout(open, AGAIN).unref();
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', hear);
    try {
      await client.connect();
      if (stopped) return await client.end();
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      hear();
    } catch {
      lost();
    }
  };
  const opening = open();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await opening;
      await current?.end().catch(() => {});
    },
  };
}
