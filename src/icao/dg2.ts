/**
 * DG2, the portrait (Doc 9303-10 §4.7.2): finds the image inside its container, decodes nothing.
 *
 * Two containers: ISO/IEC 19794-5:2005 behind the tag 5F2E or 7F2E ("FAC" record), and ISO/IEC 39794-5:2019, itself
 * ASN.1. The latter is searched for the octet string that holds an image rather than walked by its many optional
 * fields: no genuine sample was at hand [inferred from the standard's module].
 */

import { type BerElement, BerError, childrenOf, contentOf, openElement, readWhole } from './ber.ts';
import { type Refused, readingAs, refuse, settle } from './reasons.ts';

export type Portrait = {
  container: 'iso-19794-5' | 'iso-39794-5';
  format: 'jpeg' | 'jpeg2000';
  /** The image file, a window on DG2. */
  image: Uint8Array;
};

const dg2Tag = 0x75;
const templateGroupTag = 0x7f61;
const templateTag = 0x7f60;
const dataBlockTags = new Set([0x5f2e, 0x7f2e]);
const maximumTemplates = 9; // Doc 9303-10 §4.7.2: BIT occurrences 1 to 9
const maximumSearchDepth = 12;
const maximumSearched = 500;

/**
 * Locates the portrait.
 *
 * @param bytes the whole DG2; its hash is the caller's to check (`verifyPassiveAuthentication` has).
 * @returns the first image, or `dg_malformed`.
 */
export function readPortrait(bytes: Uint8Array): { verified: true; portrait: Portrait } | Refused {
  return settle(() => {
    const block = readingAs('dg_malformed', () => findDataBlock(bytes));
    const portrait = readingAs('dg_malformed', () => findImage(block));
    return { verified: true, portrait };
  });
}

/** Biometric data block of the first template (Doc 9303-10 §4.7.2, ISO/IEC 7816-11). */
function findDataBlock(bytes: Uint8Array): BerElement {
  const group = openElement(openElement(readWhole(bytes), dg2Tag).next(), templateGroupTag);
  for (let index = 0; index <= maximumTemplates && !group.atEnd(); index += 1) {
    const element = group.next();
    if (element.tag !== templateTag) continue;
    const block = childrenOf(element, 16).find(({ tag }) => dataBlockTags.has(tag));
    if (block) return block;
  }
  throw new BerError('no biometric data block');
}

function findImage(block: BerElement): Portrait {
  const content = contentOf(block);
  if (Buffer.from(content.subarray(0, 4)).toString('latin1') === 'FAC\0') return readFacialRecord(content);
  const found = block.constructed ? searchImage(block, 0, { left: maximumSearched }) : undefined;
  return found ?? refuse('dg_malformed');
}

/** ISO/IEC 19794-5:2005 §5: header 14, facial information 20, feature points 8 each, image information 12 octets. */
function readFacialRecord(content: Uint8Array): Portrait {
  const record = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (record.length < 14 + 20 + 12) throw new BerError('facial record too short');
  const total = record.readUInt32BE(8);
  const count = record.readUInt16BE(12);
  const length = record.readUInt32BE(14);
  const featurePoints = record.readUInt16BE(18);
  if (count < 1 || total > record.length || length > total - 14) throw new BerError('facial record lengths');
  const start = 14 + 20 + featurePoints * 8 + 12;
  const end = 14 + length;
  if (start >= end) throw new BerError('facial record without image');
  const image = content.subarray(start, end);
  return { container: 'iso-19794-5', format: formatOf(image) ?? refuse('dg_malformed'), image };
}

function searchImage(element: BerElement, depth: number, budget: { left: number }): Portrait | undefined {
  if (depth > maximumSearchDepth) return undefined;
  for (const child of childrenOf(element, maximumSearched)) {
    budget.left -= 1;
    if (budget.left < 0) return undefined;
    const image = contentOf(child);
    const format = child.constructed ? undefined : formatOf(image);
    if (format) return { container: 'iso-39794-5', format, image };
    const inner = child.constructed ? searchImage(child, depth + 1, budget) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

const signatures: readonly [Portrait['format'], string][] = [
  ['jpeg', 'ffd8ff'],
  ['jpeg2000', '0000000c6a5020200d0a870a'], // JP2 file, ISO/IEC 15444-1 §I.5.1
  ['jpeg2000', 'ff4fff51'], // bare codestream
];

function formatOf(image: Uint8Array): Portrait['format'] | undefined {
  const start = Buffer.from(image.subarray(0, 12)).toString('hex');
  return signatures.find(([, signature]) => start.startsWith(signature))?.[0];
}
