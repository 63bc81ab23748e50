/** DG1, the machine readable zone (Doc 9303-10 §4.7.1): TD1, TD2 and TD3 by the `mrz` package. */

import { parse } from 'mrz';
import { BerError, contentOf, openElement, readWhole } from './ber.ts';
import { readingAs, refuse } from './reasons.ts';

export type MachineReadableZone = {
  format: 'TD1' | 'TD2' | 'TD3';
  lines: string[];
  /** Without fillers: `ID`, `P`. */
  documentCode: string;
  /** As written, without fillers: `VNM`, `D`. */
  issuingState: string;
  nationality: string;
  documentNumber: string;
  /** `YYMMDD`; an unknown month or day is `00` or `<<`. */
  birthDate: string;
  sex: 'male' | 'female' | 'unspecified';
  /** `YYMMDD`. */
  expiryDate: string;
  /** Latin capitals, words separated by one space; one of the two may be empty. */
  surname: string;
  givenNames: string;
};

const mrzTag = 0x5f1f;
const formats = { 90: ['TD1', 30], 72: ['TD2', 36], 88: ['TD3', 44] } as const;
// What an issuer may leave open without the document being any less genuine: the check digits bind the rest.
const forgiven = new Set(['firstName', 'lastName', 'nationality', 'issuingState', 'documentCode', 'sex']);

/** Reads DG1 and checks every check digit (Doc 9303-3 §4.9); refuses `dg_malformed` or `mrz_invalid`. */
export function readDg1(bytes: Uint8Array): MachineReadableZone {
  const content = readingAs('dg_malformed', () => {
    const file = openElement(readWhole(bytes), 0x61);
    const zone = file.next(mrzTag);
    file.close();
    return contentOf(zone);
  });
  const text = Buffer.from(content).toString('latin1');
  const [format, width] = formats[content.length as keyof typeof formats] ?? refuse('mrz_invalid');
  if (!/^[A-Z0-9<]+$/.test(text)) refuse('mrz_invalid');
  const lines = Array.from({ length: text.length / width }, (_, index) =>
    text.slice(index * width, (index + 1) * width),
  );
  return { format, lines, ...readFields(lines) };
}

function readFields(lines: string[]): Omit<MachineReadableZone, 'format' | 'lines'> {
  const result = parseLines(lines);
  const raw = (field: string) => {
    const range = result.details.find((detail) => detail.field === field)?.ranges[0];
    return range ? (lines[range.line] ?? '').slice(range.start, range.end) : '';
  };
  for (const { field, valid } of result.details) {
    if (valid || (field && forgiven.has(field))) continue;
    // People who know only the year they were born in: mrz takes fillers for month and day but not zeros.
    if (field === 'birthDate' && /^\d\d(?:00|<<|\d\d)(?:00|<<)$/.test(raw(field))) continue;
    refuse('mrz_invalid');
  }
  const [surname = '', ...givenNames] = raw('lastName').replace(/<+$/, '').split('<<');
  return {
    documentCode: stripFillers(raw('documentCode')),
    issuingState: stripFillers(raw('issuingState')),
    nationality: stripFillers(raw('nationality')),
    documentNumber: result.documentNumber ?? refuse('mrz_invalid'),
    birthDate: raw('birthDate'),
    sex: result.fields.sex === 'male' || result.fields.sex === 'female' ? result.fields.sex : 'unspecified',
    expiryDate: raw('expirationDate'),
    surname: toWords(surname),
    givenNames: toWords(givenNames.join('<')),
  };
}

function parseLines(lines: string[]) {
  try {
    return parse(lines);
  } catch {
    return refuse('mrz_invalid');
  }
}

function stripFillers(text: string): string {
  return text.replace(/<+$/, '');
}

function toWords(text: string): string {
  return text.split('<').filter(Boolean).join(' ');
}

/** Doc 9303-3 §4.9: weights 7, 3, 1; letters count from 10, fillers are 0. */
export function computeCheckDigit(text: string): string {
  const weights = [7, 3, 1];
  const sum = Array.from(text).reduce((total, character, index) => {
    const value = character === '<' ? 0 : Number.parseInt(character, 36);
    if (Number.isNaN(value)) throw new BerError('no MRZ character');
    return total + value * (weights[index % 3] ?? 0);
  }, 0);
  return String(sum % 10);
}
