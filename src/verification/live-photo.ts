/**
 * The photo a citizen takes of themselves, for an officer to hold beside the portrait in the chip. Sealed with the case's
 * evidence and gone with it. No machine compares faces here: a person looks.
 */
import { createHash } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { requeue } from './cases.ts';

export type PhotoType = 'image/jpeg' | 'image/png';
export type LivePhoto = { type: PhotoType; bytes: Buffer };

const KEPT_MS = 90 * 24 * 3600 * 1000;

/**
 * Keeps the photo; a newer one takes the place of the one before. False when the case is not waiting for one: it is decided,
 * or an officer asked for something else.
 */
export async function keepLivePhoto(
  act: Act,
  keyring: Keyring,
  given: { caseId: string; accountId: string; bytes: Buffer; consent: string },
): Promise<boolean> {
  const { trx, now, record } = act;
  const { caseId, accountId, bytes, consent } = given;
  const found = await trx
    .selectFrom('cases')
    .select(['status', 'asked_for'])
    .where('id', '=', caseId)
    .where('account_id', '=', accountId)
    .where('kind', '=', 'verification')
    .where('status', 'in', ['draft', 'submitted'])
    .forUpdate()
    .executeTakeFirst();
  if (!found || (found.status === 'draft' && found.asked_for !== 'photo')) return false;
  const row = {
    sealed: keyring.seal('evidence', contextOf(caseId), bytes),
    purge_after: new Date(now.getTime() + KEPT_MS),
  };
  await trx
    .insertInto('case_evidence')
    .values({ case_id: caseId, kind: 'live_photo', ...row })
    .onConflict((conflict) => conflict.columns(['case_id', 'kind']).doUpdateSet(row))
    .execute();
  if (found.status === 'draft') await requeue(act, caseId);
  record({ event: 'case.photo_added', account: accountId, case: caseId, consent });
  return true;
}

/** The photo, for whoever may see it: that is the caller's to check, and to write down. */
export async function openLivePhoto(
  db: Db,
  keyring: Keyring,
  caseId: string,
): Promise<LivePhoto | undefined> {
  const sealed = await findSealed(db, caseId);
  if (!sealed) return undefined;
  const bytes = keyring.open('evidence', contextOf(caseId), sealed);
  return { type: bytes[0] === 0x89 ? 'image/png' : 'image/jpeg', bytes };
}

/** Names the photo that is there now, so that nobody decides by one that was replaced meanwhile. */
export async function findPhotoVersion(db: Db, caseId: string): Promise<string | undefined> {
  const sealed = await findSealed(db, caseId);
  return sealed && createHash('sha256').update(sealed).digest('base64url').slice(0, 16);
}

async function findSealed(db: Db, caseId: string): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('case_evidence')
    .select('sealed')
    .where('case_id', '=', caseId)
    .where('kind', '=', 'live_photo')
    .executeTakeFirst();
  return row?.sealed;
}

function contextOf(caseId: string): string {
  return `${caseId}/live_photo`;
}
