/**
 * The CCCD's own rules on top of Doc 9303: where the 12-digit personal number stands in the MRZ and what it must
 * agree with [reported by independent readers of the card]. Holds for documents of type I issued by VNM.
 */

import type { Policy } from './algorithms.ts';
import { computeCheckDigit, type MachineReadableZone } from './dg1.ts';
import type { VietnameseData } from './dg13.ts';
import { type PersonalNumber, parsePersonalNumber } from './personal-number.ts';
import { refuse } from './reasons.ts';

export type CitizenCard = {
  personalNumber: PersonalNumber;
  /** `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` where the card leaves day or month open. */
  birthDate: string;
  /** Vietnamese word order, Latin capitals without diacritics, as in the MRZ. */
  latinName: string;
  /** Name with diacritics from DG13, where that could be read. */
  fullName?: string;
};

export function isCitizenCard(zone: MachineReadableZone): boolean {
  return zone.issuingState === 'VNM' && zone.documentCode.startsWith('I');
}

/** Checks MRZ and personal number against each other; refuses `personal_number_*` or `document_number_mismatch`. */
export function readCitizenCard(zone: MachineReadableZone, data: VietnameseData | undefined): CitizenCard {
  if (zone.format !== 'TD1') refuse('mrz_invalid');
  // Line 1, optional data: 12 digits, two fillers, a check digit over those fourteen characters.
  const optional = zone.lines[0]?.slice(15) ?? '';
  const match = /^(\d{12})<<(\d)$/.exec(optional);
  if (!match || computeCheckDigit(optional.slice(0, 14)) !== match[2]) refuse('personal_number_invalid');
  const personalNumber = parsePersonalNumber(match?.[1] ?? '') ?? refuse('personal_number_invalid');
  // The document number is the last nine of the twelve digits.
  if (personalNumber.number.slice(3) !== zone.documentNumber) refuse('document_number_mismatch');
  const { birthYear, sex } = personalNumber;
  if (String(birthYear % 100).padStart(2, '0') !== zone.birthDate.slice(0, 2) || sex !== zone.sex) {
    refuse('personal_number_contradicts_mrz');
  }
  if (zone.nationality !== 'VNM') refuse('mrz_invalid');
  const birthDate = formatBirthDate(birthYear, zone.birthDate);
  const latinName = [zone.surname, zone.givenNames].filter(Boolean).join(' ');
  if (data) checkPrinted(zone, data, personalNumber, birthDate);
  return { personalNumber, birthDate, latinName, ...(data?.fullName && { fullName: data.fullName }) };
}

function formatBirthDate(year: number, yymmdd: string): string {
  const parts = [yymmdd.slice(2, 4), yymmdd.slice(4, 6)];
  const known = parts.slice(0, parts.findIndex((part) => !/^(?!00)\d\d$/.test(part)) >>> 0);
  return [year, ...known].join('-');
}

/** DG13 is signed as well as DG1: where the two disagree, something was issued wrongly or read wrongly. */
function checkPrinted(
  zone: MachineReadableZone,
  data: VietnameseData,
  { number }: PersonalNumber,
  birthDate: string,
): void {
  if (data.personalNumber !== undefined && data.personalNumber !== number) refuse('dg13_mismatch');
  if (data.sex !== undefined && data.sex !== zone.sex) refuse('dg13_mismatch');
  if (data.birthDate !== undefined && !data.birthDate.startsWith(birthDate)) refuse('dg13_mismatch');
  if (data.expiryDate !== undefined && data.expiryDate.slice(2).replaceAll('-', '') !== zone.expiryDate) {
    refuse('dg13_mismatch');
  }
  if (data.fullName !== undefined && !isSameName(zone, data.fullName)) refuse('dg13_mismatch');
}

/** MRZ names have no diacritics, and a name that fills its line may have been cut (Doc 9303-3 §4.6). */
function isSameName(zone: MachineReadableZone, fullName: string): boolean {
  const printed = toLatinWords(fullName);
  const inZone = [zone.surname, zone.givenNames].join(' ').split(' ').filter(Boolean);
  // Cut between two words, it ends in one filler like any other.
  const cut = (zone.lines[2] ?? '').replace(/<+$/, '').length >= 29;
  if (!cut) return printed.join('') === inZone.join('');
  // Truncation keeps the order and shortens or drops words, so each word left begins one that was.
  let at = 0;
  return inZone.every((word) => {
    while (at < printed.length && !printed[at]?.startsWith(word)) at += 1;
    at += 1;
    return at <= printed.length;
  });
}

function toLatinWords(text: string): string[] {
  const latin = text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'D').toUpperCase();
  return latin.split(/[^A-Z]+/).filter(Boolean);
}

/** The last day of validity, `YYYY-MM-DD`; `undefined`: the card does not expire. */
export function readExpiry(
  zone: MachineReadableZone,
  data: VietnameseData | undefined,
  policy: Policy,
): string | undefined {
  const unlimited =
    isCitizenCard(zone) && (policy.unlimitedExpiry.includes(zone.expiryDate) || data?.unlimited);
  if (unlimited) return undefined;
  const { expiryDate } = zone;
  // There were no chips before 2000, so two digits of a year need no window.
  if (!/^\d{6}$/.test(expiryDate)) refuse('mrz_invalid');
  return `20${expiryDate.slice(0, 2)}-${expiryDate.slice(2, 4)}-${expiryDate.slice(4, 6)}`;
}
