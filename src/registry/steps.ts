/** What every change of the registry shares: who acts, what is answered, secrets, and one order among changes. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Trx } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Difference } from './entries.ts';
import type { Fault } from './rules.ts';

/** Who changes the registry, and with what. */
export type Registrar = Pick<Deps, 'config' | 'random'> & { actor: string };

export type Change = {
  kind: 'client' | 'service' | 'scope';
  id: string;
  what: 'added' | 'changed' | 'removed' | 'unchanged';
  members: Difference[];
  /** What became of its being on or off. */
  turned?: 'on' | 'off';
  /** A new secret: shown now and never again. */
  secret?: string;
};
export type Changed = { ok: true; change: Change } | { ok: false; faults: Fault[] };

/** Changes go one after another, and take this lock before any row, so that no two wait for each other. */
export async function lockRegistry(trx: Trx): Promise<void> {
  await sql`SELECT FROM registry_version FOR UPDATE`.execute(trx);
}

export function refused(path: Fault['path'], reason: string): Changed {
  return { ok: false, faults: [{ path, reason }] };
}

export function mergeMembers(before: object, members: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...before, ...members };
  for (const [member, value] of Object.entries(members)) if (value === null) delete merged[member];
  return merged;
}

/** 256 random bits (design §4), which is why a plain SHA-256 keeps them well. */
export function makeSecret({ random }: Registrar): { secret: string; hash: Buffer } {
  const secret = random(32).toString('base64url');
  return { secret, hash: createHash('sha256').update(secret).digest() };
}

/** The hash that is kept: the one given, else the one there, else that of a new secret. */
export function chooseSecret(
  registrar: Registrar,
  given: { secret_hash?: string | undefined },
  needed: boolean,
  kept: string | undefined,
): { secret?: string; hash: Buffer | null } {
  if (!needed) return { hash: null };
  const known = given.secret_hash ?? kept;
  return known ? { hash: Buffer.from(known, 'hex') } : makeSecret(registrar);
}

export function turnOf(before: boolean, after: boolean): 'on' | 'off' | undefined {
  if (before === after) return undefined;
  return after ? 'off' : 'on';
}
