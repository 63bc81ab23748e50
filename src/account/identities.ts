/**
 * Identities: how an upstream's subject is tied to one of our accounts.
 * The subject is looked up by a keyed hash; subject and profile are kept sealed. (provider, subject) is unique,
 * and an account has at most one identity of a provider.
 */
import { randomUUID } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import { gather } from '../db/batch.ts';
import { type Db, runPrepared } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { createAccount } from './accounts.ts';
import { indexName, type NameSource } from './name-index.ts';

export type Provider = 'zalo' | 'vneid';

/** What the upstream said of the person. Never matched on, only shown. */
export type Profile = { subject: string; name?: string; picture?: string };

/**
 * The account that holds this upstream subject, if any, held with it until the act is done: whoever erases the person waits,
 * or was first, and then there is nobody.
 */
function findByIdentity(db: Db, keyring: Keyring, provider: Provider, subject: string) {
  return db
    .selectFrom('identities')
    .select(['account_id', 'profile_sealed'])
    .where('provider', '=', provider)
    .where('subject_hash', '=', hashSubject(keyring, provider, subject))
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/**
 * Finds the account of this upstream subject or makes one, and keeps the profile as it is today. `nameBefore`: what the
 * upstream called the person until now.
 */
export async function recogniseOrCreate(
  act: Act,
  keyring: Keyring,
  provider: Provider,
  profile: Profile,
): Promise<{ accountId: string; created: boolean; nameBefore?: string }> {
  const known = await touchIdentity(act, keyring, provider, profile);
  if (known) return { ...known, created: false };
  const accountId = await createAccount(act);
  if (await linkIdentity(act, keyring, provider, accountId, profile)) {
    act.record({ event: 'account.created', account: accountId, method: provider });
    return { accountId, created: true };
  }
  // Two first sign-ins of one person at the same moment: the other was faster, and its account is the one.
  await act.trx.deleteFrom('accounts').where('id', '=', accountId).execute();
  const winner = await touchIdentity(act, keyring, provider, profile);
  if (!winner) throw new Error('an identity was neither found nor made');
  return { ...winner, created: false };
}

/** Ties a subject to an account. False if the subject or the account is already tied otherwise. */
export async function linkIdentity(
  { trx, now }: Act,
  keyring: Keyring,
  provider: Provider,
  accountId: string,
  profile: Profile,
): Promise<boolean> {
  const inserted = await trx
    .insertInto('identities')
    .values({
      id: randomUUID(),
      account_id: accountId,
      provider,
      subject_hash: hashSubject(keyring, provider, profile.subject),
      profile_sealed: sealProfile(keyring, provider, accountId, profile),
      linked_at: now,
      last_used_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted) await indexProfile(trx, keyring, provider, accountId, profile);
  return inserted !== undefined;
}

const asking = {
  name: 'identities_profile',
  text: `
  SELECT i.profile_sealed FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS q (account_id, provider, n)
  LEFT JOIN identities i ON i.account_id = q.account_id AND i.provider = q.provider
  ORDER BY q.n`,
};
type Asked = { accountId: string; provider: Provider };

const askProfile = gather<Asked, { profile_sealed: Buffer | null }>(
  (db, asked) =>
    runPrepared(db, asking, [asked.map(({ accountId }) => accountId), asked.map(({ provider }) => provider)]),
  { again: true },
);

/** The profile an upstream gave of this account, if it has an identity there. */
export async function findProfile(
  db: Db,
  keyring: Keyring,
  provider: Provider,
  accountId: string,
): Promise<Profile | undefined> {
  const sealed = (await askProfile(db, { accountId, provider })).profile_sealed;
  return sealed ? openProfile(keyring, provider, accountId, sealed) : undefined;
}

async function touchIdentity(
  { trx, now }: Act,
  keyring: Keyring,
  provider: Provider,
  profile: Profile,
): Promise<{ accountId: string; nameBefore?: string } | undefined> {
  const known = await findByIdentity(trx, keyring, provider, profile.subject);
  if (!known) return undefined;
  const accountId = known.account_id;
  const before = openProfile(keyring, provider, accountId, known.profile_sealed);
  // What the upstream leaves out this time (inside Zalo the name needs a permission of its own) is not forgotten.
  const kept = { ...before, ...profile };
  if (before.name !== kept.name) await indexProfile(trx, keyring, provider, accountId, kept);
  await trx
    .updateTable('identities')
    .set({ profile_sealed: sealProfile(keyring, provider, accountId, kept), last_used_at: now })
    .where('account_id', '=', accountId)
    .where('provider', '=', provider)
    .execute();
  return { accountId, ...(before?.name ? { nameBefore: before.name } : {}) };
}

export function hashSubject(keyring: Keyring, provider: Provider, subject: string): Buffer {
  return keyring.index('identity', `${provider}:${subject}`);
}

async function indexProfile(
  trx: Db,
  keyring: Keyring,
  provider: Provider,
  accountId: string,
  { name = '' }: Profile,
): Promise<void> {
  if (isNameSource(provider)) await indexName(trx, keyring, { accountId, source: provider, name });
}

/** The name that Zalo shows is what level1 knows; VNeID's is in the verification. */
export function isNameSource(provider: Provider): provider is Provider & NameSource {
  return provider === 'zalo';
}

export function openProfile(
  keyring: Keyring,
  provider: Provider,
  accountId: string,
  sealed: Buffer,
): Profile {
  return JSON.parse(keyring.open('identity', `${provider}/${accountId}`, sealed).toString()) as Profile;
}

export function sealProfile(
  keyring: Keyring,
  provider: Provider,
  accountId: string,
  profile: Profile,
): Buffer {
  return keyring.seal('identity', `${provider}/${accountId}`, JSON.stringify(profile));
}

/** When each upstream was tied to the account, and when it was last used. */
export function listIdentities(db: Db, accountId: string) {
  return db
    .selectFrom('identities')
    .select(['provider', 'linked_at', 'last_used_at'])
    .where('account_id', '=', accountId)
    .orderBy('linked_at')
    .execute();
}
