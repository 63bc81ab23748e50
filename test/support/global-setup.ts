/** Before the tests: one PostgreSQL for the whole run, with a migrated database that every test file clones. */
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { startThrowawayPostgres } from './throwaway-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the migrated template; nothing may stay connected to it. */
    templateUrl: string;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowawayPostgres('tnid_template');
  try {
    const db = openDatabase(server.url, 1);
    await migrate(db, new Date());
    await db.destroy();
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide('templateUrl', server.url);
  return server.stop;
}
