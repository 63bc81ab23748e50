/**
 * Signing keys: made at first start, sealed in the database, shared by every node. For each algorithm one key is
 * active and one stands ready as next; both are published (RFC 7517), so that relying parties that cache the key
 * set know the next key before it signs anything.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { sql } from 'kysely';
import { type Act, performAct } from '../audit/audit.ts';
import type { Trx } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';

/** In the order in which the provider prefers them. */
const algorithms = ['ES256', 'RS256'] as const;
type Algorithm = (typeof algorithms)[number];
const LOCK = 7_204_002;

/** The private key set, active keys first: the provider signs with the first that fits. Makes what is missing. */
export async function loadSigningKeys(deps: Deps): Promise<JWK[]> {
  const { keyring } = deps;
  return performAct(deps, async (act) => {
    const { trx } = act;
    // Nodes that start together must agree on one set.
    await sql`SELECT pg_advisory_xact_lock(${LOCK})`.execute(trx);
    for (const alg of algorithms) {
      for (const status of ['active', 'next'] as const) {
        if (!(await hasKey(trx, alg, status))) await createKey(act, keyring, alg, status);
      }
    }
    const rows = await trx
      .selectFrom('signing_keys')
      .select(['kid', 'jwk_sealed'])
      .where('status', 'in', ['active', 'next'])
      .orderBy('status')
      .orderBy('alg')
      .execute();
    return rows.map(
      ({ kid, jwk_sealed }) => JSON.parse(keyring.open('signing-key', kid, jwk_sealed).toString()) as JWK,
    );
  });
}

async function hasKey(trx: Trx, alg: Algorithm, status: string): Promise<boolean> {
  const row = await trx
    .selectFrom('signing_keys')
    .select('kid')
    .where('alg', '=', alg)
    .where('status', '=', status)
    .executeTakeFirst();
  return row !== undefined;
}

async function createKey(
  { trx, now, record }: Act,
  keyring: Keyring,
  alg: Algorithm,
  status: 'active' | 'next',
): Promise<void> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 3072 });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const sealed = keyring.seal('signing-key', kid, JSON.stringify({ ...jwk, kid, alg, use: 'sig' }));
  await trx
    .insertInto('signing_keys')
    .values({
      kid,
      alg,
      status,
      jwk_sealed: sealed,
      created_at: now,
      activated_at: status === 'active' ? now : null,
    })
    .execute();
  record({ event: 'keys.created', kid, alg, status, actor: 'start' });
}
