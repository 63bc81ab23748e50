import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Deps } from '../../src/deps.ts';
import { seedSandbox } from '../../src/sandbox/sandbox.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startSandbox, type TestSandbox } from './support.ts';

let database: TestDatabase;
let sandbox: TestSandbox;
let deps: Deps;

beforeAll(async () => {
  database = await createTestDatabase();
  sandbox = await startSandbox();
  deps = { ...sandbox.deps, db: database.db };
});
afterAll(async () => {
  sandbox.stop();
  await database.close();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest();

test('registers clients and service, secrets as SHA-256 only', async () => {
  await seedSandbox(deps);
  const clients = await database.db.selectFrom('clients').selectAll().orderBy('client_id').execute();
  expect(clients).toMatchObject([
    { client_id: 'sandbox-app', secret_hash: null, token_endpoint_auth_method: 'none', sandbox: true },
    { client_id: 'sandbox-web', secret_hash: sha256('sandbox-web-secret'), any_loopback_redirect: true },
  ]);
  const services = await database.db.selectFrom('resource_servers').selectAll().execute();
  expect(services).toMatchObject([
    { resource: 'urn:sandbox:ho-so', client_id: 'sandbox-api', secret_hash: sha256('sandbox-api-secret') },
  ]);
  const scopes = await database.db.selectFrom('scopes').selectAll().orderBy('name').execute();
  expect(scopes.map(({ name, minimum_level }) => [name, minimum_level])).toEqual([
    ['hoso.nop', 'level2'],
    ['hoso.xem', 'level1'],
  ]);
});

test('again: mends what differs, adds nothing, keeps the first date', async () => {
  const read = async () => ({
    clients: await database.db.selectFrom('clients').selectAll().orderBy('client_id').execute(),
    services: await database.db.selectFrom('resource_servers').selectAll().execute(),
    scopes: await database.db.selectFrom('scopes').selectAll().orderBy('name').execute(),
  });
  const before = await read();
  await database.db.updateTable('clients').set({ name: 'spoiled', scopes: [] }).execute();
  await database.db.updateTable('scopes').set({ minimum_level: 'level1' }).execute();
  sandbox.moveClock(3600);
  await seedSandbox(deps);
  expect(await read()).toEqual(before);
});

test('never in production', async () => {
  const production = { ...deps, config: { ...deps.config, environment: 'production' as const } };
  await expect(seedSandbox(production)).rejects.toThrow('production');
});
