/**
 * The operator's commands about chips and their certificates: `chip verify` and `trust …` of cli.ts, which parses the
 * words and prints the lines. Files are read here; the database is opened by the caller, and only when it is needed.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Deps } from '../deps.ts';
import { UsageError } from '../errors.ts';
import {
  describeTrustFiles,
  type ImportResult,
  importTrust,
  listTrust,
  removeTrust,
  type TrustItem,
} from '../verification/trust-store.ts';
import { type HandAnswer, inspectMasterList, verifyByHand } from './by-hand.ts';

/** What stood behind the command's name: options as they were given, and everything that is no option. */
export type Args = { values: Readonly<Record<string, unknown>>; rest: readonly string[] };
/** Lines for standard output and standard error, and the exit code. */
export type Outcome = { said: string[]; complained?: string[]; code: number };
type Store = Pick<Deps, 'db' | 'clock'>;
/** Runs with the database open. */
type WithStore = (work: (store: Store) => Promise<Outcome>) => Promise<Outcome>;

export async function verifyChip({ values, rest }: Args): Promise<Outcome> {
  const [sod, trust] = [takeText(values, 'sod'), takeText(values, 'trust')];
  const answer = verifyByHand({
    sod: readGivenFile(sod),
    // `--dg FILE FILE …` as well as `--dg FILE --dg FILE`.
    dataGroups: [...takeTexts(values, 'dg'), ...rest].map(readGivenFile),
    trust: readGivenFolder(trust),
    sodOnly: values['sod-only'] === true,
    at: takeTime(values),
  });
  return sayAnswer(answer, values);
}

export async function inspectList({ values, rest }: Args): Promise<Outcome> {
  refuseMore(rest);
  const [list, anchor] = [takeText(values, 'master-list'), takeText(values, 'anchor')];
  return sayAnswer(inspectMasterList(readGivenFile(list), readGivenFile(anchor), takeTime(values)), values);
}

/** One line: an object with `--json`, else a few words. */
function sayAnswer(answer: HandAnswer, values: Args['values']): Outcome {
  const words = answer.verified ? 'verified' : `refused: ${answer.reason}`;
  return { said: [values.json ? JSON.stringify(answer) : words], code: answer.verified ? 0 : 1 };
}

export async function importCertificates({ values, rest }: Args, withStore: WithStore): Promise<Outcome> {
  // Several fingerprints behind one --fingerprint are as good as one each.
  const isFingerprint = (word: string) => /^[\da-f]{2}(?::?[\da-f]{2}){31}$/i.test(word);
  const paths = rest.filter((word) => !isFingerprint(word));
  const fingerprints = [...takeTexts(values, 'fingerprint'), ...rest.filter(isFingerprint)];
  const documentTypes = takeTexts(values, 'document-type').flatMap((types) => types.split(','));
  if (paths.length === 0) throw new UsageError('no file is named');
  const files = paths.map((path) => ({ name: basename(path), bytes: readGivenFile(path) }));
  const found = describeTrustFiles(files, new Date());
  if (!found.ok) return complain(found);
  if (found.imported.some(({ kind }) => kind === 'certificate')) {
    if (documentTypes.length === 0) {
      throw new UsageError(
        '--document-type is missing: I for identity cards, P for passports, or a whole code',
      );
    }
    if (fingerprints.length === 0) return askToConfirm(found.imported);
  }
  return withStore(async (store) => {
    const result = await importTrust(store, { files, documentTypes, fingerprints, actor: 'cli' });
    if (!result.ok) return complain(result);
    return { said: result.imported.map((item) => `imported ${describe(item)}`), code: 0 };
  });
}

function askToConfirm(items: readonly TrustItem[]): Outcome {
  const complained = [
    'Nothing was imported. Compare each fingerprint with what the authority told you by another way than this file.',
    'Then repeat the command with --fingerprint and what the authority told you, for every certificate.',
  ];
  return { said: items.map(describe), complained, code: 1 };
}

function complain({ refusals }: Extract<ImportResult, { ok: false }>): Outcome {
  const lines = refusals.map(({ subject, fault }) => (subject ? `- ${subject}: ${fault}` : `- ${fault}`));
  return { said: [], complained: ['nothing was imported', ...lines], code: 1 };
}

function describe({ kind, country, subject, notBefore, notAfter, fingerprint }: TrustItem): string {
  const name = kind === 'certificate' ? subject : `revocation list of ${subject}`;
  const [from, to] = [notBefore, notAfter].map((time) => new Date(time).toISOString().slice(0, 10));
  return [`${country}: ${name}`, `  valid ${from} to ${to}`, `  sha256 ${fingerprint}`].join('\n');
}

export async function printTrust({ db }: Store): Promise<Outcome> {
  const pinned = await listTrust(db);
  if (pinned.length === 0) return { said: ['no certificate is pinned: no card is accepted'], code: 0 };
  const said = pinned.map((one) => {
    const item = describe({ ...one, kind: 'certificate', file: '' });
    return `${item}\n  for ${one.documentTypes.join(', ')}`;
  });
  return { said, code: 0 };
}

export async function removeCertificate(args: Args, withStore: WithStore): Promise<Outcome> {
  const [fingerprint, ...more] = args.rest;
  refuseMore(more);
  if (!fingerprint) throw new UsageError('no fingerprint is named');
  return withStore(async (store) => {
    const removed = await removeTrust(store, { fingerprint, actor: 'cli' });
    if (removed) return { said: [`removed ${fingerprint}`], code: 0 };
    return { said: [], complained: ['no such certificate is pinned'], code: 1 };
  });
}

function takeText(values: Args['values'], name: string): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

function takeTexts(values: Args['values'], name: string): string[] {
  return (values[name] as string[] | undefined) ?? [];
}

function takeTime({ at: given }: Args['values']): Date {
  if (given === undefined) return new Date();
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(String(given));
  const at = new Date(String(given));
  // Without an offset it would mean another moment on another machine.
  if (!iso || Number.isNaN(at.getTime())) throw new UsageError('--at is no time like 2026-05-28T08:00:00Z');
  return at;
}

function refuseMore(rest: readonly string[]): void {
  if (rest.length > 0) throw new UsageError(`${rest[0]} is one too many`);
}

function readGivenFile(path: string): Buffer {
  return readGiven(path, () => readFileSync(path));
}

/** The files of a folder, not those of folders in it. */
function readGivenFolder(path: string): { name: string; bytes: Buffer }[] {
  const entries = readGiven(path, () => readdirSync(path, { withFileTypes: true }));
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => ({ name, bytes: readGivenFile(join(path, name)) }));
}

function readGiven<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
