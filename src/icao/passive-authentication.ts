/**
 * Passive authentication: are the files of a chip what its state signed? (Doc 9303-11 §5.1, 9303-10 §4.6)
 *
 * The way in to icao/, which verifies travel-document chips as pure functions: no clock, no files, no network, and
 * nothing of ours imported. It trusts only pinned CSCAs (trust.ts), and says that data are genuine, not that the
 * card is (active-authentication.ts) nor that the person before us is its holder. Every refusal is a value with one
 * code of reasons.ts; nothing throws. Invariant: a result is `verified: true` only after the last check, and
 * contains no byte that the state's signature does not cover.
 */

import { defaultPolicy, type Policy } from './algorithms.ts';
import { type Certificate, usagePeriodOf } from './certificates.ts';
import { type CitizenCard, isCitizenCard, readCitizenCard, readExpiry } from './citizen-card.ts';
import { countryOfState } from './countries.ts';
import { type MachineReadableZone, readDg1 } from './dg1.ts';
import { type Dg13, readDg13 } from './dg13.ts';
import { type DataGroupInput, matchDataGroups } from './lds.ts';
import { type Refused, readingAs, refuse, settle } from './reasons.ts';
import { checkSod, type SodFacts } from './sod.ts';
import { dayLength, startOfVietnamDay, vietnamDay } from './times.ts';
import type { Trust } from './trust.ts';

export type ChipQuestion = {
  /** EF.SOD, whole file. */
  sod: Uint8Array;
  /** The data groups read, whole files; DG1 must be among them, and DG15 if the state signed one. */
  dataGroups: readonly DataGroupInput[];
  trust: Trust;
  /** The moment of judgement. */
  at: Date;
  /** What kind of document the caller means to accept: MRZ issuing state and first letters of the document code. */
  expected?: { issuingState: string; documentCode: string };
  policy?: Policy;
};

export type VerifiedChip = {
  sod: SodFacts;
  zone: MachineReadableZone;
  /** `YYYY-MM-DD`, last day of validity in Viet Nam; absent: no expiry. */
  expiresOn?: string;
  dg13: Dg13;
  /** For Vietnamese identity cards. */
  citizen?: CitizenCard;
  /** The files whose hashes matched, by number. */
  dataGroups: ReadonlyMap<number, Uint8Array>;
  /** The state signed a DG15: the chip can prove that it is no copy, and must be asked to. */
  activeAuthentication: boolean;
};

/**
 * Verifies signature, chain and data group hashes of a chip and reads what it says.
 *
 * @returns the facts, or the first reason against them (`reasons.ts`); never throws.
 */
export function verifyPassiveAuthentication(
  question: ChipQuestion,
): { verified: true; chip: VerifiedChip } | Refused {
  return settle(() => {
    const { policy = defaultPolicy, at, expected } = question;
    let zone: MachineReadableZone | undefined;
    let dataGroups: Map<number, Uint8Array> = new Map();
    // The chain is judged for the document's type, which stands in DG1, which the signed hashes must cover first.
    const { facts, signer } = checkSod(question, (securityObject) => {
      if (!securityObject.hashes.has(1)) refuse('dg1_missing');
      dataGroups = matchDataGroups(question.dataGroups, securityObject);
      zone = readDg1(dataGroups.get(1) ?? refuse('dg1_missing'));
      // Leaving DG15 out must not turn a chip that can be challenged into one that cannot.
      if (securityObject.hashes.has(15) && !dataGroups.has(15)) refuse('dg15_missing');
      return zone.documentCode;
    });
    if (!zone) return refuse('dg1_missing');
    checkDocument(zone, facts, expected);
    const dg13 = readDg13(dataGroups.get(13));
    const printed = isCitizenCard(zone) && dg13.state === 'read' ? dg13.data : undefined;
    const expiresOn = readExpiry(zone, printed, policy);
    if (expiresOn !== undefined && vietnamDay(at.getTime()) > expiresOn) refuse('document_expired');
    const citizen = isCitizenCard(zone) ? readCitizenCard(zone, printed) : undefined;
    if (printed?.issueDate) checkIssueDate(printed.issueDate, signer, policy);
    const chip: VerifiedChip = {
      sod: facts,
      zone,
      dg13,
      dataGroups,
      activeAuthentication: dataGroups.has(15),
      ...(expiresOn !== undefined && { expiresOn }),
      ...(citizen && { citizen }),
    };
    return { verified: true, chip };
  });
}

/** Doc 9303-11 §5.1: the state in the MRZ is the state whose CSCA vouches. */
function checkDocument(zone: MachineReadableZone, facts: SodFacts, expected: ChipQuestion['expected']): void {
  if (countryOfState(zone.issuingState) !== facts.country) refuse('issuing_state_mismatch');
  if (!expected) return;
  if (zone.issuingState !== expected.issuingState || !zone.documentCode.startsWith(expected.documentCode)) {
    refuse('document_not_expected');
  }
}

/** Doc 9303-12 §7.1.1: a document is issued while its signer's private key is in use; some days off are forgiven. */
function checkIssueDate(issueDate: string, signer: Certificate, policy: Policy): void {
  const issued = startOfVietnamDay(issueDate);
  if (issued === undefined) return;
  const slack = policy.issueDateSlackDays * dayLength;
  const { from = signer.notBefore, to = signer.notAfter } = readingAs('signer_malformed', () =>
    usagePeriodOf(signer),
  );
  if (issued < from - slack || issued > Math.min(to, signer.notAfter) + slack)
    refuse('issue_date_outside_signer');
}
