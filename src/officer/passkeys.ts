/**
 * Passkeys of officers (Web Authentication Level 3), as a second factor behind the password. Each challenge is made for
 * one page of one session, or one invitation, and serves once, for five minutes.
 */
import { createHash } from 'node:crypto';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import type { Act } from '../audit/audit.ts';
import type { Db, Trx } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { type NewCredential, noteUse, openSecret } from './credentials.ts';

/** Where the page was shown, and what its challenge is bound to: a session or an invitation. */
export type PasskeyOrigin = { origin: string; bound: string };
type Purpose = 'register' | 'authenticate';
type Kept = { id: string; publicKey: string; transports?: string[] };

/** Loaded when the first passkey is met: it looks for algorithms that Node still warns of. */
const loadWebauthn = () => import('@simplewebauthn/server');

const LIFETIME_MS = 5 * 60_000;
/** One that cannot count says 0 for ever; what is kept is then what it was. */
const UNCOUNTED = 0;

const answered = z.object({
  id: z.string().max(1400),
  rawId: z.string().max(1400),
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: z.string() }),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
});

/** What the browser needs to make a passkey. */
export async function offerRegistration(
  db: Db,
  keyring: Keyring,
  {
    officer,
    origin,
    now,
  }: { officer: { id: string; login: string; name: string }; origin: PasskeyOrigin; now: Date },
) {
  const known = await listKeys(db, keyring, officer.id);
  const { generateRegistrationOptions } = await loadWebauthn();
  const options = await generateRegistrationOptions({
    rpName: 'Tây Ninh ID',
    rpID: new URL(origin.origin).hostname,
    userName: officer.login,
    userDisplayName: officer.name,
    userID: Uint8Array.from(Buffer.from(officer.id.replaceAll('-', ''), 'hex')),
    attestationType: 'none',
    excludeCredentials: known.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'discouraged', userVerification: 'preferred' },
  });
  await keepChallenge(db, options.challenge, 'register', origin.bound, now);
  return options;
}

/** What the browser needs to use one; undefined when the officer has none. */
export async function offerAuthentication(
  db: Db,
  keyring: Keyring,
  { officerId, origin, now }: { officerId: string; origin: PasskeyOrigin; now: Date },
) {
  const known = await listKeys(db, keyring, officerId);
  if (known.length === 0) return undefined;
  const { generateAuthenticationOptions } = await loadWebauthn();
  const options = await generateAuthenticationOptions({
    rpID: new URL(origin.origin).hostname,
    allowCredentials: known.map(({ id, transports }) => ({ id, ...(transports ? { transports } : {}) })),
    userVerification: 'preferred',
  });
  await keepChallenge(db, options.challenge, 'authenticate', origin.bound, now);
  return options;
}

/** A new passkey, ready to be set; undefined when what the browser sent does not verify. */
export async function readRegistration(
  { trx, now }: Act,
  { answer, name, origin }: { answer: string; name: string; origin: PasskeyOrigin },
): Promise<NewCredential | undefined> {
  const response = parse(answer) as RegistrationResponseJSON | undefined;
  if (!response) return undefined;
  const { verifyRegistrationResponse } = await loadWebauthn();
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: (challenge) => takeChallenge(trx, challenge, 'register', origin.bound, now),
    expectedOrigin: origin.origin,
    expectedRPID: new URL(origin.origin).hostname,
    requireUserVerification: false,
  }).catch(() => undefined);
  if (!verified?.verified) return undefined;
  const { id, publicKey, counter, transports } = verified.registrationInfo.credential;
  const kept: Kept = {
    id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    ...(transports ? { transports } : {}),
  };
  return {
    kind: 'passkey',
    secret: JSON.stringify(kept),
    name,
    credentialHash: hashText(id),
    counter: BigInt(counter),
  };
}

/** Holds the browser's answer against this officer's passkeys. */
export async function checkPasskey(
  { trx, now }: Act,
  keyring: Keyring,
  { officerId, answer, origin }: { officerId: string; answer: string; origin: PasskeyOrigin },
): Promise<'passkey' | 'wrong'> {
  const response = parse(answer) as AuthenticationResponseJSON | undefined;
  const row =
    response &&
    (await trx
      .selectFrom('officer_credentials')
      .select(['id', 'secret_sealed', 'counter'])
      .where('officer_id', '=', officerId)
      .where('credential_hash', '=', hashText(response.id))
      .forUpdate()
      .executeTakeFirst());
  if (!response || !row) return 'wrong';
  const { id, publicKey } = JSON.parse(openSecret(keyring, row)) as Kept;
  const { verifyAuthenticationResponse } = await loadWebauthn();
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: (challenge) => takeChallenge(trx, challenge, 'authenticate', origin.bound, now),
    expectedOrigin: origin.origin,
    expectedRPID: new URL(origin.origin).hostname,
    requireUserVerification: false,
    credential: {
      id,
      publicKey: Uint8Array.from(Buffer.from(publicKey, 'base64url')),
      counter: Number(row.counter),
    },
  }).catch(() => undefined);
  if (!verified?.verified) return 'wrong';
  const { newCounter } = verified.authenticationInfo;
  const counted = newCounter === UNCOUNTED ? undefined : BigInt(newCounter);
  return (await noteUse(trx, now, row.id, counted)) ? 'passkey' : 'wrong';
}

async function listKeys(db: Db, keyring: Keyring, officerId: string): Promise<Kept[]> {
  const rows = await db
    .selectFrom('officer_credentials')
    .select(['id', 'secret_sealed'])
    .where('officer_id', '=', officerId)
    .where('kind', '=', 'passkey')
    .limit(20)
    .execute();
  return rows.map((row) => JSON.parse(openSecret(keyring, row)) as Kept);
}

async function keepChallenge(db: Db, challenge: string, purpose: Purpose, bound: string, now: Date) {
  await db
    .insertInto('webauthn_challenges')
    .values({
      challenge_hash: hashText(challenge),
      purpose,
      bound_hash: hashText(bound),
      expires_at: new Date(now.getTime() + LIFETIME_MS),
    })
    .execute();
}

async function takeChallenge(trx: Trx, challenge: string, purpose: Purpose, bound: string, now: Date) {
  const row = await trx
    .deleteFrom('webauthn_challenges')
    .where('challenge_hash', '=', hashText(challenge))
    .where('purpose', '=', purpose)
    .where('bound_hash', '=', hashText(bound))
    .where('expires_at', '>', now)
    .returning('purpose')
    .executeTakeFirst();
  return row !== undefined;
}

function parse(answer: string): unknown {
  try {
    return answered.safeParse(JSON.parse(answer)).data;
  } catch {
    return undefined;
  }
}

function hashText(text: string): Buffer {
  return createHash('sha256').update(`officer/${text}`).digest();
}
