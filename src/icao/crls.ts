/** Certificate revocation lists of CSCAs (RFC 5280 §5, Doc 9303-12 §7.2), from files the operator brings. */

import { readSignatureAlgorithm } from './algorithms.ts';
import { type BerElement, BerError, openElement, rawOf, readWhole, tags } from './ber.ts';
import { readBits, readUnsigned } from './ber-values.ts';
import { readExtensions } from './certificates.ts';
import { type Name, readName } from './names.ts';
import { dayLength, readTime } from './times.ts';

export type RevocationList = {
  signed: Uint8Array;
  signatureAlgorithm: BerElement;
  signature: Uint8Array;
  issuer: Name;
  /** Milliseconds since 1970. */
  thisUpdate: number;
  nextUpdate: number;
  /** Serial numbers as in `Certificate.serial`. */
  revoked: ReadonlySet<string>;
};

const maximumListOctets = 8 * 1024 * 1024;
const maximumEntries = 200_000;
// Doc 9303-12 §7.2: a list is issued at least every 90 days.
const longestInterval = 90 * dayLength;
// CRL number and authority key identifier say nothing that changes which serials are revoked; delta and partial
// lists (RFC 5280 §5.2.4, §5.2.5) do, and mark themselves critical.
const harmlessExtensions = new Set(['2.5.29.20', '2.5.29.35', '2.5.29.18', '1.3.6.1.5.5.7.1.1']);

/** Reads a list; throws `BerError` where it is broken or partial. Its signature is checked by trust.ts. */
export function readRevocationList(bytes: Uint8Array): RevocationList {
  if (bytes.length > maximumListOctets) throw new BerError('revocation list too large');
  const list = openElement(readWhole(bytes), tags.sequence);
  const body = list.next();
  const signatureAlgorithm = list.next();
  const signature = readBits(list.next());
  list.close();
  const fields = openElement(body, tags.sequence);
  fields.optional(tags.integer);
  fields.next(tags.sequence); // the algorithm again; the outer one is used and must verify
  const issuer = readName(fields.next());
  const thisUpdate = readTime(fields.next());
  const next = fields.optional(0x17) ?? fields.optional(0x18);
  const nextUpdate = next ? readTime(next) : thisUpdate + longestInterval;
  const revoked = readEntries(fields.optional(tags.sequence));
  for (const [oid, { critical }] of readExtensions(fields.optional(0xa0))) {
    if (critical && !harmlessExtensions.has(oid)) throw new BerError('partial revocation list');
  }
  fields.close();
  // Reading the algorithm here refuses what could never be verified.
  readSignatureAlgorithm(signatureAlgorithm);
  return { signed: rawOf(body), signatureAlgorithm, signature, issuer, thisUpdate, nextUpdate, revoked };
}

function readEntries(entries: BerElement | undefined): Set<string> {
  const revoked = new Set<string>();
  if (!entries) return revoked;
  const reader = openElement(entries);
  while (!reader.atEnd()) {
    if (revoked.size >= maximumEntries) throw new BerError('revocation list too long');
    const entry = openElement(reader.next(), tags.sequence);
    revoked.add(Buffer.from(readUnsigned(entry.next())).toString('hex').toUpperCase());
  }
  return revoked;
}
