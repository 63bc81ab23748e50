/** Officers find a citizen by name, with or without marks, although no name stands in the database in the clear. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findByName, forgetNames, indexName, type NameSource } from '../../src/account/name-index.ts';
import { Keyring } from '../../src/keyring.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
const keyring = new Keyring([{ id: 1, key: randomBytes(32) }]);
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

async function add(
  name: string,
  source: NameSource = 'verified',
  id: string = randomUUID(),
): Promise<string> {
  await database.db
    .insertInto('accounts')
    .values({ id, created_at: new Date() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await indexName(database.db, keyring, { accountId: id, source, name });
  return id;
}
const find = (name: string, after?: string, limit = 10) =>
  findByName(database.db, keyring, { name, after, limit });

describe('a name', () => {
  it('is found with marks, without, in capitals, by its end, and by its first and last word', async () => {
    const an = await add('Nguyễn Đặng Văn Ân');
    for (const name of [
      'Nguyễn Đặng Văn Ân',
      'NGUYEN DANG VAN AN',
      'nguyễn đặng văn ân',
      'văn ân',
      'dang van an',
      'nguyen an',
      '  Nguyễn,  Ân ',
      'Nguyễn Đặng Văn Ân'.normalize('NFD'),
    ])
      expect(await find(name), name).toEqual([an]);
    for (const name of ['Nguyễn Đăng Văn Ân', 'nguyễn văn an', 'van dang', 'Trần Văn Ân'])
      expect(await find(name), name).toEqual([]);
  });

  it('of one word alone finds nobody: it would be a third of the country', async () => {
    await add('Nguyễn Ân');
    expect(await find('Nguyễn')).toBeUndefined();
    expect(await find(' 1 ')).toBeUndefined();
  });

  it('is looked for in one name at a time, not in two of them together', async () => {
    const id = await add('Trần Thị Bình', 'verified');
    await add('Bình Hoa Hồng', 'zalo', id);
    expect(await find('hoa hong')).toEqual([id]);
    expect(await find('thi binh hoa')).toEqual([]);
  });

  it('is replaced when it changed, and forgotten with the account', async () => {
    const id = await add('Lê Văn Cường', 'zalo');
    await add('Lê Văn Dũng', 'zalo', id);
    expect(await find('le van cuong')).toEqual([]);
    expect(await find('le van dung')).toEqual([id]);
    await forgetNames(database.db, id);
    expect(await find('le van dung')).toEqual([]);
  });

  it('that many have is shown page by page, each once', async () => {
    const all = await Promise.all(Array.from({ length: 7 }, () => add('Phạm Thị Hoa')));
    const first = (await find('pham thi hoa', undefined, 4)) ?? [];
    const rest = (await find('pham thi hoa', first.at(-1), 4)) ?? [];
    expect([...first, ...rest]).toEqual(all.sort());
  });

  it('stands nowhere in the index', async () => {
    await add('Võ Thị Sáu');
    const rows = await database.db.selectFrom('name_index').selectAll().execute();
    expect(rows.length).toBeGreaterThan(4);
    for (const { part_hash } of rows) expect(part_hash.length).toBe(33);
  });
});
