/** Which commune an address on a card names: one of ours, or none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommune } from '../../src/verification/communes.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.db
    .insertInto('communes')
    .values([
      { code: '99001', name: 'Phường Tân Ninh (mẫu)' },
      { code: '99002', name: 'Phường Long Hoa' },
      { code: '99003', name: 'Xã Đức Hòa' },
      { code: '99004', name: 'Xã Long Hoa' },
    ])
    .execute();
});
afterAll(() => database?.close());

describe('an address', () => {
  it.each([
    ['Phường Tân Ninh, Tây Ninh', '99001'],
    ['Số 0 đường Thử Nghiệm, phường Tân Ninh, Tây Ninh', '99001'],
    ['Tổ 3, P. Tân Ninh, tỉnh Tây Ninh', '99001'],
    ['P.Long Hoa, Tây Ninh'.normalize('NFD'), '99002'],
    ['Ấp 2, X. Đức Hòa, Long An', '99003'],
    ['Ấp 2, xã ĐỨC HOÀ, Tây Ninh', '99003'],
    ['Khu phố 1, Tân Ninh, Tây Ninh', '99001'],
    // Two of one name, and nobody said which.
    ['Long Hoa, Tây Ninh', undefined],
    ['Phường Tân Ninh, Đồng Nai', undefined],
    ['Phường Tân Ninh', undefined],
    // A street is no commune.
    ['Số 1 Phường Tân Ninh Đông, Tây Ninh', undefined],
    ['Trảng Bàng, Tây Ninh', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', async (residence, code) => {
    expect(await findCommune(database.db, residence)).toBe(code);
  });
});
