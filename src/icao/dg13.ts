/**
 * DG13 of the Vietnamese card: what is printed, with diacritics.
 *
 * The layout is not published; three independent readers agree on it, and the cards of 2024 may encrypt it
 * [reported]. So nothing here is a failure: what cannot be read is opaque. DG1 stays the source of identity.
 */

import { type BerElement, BerError, childrenOf, openElement, readWhole, tags } from './ber.ts';
import { readOid, readSmallInteger, readText } from './ber-values.ts';

export type VietnameseData = {
  personalNumber?: string;
  /** Names and places are normalised to NFC. */
  fullName?: string;
  /** `YYYY-MM-DD` where the text is a date, else absent. */
  birthDate?: string;
  sex?: 'male' | 'female';
  nationality?: string;
  ethnicity?: string;
  religion?: string;
  placeOfOrigin?: string;
  placeOfResidence?: string;
  identifyingMarks?: string;
  issueDate?: string;
  expiryDate?: string;
  /** The expiry field says "Không thời hạn". */
  unlimited?: boolean;
  father?: string;
  mother?: string;
  spouse?: string;
  oldIdNumber?: string;
};

export type Dg13 = { state: 'absent' } | { state: 'opaque' } | { state: 'read'; data: VietnameseData };

const dg13Tag = 0x6d;
const utf8Text = '1.0.10646.1.0.8';
const maximumFields = 64;

/** Reads DG13 whose hash has matched; `undefined` stands for a card without it. */
export function readDg13(bytes: Uint8Array | undefined): Dg13 {
  if (!bytes) return { state: 'absent' };
  try {
    return { state: 'read', data: nameFields(readFields(bytes)) };
  } catch {
    return { state: 'opaque' };
  }
}

function readFields(bytes: Uint8Array): Map<number, string[]> {
  const body = openElement(openElement(readWhole(bytes), dg13Tag).next(), tags.sequence);
  readSmallInteger(body.next());
  if (readOid(body.next()) !== utf8Text) throw new BerError('another encoding');
  const fields = new Map<number, string[]>();
  for (const entry of childrenOf(body.next(tags.set), maximumFields)) {
    const parts = openElement(entry, tags.sequence);
    const number = readSmallInteger(parts.next());
    const value = parts.atEnd() ? [] : readStrings(parts.next());
    // A field given twice could be shown as one thing and compared as another.
    if (fields.has(number)) throw new BerError('field repeated');
    fields.set(number, value);
  }
  if (fields.size === 0) throw new BerError('no fields');
  return fields;
}

function readStrings(value: BerElement): string[] {
  if (value.tag === tags.sequence)
    return childrenOf(value, maximumFields).map((part) => clean(readText(part)));
  if (value.tag === tags.octetString)
    return [clean(Buffer.from(value.source.subarray(value.contentStart, value.contentEnd)).toString('utf8'))];
  return [clean(readText(value))];
}

function clean(text: string): string {
  return text.normalize('NFC').trim();
}

function nameFields(fields: Map<number, string[]>): VietnameseData {
  const text = (number: number, part = 0) => fields.get(number)?.[part] || undefined;
  const sex = text(4)?.toLowerCase();
  const data = {
    personalNumber: text(1),
    fullName: text(2),
    birthDate: readDate(text(3)),
    sex: sex === 'nam' ? 'male' : sex === 'nữ' ? 'female' : undefined,
    nationality: text(5),
    ethnicity: text(6),
    religion: text(7),
    placeOfOrigin: text(8),
    placeOfResidence: text(9),
    identifyingMarks: text(10),
    issueDate: readDate(text(11)),
    expiryDate: readDate(text(12)),
    unlimited: text(12)?.toLowerCase() === 'không thời hạn' || undefined,
    father: text(13, 0),
    mother: text(13, 1),
    spouse: text(14),
    oldIdNumber: text(15),
  };
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => value !== undefined),
  ) as VietnameseData;
}

/** `dd/MM/yyyy` and `ddMMyyyy` are both met. */
function readDate(text: string | undefined): string | undefined {
  const match = /^(\d{2})\/?(\d{2})\/?(\d{4})$/.exec(text ?? '');
  if (!match) return undefined;
  const day = `${match[3]}-${match[2]}-${match[1]}`;
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().slice(0, 10) === day ? day : undefined;
}
