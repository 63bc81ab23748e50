/**
 * Passkeys (WebAuthn Level 3): a key in the citizen's own device, opened there by fingerprint, face or the device's
 * code. User verification is always required, so a passkey alone is account and level2 in one step.
 *
 * Invariant: it counts only while its account is active and level2 in force, in the transaction that writes its use
 * down. A counter that did not move on is a copy of the key, and refused (§6.1.1). Kept sealed: the public key.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Act, performAct } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Place } from '../http/passkey-place.ts';
import type { Keyring } from '../keyring.ts';
import { tell } from '../notify/outbox.ts';
import { findAccount, lockLevel2 } from './accounts.ts';
import { findProfile } from './identities.ts';
import { makeChallenge, takeChallenge } from './passkey-challenges.ts';
import { webAuthn } from './webauthn.ts';

type Scope = Pick<Deps, 'db' | 'clock' | 'keyring' | 'random'>;
type Kept = { id: string; publicKey: string; transports: string[] };

const RP_NAME = 'Tây Ninh ID';
/** COSE: ES256, EdDSA, RS256 (Windows Hello). */
const ALGORITHMS = [-7, -8, -257];
export const MOST_PASSKEYS = 10;

const bytes = z
  .string()
  .max(6000)
  .regex(/^[\w-]+$/);
const envelope = { id: bytes, rawId: bytes, type: z.literal('public-key') };
const created = z.object({
  ...envelope,
  response: z.object({
    clientDataJSON: bytes,
    attestationObject: bytes,
    transports: z.array(z.string().max(20)).max(8).default([]),
  }),
});
const used = z.object({
  ...envelope,
  response: z.object({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: bytes.optional(),
  }),
});

/** What the browser needs to make a passkey for this account. */
export async function askToCreate(deps: Scope, place: Place, accountId: string) {
  const { db, keyring } = deps;
  const [own, profile] = await Promise.all([
    listPasskeys(db, keyring, accountId),
    findProfile(db, keyring, 'zalo', accountId),
  ]);
  const name = profile?.name ?? RP_NAME;
  const { generateRegistrationOptions } = await webAuthn();
  return generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: place.host,
    userName: name,
    userDisplayName: name,
    userID: handleOf(keyring, accountId),
    challenge: await makeChallenge(deps, place, 'register'),
    // Which make the device is of is none of our business.
    attestationType: 'none',
    // Where it is there already it is not made again.
    excludeCredentials: own.map(({ id, transports }) => ({ id, transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
    timeout: 120_000,
  });
}

/** What the browser needs to ask for a passkey: of this account, or, without one, of whoever is there. */
export async function askToUse(deps: Scope, place: Place, accountId?: string) {
  const own = accountId ? await listPasskeys(deps.db, deps.keyring, accountId) : [];
  const { generateAuthenticationOptions } = await webAuthn();
  return generateAuthenticationOptions({
    rpID: place.host,
    challenge: await makeChallenge(deps, place, 'authenticate'),
    allowCredentials: own.map(({ id, transports }) => ({ id, transports })),
    userVerification: 'required',
    timeout: 120_000,
  });
}

/** `name`: what the citizen calls it, if they said. `device`: the label of the browser it is made in (devices). */
type NewPasskey = { accountId: string; name?: string | undefined; device: string; answer: string };

/** Keeps a new passkey; false when the answer does not hold, or level2 is not in force. */
export async function addPasskey(
  deps: Scope,
  place: Place,
  { accountId, name, device, answer }: NewPasskey,
): Promise<boolean> {
  const parsed = created.safeParse(parseJson(answer));
  if (!parsed.success || !(await isUnattested(parsed.data.response.attestationObject))) return false;
  const { transports } = parsed.data.response;
  const { verifyRegistrationResponse } = await webAuthn();
  const result = await verifyRegistrationResponse({
    response: { ...parsed.data, clientExtensionResults: {} },
    expectedChallenge: (challenge) => takeChallenge(deps, place, 'register', challenge),
    expectedOrigin: place.origin,
    expectedRPID: place.host,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined);
  if (!result?.verified) return false;
  const { id, publicKey, counter } = result.registrationInfo.credential;
  const kept = { id, publicKey: Buffer.from(publicKey).toString('base64url'), transports };
  return performAct(deps, (act) => keep(act, deps.keyring, { accountId, name, device, kept, counter }));
}

async function keep(
  act: Act,
  keyring: Keyring,
  { accountId, name, device, kept, counter }: Omit<NewPasskey, 'answer'> & { kept: Kept; counter: number },
): Promise<boolean> {
  const { trx, now, record } = act;
  if (!(await lockLevel2(act, accountId))) return false;
  if ((await listPasskeys(trx, keyring, accountId)).length >= MOST_PASSKEYS) return false;
  const id = randomUUID();
  const row = await trx
    .insertInto('factors')
    .values({
      id,
      account_id: accountId,
      kind: 'passkey',
      name: name || null,
      device,
      credential_hash: hashCredential(keyring, kept.id),
      secret_sealed: keyring.seal('factor', id, JSON.stringify(kept)),
      counter: BigInt(counter),
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!row) return false;
  record({ event: 'factor.set', account: accountId, kind: 'passkey', factor: id });
  await tell(act, accountId, { kind: 'passkey_added' });
  return true;
}

/** `refused`: the key is not one of ours, or its answer does not hold. `unusable`: its account is not level2 now. */
export type PasskeyAnswer =
  | { outcome: 'right'; accountId: string }
  | { outcome: 'refused' | 'unusable' | 'suspended' | 'closed' };

type Use = {
  answer: string;
  /** Whose it must be; undefined: the passkey says who it is. */
  accountId?: string;
  /** What else is written in the act that takes the passkey. */
  also: (act: Act, accountId: string) => Promise<void>;
};

/** Holds the answer of a passkey against what is kept of it, and writes its use down. Refusals are recorded, too. */
export async function usePasskey(deps: Scope, place: Place, use: Use): Promise<PasskeyAnswer> {
  const parsed = used.safeParse(parseJson(use.answer));
  const row = parsed.success ? await findByCredential(deps.db, deps.keyring, parsed.data.id) : undefined;
  if (!parsed.success || !row) return refuse(deps, use.accountId, 'unknown_passkey');
  const owner = row.account_id;
  if (use.accountId && owner !== use.accountId) return refuse(deps, use.accountId, 'passkey_of_another');

  const { userHandle, ...response } = parsed.data.response;
  const handle = Buffer.from(handleOf(deps.keyring, owner)).toString('base64url');
  // Without an account to hold it against, the passkey must name its own (§7.2, step 6).
  if (userHandle ? userHandle !== handle : !use.accountId) return refuse(deps, owner, 'passkey_of_another');
  const { verifyAuthenticationResponse } = await webAuthn();
  const result = await verifyAuthenticationResponse({
    response: { ...parsed.data, response, clientExtensionResults: {} },
    expectedChallenge: (challenge) => takeChallenge(deps, place, 'authenticate', challenge),
    expectedOrigin: place.origin,
    expectedRPID: place.host,
    credential: {
      id: row.kept.id,
      publicKey: new Uint8Array(Buffer.from(row.kept.publicKey, 'base64url')),
      // The counter is ours to hold: below, in one statement with its successor.
      counter: 0,
    },
    requireUserVerification: true,
  }).catch(() => undefined);
  if (!result?.verified) return refuse(deps, owner, 'passkey_does_not_verify');
  return performAct(deps, (act) => take(act, row.id, owner, result.authenticationInfo.newCounter, use));
}

async function take(
  act: Act,
  id: string,
  accountId: string,
  counter: number,
  { also }: Use,
): Promise<PasskeyAnswer> {
  const { trx, now, record } = act;
  const refused = { event: 'factor.refused', account: accountId, kind: 'passkey' } as const;
  const next = BigInt(counter);
  const account = await findAccount(trx, accountId, now);
  if (account?.status !== 'active') {
    const status = account?.status ?? 'closed';
    record({ ...refused, reason: `account_${status}` });
    return { outcome: status };
  }
  if (account.level !== 'level2') {
    record({ ...refused, reason: account.levelReason ?? 'not_verified' });
    return { outcome: 'unusable' };
  }
  const moved = await trx
    .updateTable('factors')
    .set({ counter: next, last_used_at: now })
    .where('id', '=', id)
    // Both nothing: a key without a counter, as those are that follow their owner from device to device.
    .where((eb) => eb.or([eb('counter', '<', next), eb.and([eb('counter', '=', 0n), eb.val(next === 0n)])]))
    .returning('id')
    .executeTakeFirst();
  if (!moved) {
    record({ ...refused, reason: 'counter_not_moved' });
    return { outcome: 'refused' };
  }
  await also(act, accountId);
  return { outcome: 'right', accountId };
}

async function refuse(deps: Scope, account: string | undefined, reason: string): Promise<PasskeyAnswer> {
  await performAct(deps, async ({ record }) =>
    record(
      account
        ? { event: 'factor.refused', account, kind: 'passkey', reason }
        : { event: 'sign_in.refused', account: null, method: 'passkey', reason },
    ),
  );
  return { outcome: 'refused' };
}

/**
 * No statement of a maker, or one that the key signed itself. A maker's would be verified by certificates that name
 * addresses to be asked, and these come from whoever sends them.
 */
export async function isUnattested(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await webAuthn();
  try {
    const object = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
    const format = object.get('fmt');
    return format === 'none' || (format === 'packed' && !object.get('attStmt').get('x5c'));
  } catch {
    return false;
  }
}

async function findByCredential(db: Db, keyring: Keyring, credential: string) {
  const row = await db
    .selectFrom('factors')
    .select(['id', 'account_id', 'secret_sealed'])
    .where('credential_hash', '=', hashCredential(keyring, credential))
    .executeTakeFirst();
  return row && { ...row, kept: open(keyring, row) };
}

async function listPasskeys(db: Db, keyring: Keyring, accountId: string): Promise<Kept[]> {
  const rows = await db
    .selectFrom('factors')
    .select(['id', 'secret_sealed'])
    .where('account_id', '=', accountId)
    .where('kind', '=', 'passkey')
    .execute();
  return rows.map((row) => open(keyring, row));
}

function open(keyring: Keyring, row: { id: string; secret_sealed: Buffer }): Kept {
  return JSON.parse(keyring.open('factor', row.id, row.secret_sealed).toString()) as Kept;
}

function hashCredential(keyring: Keyring, credential: string): Buffer {
  return keyring.index('factor', `passkey/${credential}`);
}

/** The account's name inside its passkeys (§4, "user handle"): says nothing to anybody else. */
function handleOf(keyring: Keyring, accountId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(keyring.index('factor', `handle/${accountId}`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
