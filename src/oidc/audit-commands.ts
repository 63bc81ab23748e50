/**
 * The operator's commands about the audit log: to recompute the chain, also against heads that somebody has kept, and to
 * hold a file that was taken out of it against signature and chain.
 */
import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { type KeptHeads, verifyAudit } from '../audit/audit.ts';
import { checkExport } from '../audit/export.ts';
import type { Deps } from '../deps.ts';
import { UsageError } from '../errors.ts';
import { EXPORT_TYPE, verifyDetached } from './detached-jws.ts';
import { listPublicKeys } from './keys.ts';

type Outcome = { said: string[]; complained?: string[]; code: number };
type Store = Pick<Deps, 'db' | 'clock' | 'keyring'>;
type Args = { values: Readonly<Record<string, unknown>>; rest: readonly string[] };

/** As `/.well-known/tay-ninh-id/audit-heads` gives them. */
const headsShape = z.object({
  heads: z.array(z.object({ seq: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/) })),
});
const keysShape = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });

/** Needs no key of ours: whoever has only the database can run it. */
export const auditVerify = {
  help: 'check the hash chain of the audit log, also against published heads that were kept',
  usage: '[--heads FILE…]',
  options: { heads: { type: 'string', multiple: true } },
  async run({ values, rest }: Args, { db }: Pick<Store, 'db'>): Promise<Outcome> {
    if (rest.length > 0) throw new UsageError('no further word is expected');
    const heads = await readHeads((values.heads as string[] | undefined) ?? []);
    const result = await verifyAudit(db, heads);
    if (!result.ok) {
      const fault = `the chain is broken at event ${result.seq}: ${result.fault}`;
      return { said: [], complained: [fault], code: 1 };
    }
    const said = [`the chain is whole: ${result.events} events, head ${result.head}`];
    if (heads.size > 0) said.push(`it is the chain of all ${heads.size} heads that were kept`);
    return { said, code: 0 };
  },
} as const;

export const auditCheckExport = {
  help: 'check a file taken from the audit log: its signature, and its lines against the chain',
  usage: 'FILE.csv [--signature FILE.jws] [--keys JWKS-FILE]',
  options: { signature: { type: 'string' }, keys: { type: 'string' } },
  async run({ values, rest: [path, ...more] }: Args, store: Store): Promise<Outcome> {
    if (!path || more.length > 0) throw new UsageError('one file is expected');
    const file = await readFile(path);
    const jws = await readFile((values.signature as string | undefined) ?? `${path}.jws`, 'utf8');
    const keys = await readKeys(store, values.keys as string | undefined);
    const signed = await verifyDetached(jws, file, { keys, typ: EXPORT_TYPE });
    const lines = await checkExport(store.db, file.toString('utf8'));
    const said: string[] = [];
    const complained: string[] = [];
    if (signed.ok) said.push(`signed at ${signed.signedAt.toISOString()} with key ${signed.kid}`);
    else complained.push(signatureFaults[signed.reason]);
    if (lines.ok) said.push(`all ${lines.lines} lines stand in the chain exactly so`);
    else if (lines.fault === 'not_an_export') complained.push('the file is no export of the audit log');
    else complained.push(`line ${lines.seq} does not stand in the chain so`);
    return { said, complained, code: complained.length > 0 ? 1 : 0 };
  },
} as const;

const signatureFaults = {
  not_a_signature: 'the signature is none of an export of the audit log',
  unknown_key: 'the key that signed is not published any more: give the key set of that time with --keys',
  changed: 'the file was changed after it was signed',
};

/** Files of heads as they were published, plain or signed. Two that contradict each other prove it by themselves. */
async function readHeads(paths: readonly string[]): Promise<KeptHeads> {
  const kept = new Map<bigint, string>();
  for (const path of paths) {
    const parsed = headsShape.safeParse(readDocument((await readFile(path, 'utf8')).trim()));
    if (!parsed.success) throw new UsageError(`${path} holds no heads`);
    for (const { seq, hash } of parsed.data.heads) {
      const before = kept.get(BigInt(seq));
      if (before !== undefined && before !== hash)
        throw new Error(`the files say two different things of event ${seq}: ${before} and ${hash}`);
      kept.set(BigInt(seq), hash);
    }
  }
  return kept;
}

function readDocument(text: string): unknown {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(text) ?? [];
  try {
    return JSON.parse(payload === undefined ? text : Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

async function readKeys(store: Store, path: string | undefined): Promise<JSONWebKeySet> {
  if (path === undefined)
    return { keys: (await listPublicKeys(store, store.clock())) as JSONWebKeySet['keys'] };
  let given: unknown;
  try {
    given = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    given = undefined;
  }
  const parsed = keysShape.safeParse(given);
  if (!parsed.success) throw new UsageError(`${path} holds no key set`);
  return parsed.data as unknown as JSONWebKeySet;
}
