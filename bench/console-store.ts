/** The database of bench/console.ts: one for a run, or one in a folder that is kept. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openDatabase } from '../src/db/database.ts';
import { startEmbeddedPostgres } from '../src/db/embedded.ts';
import { createLog } from '../src/log.ts';
import { startThrowawayPostgres } from '../test/support/throwaway-postgres.ts';

const DATABASE = 'tnid_bench_console';

type Store = {
  url: string;
  key: Buffer;
  /** Whether it was filled by a run before. */
  seeded: boolean;
  keep: () => Promise<void>;
  stop: () => Promise<void>;
};

/** A database for this run, or the one of a folder that is kept: to fill a province takes longer than to measure it. */
export async function openStore(folder: string | undefined): Promise<Store> {
  if (folder === undefined) {
    const server = await startThrowawayPostgres(DATABASE);
    await prepare(server.url);
    return { ...server, key: randomBytes(32), seeded: false, keep: async () => {} };
  }
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const keyFile = join(folder, 'bench-key');
  const kept = existsSync(keyFile) ? readFileSync(keyFile) : undefined;
  const server = await startEmbeddedPostgres({
    directory: folder,
    log: createLog('error'),
    database: DATABASE,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const key = kept ?? randomBytes(32);
  if (!kept) await prepare(server.url);
  return {
    url: server.url,
    key,
    seeded: kept !== undefined,
    keep: async () => writeFileSync(keyFile, key),
    stop: () => server.stop(),
  };
}

/** For building indexes; what pages are answered with stays as PostgreSQL comes. */
async function prepare(url: string): Promise<void> {
  const db = openDatabase(url, 1);
  await sql`ALTER DATABASE ${sql.id(DATABASE)} SET maintenance_work_mem = '512MB'`.execute(db);
  await db.destroy();
}
