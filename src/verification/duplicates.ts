/**
 * Two accounts, one person: a second account proved a personal number that is level2 already (proofs.ts). An officer decides
 * which of the two may be level2; nothing is merged, no sign-in and no data goes from one to the other. Whoever is to be
 * level2 then proves it as everybody does.
 *
 * What takes level2 from somebody needs a second officer, which is the caller's to see to (`takesLevel2`).
 */
import { listFactors } from '../account/factors.ts';
import { findProfile, listIdentities } from '../account/identities.ts';
import { findPhone } from '../account/phones.ts';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { tell } from '../notify/outbox.ts';
import { moveCase } from './cases.ts';
import { lockAccount } from './proofs.ts';
import {
  endVerification,
  findActive,
  findNewest,
  findPerson,
  type VerificationSummary,
} from './verifications.ts';

export const keeps = ['holder', 'claimant', 'nobody'] as const;
/** `holder`: who was level2 first; `claimant`: who proved the same number later. */
export type Keep = (typeof keeps)[number];

export type Duplicate = {
  id: string;
  claimant: string;
  holder: string;
  openedAt: Date;
  open: boolean;
  reason: string | null;
};

const waiting = ['submitted', 'in_review'];

function selectDuplicates(db: Db) {
  return db
    .selectFrom('cases')
    .select(['id', 'account_id', 'other_account_id', 'opened_at', 'status', 'reason'])
    .where('kind', '=', 'duplicate');
}

type Row = Awaited<ReturnType<ReturnType<typeof selectDuplicates>['executeTakeFirstOrThrow']>>;

function readRow(row: Row): Duplicate {
  return {
    id: row.id,
    claimant: row.account_id,
    holder: row.other_account_id ?? '',
    openedAt: row.opened_at,
    open: waiting.includes(row.status),
    reason: row.reason,
  };
}

/** Open suspicions, oldest first; `after` names the last one of the page before. */
export async function listDuplicates(
  db: Db,
  { after, limit }: { after?: { at: Date; id: string } | undefined; limit: number },
): Promise<Duplicate[]> {
  const rows = await selectDuplicates(db)
    .where('status', 'in', waiting)
    .$if(after !== undefined, (query) =>
      query.where((eb) =>
        eb(eb.refTuple('opened_at', 'id'), '>', eb.tuple(after?.at ?? new Date(0), after?.id ?? '')),
      ),
    )
    .orderBy('opened_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(readRow);
}

export async function findDuplicate(db: Db, id: string): Promise<Duplicate | undefined> {
  const row = await selectDuplicates(db).where('id', '=', id).executeTakeFirst();
  return row && readRow(row);
}

/** What one side is, for the comparison. The caller masks. */
export type Side = {
  accountId: string;
  status: string;
  createdAt: Date;
  zaloName: string | undefined;
  signIns: { provider: string; lastUsedAt: Date }[];
  phone: string | undefined;
  person: { fullName: string; personalNumber: string; birthDate?: string } | undefined;
  verification: VerificationSummary | undefined;
  factors: number;
  /** To how many apps this account said yes. */
  services: number;
};

export async function readSide(
  db: Db,
  { keyring, now }: { keyring: Keyring; now: Date },
  accountId: string,
): Promise<Side> {
  const [account, profile, identities, phone, person, verification, factors, services] = await Promise.all([
    db
      .selectFrom('accounts')
      .select(['status', 'created_at'])
      .where('id', '=', accountId)
      .executeTakeFirstOrThrow(),
    findProfile(db, keyring, 'zalo', accountId),
    listIdentities(db, accountId),
    findPhone(db, keyring, accountId),
    findPerson(db, { keyring, now }, accountId),
    findNewest(db, accountId),
    listFactors(db, accountId),
    db
      .selectFrom('consents')
      .select(({ fn }) => fn.count<bigint>('client_id').distinct().as('count'))
      .where('account_id', '=', accountId)
      .where('withdrawn_at', 'is', null)
      .executeTakeFirstOrThrow(),
  ]);
  return {
    accountId,
    status: account.status,
    createdAt: account.created_at,
    zaloName: profile?.name,
    signIns: identities.map((one) => ({ provider: one.provider, lastUsedAt: one.last_used_at })),
    phone,
    person,
    verification,
    factors: factors.length,
    services: Number(services.count),
  };
}

/** Whether this decision would take level2 from somebody who has it. */
export async function takesLevel2(db: Db, { holder }: Duplicate, keep: Keep): Promise<boolean> {
  return keep !== 'holder' && (await findActive(db, holder)) !== undefined;
}

export type DuplicateDecision = { duplicateId: string; keep: Keep; reason: string; actor: string };

/** Decides; false when it was decided before. Both are told. */
export async function decideDuplicate(
  act: Act,
  { duplicateId, keep, reason, actor }: DuplicateDecision,
): Promise<boolean> {
  const { trx, record } = act;
  const found = await findDuplicate(trx, duplicateId);
  if (!found) return false;
  const { claimant, holder } = found;
  // In one order, whatever side is which: two suspicions about the same two accounts must not wait for each other.
  for (const id of [claimant, holder].sort()) await lockAccount(act, id);
  const row = await trx
    .selectFrom('cases')
    .select('status')
    .where('id', '=', duplicateId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (!waiting.includes(row.status)) return false;
  const active = keep === 'holder' ? undefined : await findActive(trx, holder);
  if (active)
    await endVerification(act, { id: active.id, status: 'revoked', reason: 'duplicate_decided', actor });
  await moveCase(act, {
    caseId: duplicateId,
    to: keep === 'claimant' ? 'approved' : 'rejected',
    reason: `${keep}_stays`,
    actor,
  });
  for (const account of [claimant, holder]) {
    record({ event: 'duplicate.decided', account, case: duplicateId, keep, reason, actor });
    const keepsIt = account === (keep === 'nobody' ? undefined : keep === 'holder' ? holder : claimant);
    // The holder who stays has nothing to do; a claimant who is to be level2 proves it anew.
    const kind = !keepsIt ? 'duplicate_other' : account === holder ? 'duplicate_stays' : 'duplicate_prove';
    await tell(act, account, { kind, event: `duplicate/${duplicateId}/${account}` });
  }
  return true;
}
