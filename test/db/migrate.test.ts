/** Migrations and the sweep, on a database of their own. */
import { readdir } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { sweepExpired } from '../../src/db/sweep.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const folder = new URL('../../migrations/', import.meta.url);
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

describe('migrations', () => {
  it('are applied once, also by nodes that start together', async () => {
    const empty = await createTestDatabase({ empty: true });
    try {
      const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
      const results = await Promise.all([1, 2, 3].map(() => migrate(empty.db, new Date())));
      expect(results.flat()).toEqual(files);
      // The tables of the timed work are there, too, and a later start finds nothing to do.
      await sql`SELECT FROM graphile_worker.jobs`.execute(empty.db);
      expect(await migrate(empty.db, new Date())).toEqual([]);
    } finally {
      await empty.close();
    }
  });

  it('refuse a file that was changed after it was applied', async () => {
    await sql`UPDATE migrations SET checksum = 'other' WHERE name = '0001_first_light.sql'`.execute(
      database.db,
    );
    await expect(migrate(database.db, new Date())).rejects.toThrow('0001_first_light.sql was changed');
  });
});

describe('the sweep', () => {
  it('removes what is past its time and nothing else', async () => {
    const now = new Date();
    const row = (model: string, expires_at: Date | null) => ({
      model,
      id_hash: Buffer.from(model),
      payload: Buffer.alloc(0),
      expires_at,
    });
    const past = new Date(now.getTime() - 1000);
    const future = new Date(now.getTime() + 60_000);
    await database.db
      .insertInto('oidc_artefacts')
      .values([row('Past', past), row('Future', future), row('Forever', null)])
      .execute();
    expect(await sweepExpired(database.db, now)).toBe(1);
    const left = await database.db.selectFrom('oidc_artefacts').select('model').orderBy('model').execute();
    expect(left.map(({ model }) => model)).toEqual(['Forever', 'Future']);
  });
});
