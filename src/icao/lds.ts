/** The Logical Data Structure (Doc 9303-10 §4): elementary files, EF.COM, and the hashes EF.SOD holds of them. */

import { createHash } from 'node:crypto';
import { type HashName, hashLengths, readHashAlgorithm } from './algorithms.ts';
import { type BerElement, contentOf, openElement, readElement, readWhole, tags } from './ber.ts';
import { readOctets, readSmallInteger, readText } from './ber-values.ts';
import { readingAs, refuse } from './reasons.ts';

/** Tags of DG1 to DG16 (Doc 9303-10 §4.7.1, table 38). */
const dataGroupTags: readonly number[] = [
  0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70,
];

export type SecurityObject = {
  /** 0 or 1. */
  version: number;
  hash: HashName;
  /** Hash of each whole file, by data group number. */
  hashes: ReadonlyMap<number, Uint8Array>;
  ldsVersion?: string;
  unicodeVersion?: string;
};

export type DataGroupInput = {
  /** What the reader called it, 1–16; checked against the tag. Without it the tag says. */
  number?: number;
  /** The whole file, tag and length included, without padding. */
  bytes: Uint8Array;
};

// DG2 is usually under 25 KB and DG3 (never read here) could be more; nothing on a card reaches this.
const maximumDataGroupOctets = 256 * 1024;
const dataGroupCount = 16;

/** Reads LDSSecurityObject (Doc 9303-10 §4.6.2.3); refuses `lds_malformed` or `lds_data_group_repeated`. */
export function readSecurityObject(content: Uint8Array): SecurityObject {
  return readingAs('lds_malformed', () => {
    const fields = openElement(readWhole(content), tags.sequence);
    const version = readSmallInteger(fields.next());
    if (version > 1) refuse('lds_malformed');
    const hash = readHashAlgorithm(fields.next());
    const hashes = new Map<number, Uint8Array>();
    const list = openElement(fields.next(), tags.sequence);
    while (!list.atEnd()) {
      const entry = openElement(list.next(), tags.sequence);
      const number = readSmallInteger(entry.next());
      const value = readOctets(entry.next());
      entry.close();
      if (number < 1 || number > dataGroupCount || value.length !== hashLengths[hash])
        refuse('lds_malformed');
      if (hashes.has(number)) refuse('lds_data_group_repeated');
      hashes.set(number, value);
    }
    // SIZE (2..16): DG1 and DG2 are mandatory. An empty list would let "every group matches" be true of nothing.
    if (hashes.size < 2) refuse('lds_malformed');
    const info = fields.optional(tags.sequence);
    fields.close();
    return { version, hash, hashes, ...(info && readVersionInfo(info)) };
  });
}

function readVersionInfo(info: BerElement): { ldsVersion: string; unicodeVersion: string } {
  const fields = openElement(info);
  return { ldsVersion: readText(fields.next()), unicodeVersion: readText(fields.next()) };
}

/**
 * Matches files to the hashes of the security object (Doc 9303-11 §5.1 step 4) and returns the bytes that match.
 * The hash covers the whole file with tag and length; a file not listed, listed twice or padded is refused.
 */
export function matchDataGroups(
  inputs: readonly DataGroupInput[],
  securityObject: SecurityObject,
): Map<number, Uint8Array> {
  const matched = new Map<number, Uint8Array>();
  for (const { number: claimed, bytes } of inputs) {
    if (claimed !== undefined && !(Number.isInteger(claimed) && claimed >= 1 && claimed <= dataGroupCount)) {
      refuse('dg_number_invalid');
    }
    if (bytes.length > maximumDataGroupOctets) refuse('dg_too_large');
    const element = readingAs('dg_malformed', () => readElement(bytes));
    const number = dataGroupTags.indexOf(element.tag) + 1;
    if (number === 0 || (claimed !== undefined && claimed !== number)) refuse('dg_tag_mismatch');
    if (element.end !== bytes.length) refuse('dg_surplus_bytes');
    if (matched.has(number)) refuse('dg_repeated');
    const expected = securityObject.hashes.get(number) ?? refuse('dg_not_listed');
    const actual = createHash(securityObject.hash).update(bytes).digest();
    if (Buffer.compare(actual, expected) !== 0) refuse('dg_hash_mismatch');
    matched.set(number, bytes);
  }
  return matched;
}

export type CommonData = { ldsVersion: string; unicodeVersion: string; dataGroups: number[] };

/**
 * Reads EF.COM (Doc 9303-10 §4.6.1): the chip's own table of contents. Nobody signed it, so it must never decide
 * what is required; the security object does. `undefined` if it is no EF.COM.
 */
export function readCommonData(bytes: Uint8Array): CommonData | undefined {
  try {
    const fields = openElement(readWhole(bytes), 0x60);
    const ldsVersion = Buffer.from(contentOf(fields.next(0x5f01))).toString('latin1');
    const unicodeVersion = Buffer.from(contentOf(fields.next(0x5f36))).toString('latin1');
    const list = contentOf(fields.next(0x5c));
    const dataGroups = Array.from(list, (tag) => dataGroupTags.indexOf(tag) + 1).filter(
      (number) => number > 0,
    );
    return { ldsVersion, unicodeVersion, dataGroups };
  } catch {
    return undefined;
  }
}
