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
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}
