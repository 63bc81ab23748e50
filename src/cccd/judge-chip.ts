/**
 * What the files of a chip prove, as one verdict: passive authentication of a Vietnamese identity card, and Active
 * Authentication where the chip was asked. Pure; runs in the worker thread (chip-worker.ts), so the verdict is plain
 * data. Says nothing about who holds the card, nor about whose challenge it was.
 */

import { verifyActiveAuthentication } from '../icao/active-authentication.ts';
import { type VerifiedChip, verifyPassiveAuthentication } from '../icao/passive-authentication.ts';
import type { Reason } from '../icao/reasons.ts';
import type { Trust } from '../icao/trust.ts';

export type ChipFiles = {
  /** EF.SOD, whole file. */
  sod: Uint8Array;
  /** Whole files; the number must be that of the file's tag. */
  dataGroups: { number: number; bytes: Uint8Array }[];
  /** RND.IFD (8 bytes) and the chip's answer; an empty answer is none. */
  activeAuthentication?: { challenge: Uint8Array; response: Uint8Array };
};

export type ChipVerdict =
  | { verified: false; reason: Reason }
  | {
      verified: true;
      person: {
        /** 12 digits. */
        personalNumber: string;
        /** With diacritics from DG13, else the Latin one. */
        fullName: string;
        latinName: string;
        /** `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` where the card leaves day or month open. */
        birthDate: string;
        sex: 'male' | 'female';
        /** As DG13 prints it, where that can be read. */
        residence?: string;
      };
      /** Last day of validity in Viet Nam, `YYYY-MM-DD`; absent: the card does not expire. */
      expiresOn?: string;
      revocation: 'good' | 'stale' | 'not_checked';
      activeAuthentication: 'absent' | 'verified' | 'failed';
      /** Why it is not `verified`, where an answer was handed in. */
      activeAuthenticationReason?: Reason;
      /** The state signed an Active Authentication key: this chip can prove that it is no copy. */
      hasChipKey: boolean;
      /** Names this chip, whatever unsigned bytes of its files were changed: for "seen before" (icao/sod.ts). */
      chipIdentity: string;
      /** Names this answer of this chip: to accept it once (icao/active-authentication.ts). */
      onceKey?: string;
    };

type ActiveFacts = {
  activeAuthentication: 'absent' | 'verified' | 'failed';
  activeAuthenticationReason?: Reason;
  onceKey?: string;
};

/** Judges a chip as of `at`; never throws. */
export function judgeChip(files: ChipFiles, trust: Trust, at: Date): ChipVerdict {
  const { sod, dataGroups } = files;
  const expected = { issuingState: 'VNM', documentCode: 'I' };
  const passive = verifyPassiveAuthentication({ sod, dataGroups, trust, at, expected });
  if (!passive.verified) return passive;
  const { chip } = passive;
  const { citizen } = chip;
  if (!citizen) return { verified: false, reason: 'document_not_expected' };
  const { personalNumber, latinName, birthDate } = citizen;
  const residence = chip.dg13.state === 'read' ? chip.dg13.data.placeOfResidence : undefined;
  return {
    verified: true,
    person: {
      personalNumber: personalNumber.number,
      fullName: citizen.fullName ?? latinName,
      latinName,
      birthDate,
      sex: personalNumber.sex,
      ...(residence !== undefined && { residence }),
    },
    ...(chip.expiresOn !== undefined && { expiresOn: chip.expiresOn }),
    revocation: chip.sod.revocation,
    ...judgeAnswer(files, chip),
    hasChipKey: chip.activeAuthentication,
    chipIdentity: chip.sod.identity,
  };
}

// Where nothing was answered, or nothing could have been, the card is not proven genuine, but not proven false either.
const noAnswer: readonly Reason[] = ['aa_not_supported', 'aa_response_missing'];

function judgeAnswer({ activeAuthentication }: ChipFiles, chip: VerifiedChip): ActiveFacts {
  if (!activeAuthentication) return { activeAuthentication: 'absent' };
  const result = verifyActiveAuthentication({ chip, ...activeAuthentication });
  if (result.verified) return { activeAuthentication: 'verified', onceKey: result.active.onceKey };
  const { reason } = result;
  const state = noAnswer.includes(reason) ? 'absent' : 'failed';
  return { activeAuthentication: state, activeAuthenticationReason: reason };
}
