/**
 * Passkeys of officers (Web Authentication Level 3), as a second factor behind the password. The questions are those of
 * the citizens' passkeys (account/passkey-challenges): once, five minutes, bound to one session or one invitation.
 */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import { isUnattested } from '../account/passkey.ts';
import { makeChallenge, type Purpose, takeChallenge } from '../account/passkey-challenges.ts';
import { webAuthn } from '../account/webauthn.ts';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Place } from '../http/passkey-place.ts';
import type { Keyring } from '../keyring.ts';
import { type NewCredential, noteUse, openSecret } from './credentials.ts';
import type { Officer } from './roles.ts';

type Kept = { id: string; publicKey: string; transports: string[] };
type Scope = Pick<Deps, 'db' | 'clock' | 'random' | 'keyring'>;

const MOST = 20;
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
    userHandle: bytes.nullish(),
  }),
});

/** What the browser needs to make a passkey. */
export async function offerRegistration(deps: Scope, place: Place, officer: Officer) {
  const known = await listKeys(deps.db, deps.keyring, officer.id);
  const { generateRegistrationOptions } = await webAuthn();
  return generateRegistrationOptions({
    rpName: 'Tây Ninh ID',
    rpID: place.host,
    userName: officer.login,
    userDisplayName: officer.name,
    userID: new Uint8Array(Buffer.from(officer.id.replaceAll('-', ''), 'hex')),
    challenge: await makeChallenge(deps, place, 'register'),
    attestationType: 'none',
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports })),
    authenticatorSelection: { residentKey: 'discouraged', userVerification: 'preferred' },
  });
}

/** What the browser needs to use one; undefined when the officer has none. */
export async function offerAuthentication(deps: Scope, place: Place, officerId: string) {
  const known = await listKeys(deps.db, deps.keyring, officerId);
  if (known.length === 0) return undefined;
  const { generateAuthenticationOptions } = await webAuthn();
  return generateAuthenticationOptions({
    rpID: place.host,
    challenge: await makeChallenge(deps, place, 'authenticate'),
    allowCredentials: known.map(({ id, transports }) => ({ id, transports })),
    userVerification: 'preferred',
  });
}

/** A new passkey, ready to be set; undefined when what the browser sent does not verify. */
export async function readRegistration(
  act: Act,
  place: Place,
  { answer, name }: { answer: string; name: string },
): Promise<NewCredential | undefined> {
  const response = created.safeParse(parseJson(answer)).data;
  if (!response || !(await isUnattested(response.response.attestationObject))) return undefined;
  const { verifyRegistrationResponse } = await webAuthn();
  const verified = await verifyRegistrationResponse({
    response: { ...response, clientExtensionResults: {} } as RegistrationResponseJSON,
    expectedChallenge: take(act, place, 'register'),
    expectedOrigin: place.origin,
    expectedRPID: place.host,
    requireUserVerification: false,
  }).catch(() => undefined);
  if (!verified?.verified) return undefined;
  const { id, publicKey, counter } = verified.registrationInfo.credential;
  const { transports } = response.response;
  const kept: Kept = { id, publicKey: Buffer.from(publicKey).toString('base64url'), transports };
  return {
    kind: 'passkey',
    secret: JSON.stringify(kept),
    name,
    credentialId: id,
    counter: BigInt(counter),
  };
}

/** Holds the browser's answer against this officer's passkeys. */
export async function checkPasskey(
  act: Act,
  keyring: Keyring,
  { officerId, answer, place }: { officerId: string; answer: string; place: Place },
): Promise<'passkey' | 'wrong'> {
  const response = used.safeParse(parseJson(answer)).data;
  if (!response) return 'wrong';
  const row = await act.trx
    .selectFrom('officer_credentials')
    .select(['id', 'secret_sealed'])
    .where('officer_id', '=', officerId)
    .where('credential_hash', '=', keyring.index('factor', `officer-passkey/${response.id}`))
    .executeTakeFirst();
  if (!row) return 'wrong';
  const { id, publicKey } = JSON.parse(openSecret(keyring, row)) as Kept;
  const { verifyAuthenticationResponse } = await webAuthn();
  const verified = await verifyAuthenticationResponse({
    response: { ...response, clientExtensionResults: {} } as AuthenticationResponseJSON,
    expectedChallenge: take(act, place, 'authenticate'),
    expectedOrigin: place.origin,
    expectedRPID: place.host,
    requireUserVerification: false,
    credential: {
      id,
      publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
      // The counter is held below, in one statement with its successor.
      counter: 0,
    },
  }).catch(() => undefined);
  if (!verified?.verified) return 'wrong';
  const { newCounter } = verified.authenticationInfo;
  return (await noteUse(act, row.id, { kind: 'passkey', counter: BigInt(newCounter) })) ? 'passkey' : 'wrong';
}

/** Takes a challenge in the act itself: an act that fails leaves it as it was. */
function take({ trx, now }: Act, place: Place, purpose: Purpose) {
  return (challenge: string) => takeChallenge({ db: trx, clock: () => now }, place, purpose, challenge);
}

async function listKeys(db: Db, keyring: Keyring, officerId: string): Promise<Kept[]> {
  const rows = await db
    .selectFrom('officer_credentials')
    .select(['id', 'secret_sealed'])
    .where('officer_id', '=', officerId)
    .where('kind', '=', 'passkey')
    .limit(MOST)
    .execute();
  return rows.map((row) => JSON.parse(openSecret(keyring, row)) as Kept);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
