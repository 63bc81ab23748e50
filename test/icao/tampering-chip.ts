/** Tamperings with data groups, with what the card says of itself, with Active Authentication and with lists. */

import { createHash, sign } from 'node:crypto';
import { verifyMasterList } from '../../src/icao/master-list.ts';
import {
  answerWithRsa,
  type CardOptions,
  citizen,
  makeCard,
  makeCsca,
  makeSigner,
  now,
  planCms,
} from '../support/card-factory.ts';
import { extension, hashIdentifier, keyInfoOf, testKey } from '../support/card-factory-certificates.ts';
import { der, integer, octets, sequence, setOf } from '../support/card-factory-der.ts';
import {
  checkDigit,
  hashFiles,
  makeDg1,
  makeDg2,
  makeDg13,
  makeDg14,
  makeDg15,
  makeSignedData,
  makeZone,
  printedFields,
  type ZoneOverrides,
} from '../support/card-factory-files.ts';
import { type Case, challenge, csca, signer, verifyCard, withAnswer, withCard } from './tampering.ts';
import { rsaKeyInfo, withForeignGenerator } from './tampering-cms.ts';

const right = makeCard(signer);
const other = makeCard(signer, {
  person: {
    ...citizen,
    personalNumber: '080190000456',
    surname: 'TRAN',
    givenNames: 'THI B',
    fullName: 'Trần Thị B',
    sex: 'female',
  },
});
const bytesOf = (card: typeof right, number: number) => card.dataGroups.get(number) ?? Buffer.alloc(0);
const all = () => Array.from(right.dataGroups, ([number, bytes]) => ({ number, bytes }));
const withGroups = (
  reason: Case['reason'],
  name: string,
  dataGroups: () => { number?: number; bytes: Buffer }[],
): Case => ({
  reason,
  name,
  run: () => verifyCard(right, { dataGroups: dataGroups() }),
});
const replace = (number: number, bytes: Buffer) =>
  all().map((group) => (group.number === number ? { number, bytes } : group));

const longer = sequence(
  integer(0),
  hashIdentifier('sha256'),
  sequence(
    ...hashFiles(right.dataGroups, 'sha256').map(([number, hash]) => sequence(integer(number), octets(hash))),
  ),
  integer(1),
);

const securityObject: Case[] = [
  withCard('lds_malformed', 'an empty list of hashes, of which all match', { entries: () => [] }),
  withCard('lds_malformed', 'data group 0', { entries: (list) => [[0, Buffer.alloc(32)], ...list] }),
  withCard('lds_malformed', 'data group 17', { entries: (list) => [...list, [17, Buffer.alloc(32)]] }),
  withCard('lds_malformed', 'a hash too short', {
    entries: (list) => list.map(([number, hash]) => [number, hash.subarray(1)]),
  }),
  withCard('lds_malformed', 'a version of the future', { ldsVersion: 2 }),
  withCard('lds_malformed', 'something after the list of hashes', { content: longer }),
  withCard('lds_data_group_repeated', 'DG1 listed twice', {
    entries: (list) => [...list, [1, createHash('sha256').update(bytesOf(other, 1)).digest()]],
  }),
  withCard('dg1_missing', 'no hash of DG1', { entries: (list) => list.filter(([number]) => number !== 1) }),
];

const groups: Case[] = [
  withGroups('dg1_missing', 'no DG1', () => all().filter(({ number }) => number !== 1)),
  withGroups('dg1_missing', 'no data groups', () => []),
  withGroups('dg15_missing', 'DG15 left out so that the chip need not answer', () =>
    all().filter(({ number }) => number !== 15),
  ),
  withGroups('dg_hash_mismatch', 'DG1 of somebody else', () => replace(1, bytesOf(other, 1))),
  withGroups('dg_hash_mismatch', 'the portrait of somebody else', () =>
    replace(2, makeDg2(Buffer.from('ffd8ffe0', 'hex'))),
  ),
  withGroups('dg_hash_mismatch', 'a key of the thief in DG15', () =>
    replace(15, makeDg15(keyInfoOf(testKey('rsa 2048', 'thief').publicKey))),
  ),
  withGroups('dg_not_listed', 'a DG11 nobody signed', () => [
    ...all(),
    { number: 11, bytes: der(0x6b, integer(1)) },
  ]),
  withGroups('dg_repeated', 'DG1 handed in twice', () => [...all(), { number: 1, bytes: bytesOf(right, 1) }]),
  withGroups('dg_number_invalid', 'data group 17 handed in', () => [
    ...all(),
    { number: 17, bytes: bytesOf(right, 1) },
  ]),
  withGroups('dg_tag_mismatch', 'DG2 called DG1', () => [{ number: 1, bytes: bytesOf(right, 2) }]),
  withGroups('dg_tag_mismatch', 'a file of no data group', () => [
    ...all(),
    { bytes: der(0x60, integer(1)) },
  ]),
  withGroups('dg_surplus_bytes', 'the padding of the elementary file', () =>
    replace(1, Buffer.concat([bytesOf(right, 1), Buffer.alloc(3)])),
  ),
  withGroups('dg_malformed', 'a truncated file', () => replace(2, bytesOf(right, 2).subarray(0, 40))),
  withGroups('dg_too_large', 'a portrait of megabytes', () => replace(2, Buffer.alloc(1024 * 1024, 0x75))),
  withCard('dg_malformed', 'a DG1 without the zone', {
    files: (files) => files.set(1, der(0x61, integer(1))),
  }),
];

const zone = (
  reason: Case['reason'],
  name: string,
  overrides: ZoneOverrides,
  options: CardOptions = {},
): Case => withCard(reason, name, { zone: makeZone(citizen, overrides), ...options });
const printed = (name: string, number: number, value: string): Case =>
  withCard('dg13_mismatch', name, {
    files: (files) => files.set(13, makeDg13(new Map([...printedFields(citizen), [number, value]]))),
  });

// TD2 (Doc 9303-6): document number, nationality, birth date, sex, expiry, optional data, composite digit.
const number = `090000123${checkDigit('090000123')}`;
const [birth, expiry] = [`900115${checkDigit('900115')}`, `300115${checkDigit('300115')}`];
const secondLine = `${number}VNM${birth}M${expiry}<<<<<<<${checkDigit(`${number}${birth}${expiry}<<<<<<<`)}`;

const document: Case[] = [
  withCard('mrz_invalid', 'a wrong check digit', {
    files: (files) => files.set(1, makeDg1(makeZone(citizen).replace('9001158', '9001159'))),
  }),
  withCard('mrz_invalid', 'a zone of 89 characters', {
    files: (files) => files.set(1, makeDg1(makeZone(citizen).slice(1))),
  }),
  withCard('mrz_invalid', 'small letters', {
    files: (files) => files.set(1, makeDg1(makeZone(citizen).toLowerCase())),
  }),
  withCard('mrz_invalid', 'a card in the format of a visa', {
    files: (files) => files.set(1, makeDg1(`IDVNM${'NGUYEN<<VAN<AN'.padEnd(31, '<')}${secondLine}`)),
  }),
  zone('mrz_invalid', 'no expiry date', { expiry: '<<<<<<' }),
  zone('mrz_invalid', 'a foreigner on a citizen card', { nationality: 'LAO' }),
  {
    reason: 'document_not_expected',
    name: 'an identity card where a passport is asked for',
    run: () => verifyCard(right, { expected: { issuingState: 'VNM', documentCode: 'P' } }),
  },
  withCard('document_expired', 'the day after the last day', {}, { at: new Date('2030-01-15T17:00:00Z') }),
  zone('personal_number_invalid', 'no personal number', { optional: '<'.repeat(15) }),
  zone('personal_number_invalid', 'a wrong check digit of the personal number', {
    optional: '072090000123<<7',
  }),
  zone('personal_number_invalid', 'a province that does not exist', { optional: '003090000123<<9' }),
  zone('document_number_mismatch', 'a document number of somebody else', { documentNumber: '090000124' }),
  zone('personal_number_contradicts_mrz', 'another sex than the number says', { sex: 'F' }),
  zone('personal_number_contradicts_mrz', 'another birth year than the number says', { birth: '910115' }),
  printed('another number printed', 1, '072090000124'),
  printed('another name printed', 2, 'Trần Văn An'),
  printed('another birth date printed', 3, '16/01/1990'),
  printed('another sex printed', 4, 'Nữ'),
  printed('another expiry printed', 12, '15/01/2031'),
];

const ec: CardOptions = { chip: 'ec' };
const nothing = () => ({});
const rsaKey = testKey('rsa 2048', 'chip').privateKey;
const answer = (options: Parameters<typeof answerWithRsa>[2]) => () => ({
  response: answerWithRsa(rsaKey, challenge, options),
});
const dg14 = (file?: Buffer): CardOptions => ({
  ...ec,
  files: (files) => (file ? files.set(14, file) : files.delete(14)),
});
const dg15 = (info: Buffer): CardOptions => ({
  chip: 'none',
  files: (files) => files.set(15, makeDg15(info)),
});
const someAnswer = () => ({ response: Buffer.alloc(128, 1) });

const active: Case[] = [
  withAnswer('aa_not_supported', 'a chip without a key', { chip: 'none' }, () => ({
    response: Buffer.alloc(256),
  })),
  withAnswer('aa_response_missing', 'no answer', {}, () => ({ response: undefined })),
  withAnswer('aa_response_missing', 'an empty answer', {}, () => ({ response: Buffer.alloc(0) })),
  withAnswer('aa_challenge_invalid', 'a challenge of 7 bytes', {}, () => ({
    challenge: challenge.subarray(1),
  })),
  withAnswer('aa_signature_invalid', 'the answer to an older challenge', {}, (card) => ({
    response: card.answer(Buffer.alloc(8)),
  })),
  withAnswer('aa_signature_invalid', 'the answer of another chip', {}, () => ({
    response: answerWithRsa(testKey('rsa 2048', 'clone').privateKey, challenge),
  })),
  withAnswer('aa_signature_invalid', 'a header of total recovery', {}, answer({ header: 0x4a })),
  withAnswer('aa_signature_invalid', 'a hash nobody knows', {}, answer({ trailer: '31cc' })),
  withAnswer('aa_signature_invalid', 'a trailer of another hash', {}, answer({ trailer: '38cc' })),
  withAnswer(
    'aa_signature_invalid',
    'a message that leaves the modulus empty',
    {},
    answer({ recoverable: 20 }),
  ),
  withAnswer('aa_response_malformed', 'an answer of the wrong length', {}, () => ({
    response: Buffer.alloc(255, 1),
  })),
  withAnswer('aa_signature_invalid', 'an answer above the modulus', {}, () => ({
    response: Buffer.alloc(256, 0xff),
  })),
  withAnswer('aa_signature_invalid', 'EC: the answer to an older challenge', ec, (card) => ({
    response: card.answer(Buffer.alloc(8)),
  })),
  withAnswer('aa_signature_invalid', 'EC: the answer to an older challenge in DER', ec, (card) => ({
    response: card.chipKeys && sign('sha256', Buffer.alloc(8), card.chipKeys.privateKey),
  })),
  withAnswer('aa_signature_invalid', 'EC: zeros', ec, () => ({ response: Buffer.alloc(64) })),
  withAnswer('aa_response_malformed', 'EC: neither plain nor DER', ec, () => ({
    response: Buffer.alloc(63, 1),
  })),
  withAnswer('aa_response_malformed', 'EC: DER with something after', ec, () => ({
    response: Buffer.concat([sequence(integer(1), integer(1)), Buffer.alloc(1)]),
  })),
  withAnswer('aa_hash_unknown', 'EC: no DG14', dg14(), nothing),
  withAnswer('aa_hash_unknown', 'EC: DG14 without a hash', dg14(makeDg14()), nothing),
  withAnswer('aa_hash_unknown', 'EC: SHA-1', dg14(makeDg14('sha1')), nothing),
  withAnswer('aa_hash_unknown', 'EC: a hash longer than the key', dg14(makeDg14('sha512')), nothing),
  withAnswer(
    'aa_key_refused',
    'RSA of 768 bits',
    dg15(rsaKeyInfo(Buffer.alloc(96, 0xff), 65537)),
    someAnswer,
  ),
  withAnswer(
    'aa_key_refused',
    'RSA with exponent 1',
    dg15(rsaKeyInfo(Buffer.alloc(128, 0xff), 1)),
    someAnswer,
  ),
  withAnswer('aa_key_refused', 'CurveBall in DG15', dg15(withForeignGenerator()), someAnswer),
  withAnswer('aa_key_refused', 'something else in DG15', dg15(integer(1)), someAnswer),
];

const listSigner = makeSigner(csca, {
  kind: 'rsa',
  extensions: [extension.extendedKeyUsage('2.23.136.1.1.3')],
});
const masterList = (content: Buffer, by = listSigner, at = now) =>
  verifyMasterList({
    list: makeSignedData(planCms(by, content, { contentType: '2.23.136.1.1.2' })),
    anchor: csca.certificate,
    at,
  });
const rightList = sequence(integer(0), setOf(csca.certificate));

const lists: Case[] = [
  {
    reason: 'master_list_malformed',
    name: 'a list of no certificates',
    run: () => masterList(sequence(integer(0), setOf(integer(1)))),
  },
  {
    reason: 'master_list_malformed',
    name: 'a list of another version',
    run: () => masterList(sequence(integer(9), setOf())),
  },
  {
    reason: 'signer_not_allowed',
    name: 'a list signed by a document signer',
    run: () => masterList(rightList, signer),
  },
  {
    reason: 'signer_expired',
    name: 'a list signed by a certificate that ended',
    run: () => masterList(rightList, listSigner, new Date('2036-01-01T00:00:00Z')),
  },
  {
    reason: 'certificate_malformed',
    name: 'an anchor that is no certificate',
    run: () =>
      verifyMasterList({
        list: makeSignedData(planCms(listSigner, rightList, { contentType: '2.23.136.1.1.2' })),
        anchor: Buffer.alloc(3),
        at: now,
      }),
  },
  {
    reason: 'csca_unknown',
    name: 'the anchor of another list',
    run: () =>
      verifyMasterList({
        list: makeSignedData(planCms(listSigner, rightList, { contentType: '2.23.136.1.1.2' })),
        anchor: makeCsca({ subject: [['C', 'LA']], issuer: [['C', 'LA']] }).certificate,
        at: now,
      }),
  },
];

export const chipCases: Case[] = [...securityObject, ...groups, ...document, ...active, ...lists];
