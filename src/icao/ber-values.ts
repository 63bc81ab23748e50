/** Values inside BER elements (X.690 §8), and the little DER (§10) that has to be written. */

import { type BerElement, BerError, childrenOf, contentOf, tags } from './ber.ts';

const maximumOidOctets = 40;
const maximumDepth = 24;
const constructedOctetString = 0x24;

/** OBJECT IDENTIFIER as dotted decimal. */
export function readOid(element: BerElement): string {
  if (element.tag !== tags.oid) throw new BerError('no object identifier');
  const content = contentOf(element);
  if (content.length === 0 || content.length > maximumOidOctets)
    throw new BerError('object identifier length');
  const arcs: number[] = [];
  let arc = 0;
  let open = false;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER / 256) throw new BerError('object identifier arc');
    open = (octet & 0x80) !== 0;
    if (open) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first] = arcs;
  if (open || first === undefined) throw new BerError('object identifier truncated');
  // X.690 §8.19.4: the first subidentifier carries two arcs.
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...arcs.slice(1)].join('.');
}

/**
 * INTEGER as an unsigned big-endian number without leading zeros. Issuers leave the sign octet out, or pad: the
 * same octets then still name the same serial number or modulus.
 */
export function readUnsigned(element: BerElement): Uint8Array {
  if (element.tag !== tags.integer) throw new BerError('no integer');
  const content = contentOf(element);
  if (content.length === 0) throw new BerError('empty integer');
  let first = 0;
  while (first < content.length - 1 && content[first] === 0) first += 1;
  return content.subarray(first);
}

/** INTEGER from 0 to 65535: versions, counts, salt lengths. */
export function readSmallInteger(element: BerElement): number {
  const octets = readUnsigned(element);
  const signed = contentOf(element)[0] ?? 0;
  if (octets.length > 2 || signed & 0x80) throw new BerError('integer out of range');
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

export function readBoolean(element: BerElement): boolean {
  if (element.tag !== tags.boolean || element.contentEnd - element.contentStart !== 1) {
    throw new BerError('no boolean');
  }
  return contentOf(element)[0] !== 0;
}

/** OCTET STRING; the constructed form (X.690 §8.7.3) is joined. */
export function readOctets(element: BerElement, depth = 0): Uint8Array {
  if (element.tag === tags.octetString) return contentOf(element);
  if (element.tag !== constructedOctetString || depth > maximumDepth) throw new BerError('no octet string');
  return joinBytes(...childrenOf(element).map((part) => readOctets(part, depth + 1)));
}

/** BIT STRING of whole octets: keys and signatures never leave bits unused. */
export function readBits(element: BerElement): Uint8Array {
  const content = contentOf(element);
  if (element.tag !== tags.bitString || content[0] !== 0) throw new BerError('no bit string of whole octets');
  return content.subarray(1);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Any of the string types as text. T61String is read as UTF-8 if it is that and as Latin-1 otherwise, as issuers
 * use it; UTF8String that is no UTF-8 likewise.
 */
export function readText(element: BerElement): string {
  const content = contentOf(element);
  switch (element.tag) {
    case 0x0c: // UTF8String
    case 0x14: // T61String
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      try {
        return utf8.decode(content);
      } catch {
        return Buffer.from(content).toString('latin1');
      }
    case 0x1e: // BMPString
      return Buffer.from(content.length % 2 === 0 ? content : content.subarray(1))
        .swap16()
        .toString('utf16le');
    default:
      throw new BerError('no string');
  }
}

function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

/** Writes one DER element: tag as in `BerElement.tag`, definite length, content joined. */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = joinBytes(...parts);
  const identifier =
    tag > 0xffff ? [tag >> 16, (tag >> 8) & 0xff, tag & 0xff] : tag > 0xff ? [tag >> 8, tag & 0xff] : [tag];
  return Buffer.concat([Uint8Array.from([...identifier, ...encodeLength(content.length)]), content]);
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

/** Writes an unsigned number as INTEGER. */
export function encodeUnsigned(octets: Uint8Array): Uint8Array {
  return encodeDer(tags.integer, ...((octets[0] ?? 0) & 0x80 ? [Uint8Array.of(0)] : []), octets);
}

/** Rewrites an element as DER: definite lengths, joined strings, SET OF sorted (X.690 §10.1, §10.2, §11.6). */
export function encodeAsDer(element: BerElement, depth = 0): Uint8Array {
  if (depth > maximumDepth) throw new BerError('nested too deep');
  if (element.tag === constructedOctetString) return encodeDer(tags.octetString, readOctets(element));
  if (!element.constructed) return encodeDer(element.tag, contentOf(element));
  const parts = childrenOf(element).map((child) => encodeAsDer(child, depth + 1));
  if (element.tag === tags.set) parts.sort((one, other) => Buffer.compare(one, other));
  return encodeDer(element.tag, ...parts);
}
