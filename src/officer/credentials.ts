/**
 * What an officer proves themselves with: one password, and at least one second factor (an authenticator app, passkeys).
 * Everything is sealed; the password as its argon2id hash. The last factor is never taken away.
 */
import { randomUUID } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';

export type FactorKind = 'totp' | 'passkey';
export type CredentialKind = 'password' | FactorKind;

export type Credential = {
  id: string;
  kind: CredentialKind;
  name: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
};

export type NewCredential = {
  kind: CredentialKind;
  secret: string;
  name?: string;
  /** Of a passkey: the name it goes by. */
  credentialId?: string;
  counter?: bigint;
};

/** Sets a credential; a password or an authenticator app replaces the one before. False when the passkey is somebody's already. */
export async function setCredential(
  { trx, now, record }: Act,
  keyring: Keyring,
  officerId: string,
  { kind, secret, name, credentialId, counter = 0n }: NewCredential,
): Promise<boolean> {
  const id = randomUUID();
  // Two at once: the second one waits, and replaces the first one's.
  await trx.selectFrom('officers').select('id').where('id', '=', officerId).forNoKeyUpdate().execute();
  if (kind !== 'passkey') {
    await trx
      .deleteFrom('officer_credentials')
      .where('officer_id', '=', officerId)
      .where('kind', '=', kind)
      .execute();
  }
  const row = await trx
    .insertInto('officer_credentials')
    .values({
      id,
      officer_id: officerId,
      kind,
      name: name ?? null,
      credential_hash: credentialId ? keyring.index('factor', `officer-passkey/${credentialId}`) : null,
      secret_sealed: keyring.seal('factor', `officer/${id}`, secret),
      counter,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('credential_hash').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!row) return false;
  record({ event: 'officer.credential_set', officer: officerId, kind, actor: officerId });
  return true;
}

/** Takes one factor away. Undefined when there is none of this id, `last` when it is the only one. */
export async function removeFactor(
  { trx, record }: Act,
  officerId: string,
  id: string,
): Promise<'removed' | 'last' | undefined> {
  const factors = await trx
    .selectFrom('officer_credentials')
    .select(['id', 'kind'])
    .where('officer_id', '=', officerId)
    .where('kind', '!=', 'password')
    .orderBy('id')
    .forUpdate()
    .execute();
  const found = factors.find((one) => one.id === id);
  if (!found) return undefined;
  if (factors.length === 1) return 'last';
  await trx.deleteFrom('officer_credentials').where('id', '=', id).execute();
  const kind = found.kind as FactorKind;
  record({ event: 'officer.credential_removed', officer: officerId, kind, actor: officerId });
  return 'removed';
}

/** Everything goes: what comes next is set anew by a one-time link. */
export async function clearCredentials({ trx }: Act, officerId: string): Promise<void> {
  await trx.deleteFrom('officer_credentials').where('officer_id', '=', officerId).execute();
}

export async function listCredentials(db: Db, officerId: string): Promise<Credential[]> {
  const rows = await db
    .selectFrom('officer_credentials')
    .select(['id', 'kind', 'name', 'created_at', 'last_used_at'])
    .where('officer_id', '=', officerId)
    .orderBy('created_at')
    .limit(50)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as CredentialKind,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }));
}

/** The secret of an officer's password or authenticator app. */
export async function readSecret(
  db: Db,
  keyring: Keyring,
  officerId: string,
  kind: 'password' | 'totp',
): Promise<{ id: string; secret: string } | undefined> {
  const row = await db
    .selectFrom('officer_credentials')
    .select(['id', 'secret_sealed'])
    .where('officer_id', '=', officerId)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row && { id: row.id, secret: openSecret(keyring, row) };
}

export function openSecret(keyring: Keyring, row: { id: string; secret_sealed: Buffer }): string {
  return keyring.open('factor', `officer/${row.id}`, row.secret_sealed).toString();
}

/** What must have moved on since the last use: a code's time step always, a passkey's own count where it counts. */
export type Moved = { kind: FactorKind; counter: bigint };

/** Notes a use; false when the count has not moved on, or the credential is gone. */
export async function noteUse({ trx, now }: Act, id: string, moved?: Moved): Promise<boolean> {
  const row = await trx
    .updateTable('officer_credentials')
    .set({ last_used_at: now, ...(moved ? { counter: moved.counter } : {}) })
    .where('id', '=', id)
    .$if(moved !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('counter', '<', moved?.counter ?? 0n),
          // Both nothing: a key that does not count.
          eb.and([eb('counter', '=', 0n), eb.val(moved?.kind === 'passkey' && moved.counter === 0n)]),
        ]),
      ),
    )
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
