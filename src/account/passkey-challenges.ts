/**
 * The questions a passkey answers: 256 random bits, kept as SHA-256, good once, for five minutes, for the page and the
 * browser that asked (WebAuthn §13.4.3).
 */
import { createHash } from 'node:crypto';
import type { Deps } from '../deps.ts';
import type { Place } from '../http/passkey-place.ts';

const TTL_MS = 5 * 60 * 1000;

export type Purpose = 'register' | 'authenticate';

export async function makeChallenge(
  { db, clock, random }: Pick<Deps, 'db' | 'clock' | 'random'>,
  { bound }: Place,
  purpose: Purpose,
): Promise<Uint8Array<ArrayBuffer>> {
  const challenge = new Uint8Array(random(32));
  await db
    .insertInto('webauthn_challenges')
    .values({
      challenge_hash: sha256(challenge),
      purpose,
      bound_hash: bound,
      expires_at: new Date(clock().getTime() + TTL_MS),
    })
    .execute();
  return challenge;
}

/** Uses a challenge up, given in base64url as the browser sends it back; false when it is not one of this page. */
export async function takeChallenge(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { bound }: Place,
  purpose: Purpose,
  challenge: string,
): Promise<boolean> {
  const taken = await db
    .deleteFrom('webauthn_challenges')
    .where('challenge_hash', '=', sha256(Buffer.from(challenge, 'base64url')))
    .where('purpose', '=', purpose)
    .where('bound_hash', '=', bound)
    .where('expires_at', '>', clock())
    .returning('purpose')
    .executeTakeFirst();
  return taken !== undefined;
}

function sha256(value: Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}
