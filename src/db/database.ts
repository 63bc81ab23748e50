/**
 * The one store: PostgreSQL 15 or later, through Kysely. SQL stands beside the function that runs it; this only opens
 * the pool. There is no repository layer, and no other place opens connections.
 */
import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { createNames, nameStatements } from './prepare.ts';
import type { DB } from './schema.ts';
import { readFailure, within } from './unanswered.ts';
import { watchPool } from './watch.ts';

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

/**
 * How long a statement may take, in milliseconds: PostgreSQL ends it then, and soon after, what has still not answered is
 * taken for silent. 0: as long as it takes.
 */
export type Limits = { lanes: number; pool: number };
const LIMITS: Limits = { lanes: 5_000, pool: 15_000 };
/** For an operator who waits for the end, and can see that it does not come. */
export const UNLIMITED: Limits = { lanes: 0, pool: 0 };
/** Who has heard nothing for so much longer than PostgreSQL lets a statement run hears nothing at all. */
const SILENT = 1.2;
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** Opens a pool. `url` may name a Unix socket: `postgres://user@/database?host=/folder`. */
export function openDatabase(url: string, maxConnections = 10, limits = LIMITS): Db {
  const pool = openPool({ connectionString: url, max: maxConnections, types }, limits.pool);
  // As many at least as at most: a lane is not closed for being idle, and knows its statements for good.
  const size = { max: LANES, min: LANES, connectionTimeoutMillis: 5_000 };
  const lane = openPool({ connectionString: url, ...size, types }, limits.lanes, LANE_SETTINGS);
  watchPool(lane, limits.lanes * SILENT, { whole: true });
  const db = openKysely(pool);
  watchPool(pool, limits.pool * SILENT);
  const destroy = db.destroy.bind(db);
  db.destroy = async () => {
    await Promise.all([destroy(), lane.end()]);
  };
  urls.set(db, url);
  pools.set(db, pool);
  lanes.set(db, lane);
  return db;
}

/**
 * Connections of one's own to the same database, for what may take as long as it takes: migrations and work by time. The
 * caller destroys it.
 */
export function openPatient(db: Db): Db {
  return openKysely(openPool({ connectionString: urlOf(db), max: 3, types }));
}

function openKysely(pool: pg.Pool): Db {
  const nameOf = createNames();
  pool.on('connect', (client) => nameStatements(client, nameOf));
  pool.on('connect', tellFailures);
  const connect = () => pool.connect().catch((error) => Promise.reject(readFailure(error)));
  const source = { connect, end: () => pool.end(), options: pool.options };
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: source as never }) });
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
  if (lane) {
    const asked = lane.query<Row>(Object.create(statement) as Statement, values);
    return (await asked.catch((error) => Promise.reject(readFailure(error)))).rows;
  }
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

/** The same for its daily work, which is done in short statements. */
export function openWatchedJobPool(db: Db): pg.Pool {
  const pool = openPool({ connectionString: urlOf(db), max: 3 }, LIMITS.pool);
  watchPool(pool, LIMITS.pool * SILENT);
  return pool;
}

export function urlOf(db: Db): string {
  const url = urls.get(db);
  if (!url) throw new Error('this database was not opened by openDatabase');
  return url;
}

function tellFailures(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  client.query = ((...given: unknown[]) => {
    const asked = query(...given);
    return asked instanceof Promise ? asked.catch((error) => Promise.reject(readFailure(error))) : asked;
  }) as typeof client.query;
}

/**
 * `limit`: of a statement. Whoever keeps a transaction open and says nothing is cut off, since others wait for its locks:
 * of somebody behind a silent connection PostgreSQL would otherwise know nothing for two hours.
 */
function openPool(config: pg.PoolConfig, limit = 0, settings = ''): pg.Pool {
  const own = `SET statement_timeout = ${limit}; SET idle_in_transaction_session_timeout = ${limit || 60_000};
    SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; ${settings}`;
  const onConnect = (client: pg.PoolClient) => within(5_000, client.query(own));
  const given = { connectionTimeoutMillis: 10_000, ...KEEP_ALIVE, onConnect, ...config };
  const pool = new pg.Pool(given as pg.PoolConfig);
  // A connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
