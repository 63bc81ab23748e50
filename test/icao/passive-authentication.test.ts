/** Cards that must verify: every legal spelling of one and the same truth. */

import { describe, expect, it } from 'vitest';
import { readTrust } from '../../src/icao/trust.ts';
import {
  type CardOptions,
  citizen,
  cscaName,
  makeCard,
  makeCsca,
  makeSigner,
  planCms,
  type SignerKind,
} from '../support/card-factory.ts';
import {
  extension,
  keyIdOf,
  makeRevocationList,
  testKey,
  usage,
} from '../support/card-factory-certificates.ts';
import {
  context,
  der,
  indefinite,
  integer,
  octets,
  oid,
  printable,
  sequence,
  t61,
} from '../support/card-factory-der.ts';
import {
  type CmsPlan,
  hashFiles,
  makeDg13,
  makeSecurityObject,
  makeSignedDataParts,
  makeZone,
  printedFields,
} from '../support/card-factory-files.ts';
import { csca, ecSigner, signer, trust, trustIn, verifyCard } from './tampering.ts';
import { pssOnly } from './tampering-cms.ts';

function chipOf(outcome: ReturnType<typeof verifyCard>) {
  if (!outcome.verified) throw new Error(outcome.reason);
  return outcome.chip;
}

describe('a right card', () => {
  it('says who signed, for whom, and what is on it', () => {
    const chip = chipOf(verifyCard(makeCard(signer)));
    expect(chip).toMatchObject({
      expiresOn: '2030-01-15',
      activeAuthentication: true,
      citizen: {
        personalNumber: { number: '072090000123', provinceCode: '072', sex: 'male', birthYear: 1990 },
        birthDate: '1990-01-15',
        latinName: 'NGUYEN VAN AN',
        fullName: 'Nguyễn Văn An',
      },
      sod: {
        version: 1,
        hash: 'sha256',
        dataGroups: [1, 2, 3, 13, 14, 15],
        country: 'VN',
        revocation: 'not_checked',
        signedAt: Date.parse('2025-03-10T02:00:00Z'),
        signer: { subject: 'C=VN, O=Test Card Office, CN=Test Document Signer', serial: '2001' },
      },
    });
    expect([...chip.dataGroups.keys()].sort((one, two) => one - two)).toEqual([1, 2, 13, 14, 15]);
  });

  it.each<SignerKind>(['pss', 'rsa', 'rsa-bare', 'ecdsa', 'ecdsa-explicit'])(
    'verifies with a signer of kind %s',
    (kind) => {
      chipOf(verifyCard(makeCard(makeSigner(csca, { kind }))));
    },
  );

  it.each(['sha384', 'sha512'] as const)('verifies with %s throughout', (hash) => {
    const made = makeSigner(csca, { algorithm: { scheme: 'pss', hash } });
    expect(chipOf(verifyCard(makeCard(made, { ldsHash: hash }))).sod).toMatchObject({ hash, digest: hash });
  });

  it('verifies when the hash list uses another hash than the signature', () => {
    chipOf(verifyCard(makeCard(signer, { ldsHash: 'sha512' })));
  });

  it('verifies with a salt of any length that is stated', () => {
    chipOf(
      verifyCard(
        makeCard(makeSigner(csca, { algorithm: { scheme: 'pss', hash: 'sha256', saltLength: 20 } })),
      ),
    );
  });

  it.each(['null', 'absent'] as const)('takes %s parameters of an algorithm', (parameters) => {
    const rsa = makeSigner(csca, { kind: 'rsa', algorithm: { scheme: 'rsa', hash: 'sha256', parameters } });
    const ec = makeSigner(csca, {
      kind: 'ecdsa',
      algorithm: { scheme: 'ecdsa', hash: 'sha256', parameters },
    });
    chipOf(verifyCard(makeCard(rsa)));
    chipOf(verifyCard(makeCard(ec)));
  });

  it.each([
    'secp224r1',
    'prime256v1',
    'secp384r1',
    'secp521r1',
    'brainpoolP224r1',
    'brainpoolP256r1',
    'brainpoolP320r1',
    'brainpoolP384r1',
    'brainpoolP512r1',
  ])('verifies with keys on %s, named and explicit', (curve) => {
    for (const encoding of ['named', 'explicit']) {
      const authority = makeCsca({}, testKey(`ec ${curve} ${encoding}`, 'authority'));
      const made = makeSigner(authority, {
        kind: 'ecdsa',
        keys: testKey(`ec ${curve} ${encoding}`, 'signer'),
      });
      chipOf(verifyCard(makeCard(made), { trust: trustIn(authority) }));
    }
  });

  it('verifies with a key that is for RSA-PSS alone', () => {
    chipOf(verifyCard(makeCard(pssOnly({ scheme: 'pss', hash: 'sha256' }))));
  });

  it('verifies under an RSA authority', () => {
    const authority = makeCsca({}, testKey('rsa 3072', 'authority'));
    chipOf(verifyCard(makeCard(makeSigner(authority)), { trust: trustIn(authority) }));
  });

  it('verifies as LDS version 0, without DG13, DG14 and DG15', () => {
    const chip = chipOf(
      verifyCard(
        makeCard(signer, {
          ldsVersion: 0,
          chip: 'none',
          files: (files) => [13, 14].forEach((number) => void files.delete(number)),
        }),
      ),
    );
    expect(chip).toMatchObject({ activeAuthentication: false, dg13: { state: 'absent' } });
    expect(chip.citizen?.fullName).toBeUndefined();
  });

  it('takes data groups without a number and in any order', () => {
    const card = makeCard(signer);
    const dataGroups = Array.from(card.dataGroups.values(), (bytes) => ({ bytes })).reverse();
    chipOf(verifyCard(card, { dataGroups }));
  });

  it('is the same chip however the unsigned part of its SOD is written', () => {
    const plain = makeCard(ecSigner);
    const content = makeSecurityObject(hashFiles(plain.dataGroups, 'sha256'), 'sha256');
    const one = chipOf(verifyCard(makeCard(ecSigner, { content })));
    const two = chipOf(
      verifyCard(makeCard(ecSigner, { content, cms: { unsignedAttributes: [sequence(oid('1.2.3'))] } })),
    );
    expect(two.sod.identity).toBe(one.sod.identity);
  });
});

describe('encodings of EF.SOD', () => {
  function cardWith(write: (plan: CmsPlan) => Buffer) {
    const card = makeCard(signer);
    const content = makeSecurityObject(hashFiles(card.dataGroups, 'sha256'), 'sha256');
    return { ...card, sod: write(planCms(signer, content)) };
  }

  it('may be BER: indefinite lengths and a constructed OCTET STRING', () => {
    const card = cardWith((plan) => {
      const { head, content, tail } = makeSignedDataParts(plan);
      const cut = Math.floor(content.length / 3);
      const pieces = indefinite(
        0x24,
        octets(content.subarray(0, cut)),
        der(0x24, octets(content.subarray(cut))),
      );
      const encapsulated = indefinite(0x30, oid(plan.contentType), indefinite(0xa0, pieces));
      const body = indefinite(0x30, ...head, encapsulated, ...tail);
      return indefinite(0x77, indefinite(0x30, oid('1.2.840.113549.1.7.2'), indefinite(0xa0, body)));
    });
    chipOf(verifyCard(card));
  });

  it('may have signed attributes of indefinite length: their DER is what is signed', () => {
    const card = cardWith((plan) => {
      const { head, content, tail } = makeSignedDataParts(plan);
      const [certificates = Buffer.alloc(0), signers = Buffer.alloc(0)] = tail;
      // SET { SEQUENCE { version, sid, digest, [0] attributes, … } }: the two outer headers are four octets each.
      const start = signers.indexOf(oid('1.2.840.113549.1.9.3')) - 4;
      const end = start + 2 + signers.readUInt8(start + 1);
      const attributes = indefinite(0xa0, signers.subarray(start + 2, end));
      const info = sequence(signers.subarray(8, start), attributes, signers.subarray(end));
      const encapsulated = sequence(oid(plan.contentType), context(0, octets(content)));
      const body = sequence(...head, encapsulated, certificates, der(0x31, info));
      return der(0x77, sequence(oid('1.2.840.113549.1.7.2'), context(0, body)));
    });
    expect(card.sod.includes(Buffer.from('a080', 'hex'))).toBe(true);
    chipOf(verifyCard(card));
  });

  it('may keep signed attributes in the order they were written and signed', () => {
    chipOf(verifyCard(makeCard(signer, { cms: { unsorted: true } })));
  });

  it('may carry more certificates, and point by key identifier', () => {
    const keyId = keyIdOf(signer.plan.keyInfo);
    chipOf(
      verifyCard(
        makeCard(signer, { cms: { sid: { keyId }, certificates: [csca.certificate, signer.certificate] } }),
      ),
    );
    const bare = makeSigner(csca, { without: '2.5.29.14' });
    const derived = extensionlessKeyId(bare.plan.keyInfo);
    chipOf(verifyCard(makeCard(bare, { cms: { sid: { keyId: derived } } })));
  });

  const extensionlessKeyId = (keyInfo: Uint8Array) => keyIdOf(Buffer.from(keyInfo).subarray(-270));

  it('may name the issuer in another order and spelling', () => {
    const reversed = [...cscaName].reverse();
    const spelt = [
      ['CN', t61('TEST  CSCA ')],
      ['O', printable('Test Card Office')],
      ['C', 'vn'],
    ] as const;
    for (const issuer of [reversed, spelt]) {
      const sid = { issuer, serial: integer(0x2001) };
      chipOf(
        verifyCard(makeCard(signer, { cms: { sid, certificates: [signer.certificate, csca.certificate] } })),
      );
      chipOf(verifyCard(makeCard(makeSigner(csca, { plan: { issuer } }))));
    }
  });

  it('may pad a serial number or leave its sign out', () => {
    const negative = Buffer.from('0202d001', 'hex');
    const padded = Buffer.from('0203000d01', 'hex');
    const spellings = [
      [negative, Buffer.from('020300d001', 'hex')],
      [padded, Buffer.from('02020d01', 'hex')],
    ] as const;
    for (const [serial, pointed] of spellings) {
      const made = makeSigner(csca, { plan: { serial } });
      const sid = { issuer: cscaName, serial: pointed };
      chipOf(
        verifyCard(makeCard(made, { cms: { sid, certificates: [csca.certificate, made.certificate] } })),
      );
    }
  });
});

describe('authorities', () => {
  const old = makeCsca(
    { serial: 0x0f01, notBefore: new Date('2018-01-01T00:00:00Z') },
    testKey('ec prime256v1', 'old authority'),
  );
  const link = makeCsca({
    algorithm: old.plan.algorithm,
    signWith: old.keys.privateKey,
    serial: 0x0f02,
    extensions: [
      extension.basicConstraints(true),
      extension.keyUsage(usage.certify),
      extension.authorityKeyId(keyIdOf(old.plan.keyInfo)),
    ],
  });

  it('several under one name are all tried', () => {
    const others = ['a', 'b', 'c'].map((name) => makeCsca({}, testKey('ec prime256v1', name)));
    const anchors = [...others, csca].map(({ certificate }) => ({
      bytes: certificate,
      documentTypes: ['ID'],
    }));
    const result = readTrust({ anchors });
    if (!result.verified) throw new Error(result.reason);
    chipOf(verifyCard(makeCard(signer), { trust: result.trust }));
    chipOf(verifyCard(makeCard(makeSigner(csca, { without: '2.5.29.35' })), { trust: result.trust }));
  });

  it('a link certificate carries trust to the next key, for the same document types only', () => {
    expect(verifyCard(makeCard(signer), { trust: trustIn(old) })).toMatchObject({
      reason: 'signer_signature_invalid',
    });
    chipOf(verifyCard(makeCard(signer), { trust: trustIn(old, { links: [link.certificate] }) }));
    const passports = trustIn(old, { links: [link.certificate] }, ['P']);
    expect(verifyCard(makeCard(signer), { trust: passports })).toMatchObject({
      reason: 'csca_not_for_document_type',
    });
  });

  it('a pinned link certificate is an anchor by itself', () => {
    chipOf(verifyCard(makeCard(signer), { trust: trustIn(link) }));
  });

  it('the revocation list of one authority says nothing of the serial numbers of another', () => {
    const laos = makeCsca(
      { subject: [['C', 'LA']], issuer: [['C', 'LA']] },
      testKey('ec prime256v1', 'Laos'),
    );
    const list = makeRevocationList({
      issuer: laos.plan.subject,
      thisUpdate: new Date('2026-05-01T00:00:00Z'),
      serials: [0x2001, 0x1001],
      algorithm: laos.plan.algorithm,
      signWith: laos.keys.privateKey,
    });
    const anchors = [csca, laos].map(({ certificate }) => ({ bytes: certificate, documentTypes: ['*'] }));
    const result = readTrust({ anchors, revocationLists: [list] });
    if (!result.verified) throw new Error(result.reason);
    expect(chipOf(verifyCard(makeCard(signer), { trust: result.trust })).sod.revocation).toBe('not_checked');
  });

  it('document types are pinned by code, first letter or all', () => {
    for (const types of [['ID'], ['I'], ['P', 'ID'], ['*']]) {
      chipOf(verifyCard(makeCard(signer), { trust: trustIn(csca, {}, types) }));
    }
    for (const types of [['IR'], ['P'], []]) {
      expect(verifyCard(makeCard(signer), { trust: trustIn(csca, {}, types) }).verified).toBe(false);
    }
  });

  it.each([
    ['good', '2026-07-30', '2026-06-01'],
    ['stale', '2026-05-30', '2026-06-01'],
    ['stale', undefined, '2026-09-01'],
    ['good', undefined, '2026-07-01'],
  ] as const)('a revocation list makes it %s (next %s, now %s)', (revocation, next, at) => {
    const list = makeRevocationList({
      issuer: cscaName,
      thisUpdate: new Date('2026-05-01T00:00:00Z'),
      ...(next && { nextUpdate: new Date(`${next}T00:00:00Z`) }),
      serials: [0x2002],
      algorithm: csca.plan.algorithm,
      signWith: csca.keys.privateKey,
    });
    const checked = trustIn(csca, { revocationLists: [list] });
    const chip = chipOf(verifyCard(makeCard(signer), { trust: checked, at: new Date(`${at}T00:00:00Z`) }));
    expect(chip.sod.revocation).toBe(revocation);
  });
});

describe('what the card says', () => {
  const read = (options: CardOptions) => chipOf(verifyCard(makeCard(signer, options), { trust }));

  it('is valid on its last day in Viet Nam, and not an hour longer', () => {
    const card = makeCard(signer);
    chipOf(verifyCard(card, { at: new Date('2030-01-15T16:59:59Z') }));
    expect(verifyCard(card, { at: new Date('2030-01-15T17:00:00Z') })).toMatchObject({
      reason: 'document_expired',
    });
  });

  it('need not expire', () => {
    const chip = read({ person: { ...citizen, expiryDate: undefined } });
    expect(chip.expiresOn).toBeUndefined();
  });

  it('may know no more than the year of birth', () => {
    const files = (all: Map<number, Buffer>) => void all.delete(13);
    expect(read({ zone: makeZone(citizen, { birth: '90<<<<' }), files }).citizen?.birthDate).toBe('1990');
    expect(read({ zone: makeZone(citizen, { birth: '900000' }), files }).citizen?.birthDate).toBe('1990');
    expect(read({ zone: makeZone(citizen, { birth: '900100' }), files }).citizen?.birthDate).toBe('1990-01');
  });

  it('may have a single name, or one too long for the zone', () => {
    const files = (fullName: string) => (all: Map<number, Buffer>) =>
      void all.set(13, makeDg13(printedFields({ ...citizen, fullName })));
    expect(read({ zone: makeZone(citizen, { names: 'AN' }), files: files('An') }).citizen?.latinName).toBe(
      'AN',
    );
    const long = 'CONG<<TANG<TON<NU<HUYEN<TRANG<DAI<DUONG';
    expect(
      read({
        zone: makeZone(citizen, { names: long }),
        files: files('Công Tằng Tôn Nữ Huyền Trang Đài Dương'),
      }).citizen,
    ).toMatchObject({
      fullName: 'Công Tằng Tôn Nữ Huyền Trang Đài Dương',
    });
  });

  it('gives names as NFC, whatever the chip wrote', () => {
    const decomposed = new Map([...printedFields(citizen), [2, citizen.fullName.normalize('NFD')] as const]);
    const chip = read({ files: (files) => files.set(13, makeDg13(decomposed)) });
    expect(chip.citizen?.fullName).toBe('Nguyễn Văn An'.normalize('NFC'));
  });

  it('may keep DG13 to itself', () => {
    const chip = read({ files: (files) => files.set(13, der(0x6d, Buffer.from('encrypted'))) });
    expect(chip.dg13).toEqual({ state: 'opaque' });
    expect(chip.citizen?.latinName).toBe('NGUYEN VAN AN');
  });
});
