/** Pinned certificates: nothing gets in that the operator did not compare, name and mean. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/audit.ts';
import { readTrust } from '../../src/icao/trust.ts';
import {
  describeTrustFiles,
  importTrust,
  listTrust,
  readTrustStore,
  removeTrust,
} from '../../src/verification/trust-store.ts';
import { csca, signer, verifyCard } from '../icao/tampering.ts';
import { makeCard, makeCsca, now } from '../support/card-factory.ts';
import { makeRevocationList, testKey } from '../support/card-factory-certificates.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const folder = new URL('../fixtures/icao/csca/', import.meta.url);
const passportFile = {
  name: 'VN.pem',
  bytes: readFileSync(new URL('VN_CSCA_ePassport_2022.pem', folder)),
};
const passportPrint = '6b5fa6fe45cc4e855a73760413e08b7a9ac50a27722c702f3909a90facc991bd';

const file = { name: 'csca.der', bytes: csca.certificate };
const print = printOf(file);
const actor = 'operator-1';

function printOf(one: { name: string; bytes: Uint8Array }): string {
  const result = describeTrustFiles([one], now);
  if (!result.ok) throw new Error(JSON.stringify(result.refusals));
  return result.imported[0]?.fingerprint ?? '';
}

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const deps = () => ({ db: database.db, clock: () => now });
const importAll = (changes: Partial<Parameters<typeof importTrust>[1]> = {}) =>
  importTrust(deps(), { files: [file], documentTypes: ['ID'], fingerprints: [print], actor, ...changes });
const events = async () => {
  const rows = await database.db.selectFrom('audit_events').select('body').orderBy('seq').execute();
  return rows.map(({ body }) => body);
};

describe('the store', () => {
  it('is empty, and then holds what was confirmed, with an event', async () => {
    expect(await readTrustStore(database.db)).toBeUndefined();
    expect(await importAll()).toMatchObject({
      ok: true,
      imported: [{ kind: 'certificate', country: 'VN', subject: 'C=VN, O=Test Card Office, CN=Test CSCA' }],
    });
    const store = await readTrustStore(database.db);
    const trust = readTrust(store ?? { anchors: [] });
    if (!trust.verified) throw new Error(trust.reason);
    expect(verifyCard(makeCard(signer), { trust: trust.trust })).toMatchObject({ verified: true });
    expect(await events()).toEqual([
      {
        at: now.getTime(),
        event: 'trust.imported',
        fingerprint: print,
        country: 'VN',
        documentTypes: ['ID'],
        actor,
      },
    ]);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
  });

  it('is read again only when it changed', async () => {
    await importAll();
    const first = await readTrustStore(database.db);
    expect(await readTrustStore(database.db, first)).toBe(first);
    await importAll({ documentTypes: ['I'] });
    const second = await readTrustStore(database.db, first);
    expect(second?.version).not.toBe(first?.version);
    expect(second?.anchors).toMatchObject([{ documentTypes: ['I'] }]);
    await removeTrust(deps(), { fingerprint: print, actor });
    expect(await readTrustStore(database.db, second)).toBeUndefined();
  });

  it('gives up a certificate, once, under any spelling of its fingerprint', async () => {
    await importAll();
    const spelt = print.toUpperCase().replace(/..(?!$)/g, '$&:');
    expect(await removeTrust(deps(), { fingerprint: spelt, actor })).toBe(true);
    expect(await removeTrust(deps(), { fingerprint: spelt, actor })).toBe(false);
    expect(await listTrust(database.db)).toEqual([]);
    expect(await events()).toMatchObject([
      { event: 'trust.imported' },
      { event: 'trust.removed', fingerprint: print, country: 'VN', actor },
    ]);
  });
});

describe('an import', () => {
  const tls = makeCsca({ extensions: signer.plan.extensions });
  const old = makeCsca({ notAfter: new Date('2026-05-01T00:00:00Z') });
  const weak = makeCsca({}, testKey('rsa 1024'));

  it.each([
    ['without the fingerprint', { fingerprints: [] }, ['fingerprint_not_confirmed']],
    ['with one of another file', { fingerprints: [print, passportPrint] }, ['fingerprint_unknown']],
    ['with no document type', { documentTypes: [] }, ['document_types_missing']],
    ['for every document type', { documentTypes: ['*'] }, ['document_type_invalid']],
    ['of no file', { files: [], fingerprints: [] }, ['no_certificate']],
    [
      'of two certificates of which one was compared',
      { files: [file, passportFile] },
      ['fingerprint_not_confirmed'],
    ],
    ['of what is no authority', { files: [{ name: 'a', bytes: tls.certificate }] }, ['csca_not_a_ca']],
    ['of a document signer', { files: [{ name: 'a', bytes: signer.certificate }] }, ['csca_not_a_ca']],
    ['of an authority that has ended', { files: [{ name: 'a', bytes: old.certificate }] }, ['csca_expired']],
    ['of a weak key', { files: [{ name: 'a', bytes: weak.certificate }] }, ['key_refused']],
    ['of anything else', { files: [{ name: 'a', bytes: Buffer.from('hello') }] }, ['certificate_malformed']],
    [
      'of a PEM without certificate',
      { files: [{ name: 'a', bytes: Buffer.from('-----BEGIN X-----') }] },
      ['certificate_malformed'],
    ],
  ] as [string, Partial<Parameters<typeof importTrust>[1]>, string[]][])(
    '%s is refused, and nothing stays',
    async (_name, changes, faults) => {
      const result = await importAll(changes);
      if (result.ok) throw new Error('imported');
      const expected = result.refusals.map(({ fault }) => fault);
      expect(expected).toEqual(expect.arrayContaining(faults));
      expect(await readTrustStore(database.db)).toBeUndefined();
      expect(await events()).toEqual([]);
    },
  );

  it('takes fingerprints as people write them, and a certificate twice as one', async () => {
    const spelt = print.toUpperCase().replace(/..(?!$)/g, '$&:');
    const pem = `-----BEGIN CERTIFICATE-----\n${csca.certificate.toString('base64')}\n-----END CERTIFICATE-----\n`;
    const files = [file, { name: 'csca.pem', bytes: Buffer.from(pem) }];
    expect(await importAll({ files, fingerprints: [spelt] })).toMatchObject({ ok: true });
    expect(await listTrust(database.db)).toMatchObject([{ fingerprint: print, documentTypes: ['ID'] }]);
  });

  it('lets the public passport authority vouch for identity cards by its whole code only', async () => {
    const passport = { files: [passportFile], fingerprints: [passportPrint] };
    expect(await importAll({ ...passport, documentTypes: ['I'] })).toEqual({
      ok: false,
      refusals: [{ subject: 'VN.pem', fault: 'passport_authority' }],
    });
    expect(await importAll({ ...passport, documentTypes: ['P', 'I'] })).toMatchObject({ ok: false });
    expect(await importAll({ ...passport, documentTypes: ['P'] })).toMatchObject({ ok: true });
    expect(await importAll({ ...passport, documentTypes: ['ID'] })).toMatchObject({ ok: true });
  });
});

describe('a revocation list', () => {
  const listOf = (changes: { thisUpdate?: Date; serials?: number[]; from?: typeof csca } = {}) => ({
    name: 'VN.crl',
    bytes: makeRevocationList({
      issuer: csca.plan.subject,
      thisUpdate: changes.thisUpdate ?? new Date('2026-05-20T00:00:00Z'),
      nextUpdate: new Date('2026-08-20T00:00:00Z'),
      serials: changes.serials ?? [0x2001],
      algorithm: csca.plan.algorithm,
      signWith: (changes.from ?? csca).keys.privateKey,
    }),
  });

  it('needs no fingerprint but a pinned certificate that signed it, and counts', async () => {
    const list = { files: [listOf()], fingerprints: [], documentTypes: [] };
    expect(await importAll(list)).toMatchObject({ refusals: [{ fault: 'crl_signature_invalid' }] });
    await importAll();
    expect(await importAll(list)).toMatchObject({ ok: true, imported: [{ kind: 'revocation_list' }] });
    const trust = readTrust((await readTrustStore(database.db)) ?? { anchors: [] });
    if (!trust.verified) throw new Error(trust.reason);
    expect(verifyCard(makeCard(signer), { trust: trust.trust })).toMatchObject({ reason: 'signer_revoked' });
  });

  it('is refused when older than the one stored, forged or broken', async () => {
    await importAll({ files: [file, listOf()] });
    const forger = makeCsca({}, testKey('ec brainpoolP512r1 explicit', 'forger'));
    const import_ = (one: { name: string; bytes: Buffer }) => importAll({ files: [one], fingerprints: [] });
    expect(await import_(listOf({ thisUpdate: new Date('2026-05-19T00:00:00Z') }))).toMatchObject({
      refusals: [{ subject: 'VN.crl', fault: 'list_older_than_stored' }],
    });
    expect(await import_(listOf({ from: forger }))).toMatchObject({
      refusals: [{ fault: 'crl_signature_invalid' }],
    });
    expect(await import_({ name: 'x.crl', bytes: Buffer.of(1) })).toMatchObject({
      refusals: [{ fault: 'crl_malformed' }],
    });
    expect(await import_(listOf({ thisUpdate: new Date('2026-05-21T00:00:00Z') }))).toMatchObject({
      ok: true,
    });
  });

  it('leaves with the last certificate that signed it', async () => {
    await importAll({
      files: [file, listOf(), passportFile],
      fingerprints: [print, passportPrint],
      documentTypes: ['ID'],
    });
    await removeTrust(deps(), { fingerprint: print, actor });
    const store = await readTrustStore(database.db);
    expect(store?.anchors).toHaveLength(1);
    expect(store?.revocationLists).toEqual([]);
  });
});
