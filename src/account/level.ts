/** What an account is worth now: the level its active verification carries, and why not more. */
import type { Level } from '../guard/levels.ts';

/** Why an account that was level2 is not any more; the words of `acr_reason` at introspection. */
export type LevelReason =
  | 'verification_revoked'
  | 'verification_expired'
  | 'verification_superseded'
  | 'level2_on_hold'
  | 'not_verified';

export type VerificationRow = { status: string; expires_at: Date | null; held?: boolean };

/** What a sign-in proved, and when (seconds since 1970). */
export type Proof = { acr?: unknown; authTime?: unknown };

/**
 * What a proof is worth at an account now: never more than the account, and nothing from before level2 last ended. A
 * verification anew is the citizen's; what a stolen phone proved before it was revoked stays what it became.
 */
export function levelOfProof(
  account: { level: Level; level2After?: Date | undefined },
  { acr, authTime }: Proof,
): Level {
  if (account.level !== 'level2' || acr !== 'level2') return 'level1';
  const at = typeof authTime === 'number' ? authTime * 1000 : 0;
  return account.level2After && at < account.level2After.getTime() ? 'level1' : 'level2';
}

/** An account is level2 while it has one active verification that has not run out. */
export function levelOf(
  verification: VerificationRow | undefined,
  now: Date,
): { level: Level; reason?: LevelReason; expiresAt?: Date } {
  if (!verification) return { level: 'level1', reason: 'not_verified' };
  const { status, expires_at, held } = verification;
  if (status === 'revoked') return { level: 'level1', reason: 'verification_revoked' };
  if (status === 'superseded') return { level: 'level1', reason: 'verification_superseded' };
  if (status !== 'active' || (expires_at && expires_at <= now)) {
    return { level: 'level1', reason: 'verification_expired' };
  }
  if (held) return { level: 'level1', reason: 'level2_on_hold' };
  return expires_at ? { level: 'level2', expiresAt: expires_at } : { level: 'level2' };
}
