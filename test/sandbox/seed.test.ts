import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { judgeChip } from '../../src/cccd/judge-chip.ts';
import type { Deps } from '../../src/deps.ts';
import { readTrust } from '../../src/icao/trust.ts';
import { Keyring } from '../../src/keyring.ts';
import { createCardOffice } from '../../src/sandbox/card-office.ts';
import { findPerson, type Person } from '../../src/sandbox/people.ts';
import { seedSandbox } from '../../src/sandbox/sandbox.ts';
import { readTrustStore } from '../../src/verification/trust-store.ts';
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
    {
      client_id: 'sandbox-app',
      secret_hash: null,
      token_endpoint_auth_method: 'none',
      sandbox: true,
      card_reader: true,
    },
    { client_id: 'sandbox-kiosk', secret_hash: null, redirect_uris: [], any_loopback_redirect: false },
    {
      client_id: 'sandbox-mini-app',
      secret_hash: null,
      token_endpoint_auth_method: 'none',
      any_loopback_redirect: false,
      mini_app: true,
      card_reader: true,
    },
    {
      client_id: 'sandbox-web',
      secret_hash: sha256('sandbox-web-secret'),
      any_loopback_redirect: true,
      card_reader: false,
    },
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
    trust: await database.db.selectFrom('trust_certificates').selectAll().orderBy('fingerprint').execute(),
    audit: await database.db.selectFrom('audit_events').select('body').orderBy('seq').execute(),
  });
  const before = await read();
  await database.db.updateTable('clients').set({ name: 'spoiled', scopes: [] }).execute();
  await database.db.updateTable('scopes').set({ minimum_level: 'level1' }).execute();
  sandbox.moveClock(3600);
  await seedSandbox(deps);
  expect(await read()).toEqual(before);
});

test('pins the authorities of its cards, so that a card made after another start still verifies', async () => {
  const card = await createCardOffice(deps).issue(findPerson('binh') as Person);
  if (!card) throw new Error('no card');
  const judge = async () => {
    const store = await readTrustStore(database.db);
    const trust = readTrust(store ?? { anchors: [] });
    if (!trust.verified) throw new Error(trust.reason);
    const dataGroups = Array.from(card.dataGroups, ([number, bytes]) => ({ number, bytes }));
    return judgeChip({ sod: card.sod, dataGroups }, trust.trust, deps.clock());
  };
  expect(await judge()).toMatchObject({ verified: true, person: { fullName: 'Trần Thị Bình' } });

  // A keyring of its own has authorities of its own, which take the place of the others.
  const keyring = new Keyring([{ id: 1, key: randomBytes(32) }]);
  await seedSandbox({ ...deps, keyring });
  const pinned = await database.db.selectFrom('trust_certificates').select('document_types').execute();
  expect(pinned.map((row) => row.document_types).sort()).toEqual([['I'], ['P']]);
  expect(await judge()).toMatchObject({ verified: false, reason: 'signer_signature_invalid' });
});

test('never in production', async () => {
  const production = { ...deps, config: { ...deps.config, environment: 'production' as const } };
  await expect(seedSandbox(production)).rejects.toThrow('production');
});
