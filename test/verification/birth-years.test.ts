/** Verifications from before years of birth were kept: filled in once, from what is sealed, and from nothing else. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Keyring } from '../../src/keyring.ts';
import { fillBirthYears } from '../../src/verification/birth-years.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const keyring = new Keyring([{ id: 1, key: randomBytes(32) }]);

async function makeOld(personalNumber: string, { erased = false, commune = '' } = {}): Promise<string> {
  const [id, account, caseId] = [randomUUID(), randomUUID(), randomUUID()];
  const { db } = database;
  const at = new Date();
  await db.insertInto('accounts').values({ id: account, created_at: at }).execute();
  await db
    .insertInto('cases')
    .values({
      ...{ id: caseId, kind: 'verification', account_id: account, method: 'chip', status: 'approved' },
      ...{ opened_at: at, commune: commune || null },
    })
    .execute();
  const person = JSON.stringify({ personalNumber, fullName: 'Nguyễn Văn Mẫu' });
  await db
    .insertInto('verifications')
    .values({
      ...{ id, account_id: account, case_id: caseId, method: 'chip', status: erased ? 'revoked' : 'active' },
      ...{ number_hash: randomBytes(32), verified_at: at, ended_at: erased ? at : null },
      person_sealed: erased ? null : keyring.seal('person', id, person),
    })
    .execute();
  return id;
}

it('takes the year from the number and the commune from the case, and leaves what was erased', async () => {
  const { db } = database;
  await db.insertInto('communes').values({ code: '99001', name: 'Phường Tân Ninh (mẫu)' }).execute();
  const old = await makeOld('072064000123', { commune: '99001' });
  const young = await makeOld('072205000123');
  const odd = await makeOld('000000000000');
  const erased = await makeOld('072064000999', { erased: true });
  await fillBirthYears({ db, keyring });
  await fillBirthYears({ db, keyring });
  const rows = await db.selectFrom('verifications').select(['id', 'birth_year', 'commune']).execute();
  const of = (id: string) => rows.find((row) => row.id === id);
  expect(of(old)).toEqual({ id: old, birth_year: 1964, commune: '99001' });
  expect(of(young)).toEqual({ id: young, birth_year: 2005, commune: null });
  expect(of(odd)).toMatchObject({ commune: null });
  expect(of(erased)).toEqual({ id: erased, birth_year: null, commune: null });
});

it('goes through more than fit into one batch', async () => {
  const { db } = database;
  for (let number = 0; number < 3; number += 1) await makeOld(`07206400${String(number).padStart(4, '0')}`);
  await fillBirthYears({ db, keyring }, 2);
  const left = await db
    .selectFrom('verifications')
    .select('id')
    .where('birth_year', 'is', null)
    .where('person_sealed', 'is not', null)
    .execute();
  expect(left.length).toBeLessThanOrEqual(1);
});
