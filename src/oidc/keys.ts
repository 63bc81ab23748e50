/**
 * Signing keys: made at first start, sealed in the database, shared by every node. For each algorithm one key is
 * active and one stands ready as next; both are published (RFC 7517), so that relying parties that cache the key
 * set know the next key before it signs anything.
 *
 * Rotation: next → active → retired. A retired key loses its private part at once and stays published while something it
 * signed may still be shown: an ID token at sign-out (`id_token_hint`), as late as its session can last.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { sql } from 'kysely';
import { type Act, performAct } from '../audit/audit.ts';
import type { Db, Trx } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';

/**
 * What is signed with, and what clients may sign with (FAPI 2.0 Security Profile §5.4; RS256 because OpenID Connect Core
 * §15.1 requires it of every provider). Never `none`, never a shared secret: secrets are kept as hashes.
 */
export const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
type Algorithm = (typeof algorithms)[number];
type Key = { kid: string; alg: string; jwk: JWK };
const LOCK = 7_204_002;
const DAY = 24 * 3600 * 1000;
/** How long the next key must have been published before it signs: longer than relying parties cache the key set. */
const AHEAD = DAY;
/** The life of a session (oidc/provider), longer than that of any token. */
const AFTERLIFE = 14 * DAY;

/** The key set, active keys first: the provider signs with the first that fits. Makes what is missing. */
export async function loadSigningKeys(deps: Deps): Promise<JWK[]> {
  const { keyring } = deps;
  return performAct(deps, async (act) => {
    const { trx, now } = act;
    await lockKeys(trx);
    const missing: { alg: Algorithm; status: 'active' | 'next' }[] = [];
    for (const alg of algorithms) {
      for (const status of ['active', 'next'] as const)
        if (!(await findKey(trx, alg, status))) missing.push({ alg, status });
    }
    // Side by side: RSA keys take their time.
    const made = await Promise.all(missing.map(({ alg }) => makeKey(alg)));
    for (const [index, key] of made.entries()) {
      const { alg, status } = missing[index] ?? { alg: key.alg, status: 'next' as const };
      await insertKey(act, keyring, key, status);
      act.record({ event: 'keys.created', kid: key.kid, alg, status, actor: 'start' });
    }
    const rows = await trx
      .selectFrom('signing_keys')
      .select(['kid', 'jwk_sealed'])
      .where((eb) => eb.or([eb('status', 'in', ['active', 'next']), eb('published_until', '>', now)]))
      .orderBy('status')
      .orderBy('alg')
      .orderBy('created_at', 'desc')
      .execute();
    return rows.map(
      ({ kid, jwk_sealed }) => JSON.parse(keyring.open('signing-key', kid, jwk_sealed).toString()) as JWK,
    );
  });
}

/** The key that signs now, with its private part. */
export async function findSigningKey({ db, keyring }: Pick<Deps, 'db' | 'keyring'>): Promise<JWK> {
  const key = await findKey(db, 'ES256', 'active');
  if (!key) throw new Error('no key signs: the provider has not started yet');
  return JSON.parse(keyring.open('signing-key', key.kid, key.jwk_sealed).toString()) as JWK;
}

/** The keys that are published, without private parts: to check what one of them has signed. */
export async function listPublicKeys(
  { db, keyring }: Pick<Deps, 'db' | 'keyring'>,
  now: Date,
): Promise<JWK[]> {
  const rows = await db
    .selectFrom('signing_keys')
    .select(['kid', 'jwk_sealed'])
    .where((eb) => eb.or([eb('status', 'in', ['active', 'next']), eb('published_until', '>', now)]))
    .execute();
  return rows.map((row) => publicPart(keyring, row));
}

export type Rotation = {
  actor: string;
  /** Does not wait until the next key has been published long enough. */
  atOnce?: boolean;
  /** Keys may be in strange hands: the old ones are not published any more, and the next ones are not used. */
  compromised?: boolean;
};
export type Rotated =
  | { alg: string; rotated: true; kid: string; retired: string }
  | { alg: string; rotated: false; reason: 'next_too_young' | 'rotated_meanwhile'; dueAt?: Date };

/** Moves every algorithm's keys on by one. Nodes that run sign with the new key within a second (registry/feed). */
export async function rotateSigningKeys(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  rotation: Rotation,
): Promise<Rotated[]> {
  const seen = await deps.db
    .selectFrom('signing_keys')
    .select(['alg', 'kid'])
    .where('status', '=', 'active')
    .orderBy('alg')
    .execute();
  // Keys take time to make: before the lock, not under it.
  const made = await Promise.all(
    seen.map(
      async ({ alg }) => [await makeKey(alg), rotation.compromised ? await makeKey(alg) : undefined] as const,
    ),
  );
  return performAct(deps, async (act) => {
    await lockKeys(act.trx);
    const results: Rotated[] = [];
    for (const [index, { kid, alg }] of seen.entries()) {
      const [next, active] = made[index] ?? [];
      if (next)
        results.push(await rotateOne(act, deps.keyring, { rotation, seen: { kid, alg }, next, active }));
    }
    return results;
  });
}

type Step = { rotation: Rotation; seen: { kid: string; alg: string }; next: Key; active: Key | undefined };

async function rotateOne(
  act: Act,
  keyring: Keyring,
  { rotation, seen, next, active }: Step,
): Promise<Rotated> {
  const { trx, now, record } = act;
  const { alg } = seen;
  const { actor, atOnce = false, compromised = false } = rotation;
  const [old, waiting] = [await findKey(trx, alg, 'active'), await findKey(trx, alg, 'next')];
  // Another operator or node was quicker: twice is not what either wanted.
  if (!old || !waiting || old.kid !== seen.kid) return { alg, rotated: false, reason: 'rotated_meanwhile' };
  const dueAt = new Date(waiting.created_at.getTime() + AHEAD);
  if (!atOnce && !compromised && dueAt > now) return { alg, rotated: false, reason: 'next_too_young', dueAt };

  await trx
    .updateTable('signing_keys')
    .set({
      status: 'retired',
      retired_at: now,
      published_until: compromised ? now : new Date(now.getTime() + AFTERLIFE),
      jwk_sealed: withoutPrivatePart(keyring, old),
    })
    .where('kid', '=', old.kid)
    .execute();
  if (active) {
    await trx.deleteFrom('signing_keys').where('kid', '=', waiting.kid).execute();
    await insertKey(act, keyring, active, 'active');
  } else {
    await trx
      .updateTable('signing_keys')
      .set({ status: 'active', activated_at: now })
      .where('kid', '=', waiting.kid)
      .execute();
  }
  await insertKey(act, keyring, next, 'next');
  const kid = active?.kid ?? waiting.kid;
  record({ event: 'keys.rotated', kid, retired: old.kid, alg, compromised, actor });
  record({ event: 'keys.created', kid: next.kid, alg, status: 'next', actor });
  return { alg, rotated: true, kid, retired: old.kid };
}

/** Nodes and operators that act at once must agree on one set. */
async function lockKeys(trx: Trx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${LOCK})`.execute(trx);
}

function findKey(trx: Db, alg: string, status: 'active' | 'next') {
  return trx
    .selectFrom('signing_keys')
    .select(['kid', 'jwk_sealed', 'created_at'])
    .where('alg', '=', alg)
    .where('status', '=', status)
    .executeTakeFirst();
}

async function makeKey(alg: Algorithm | string): Promise<Key> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 3072 });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, alg, jwk: { ...jwk, kid, alg, use: 'sig' } };
}

async function insertKey(
  { trx, now }: Act,
  keyring: Keyring,
  { kid, alg, jwk }: Key,
  status: 'active' | 'next',
): Promise<void> {
  await trx
    .insertInto('signing_keys')
    .values({
      kid,
      alg,
      status,
      jwk_sealed: keyring.seal('signing-key', kid, JSON.stringify(jwk)),
      created_at: now,
      activated_at: status === 'active' ? now : null,
    })
    .execute();
}

type SealedKey = { kid: string; jwk_sealed: Buffer };

function withoutPrivatePart(keyring: Keyring, key: SealedKey): Buffer {
  return keyring.seal('signing-key', key.kid, JSON.stringify(publicPart(keyring, key)));
}

function publicPart(keyring: Keyring, { kid, jwk_sealed }: SealedKey): JWK {
  const { d, p, q, dp, dq, qi, ...jwk } = JSON.parse(
    keyring.open('signing-key', kid, jwk_sealed).toString(),
  ) as JWK;
  return jwk;
}
