/**
 * The operator's pinned certificates: which authorities may vouch for which kinds of document.
 *
 * A certificate gets in only when the operator repeats its SHA-256 fingerprint, got from the issuing authority by
 * another way than the file, and names the document types it may vouch for. The store is empty until then, and an
 * empty store verifies no card. Revocation lists need no fingerprint: a pinned certificate must have signed them.
 * Invariant: what the store holds can be read as one trust as a whole (`readTrust` of icao/ accepts it).
 */

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Act, performAct } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { defaultPolicy } from '../icao/algorithms.ts';
import { hasKeyUsage, isAuthority, keyOf, keyUsageBits } from '../icao/certificates.ts';
import { type RevocationList, readRevocationList } from '../icao/crls.ts';
import { countryOf, formatName } from '../icao/names.ts';
import { type Reason, readingAs, refuse, settle } from '../icao/reasons.ts';
import { readAnchor, readTrust, type TrustAnchor } from '../icao/trust.ts';
import { decodePem, type TrustFile } from '../icao/trust-files.ts';

/** The trust as bytes, for handing to another thread. */
export type TrustBytes = {
  /** Changes whenever anything else here does. */
  version: string;
  anchors: readonly { bytes: Uint8Array; documentTypes: readonly string[] }[];
  revocationLists: readonly Uint8Array[];
};

/**
 * Reads the store; `undefined` when no certificate is pinned. Given what was read before, certificates and lists are
 * fetched again only if something changed, so it may be asked before every verification.
 */
export async function readTrustStore(db: Db, known?: TrustBytes): Promise<TrustBytes | undefined> {
  const version = await readVersion(db);
  if (version === undefined) return undefined;
  if (version === known?.version) return known;
  const certificates = await db
    .selectFrom('trust_certificates')
    .select(['certificate', 'document_types'])
    .orderBy('fingerprint')
    .execute();
  const lists = await db.selectFrom('trust_revocation_lists').select('list').orderBy('country').execute();
  return {
    version,
    anchors: certificates.map((row) => ({ bytes: row.certificate, documentTypes: row.document_types })),
    revocationLists: lists.map(({ list }) => list),
  };
}

async function readVersion(db: Db): Promise<string | undefined> {
  const { rows } = await sql<{ certificates: string | null; lists: string | null }>`
    SELECT (SELECT string_agg(fingerprint || document_types::text, ',' ORDER BY fingerprint)
            FROM trust_certificates) AS certificates,
           (SELECT string_agg(country || encode(sha256(list), 'hex'), ',' ORDER BY country)
            FROM trust_revocation_lists) AS lists`.execute(db);
  const [row] = rows;
  if (!row?.certificates) return undefined;
  return createHash('sha256').update(JSON.stringify(row)).digest('hex');
}

/** A file's certificate or list as an operator compares it. Times are milliseconds since 1970. */
export type TrustItem = {
  kind: 'certificate' | 'revocation_list';
  file: string;
  /** Two letters. */
  country: string;
  /** Subject of a certificate, issuer of a list. */
  subject: string;
  notBefore: number;
  notAfter: number;
  /** SHA-256 of the DER, hexadecimal. */
  fingerprint: string;
};

type ReadCertificate = TrustItem & { kind: 'certificate'; anchor: TrustAnchor };
type ReadList = TrustItem & { kind: 'revocation_list'; list: RevocationList; bytes: Uint8Array };

export type ImportFault =
  | Reason
  | 'no_certificate'
  | 'document_types_missing'
  | 'document_type_invalid'
  | 'passport_authority'
  | 'fingerprint_not_confirmed'
  | 'fingerprint_unknown'
  | 'list_older_than_stored';

/** A file, or a fingerprint, and what speaks against it. */
export type ImportRefusal = { subject: string; fault: ImportFault };
export type ImportResult = { ok: true; imported: TrustItem[] } | { ok: false; refusals: ImportRefusal[] };

/**
 * Says what is in these files (DER or PEM) without importing it. Refused are files that are neither a certificate nor
 * a revocation list, and certificates that are no authority of today: `csca_not_a_ca`, `csca_expired`, `key_refused`,
 * `curve_refused`, `certificate_malformed`, `crl_malformed`.
 */
export function describeTrustFiles(files: readonly TrustFile[], at: Date): ImportResult {
  const { items, refusals } = readItems(files, at);
  if (refusals.length > 0) return { ok: false, refusals };
  return { ok: true, imported: items.map(describeItem) };
}

export type ImportQuestion = {
  files: readonly TrustFile[];
  /** MRZ document codes (`ID`) or their first letter (`I`), for every certificate of the files. */
  documentTypes: readonly string[];
  /** SHA-256 of each certificate as the operator compared it: hexadecimal, colons and spaces allowed. */
  fingerprints: readonly string[];
  actor: string;
};

/**
 * Imports certificates and revocation lists, all or nothing. A certificate imported again takes the document types
 * named now; a list takes the place of its country's older one.
 */
export async function importTrust(
  deps: Pick<Deps, 'db' | 'clock'>,
  question: ImportQuestion,
): Promise<ImportResult> {
  const { items, refusals } = readItems(question.files, deps.clock());
  const certificates = items.filter((item) => item.kind === 'certificate');
  const faults = [...refusals, ...findObjections(certificates, question)];
  if (items.length === 0 && faults.length === 0) faults.push({ subject: '', fault: 'no_certificate' });
  if (faults.length > 0) return { ok: false, refusals: faults };
  const lists = items.filter((item) => item.kind === 'revocation_list');
  try {
    await performAct(deps, async (act) => {
      for (const item of certificates) await pinCertificate(act, item, question);
      for (const item of lists) await storeList(act, item, question.actor);
      await holdInvariant(act);
    });
  } catch (error) {
    if (error instanceof ImportStop) return { ok: false, refusals: [error.refusal] };
    throw error;
  }
  return { ok: true, imported: items.map(describeItem) };
}

/** Takes a certificate out, and its country's revocation list if nobody is left who signed it. False: not there. */
export async function removeTrust(
  deps: Pick<Deps, 'db' | 'clock'>,
  { fingerprint, actor }: { fingerprint: string; actor: string },
): Promise<boolean> {
  return performAct(deps, async (act) => {
    const row = await act.trx
      .deleteFrom('trust_certificates')
      .where('fingerprint', '=', normaliseFingerprint(fingerprint))
      .returning(['fingerprint', 'country'])
      .executeTakeFirst();
    if (!row) return false;
    if (!(await isWhole(act))) {
      await act.trx.deleteFrom('trust_revocation_lists').where('country', '=', row.country).execute();
    }
    act.record({ event: 'trust.removed', fingerprint: row.fingerprint, country: row.country, actor });
    return true;
  });
}

export type PinnedCertificate = {
  fingerprint: string;
  country: string;
  documentTypes: string[];
  subject: string;
  notBefore: number;
  notAfter: number;
  importedAt: Date;
};

/** Every pinned certificate, by country and end of validity. */
export async function listTrust(db: Db): Promise<PinnedCertificate[]> {
  const rows = await db
    .selectFrom('trust_certificates')
    .select(['fingerprint', 'country', 'document_types', 'certificate', 'imported_at'])
    .execute();
  const pinned = rows.map((row) => {
    const { certificate } = readAnchor(row.certificate, row.document_types);
    return {
      fingerprint: row.fingerprint,
      country: row.country,
      documentTypes: row.document_types,
      subject: formatName(certificate.subject),
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      importedAt: row.imported_at,
    };
  });
  return pinned.sort((one, two) => one.country.localeCompare(two.country) || one.notAfter - two.notAfter);
}

function describeItem(item: ReadCertificate | ReadList): TrustItem {
  const { kind, file, country, subject, notBefore, notAfter, fingerprint } = item;
  return { kind, file, country, subject, notBefore, notAfter, fingerprint };
}

function readItems(files: readonly TrustFile[], at: Date) {
  const items: (ReadCertificate | ReadList)[] = [];
  const refusals: ImportRefusal[] = [];
  for (const { name, bytes } of files) {
    const lists = /\.crl$/i.test(name) || Buffer.from(bytes).includes('-----BEGIN X509 CRL-----');
    const blocks = decodePem(bytes, lists ? 'X509 CRL' : 'CERTIFICATE');
    if (blocks.length === 0) refusals.push({ subject: name, fault: 'certificate_malformed' });
    for (const der of blocks) {
      const result = lists ? readListItem(name, der) : readCertificateItem(name, der, at);
      if (!result.verified) refusals.push({ subject: name, fault: result.reason });
      // The same certificate is often brought as DER and as PEM.
      else if (!items.some(({ fingerprint }) => fingerprint === result.item.fingerprint)) {
        items.push(result.item);
      }
    }
  }
  return { items, refusals };
}

function readCertificateItem(file: string, bytes: Uint8Array, at: Date) {
  return settle((): { verified: true; item: ReadCertificate } => {
    const anchor = readAnchor(bytes, []);
    const { certificate, country, fingerprint } = anchor;
    readingAs('certificate_malformed', () => {
      // The same rule as when it vouches (icao/chain.ts): one of the two says authority, key usage does not deny it.
      const signs = hasKeyUsage(certificate, keyUsageBits.keyCertSign);
      if (signs === false || (signs === undefined && !isAuthority(certificate))) refuse('csca_not_a_ca');
      keyOf(certificate, defaultPolicy);
    });
    const { notBefore, notAfter } = certificate;
    if (notAfter < at.getTime()) refuse('csca_expired');
    const subject = formatName(certificate.subject);
    const item = { kind: 'certificate' as const, file, country, subject, notBefore, notAfter, fingerprint };
    return { verified: true, item: { ...item, anchor } };
  });
}

function readListItem(file: string, bytes: Uint8Array) {
  return settle((): { verified: true; item: ReadList } => {
    const list = readingAs('crl_malformed', () => readRevocationList(bytes));
    const country = countryOf(list.issuer) ?? refuse('crl_malformed');
    const item = {
      kind: 'revocation_list' as const,
      file,
      country,
      subject: formatName(list.issuer),
      notBefore: list.thisUpdate,
      notAfter: list.nextUpdate,
      fingerprint: createHash('sha256').update(bytes).digest('hex'),
    };
    return { verified: true, item: { ...item, list, bytes } };
  });
}

/** What the operator has not said, or has said wrongly. */
function findObjections(certificates: readonly ReadCertificate[], question: ImportQuestion): ImportRefusal[] {
  const refusals: ImportRefusal[] = [];
  const { documentTypes } = question;
  if (certificates.length > 0 && documentTypes.length === 0) {
    refusals.push({ subject: '', fault: 'document_types_missing' });
  }
  for (const type of documentTypes) {
    // No `*` here: whoever pins a certificate says for what.
    if (!/^[A-Z][A-Z0-9]?$/.test(type)) refusals.push({ subject: type, fault: 'document_type_invalid' });
  }
  const confirmed = new Set(question.fingerprints.map(normaliseFingerprint));
  for (const { file, fingerprint, subject } of certificates) {
    if (!confirmed.delete(fingerprint)) {
      refusals.push({ subject: file, fault: 'fingerprint_not_confirmed' });
    }
    // Viet Nam publishes one CSCA, for passports. Named in one command with others, it must not come to vouch for
    // identity cards by a single letter; who has learnt that it signs them writes the whole code, `ID`.
    if (/passport/i.test(subject) && documentTypes.some((type) => type.length === 1 && type !== 'P')) {
      refusals.push({ subject: file, fault: 'passport_authority' });
    }
  }
  for (const fingerprint of confirmed) refusals.push({ subject: fingerprint, fault: 'fingerprint_unknown' });
  return refusals;
}

function normaliseFingerprint(text: string): string {
  return text.replace(/[\s:]/g, '').toLowerCase();
}

async function pinCertificate(
  { trx, now, record }: Act,
  { country, fingerprint, anchor }: ReadCertificate,
  { documentTypes, actor }: ImportQuestion,
): Promise<void> {
  const types = [...new Set(documentTypes)].sort();
  const pin = { document_types: types, imported_at: now, imported_by: actor };
  await trx
    .insertInto('trust_certificates')
    .values({ fingerprint, country, certificate: Buffer.from(anchor.certificate.raw), ...pin })
    .onConflict((conflict) => conflict.column('fingerprint').doUpdateSet(pin))
    .execute();
  record({ event: 'trust.imported', fingerprint, country, documentTypes: types, actor });
}

async function storeList({ trx, now, record }: Act, item: ReadList, actor: string): Promise<void> {
  const { country, fingerprint, list, bytes, file } = item;
  const stored = await trx
    .selectFrom('trust_revocation_lists')
    .select('list')
    .where('country', '=', country)
    .forUpdate()
    .executeTakeFirst();
  // An old list would take back revocations.
  if (stored && readRevocationList(stored.list).thisUpdate > list.thisUpdate) {
    throw new ImportStop({ subject: file, fault: 'list_older_than_stored' });
  }
  const values = { list: Buffer.from(bytes), imported_at: now, imported_by: actor };
  await trx
    .insertInto('trust_revocation_lists')
    .values({ country, ...values })
    .onConflict((conflict) => conflict.column('country').doUpdateSet(values))
    .execute();
  record({ event: 'trust.imported', fingerprint, country, documentTypes: [], actor });
}

/** Ends the transaction of an import. */
class ImportStop extends Error {
  readonly refusal: ImportRefusal;
  constructor(refusal: ImportRefusal) {
    super(refusal.fault);
    this.refusal = refusal;
  }
}

async function holdInvariant({ trx }: Act): Promise<void> {
  const result = await readWhole(trx);
  if (!result.verified) throw new ImportStop({ subject: '', fault: result.reason });
}

async function isWhole({ trx }: Act): Promise<boolean> {
  return (await readWhole(trx)).verified;
}

async function readWhole(db: Db) {
  const lists = await db.selectFrom('trust_revocation_lists').select('list').execute();
  const stored = await readTrustStore(db);
  return readTrust({ anchors: stored?.anchors ?? [], revocationLists: lists.map(({ list }) => list) });
}
