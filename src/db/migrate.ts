/**
 * Migrations: plain SQL files, forward only, applied in the order of their numbers, each in its own transaction,
 * under an advisory lock so that nodes that start together do not collide. A file that was changed after it was
 * applied is refused: history is not edited.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { type Db, openPatient } from './database.ts';
import { migrateJobs } from './jobs.ts';

const folder = fileURLToPath(new URL('../../migrations/', import.meta.url));
const LOCK = 7_204_001;
const OLDEST = 150_000;

/** Applies what is missing. Returns the names applied. */
export async function migrate(db: Db, now: Date): Promise<string[]> {
  await requireVersion(db);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const patient = openPatient(db);
  try {
    return await applyFiles(patient, db, files, now);
  } finally {
    await patient.destroy();
  }
}

function applyFiles(patient: Db, db: Db, files: readonly string[], now: Date): Promise<string[]> {
  return patient.connection().execute(async (connection) => {
    await sql`SELECT pg_advisory_lock(${LOCK})`.execute(connection);
    try {
      await sql`CREATE TABLE IF NOT EXISTS migrations (
        name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)`.execute(connection);
      const rows = await sql<{
        name: string;
        checksum: string;
      }>`SELECT name, checksum FROM migrations`.execute(connection);
      const done = new Map(rows.rows.map((row) => [row.name, row.checksum]));
      const applied: string[] = [];
      for (const name of files) {
        const text = await readFile(`${folder}${name}`, 'utf8');
        const checksum = createHash('sha256').update(text).digest('hex');
        const before = done.get(name);
        if (before === checksum) continue;
        if (before) throw new Error(`migration ${name} was changed after it was applied`);
        await connection.transaction().execute(async (trx) => {
          await sql.raw(text).execute(trx);
          await sql`INSERT INTO migrations VALUES (${name}, ${checksum}, ${now})`.execute(trx);
        });
        applied.push(name);
      }
      // Under the same lock: the library's own migrations meet each other badly on an empty database.
      await migrateJobs(db);
      return applied;
    } finally {
      await sql`SELECT pg_advisory_unlock(${LOCK})`.execute(connection);
    }
  });
}

async function requireVersion(db: Db): Promise<void> {
  const { rows } = await sql<{ version: number }>`
    SELECT current_setting('server_version_num')::int AS version`.execute(db);
  const version = rows[0]?.version ?? 0;
  if (version < OLDEST) {
    throw new Error(`PostgreSQL ${Math.floor(version / 10_000)} is too old: 15 or later is needed`);
  }
}
