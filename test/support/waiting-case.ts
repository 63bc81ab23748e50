/** A case that waits for an officer, as a chip read from a citizen's own phone leaves it. */
import { createAccount } from '../../src/account/accounts.ts';
import { linkIdentity } from '../../src/account/identities.ts';
import { performAct } from '../../src/audit/audit.ts';
import { makeDg2, makeDg13, printedFields } from '../../src/sandbox/card-files.ts';
import { drawPortrait } from '../../src/sandbox/card-portrait.ts';
import { keepLivePhoto } from '../../src/verification/live-photo.ts';
import { submitProof } from '../../src/verification/proofs.ts';
import { compareNames } from '../../src/verification/same-person.ts';
import { citizen } from './card-factory.ts';
import type { Product } from './product.ts';

export type WaitingCaseWish = {
  number: string;
  fullName?: string;
  zaloName?: string;
  residence?: string;
  photo?: boolean;
};

export type WaitingCase = { accountId: string; caseId: string };

export async function openWaitingCase({ deps }: Product, wish: WaitingCaseWish): Promise<WaitingCase> {
  const { keyring } = deps;
  const { number, fullName = 'Nguyễn Văn An', zaloName = fullName, photo = true } = wish;
  const { residence = 'Phường Tân Ninh, Tây Ninh' } = wish;
  const person = { ...citizen, personalNumber: number, fullName, placeOfResidence: residence };
  const files = {
    sod: '',
    dg2: makeDg2(drawPortrait(number)).toString('base64'),
    dg13: makeDg13(printedFields(person)).toString('base64'),
  };
  return performAct(deps, async (act) => {
    const accountId = await createAccount(act);
    await linkIdentity(act, keyring, 'zalo', accountId, { subject: `zalo-${accountId}`, name: zaloName });
    const result = await submitProof(act, keyring, {
      accountId,
      method: 'chip',
      person: { personalNumber: number, fullName, birthDate: citizen.birthDate },
      checks: {
        data_genuine: 'pass',
        card_genuine: 'server_challenge',
        holder_present: 'none',
        number_valid: 'pass',
        same_person: compareNames(zaloName, fullName),
        revocation: 'not_checked',
      },
      evidence: { kind: 'chip_files', content: JSON.stringify(files) },
      residence,
    });
    if (result.outcome !== 'waiting') throw new Error(`the case does not wait: ${JSON.stringify(result)}`);
    const { caseId } = result;
    const given = {
      caseId,
      accountId,
      bytes: Buffer.from(drawPortrait(`${number}/live`).image),
      consent: 'photo/1',
    };
    if (photo) await keepLivePhoto(act, keyring, given);
    return { accountId, caseId };
  });
}

/** Numbers of men born in 1990 in Tây Ninh, one after another. */
export function numberOf(index: number): string {
  return `072090${String(500_000 + index).slice(-6)}`;
}
