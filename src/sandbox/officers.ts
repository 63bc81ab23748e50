/**
 * The test officers: one password for all, and authenticator apps whose secrets everybody knows. docs/sandbox.md says what
 * each is for; the sandbox's first page shows the code of this moment, so that a person can sign in without an app.
 */
import argon2 from 'argon2';
import { Secret, TOTP } from 'otpauth';
import { type Act, performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { setCredential } from '../officer/credentials.ts';
import { declareNumber } from '../officer/household.ts';
import { addOfficer, findOfficerByLogin } from '../officer/officers.ts';
import type { Role } from '../officer/roles.ts';

export const officerPassword = 'nui ba den mua la bay';

export type TestOfficer = {
  login: string;
  name: string;
  role: Role;
  communes: string[];
  /** Base32, as the authenticator app has it. */
  totp: string;
  ownNumber: string;
  household?: string[];
  purpose: string;
};

/** Invented codes: no commune has one from 99001 on. */
const testCommunes = [
  { code: '99001', name: 'Phường Tân Ninh (mẫu)' },
  { code: '99002', name: 'Phường Long Hoa (mẫu)' },
  { code: '99003', name: 'Xã Đức Hòa (mẫu)' },
];

export const testOfficers: readonly TestOfficer[] = [
  {
    login: 'hanh',
    name: 'Phan Thị Hạnh',
    role: 'reviewer',
    communes: ['99001'],
    totp: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PX2',
    ownNumber: '072188000301',
    household: ['080148000103'],
    purpose: 'Duyệt hồ sơ ở phường Tân Ninh. Bà Bảy (bay) là người cùng hộ: không được duyệt.',
  },
  {
    login: 'khanh',
    name: 'Phạm Gia Khánh',
    role: 'reviewer',
    communes: ['99002'],
    totp: 'KRUGS4ZANFZSAYJAORSXG5BAONSWG4TF',
    ownNumber: '072204000104',
    purpose: 'Duyệt hồ sơ ở phường Long Hoa. Cũng là công dân khanh: không được duyệt hồ sơ của chính mình.',
  },
  {
    login: 'lien',
    name: 'Vương Thị Liên',
    role: 'supervisor',
    communes: [],
    totp: 'MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U',
    ownNumber: '072178000303',
    purpose: 'Phụ trách toàn tỉnh: mời cán bộ, giao quyền, duyệt hồ sơ.',
  },
  {
    login: 'quang',
    name: 'Hồ Nhật Quang',
    role: 'supervisor',
    communes: [],
    totp: 'NBSWY3DPEB3W64TMMQQGC3TEEBQWY3DT',
    ownNumber: '072080000304',
    purpose: 'Phụ trách toàn tỉnh, người thứ hai cho việc cần hai người.',
  },
  {
    login: 'tri',
    name: 'Lâm Minh Trí',
    role: 'client_manager',
    communes: [],
    totp: 'ONSWG4TFOQQGC3TEEBZW6IDPNYQGC3TE',
    ownNumber: '080091000305',
    purpose: 'Quản lý ứng dụng và dịch vụ.',
  },
  {
    login: 'yen',
    name: 'Kiều Hải Yến',
    role: 'auditor',
    communes: [],
    totp: 'OBXXO2LOM4QHI2DFEBZWC2LMEB2XA5DF',
    ownNumber: '072186000306',
    purpose: 'Kiểm tra: chỉ xem, không quyết định gì.',
  },
];

/** Makes those that are missing; what a tester changed about the others stays. */
export async function seedOfficers({ db, keyring, clock }: Deps): Promise<void> {
  await db
    .insertInto('communes')
    .values(testCommunes)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const missing: TestOfficer[] = [];
  for (const one of testOfficers) if (!(await findOfficerByLogin(db, one.login))) missing.push(one);
  if (missing.length === 0) return;
  // The weakest that argon2id knows: the password stands in the documentation.
  const hash = await argon2.hash(officerPassword, { memoryCost: 1024, timeCost: 2, parallelism: 1 });
  await performAct({ db, clock }, async (act) => {
    for (const one of missing) await seedOfficer(act, keyring, one, hash);
  });
}

async function seedOfficer(
  act: Act,
  keyring: Deps['keyring'],
  one: TestOfficer,
  hash: string,
): Promise<void> {
  const { login, name, role, communes } = one;
  const added = await addOfficer(act, { login, name, role, communes, by: 'operator', sandbox: true });
  // Another process that starts at this moment was faster.
  if ('fault' in added) return;
  const officerId = added.id;
  await act.trx.updateTable('officers').set({ status: 'active' }).where('id', '=', officerId).execute();
  await setCredential(act, keyring, officerId, { kind: 'password', secret: hash });
  await setCredential(act, keyring, officerId, { kind: 'totp', secret: one.totp });
  await declareNumber(act, keyring, { officerId, relation: 'self', personalNumber: one.ownNumber });
  for (const personalNumber of one.household ?? [])
    await declareNumber(act, keyring, { officerId, relation: 'household', personalNumber });
}

/** The code that this officer's app shows, so many steps of 30 seconds from now. */
export function codeOf({ totp }: Pick<TestOfficer, 'totp'>, now: Date, steps = 0): string {
  return TOTP.generate({ secret: Secret.fromBase32(totp), timestamp: now.getTime() + steps * 30_000 });
}
