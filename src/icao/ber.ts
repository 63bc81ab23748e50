/**
 * Reading of BER and DER (ITU-T X.690), lazily and with limits; writing of the little DER that must be rebuilt.
 *
 * An EF.SOD may legally use indefinite lengths and constructed OCTET STRINGs (Doc 9303-10 §4.6.2 asks for DER,
 * issuers do otherwise), and signatures cover raw bytes, so an element here is a window on the input, never a
 * copy. Only what is asked for is read: a quirk in a field nobody uses refuses nobody. asn1js decodes the whole
 * tree and took 1.2–1.9 ms for one SOD, thirty times the RSA signature it carries; the tests use it as a second
 * opinion. Does not know what the bytes mean. Invariant: no element reaches past its parent; depth, element count
 * and length are bounded; the only error is `BerError`.
 */

export class BerError extends Error {}

export type BerElement = {
  readonly source: Uint8Array;
  /** Identifier octets read as one big-endian number: `0x30`, `0xa0`, `0x7f61`. */
  readonly tag: number;
  readonly constructed: boolean;
  readonly indefinite: boolean;
  /** Offsets into `source`: identifier, first and past-last content octet, past-last octet of the element. */
  readonly start: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly end: number;
};

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
} as const;

const maximumDepth = 24;
const maximumElements = 20_000;
// No file on a chip and no list of certificates is near 256 MiB: four length octets are never needed in earnest.
const maximumLengthOctets = 4;

/** Reads the element that starts at `start` and must end by `limit`. */
export function readElement(source: Uint8Array, start = 0, limit = source.length): BerElement {
  const { tag, constructed, contentStart, length } = readHeader(source, start, limit);
  const indefinite = length < 0;
  const contentEnd = indefinite
    ? findEndOfContents(source, contentStart, limit, 1, { left: maximumElements })
    : contentStart + length;
  const end = indefinite ? contentEnd + 2 : contentEnd;
  return { source, tag, constructed, indefinite, start, contentStart, contentEnd, end };
}

function readHeader(source: Uint8Array, start: number, limit: number) {
  let at = start;
  let tag = octetAt(source, at++, limit);
  const constructed = (tag & 0x20) !== 0;
  // X.690 §8.1.2.4: high tag numbers. Two more octets carry every tag of Doc 9303-10 (5F1F, 7F61, …).
  if ((tag & 0x1f) === 0x1f) {
    let more = octetAt(source, at++, limit);
    tag = (tag << 8) | more;
    if (more & 0x80) {
      more = octetAt(source, at++, limit);
      if (more & 0x80) throw new BerError('tag too long');
      tag = (tag << 8) | more;
    }
  }
  if (tag === 0) throw new BerError('end-of-contents out of place');
  let length = octetAt(source, at++, limit);
  if (length === 0x80) {
    // X.690 §8.1.3.6: the indefinite form belongs to constructed encodings only.
    if (!constructed) throw new BerError('indefinite length of a primitive');
    return { tag, constructed, contentStart: at, length: -1 };
  }
  if (length > 0x80) {
    const octets = length & 0x7f;
    if (octets > maximumLengthOctets) throw new BerError('length too long');
    length = 0;
    for (let index = 0; index < octets; index += 1) length = length * 256 + octetAt(source, at++, limit);
  }
  if (length > limit - at) throw new BerError('element reaches past its parent');
  return { tag, constructed, contentStart: at, length };
}

function octetAt(source: Uint8Array, at: number, limit: number): number {
  const octet = at < limit ? source[at] : undefined;
  if (octet === undefined) throw new BerError('truncated');
  return octet;
}

function findEndOfContents(
  source: Uint8Array,
  start: number,
  limit: number,
  depth: number,
  budget: { left: number },
): number {
  if (depth > maximumDepth) throw new BerError('nested too deep');
  let at = start;
  while (!(octetAt(source, at, limit) === 0 && octetAt(source, at + 1, limit) === 0)) {
    budget.left -= 1;
    if (budget.left < 0) throw new BerError('too many elements');
    const { contentStart, length } = readHeader(source, at, limit);
    at =
      length < 0
        ? findEndOfContents(source, contentStart, limit, depth + 1, budget) + 2
        : contentStart + length;
  }
  return at;
}

/** Reads an element that is the whole of `source`: surplus bytes are an error. */
export function readWhole(source: Uint8Array, tag?: number): BerElement {
  const element = readElement(source);
  if (element.end !== source.length) throw new BerError('surplus bytes');
  if (tag !== undefined) expectTag(element, tag);
  return element;
}

export function expectTag(element: BerElement, tag: number): void {
  if (element.tag !== tag) throw new BerError('unexpected tag');
}

/** All octets of an element, identifier and length included. */
export function rawOf(element: BerElement): Uint8Array {
  return element.source.subarray(element.start, element.end);
}

export function contentOf(element: BerElement): Uint8Array {
  return element.source.subarray(element.contentStart, element.contentEnd);
}

/** The elements inside a constructed one. */
export function childrenOf(element: BerElement, maximum = maximumElements): BerElement[] {
  const reader = openElement(element);
  const children: BerElement[] = [];
  while (!reader.atEnd()) {
    if (children.length >= maximum) throw new BerError('too many elements');
    children.push(reader.next());
  }
  return children;
}

/** Walks the content of one constructed element from field to field. */
export class BerReader {
  readonly #source: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(source: Uint8Array, start: number, end: number) {
    this.#source = source;
    this.#at = start;
    this.#end = end;
  }

  atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The next element, which must be there and, where one is named, carry this tag. */
  next(tag?: number): BerElement {
    const element = readElement(this.#source, this.#at, this.#end);
    if (tag !== undefined) expectTag(element, tag);
    this.#at = element.end;
    return element;
  }

  /** The next element if it carries this tag. */
  optional(tag: number): BerElement | undefined {
    if (this.atEnd()) return undefined;
    const before = this.#at;
    const element = this.next();
    if (element.tag === tag) return element;
    this.#at = before;
    return undefined;
  }

  /** Nothing may follow. */
  close(): void {
    if (!this.atEnd()) throw new BerError('surplus elements');
  }
}

/** Opens a constructed element for reading, optionally only if it carries this tag. */
export function openElement(element: BerElement, tag?: number): BerReader {
  if (tag !== undefined) expectTag(element, tag);
  if (!element.constructed) throw new BerError('primitive where a structure belongs');
  return new BerReader(element.source, element.contentStart, element.contentEnd);
}
