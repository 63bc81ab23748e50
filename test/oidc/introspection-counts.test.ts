/** Counting introspections: in memory, written in batches, by the day of Viet Nam, and not lost to a database that is away. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deps } from '../../src/deps.ts';
import { createLog } from '../../src/log.ts';
import { IntrospectionCounts, listAsked } from '../../src/oidc/introspection-counts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let now = new Date('2026-11-21T10:00:00Z');
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const deps = (): Pick<Deps, 'db' | 'clock' | 'log'> => ({
  db: database.db,
  clock: () => now,
  log: createLog('silent'),
});

async function makeAccount(status = 'active'): Promise<string> {
  const id = randomUUID();
  await database.db.insertInto('accounts').values({ id, status, created_at: now }).execute();
  return id;
}

const all = { from: '2020-01-01', until: '2030-01-01' };

describe('counting', () => {
  it('adds up by account, service and day in Viet Nam, over writings and nodes', async () => {
    const account = await makeAccount();
    const [one, other] = [new IntrospectionCounts(deps()), new IntrospectionCounts(deps())];
    now = new Date('2026-11-21T16:59:59Z');
    for (const node of [one, one, other]) node.countIntrospection(account, 'api');
    now = new Date('2026-11-21T17:00:00Z');
    one.countIntrospection(account, 'api');
    one.countIntrospection(account, 'other-api');
    await Promise.all([one.flush(), other.flush()]);
    one.countIntrospection(account, 'api');
    await Promise.all([one.close(), other.close()]);
    expect(await listAsked(database, account, all)).toEqual([
      { day: '2026-11-22', clientId: 'api', count: 2 },
      { day: '2026-11-22', clientId: 'other-api', count: 1 },
      { day: '2026-11-21', clientId: 'api', count: 3 },
    ]);
    expect(await listAsked(database, account, { from: '2026-11-21', until: '2026-11-22' })).toHaveLength(1);
  });

  it('writes nothing of an account that is closed or gone, and the others all the same', async () => {
    const [open, closed] = [await makeAccount(), await makeAccount('closed')];
    const counts = new IntrospectionCounts(deps());
    for (const account of [closed, open, randomUUID()]) counts.countIntrospection(account, 'api');
    await counts.close();
    expect(await listAsked(database, open, all)).toHaveLength(1);
    expect(await listAsked(database, closed, all)).toEqual([]);
  });

  it('keeps what could not be written, and throws at nobody', async () => {
    const account = await makeAccount();
    const healthy = deps();
    let away = true;
    const db = new Proxy(healthy.db, {
      get: (target, name) => {
        if (away && name === 'getExecutor') throw new Error('the database is away');
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const counts = new IntrospectionCounts({ ...healthy, db });
    counts.countIntrospection(account, 'api');
    await counts.flush();
    expect(await listAsked(database, account, all)).toEqual([]);
    counts.countIntrospection(account, 'api');
    away = false;
    await counts.close();
    expect(await listAsked(database, account, all)).toMatchObject([{ count: 2 }]);
  });

  it('takes many more than one statement holds', async () => {
    const account = await makeAccount();
    const counts = new IntrospectionCounts(deps());
    for (let service = 0; service < 6_000; service += 1) counts.countIntrospection(account, `api-${service}`);
    await counts.close();
    expect(await listAsked(database, account, all)).toHaveLength(6_000);
  });
});
