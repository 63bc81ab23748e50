/**
 * Distinguished names (RFC 5280 §4.1.2.4): reading, showing and comparing.
 *
 * Names only select which keys are tried; the signature decides. So they are compared the way issuers meant them:
 * PrintableString, UTF8String and T61String spellings of one text are equal (RFC 5280 §7.1), as are case and
 * inner spaces, and the order of the RDNs (a genuine Malaysian SOD lists them the other way round than the
 * certificate it points to).
 */

import { type BerElement, childrenOf, expectTag, openElement, rawOf, tags } from './ber.ts';
import { readOid, readText } from './ber-values.ts';

export type Name = {
  attributes: readonly { oid: string; value: string }[];
  /** Equal for names that mean the same. */
  canonical: string;
};

const labels: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.97': 'organizationIdentifier',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '0.9.2342.19200300.100.1.25': 'DC',
};
const countryOid = '2.5.4.6';
const maximumAttributes = 64;

export function readName(element: BerElement): Name {
  expectTag(element, tags.sequence);
  const attributes = childrenOf(element, maximumAttributes).flatMap((rdn) => {
    expectTag(rdn, tags.set);
    return childrenOf(rdn, maximumAttributes).map((attribute) => {
      const fields = openElement(attribute, tags.sequence);
      return { oid: readOid(fields.next()), value: readValue(fields.next()) };
    });
  });
  const canonical = attributes
    .map(({ oid, value }) => `${oid}=${normalise(value)}`)
    .sort()
    .join('\n');
  return { attributes, canonical };
}

/** Attributes are strings, all but a few that nobody compares by meaning (unique identifiers): those stay bytes. */
function readValue(element: BerElement): string {
  try {
    return readText(element);
  } catch {
    return `#${Buffer.from(rawOf(element)).toString('hex')}`;
  }
}

/** RFC 5280 §7.1, RFC 4518: case, compatibility forms and runs of spaces do not count. */
function normalise(value: string): string {
  return value.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** `C=VN, O=…, CN=…` in the order written. */
export function formatName(name: Name): string {
  return name.attributes.map(({ oid, value }) => `${labels[oid] ?? oid}=${value}`).join(', ');
}

/** The country of a name as two capital letters; `undefined` if it names none, or several. */
export function countryOf(name: Name): string | undefined {
  const countries = new Set(
    name.attributes.filter(({ oid }) => oid === countryOid).map(({ value }) => value.trim().toUpperCase()),
  );
  const [country] = countries;
  return countries.size === 1 ? country : undefined;
}
