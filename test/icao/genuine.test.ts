import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verifyActiveAuthentication } from '../../src/icao/active-authentication.ts';
import { defaultPolicy } from '../../src/icao/algorithms.ts';
import { readDg14 } from '../../src/icao/dg14.ts';
import { verifyMasterList } from '../../src/icao/master-list.ts';
import { inspectSod, verifySod } from '../../src/icao/sod.ts';
import { readTrust } from '../../src/icao/trust.ts';
import { readTrustFiles } from '../../src/icao/trust-files.ts';

// The day the German list was signed; every signer among the fixtures is valid then.
const at = new Date('2026-05-28T08:28:45Z');
const folder = new URL('../fixtures/icao/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder));
const readFiles = (path: string) =>
  readdirSync(new URL(path, folder)).map((name) => ({ name, bytes: read(`${path}${name}`) }));

type Expected = {
  file: string;
  sha256: string;
  ldsVersion: number;
  ldsHash: string;
  dataGroupHashes: { dg: number; hash: string }[];
  signerDigest: string;
  signatureAlgorithm: string;
  signedAttrs: string[];
  dsSubject: string;
  dsIssuer: string;
  dsSerial: string;
  dsValidFrom: string;
  dsValidTo: string;
  dsKey: string;
  cscaSha256: string[];
  expect: { signatureValid: boolean; chainValid: boolean; policy: string };
};
const expectations = JSON.parse(read('sod/expected.json').toString()) as Expected[];

function readFixtureTrust() {
  const result = readTrustFiles(readFiles('csca/'));
  if (!result.verified) throw new Error(result.reason);
  return result.trust;
}

describe('genuine EF.SOD files of other countries', () => {
  const trust = readFixtureTrust();

  it.each(expectations)('$file reads as expected', (expected) => {
    const sod = read(`sod/${expected.file}`);
    expect(createHash('sha256').update(sod).digest('hex')).toBe(expected.sha256);
    const result = inspectSod(sod);
    if (!result.verified) throw new Error(result.reason);
    const { description } = result;
    expect({
      ldsVersion: description.version,
      ldsHash: description.hash,
      dataGroupHashes: description.dataGroupHashes.map(({ number, hash }) => ({ dg: number, hash })),
      signerDigest: description.digest,
      signatureAlgorithm: description.signatureAlgorithm,
      signedAttrs: description.signedAttributes,
      dsSubject: description.signer.subject,
      dsIssuer: description.signer.issuer,
      dsSerial: description.signer.serial,
      dsValidFrom: description.signer.notBefore,
      dsValidTo: description.signer.notAfter,
      dsKey: description.signerKey,
    }).toEqual({
      ldsVersion: expected.ldsVersion,
      ldsHash: expected.ldsHash,
      dataGroupHashes: expected.dataGroupHashes,
      signerDigest: expected.signerDigest,
      signatureAlgorithm: expected.signatureAlgorithm,
      signedAttrs: expected.signedAttrs,
      dsSubject: expected.dsSubject,
      dsIssuer: expected.dsIssuer,
      dsSerial: expected.dsSerial,
      dsValidFrom: Date.parse(expected.dsValidFrom),
      dsValidTo: Date.parse(expected.dsValidTo),
      dsKey: expected.dsKey,
    });
  });

  it.each(expectations)('$file verifies as expected', (expected) => {
    const sod = read(`sod/${expected.file}`);
    const result = verifySod({ sod, trust, at });
    if (expected.expect.policy === 'accept') {
      if (!result.verified) throw new Error(result.reason);
      expect(expected.cscaSha256).toContain(result.sod.csca.fingerprint);
      expect(result.sod.revocation).toBe('not_checked');
      return;
    }
    expect(result).toEqual({ verified: false, reason: 'hash_refused' });
    // Under a policy that lets SHA-1 pass, signature and chain are right: only the policy refused.
    const policy = { ...defaultPolicy, hashes: ['sha1' as const, ...defaultPolicy.hashes] };
    expect(verifySod({ sod, trust, at, policy }).verified).toBe(true);
  });

  it.each(expectations)(
    '$file verifies under each of its CSCA certificates alone, and under none of the others',
    (one) => {
      const sod = read(`sod/${one.file}`);
      const policy = { ...defaultPolicy, hashes: ['sha1' as const, ...defaultPolicy.hashes] };
      for (const anchor of trust.anchors) {
        const alone = readTrust({ anchors: [{ bytes: anchor.certificate.raw, documentTypes: ['*'] }] });
        if (!alone.verified) throw new Error(alone.reason);
        const result = verifySod({ sod, trust: alone.trust, at, policy });
        const belongs = one.cscaSha256.includes(anchor.fingerprint);
        // The Indonesian link certificate ended a month before `at`.
        const expired = anchor.certificate.notAfter < at.getTime();
        expect(result.verified).toBe(belongs && !expired);
        if (belongs && expired) expect(result).toMatchObject({ reason: 'csca_expired' });
      }
    },
  );

  it('are refused before the signer begins and after it ends', () => {
    for (const { file, dsValidFrom, dsValidTo } of expectations.filter(
      ({ expect: { policy } }) => policy === 'accept',
    )) {
      const sod = read(`sod/${file}`);
      const early = verifySod({ sod, trust, at: new Date(Date.parse(dsValidFrom) - 1) });
      const late = verifySod({ sod, trust, at: new Date(Date.parse(dsValidTo) + 1) });
      expect([early, late]).toEqual([
        { verified: false, reason: 'signer_not_yet_valid' },
        { verified: false, reason: 'signer_expired' },
      ]);
    }
  });

  it('verify under the whole German list as trust', () => {
    const list = verifyMasterList({
      list: read('masterlists/DE_ML_2026-05-28-08-28-45.ml'),
      anchor: read('masterlists/DE_ROOT_CA_CSCA07.cer'),
      at,
    });
    if (!list.verified) throw new Error(list.reason);
    const anchors = list.masterList.certificates.map(({ raw }) => ({ bytes: raw, documentTypes: ['*'] }));
    const wide = readTrust({ anchors });
    if (!wide.verified) throw new Error(wide.reason);
    for (const file of ['sod_AT.bin', 'sod_DE.bin', 'sod_FR.bin', 'sod_MY.bin', 'sod_US.bin']) {
      expect(verifySod({ sod: read(`sod/${file}`), trust: wide.trust, at })).toMatchObject({
        verified: true,
      });
    }
  });

  it('no EF.CardSecurity passes for an EF.SOD', () => {
    const file = read('sod/cardsecurity_DE.bin');
    expect(verifySod({ sod: file, trust, at })).toEqual({ verified: false, reason: 'cms_malformed' });
  });
});

describe('the German master list', () => {
  const list = read('masterlists/DE_ML_2026-05-28-08-28-45.ml');
  const anchor = read('masterlists/DE_ROOT_CA_CSCA07.cer');

  it('imports with 588 certificates, one of them Vietnamese', () => {
    const started = performance.now();
    const result = verifyMasterList({ list, anchor, at });
    const elapsed = performance.now() - started;
    if (!result.verified) throw new Error(result.reason);
    expect(result.masterList.certificates).toHaveLength(588);
    expect(result.masterList.countries).toMatchObject({ VN: 1, DE: expect.any(Number) });
    expect(Object.values(result.masterList.countries).reduce((sum, count) => sum + count, 0)).toBe(588);
    expect(elapsed).toBeLessThan(3000);
  });

  it('is refused under another anchor, with one bit changed, with surplus, or as an EF.SOD', () => {
    const other = read('csca/FR_5ba9a2069f34cd93.der');
    expect(verifyMasterList({ list, anchor: other, at })).toEqual({
      verified: false,
      reason: 'csca_unknown',
    });
    const changed = Buffer.from(list);
    changed.writeUInt8(changed.readUInt8(450_000) ^ 1, 450_000);
    expect(verifyMasterList({ list: changed, anchor, at }).verified).toBe(false);
    const padded = Buffer.concat([list, Buffer.alloc(1)]);
    expect(verifyMasterList({ list: padded, anchor, at })).toMatchObject({ reason: 'cms_surplus_bytes' });
    const sod = read('sod/sod_DE.bin');
    expect(verifyMasterList({ list: sod, anchor, at }).verified).toBe(false);
  });
});

describe('the public Vietnamese CSCA', () => {
  it('vouches for passports only, unless the operator pins it otherwise', () => {
    const files = [{ name: 'VN.der', bytes: read('csca/VN_CSCA_ePassport_2022.der') }];
    const byDefault = readTrustFiles(files);
    expect(byDefault).toMatchObject({ trust: { anchors: [{ country: 'VN', documentTypes: ['P'] }] } });
    const fingerprint = createHash('sha256').update(read('csca/VN_CSCA_ePassport_2022.der')).digest('hex');
    const pinned = readTrustFiles(files, { pins: { [fingerprint]: ['ID'] } });
    expect(pinned).toMatchObject({ trust: { anchors: [{ documentTypes: ['ID'] }] } });
  });

  it('reads the same from PEM and DER, and counts once', () => {
    const trust = readFixtureTrust();
    expect(trust.anchors.filter(({ country }) => country === 'VN')).toHaveLength(1);
    expect(trust.anchors).toHaveLength(13);
  });
});

describe('a genuine Active Authentication', () => {
  type Vector = { dg15: string; challenge: string; signature: string };
  const vectors = JSON.parse(read('aa/aa_rsa_vectors.json').toString()) as {
    rsa_iso9796_2_scheme1: Vector[];
  };
  const [vector] = vectors.rsa_iso9796_2_scheme1.map((one) => ({
    dg15: Buffer.from(one.dg15, 'hex'),
    challenge: Buffer.from(one.challenge, 'hex'),
    response: Buffer.from(one.signature, 'hex'),
  }));
  if (!vector) throw new Error('no vector');
  const verify = (challenge: Buffer, response: Buffer) =>
    verifyActiveAuthentication({ chip: { dataGroups: new Map([[15, vector.dg15]]) }, challenge, response });

  it('verifies', () => {
    expect(vector.dg15).toEqual(read('aa/dg15_rsa1792.bin'));
    expect(verify(vector.challenge, vector.response)).toMatchObject({
      verified: true,
      active: { scheme: 'rsa-iso9796-2', hash: 'sha256', keyBits: 1792, weak: true },
    });
  });

  it('is refused for another challenge and with any byte changed', () => {
    const other = Buffer.from(vector.challenge).fill(0);
    expect(verify(other, vector.response)).toEqual({ verified: false, reason: 'aa_signature_invalid' });
    for (let index = 0; index < vector.response.length; index += 16) {
      const changed = Buffer.from(vector.response);
      changed.writeUInt8(changed.readUInt8(index) ^ 0x40, index);
      expect(verify(vector.challenge, changed).verified).toBe(false);
    }
  });
});

describe('genuine DG14 files', () => {
  it.each(['AT', 'MY', 'generic'])(
    '%s names chip authentication and no Active Authentication hash',
    (name) => {
      const options = readDg14(read(`aa/dg14_${name}.bin`));
      expect(options).toMatchObject({ chipAuthentication: true });
      expect(options?.activeAuthenticationHash).toBeUndefined();
    },
  );
});
