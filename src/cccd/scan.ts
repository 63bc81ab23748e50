/**
 * What a reader hands in, as it is: the result object of Zalo's `scanNFC` (16 data group strings, `com`, `sod`,
 * `challenge`, `aAResult`, `eACCAResult`; "" is absent), or the same files from our own readers. How the strings are
 * encoded is not documented (facts A3: unknown): the first byte of each file tells hex from base64, and a file is
 * taken only if it is one whole TLV of its tag.
 */
import { z } from 'zod';
import type { ChipFiles } from './judge-chip.ts';

/** Doc 9303-10 §4.6: EF tags of DG1 to DG16, in order; EF.SOD is 0x77. */
const tags = [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70];
const SOD_TAG = 0x77;
const MAX_TEXT = 700_000;

const file = z.string().max(MAX_TEXT).default('');
const dataGroups = Object.fromEntries(tags.map((_tag, index) => [`dg${index + 1}`, file]));

/** Unknown members are left alone: the client may grow. `eACCAResult` proves nothing to a server and is not read. */
export const scanSchema = z.object({
  ...(dataGroups as Record<`dg${number}`, typeof file>),
  sod: file,
  challenge: z.string().max(64).default(''),
  aAResult: z.string().max(4096).default(''),
});
export type Scan = z.infer<typeof scanSchema>;

/** The files of a scan, or undefined when it is not whole. */
export function readScan(scan: Scan): ChipFiles | undefined {
  const sod = decodeFile(scan.sod, SOD_TAG);
  if (!sod) return undefined;
  const files: ChipFiles = { sod, dataGroups: [] };
  for (const [index, tag] of tags.entries()) {
    const text = (scan as Record<string, string>)[`dg${index + 1}`];
    if (!text) continue;
    const bytes = decodeFile(text, tag);
    if (!bytes) return undefined;
    files.dataGroups.push({ number: index + 1, bytes });
  }
  if (scan.aAResult === '') return files;
  // These two have no tag of their own: they are written as the files beside them are.
  const encoding = isHexOf(scan.sod, SOD_TAG) ? 'hex' : 'base64';
  const challenge = decode(scan.challenge, encoding);
  const response = decode(scan.aAResult, encoding);
  if (challenge?.length !== 8 || !response?.length) return undefined;
  return { ...files, activeAuthentication: { challenge, response } };
}

function decodeFile(text: string, tag: number): Buffer | undefined {
  const bytes = decode(text, isHexOf(text, tag) ? 'hex' : 'base64');
  return bytes && bytes[0] === tag && isWholeTlv(bytes) ? bytes : undefined;
}

/** 0x61 is "61…" in hex and "Y…" in base64; no tag of ours reads the same both ways. */
function isHexOf(text: string, tag: number): boolean {
  return text.slice(0, 2).toLowerCase() === tag.toString(16);
}

/**
 * Node skips what it cannot decode; here a stray character, or an end that was cut off, is a broken scan. Line breaks
 * are none: Android's base64 has one after every 76 characters unless told otherwise.
 */
function decode(written: string, encoding: 'hex' | 'base64'): Buffer | undefined {
  const text = written.replace(/[\r\n]/g, '');
  const clean = encoding === 'hex' ? /^(?:[0-9a-fA-F]{2})+$/ : /^[A-Za-z0-9+/_-]+={0,2}$/;
  const whole = encoding === 'hex' || text.length % 4 === 0 || (!text.endsWith('=') && text.length % 4 > 1);
  return whole && clean.test(text) ? Buffer.from(text, encoding) : undefined;
}

/** One definite length that covers the rest exactly (X.690 §8.1.3); SODs of indefinite length end the file, too. */
function isWholeTlv(bytes: Buffer): boolean {
  const first = bytes[1];
  if (first === undefined) return false;
  if (first < 0x80) return bytes.length === 2 + first;
  const octets = first & 0x7f;
  if (octets === 0) return bytes.length > 4 && bytes.at(-1) === 0 && bytes.at(-2) === 0;
  if (octets > 4 || bytes.length < 2 + octets) return false;
  return bytes.length === 2 + octets + bytes.readUIntBE(2, octets);
}
