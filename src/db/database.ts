/**
 * The one store: PostgreSQL 15 or later, through Kysely. SQL stands beside the function that runs it; this only opens
 * the pool. There is no repository layer, and no other place opens connections.
 */
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
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
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  urls.set(db, url);
  pools.set(db, pool);
  return db;
}

const urls = new WeakMap<Db, string>();
const pools = new WeakMap<Db, pg.Pool>();

/** How many connections there are, how many of them are idle, and how many queries wait for one. */
export function readPool(db: Db): { total: number; idle: number; waiting: number } {
  const { totalCount = 0, idleCount = 0, waitingCount = 0 } = pools.get(db) ?? {};
  return { total: totalCount, idle: idleCount, waiting: waitingCount };
}

/** A pool of its own for the job library, which cannot read a bigint as one. The caller ends it. */
export function openJobPool(db: Db): pg.Pool {
  const connectionString = urls.get(db);
  if (!connectionString) throw new Error('this database was not opened by openDatabase');
  return openPool({ connectionString, max: 3 });
}

function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ connectionTimeoutMillis: 10_000, ...config });
  // A connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
