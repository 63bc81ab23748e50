/** The portrait in a case's chip, opened for an officer; who may see it, and that it is written down, is the caller's. */
import type { Db } from '../db/database.ts';
import { type Portrait, readPortrait } from '../icao/dg2.ts';
import type { Keyring } from '../keyring.ts';

/** Undefined when the chip had none, or the evidence is gone. */
export async function openCasePortrait(
  db: Db,
  keyring: Keyring,
  caseId: string,
): Promise<Portrait | undefined> {
  const row = await db
    .selectFrom('case_evidence')
    .select('sealed')
    .where('case_id', '=', caseId)
    .where('kind', '=', 'chip_files')
    .executeTakeFirst();
  if (!row) return undefined;
  const opened = keyring.open('evidence', `${caseId}/chip_files`, row.sealed).toString();
  const { dg2 } = JSON.parse(opened) as { dg2?: string };
  const read = dg2 ? readPortrait(Buffer.from(dg2, 'base64')) : undefined;
  return read?.verified ? read.portrait : undefined;
}
