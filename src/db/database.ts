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

// A personal number or a sequence above 2^53 must never become a rounded number: bigint arrives as bigint.
pg.types.setTypeParser(pg.types.builtins.INT8, BigInt);

/** Opens a pool. `url` may name a Unix socket: `postgres://user@/database?host=/folder`. */
export function openDatabase(url: string, maxConnections = 10): Db {
  const pool = new pg.Pool({ connectionString: url, max: maxConnections, connectionTimeoutMillis: 10_000 });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  pools.set(db, pool);
  return db;
}

const pools = new WeakMap<Db, pg.Pool>();

/** The pool behind a database, for the job library, which speaks to PostgreSQL itself. */
export function poolOf(db: Db): pg.Pool {
  const pool = pools.get(db);
  if (!pool) throw new Error('this database was not opened by openDatabase');
  return pool;
}
