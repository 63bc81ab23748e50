/** The files of a virtual card: DG1, DG2, DG13, DG14, DG15, EF.COM, and the CMS around a signed content. */

import { createHash, type KeyObject } from 'node:crypto';
import {
  type Algorithm,
  type Attribute,
  algorithmIdentifier,
  distinguishedName,
  type Hash,
  hashIdentifier,
  signBytes,
} from './card-certificates.ts';
import {
  context,
  type Der,
  der,
  integer,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  time,
  utf8,
} from './card-der.ts';

export type Person = {
  personalNumber: string;
  surname: string;
  givenNames: string;
  /** With diacritics, as printed. */
  fullName: string;
  /** `YYYY-MM-DD`. */
  birthDate: string;
  sex: 'male' | 'female';
  issueDate: string;
  /** `YYYY-MM-DD`, or `undefined` for a card without expiry. */
  expiryDate: string | undefined;
  placeOfOrigin: string;
  placeOfResidence: string;
};

export function checkDigit(text: string): string {
  let sum = 0;
  for (const [index, character] of Array.from(text).entries()) {
    sum += (character === '<' ? 0 : Number.parseInt(character, 36)) * ([7, 3, 1][index % 3] ?? 0);
  }
  return String(sum % 10);
}

const withDigit = (text: string) => text + checkDigit(text);
const yymmdd = (day: string) => day.slice(2).replaceAll('-', '');

export type ZoneOverrides = Partial<{
  documentCode: string;
  issuingState: string;
  nationality: string;
  documentNumber: string;
  optional: string;
  birth: string;
  sex: string;
  expiry: string;
  names: string;
}>;

/** The 90 characters of a CCCD's TD1 zone; check digits always fit what is written. */
export function makeZone(person: Person, overrides: ZoneOverrides = {}): string {
  const number = overrides.documentNumber ?? person.personalNumber.slice(3);
  const optional = overrides.optional ?? withDigit(`${person.personalNumber}<<`);
  const first = `${overrides.documentCode ?? 'ID'}${overrides.issuingState ?? 'VNM'}${withDigit(number)}${optional}`;
  const expiry = overrides.expiry ?? (person.expiryDate ? yymmdd(person.expiryDate) : '991231');
  const birth = withDigit(overrides.birth ?? yymmdd(person.birthDate));
  const sex = overrides.sex ?? (person.sex === 'male' ? 'M' : 'F');
  const second = `${birth}${sex}${withDigit(expiry)}${overrides.nationality ?? 'VNM'}${'<'.repeat(11)}`;
  const composite = checkDigit(
    first.slice(5) + second.slice(0, 7) + second.slice(8, 15) + second.slice(18, 29),
  );
  const names = overrides.names ?? `${person.surname}<<${person.givenNames.replaceAll(' ', '<')}`;
  return first + second + composite + names.padEnd(30, '<').slice(0, 30);
}

export const makeDg1 = (zone: string): Der => der(0x61, der(0x5f1f, Buffer.from(zone, 'latin1')));

/** A JPEG and its size in pixels. */
export type Portrait = { image: Uint8Array; width: number; height: number };

/** DG2 with one ISO/IEC 19794-5 facial record. */
export function makeDg2({ image, width, height }: Portrait): Der {
  const information = Buffer.alloc(20);
  information.writeUInt32BE(20 + 12 + image.length, 0);
  const imageInformation = Buffer.from([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  imageInformation.writeUInt16BE(width, 2);
  imageInformation.writeUInt16BE(height, 4);
  const record = Buffer.concat([information, imageInformation, image]);
  const header = Buffer.from('FAC\x00010\x00\0\0\0\0\0\x01', 'latin1');
  header.writeUInt32BE(14 + record.length, 8);
  const type = der(0xa1, der(0x80, Buffer.of(1, 1)), der(0x87, Buffer.of(1, 1)), der(0x88, Buffer.of(0, 8)));
  const template = der(0x7f60, type, der(0x5f2e, header, record));
  return der(0x75, der(0x7f61, integer(1), template));
}

export type PrintedFields = ReadonlyMap<number, string | readonly string[]>;

export function printedFields(person: Person): Map<number, string | readonly string[]> {
  const written = (day: string) => day.split('-').reverse().join('/');
  return new Map<number, string | readonly string[]>([
    [1, person.personalNumber],
    [2, person.fullName],
    [3, written(person.birthDate)],
    [4, person.sex === 'male' ? 'Nam' : 'Nữ'],
    [5, 'Việt Nam'],
    [6, 'Kinh'],
    [7, 'Không'],
    [8, person.placeOfOrigin],
    [9, person.placeOfResidence],
    [10, 'Không có'],
    [11, written(person.issueDate)],
    [12, person.expiryDate ? written(person.expiryDate) : 'Không thời hạn'],
    [13, ['Cha Thử Nghiệm', 'Mẹ Thử Nghiệm']],
  ]);
}

export function makeDg13(fields: PrintedFields): Der {
  const entries = Array.from(fields, ([number, value]) => {
    const text = typeof value === 'string' ? utf8(value) : sequence(...value.map(utf8));
    return sequence(integer(number), text);
  });
  return der(0x6d, sequence(integer(1), oid('1.0.10646.1.0.8'), setOf(...entries)));
}

const plainEcdsa = { sha1: 1, sha224: 2, sha256: 3, sha384: 4, sha512: 5, md5: 9 };

/** DG14 with chip authentication named and, for EC keys, the hash of Active Authentication. */
export function makeDg14(hash?: Hash): Der {
  const chip = sequence(oid('0.4.0.127.0.7.2.2.3.2.2'), integer(1));
  const active = hash && [
    sequence(oid('2.23.136.1.1.5'), integer(1), oid(`0.4.0.127.0.7.1.1.4.1.${plainEcdsa[hash]}`)),
  ];
  return der(0x6e, setOf(chip, ...(active ?? [])));
}

export const makeDg15 = (keyInfo: Uint8Array): Der => der(0x6f, keyInfo);

export const dataGroupTag = [
  0, 0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70,
];

export function makeCom(numbers: readonly number[]): Der {
  const list = der(0x5c, Buffer.from(numbers.map((number) => dataGroupTag[number] ?? 0)));
  return der(0x60, der(0x5f01, Buffer.from('0108')), der(0x5f36, Buffer.from('040000')), list);
}

export type HashEntry = readonly [number: number, hash: Uint8Array];

export function hashFiles(files: ReadonlyMap<number, Uint8Array>, hash: Hash): HashEntry[] {
  return Array.from(files, ([number, bytes]) => [number, createHash(hash).update(bytes).digest()] as const);
}

export function makeSecurityObject(entries: readonly HashEntry[], hash: Hash, version = 1): Der {
  const list = sequence(...entries.map(([number, value]) => sequence(integer(number), octets(value))));
  const info = version === 1 ? [sequence(printable('0108'), printable('040000'))] : [];
  return sequence(integer(version), hashIdentifier(hash), list, ...info);
}

export type CmsPlan = {
  contentType: string;
  content: Uint8Array;
  certificates: readonly Uint8Array[];
  /** What the SignerInfo points to: issuer and serial, or a key identifier. */
  sid: { issuer: readonly Attribute[]; serial: Der } | { keyId: Uint8Array };
  algorithm: Algorithm;
  signWith: KeyObject;
  signedAt?: Date | undefined;
  digest?: Hash;
  /** Replaces the signed attributes; an empty list leaves them out. */
  attributes?: readonly Der[];
  /** Writes the attributes in this order and signs them so, instead of sorting (not DER). */
  unsorted?: boolean;
  unsignedAttributes?: readonly Der[];
  signers?: (signer: Der) => Der[];
};

export const attribute = {
  contentType: (type: string): Der => sequence(oid('1.2.840.113549.1.9.3'), setOf(oid(type))),
  messageDigest: (digest: Uint8Array): Der => sequence(oid('1.2.840.113549.1.9.4'), setOf(octets(digest))),
  signingTime: (date: Date): Der => sequence(oid('1.2.840.113549.1.9.5'), setOf(time(date))),
};

/** The parts of SignedData in order, for those who want to assemble them in other ways. */
export function makeSignedDataParts(plan: CmsPlan): { head: Der[]; content: Buffer; tail: Der[] } {
  const digest = plan.digest ?? plan.algorithm.hash;
  const attributes = plan.attributes ?? [
    attribute.contentType(plan.contentType),
    ...(plan.signedAt ? [attribute.signingTime(plan.signedAt)] : []),
    attribute.messageDigest(createHash(digest).update(plan.content).digest()),
  ];
  const written = plan.unsorted ? attributes : [...attributes].sort(Buffer.compare);
  const toSign = attributes.length > 0 ? der(0x31, ...written) : plan.content;
  const signer = sequence(
    integer('keyId' in plan.sid ? 3 : 1),
    'keyId' in plan.sid
      ? der(0x80, plan.sid.keyId)
      : sequence(distinguishedName(plan.sid.issuer), plan.sid.serial),
    hashIdentifier(digest),
    ...(attributes.length > 0 ? [context(0, ...written)] : []),
    algorithmIdentifier(plan.algorithm),
    octets(signBytes(plan.signWith, plan.algorithm, toSign)),
    ...(plan.unsignedAttributes ? [context(1, ...plan.unsignedAttributes)] : []),
  );
  const signers = plan.signers?.(signer) ?? [signer];
  return {
    head: [integer(3), setOf(hashIdentifier(digest))],
    content: Buffer.from(plan.content),
    tail: [
      ...(plan.certificates.length > 0 ? [context(0, ...plan.certificates)] : []),
      der(0x31, ...signers),
    ],
  };
}

export function makeSignedData(plan: CmsPlan): Der {
  const { head, content, tail } = makeSignedDataParts(plan);
  const encapsulated = sequence(oid(plan.contentType), context(0, octets(content)));
  return sequence(oid('1.2.840.113549.1.7.2'), context(0, sequence(...head, encapsulated, ...tail)));
}
