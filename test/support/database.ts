/** A database of one's own for each test file: a clone of the migrated template (or nothing yet), dropped at the end. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Db, openDatabase } from '../../src/db/database.ts';

export type TestDatabase = { url: string; db: Db; close(): Promise<void> };

export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  const source = empty ? 'template0' : template.pathname.slice(1);
  await runInMaintenance(template, `CREATE DATABASE ${name} TEMPLATE ${source}`);
  const url = withDatabase(template, name);
  const db = openDatabase(url, 5);
  const close = async () => {
    await db.destroy();
    await runInMaintenance(template, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  return { url, db, close };
}

function withDatabase(template: URL, name: string): string {
  const url = new URL(template);
  url.pathname = `/${name}`;
  return url.href;
}

async function runInMaintenance(template: URL, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(template, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
