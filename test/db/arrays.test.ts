/** What PostgreSQL reads from the arrays that we write ourselves. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toByteaArray, toTextArray } from '../../src/db/arrays.ts';
import { type Db, openDatabase, runPrepared } from '../../src/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, 1);
});
afterAll(async () => {
  await db?.destroy();
  await database?.close();
});

const reading = { name: 'test_arrays', text: 'SELECT $1::text[] AS texts, $2::bytea[] AS bytes' };

it('is what was given: quotes, backslashes, commas, NULL and the word for it, empty ones', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0')),
    fc.constantFrom('null', 'NULL', '', '{}', 'a,b', '\\', '"', '\\"', 'Nguyễn Văn An', ' x '),
  );
  const bytes = fc.uint8Array({ maxLength: 40 }).map((one) => Buffer.from(one));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(text), { maxLength: 8 }),
      fc.array(fc.option(bytes), { maxLength: 8 }),
      async (texts, blobs) => {
        const [row] = await runPrepared<{ texts: string[]; bytes: Buffer[] }>(db, reading, [
          toTextArray(texts),
          toByteaArray(blobs),
        ]);
        expect(row).toEqual({ texts, bytes: blobs });
        const asText = blobs.map((one) => one?.toString('latin1') ?? null);
        expect(toByteaArray(asText)).toEqual(toByteaArray(blobs));
      },
    ),
    { numRuns: 150 },
  );
});
