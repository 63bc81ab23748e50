/**
 * What a case holds, opened for an officer: the person, the chip's printed side, and what else is known of the
 * account and the number. Who may see it, and that it is written down, is the caller's.
 */
import type { Db } from '../db/database.ts';
import { readPortrait } from '../icao/dg2.ts';
import { readDg13 } from '../icao/dg13.ts';
import { parsePersonalNumber } from '../icao/personal-number.ts';
import type { Keyring } from '../keyring.ts';
import type { CaseMethod, CaseStatus } from './cases.ts';
import type { Person } from './verifications.ts';

export type CaseFile = {
  /** Undefined when it left with the evidence. */
  person: Person | undefined;
  sex: 'male' | 'female' | undefined;
  /** Where the holder lives, where the chip says so. */
  residence: string | undefined;
  hasPortrait: boolean;
};

export async function openCaseFile(db: Db, keyring: Keyring, caseId: string): Promise<CaseFile> {
  const row = await db
    .selectFrom('cases')
    .select('person_sealed')
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow();
  const opened = row.person_sealed && keyring.open('person', `case/${caseId}`, row.person_sealed);
  const person = opened ? (JSON.parse(opened.toString()) as Person) : undefined;
  const chip = await openChip(db, keyring, caseId);
  const printed = readDg13(chip?.dg13);
  return {
    person,
    sex: person && parsePersonalNumber(person.personalNumber)?.sex,
    residence: printed.state === 'read' ? printed.data.placeOfResidence : undefined,
    hasPortrait: chip?.hasPortrait === true,
  };
}

async function openChip(db: Db, keyring: Keyring, caseId: string) {
  const row = await db
    .selectFrom('case_evidence')
    .select('sealed')
    .where('case_id', '=', caseId)
    .where('kind', '=', 'chip_files')
    .executeTakeFirst();
  if (!row) return undefined;
  const opened = keyring.open('evidence', `${caseId}/chip_files`, row.sealed);
  const { dg2, dg13 } = JSON.parse(opened.toString()) as { dg2?: string; dg13?: string };
  return {
    hasPortrait: dg2 !== undefined && readPortrait(Buffer.from(dg2, 'base64')).verified,
    dg13: dg13 === undefined ? undefined : Buffer.from(dg13, 'base64'),
  };
}

export type RelatedCase = {
  id: string;
  /** `account`: another attempt of the same account; `number`: another account showed the same number. */
  by: 'account' | 'number';
  kind: 'verification' | 'duplicate' | 'report';
  method: CaseMethod | null;
  status: CaseStatus;
  reason: string | null;
  openedAt: Date;
};

/** What else there is about this account and this number, newest first. */
export async function listRelated(db: Db, caseId: string, limit = 12): Promise<RelatedCase[]> {
  const columns = ['o.id', 'o.kind', 'o.method', 'o.status', 'o.reason', 'o.opened_at'] as const;
  const one = await db
    .selectFrom('cases')
    .select(['account_id', 'number_hash'])
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow();
  const others = db.selectFrom('cases as o').select(columns).where('o.id', '!=', caseId);
  const newest = [
    others.where((eb) =>
      eb.or([eb('o.account_id', '=', one.account_id), eb('o.other_account_id', '=', one.account_id)]),
    ),
    others
      .where('o.kind', '=', 'verification')
      .where('o.number_hash', '=', one.number_hash)
      .where('o.account_id', '!=', one.account_id),
  ].map((query) => query.orderBy('o.opened_at', 'desc').limit(limit).execute());
  const [byAccount = [], byNumber = []] = await Promise.all(newest);
  return [
    ...byAccount.map((row) => ({ ...row, by: 'account' as const })),
    ...byNumber.map((row) => ({ ...row, by: 'number' as const })),
  ]
    .sort((a, b) => b.opened_at.getTime() - a.opened_at.getTime())
    .slice(0, limit)
    .map(({ opened_at, ...row }) => ({ ...row, openedAt: opened_at }) as RelatedCase);
}

/** Whether another account is level2 by this case's number now. */
export async function isHeldByAnother(db: Db, caseId: string): Promise<boolean> {
  const row = await db
    .selectFrom('cases as c')
    .innerJoin('verifications as v', 'v.number_hash', 'c.number_hash')
    .select('v.id')
    .where('c.id', '=', caseId)
    .where('v.status', '=', 'active')
    .whereRef('v.account_id', '!=', 'c.account_id')
    .executeTakeFirst();
  return row !== undefined;
}
