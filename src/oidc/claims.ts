/** The claims about a citizen, as the scopes of our own carry them (registry/openid-scopes). */
import { findProfile, openProfile } from '../account/identities.ts';
import { findPhone } from '../account/phones.ts';
import type { Deps } from '../deps.ts';
import type { Level } from '../guard/levels.ts';
import { scopeClaims } from '../registry/openid-scopes.ts';
import { findPerson } from '../verification/verifications.ts';
import { rememberedProfile } from './request-memory.ts';
import { readVerifiedClaims, VERIFIED_CLAIMS } from './verified-claims.ts';

/** The scope a claim belongs to, for a consent page that speaks of scopes. */
export function scopeOfClaim(claim: string): string | undefined {
  if (claim === VERIFIED_CLAIMS) return 'identity';
  return Object.keys(scopeClaims).find((scope) => scope !== 'openid' && scopeClaims[scope]?.includes(claim));
}

/**
 * The claims about one citizen. Sealed records are opened only when a claim that lives in them is asked for.
 * What level2 alone may show is left out below level2, however it was asked for.
 */
export async function readClaims(
  deps: Deps,
  accountId: string,
  level: Level,
  wanted: (claim: string) => boolean,
  /** The value that the `claims` parameter has for `verified_claims`. */
  verifiedRequest?: unknown,
): Promise<{ sub: string; [claim: string]: unknown }> {
  const claims: { sub: string; [claim: string]: unknown } = { sub: accountId };
  if (scopeClaims.profile?.some(wanted)) {
    const sealed = rememberedProfile(accountId);
    const profile = sealed
      ? openProfile(deps.keyring, 'zalo', accountId, sealed)
      : await findProfile(deps.db, deps.keyring, 'zalo', accountId);
    if (profile?.name) claims.name = profile.name;
    if (profile?.picture) claims.picture = profile.picture;
  }
  if (scopeClaims.phone?.some(wanted)) {
    // Only what Zalo vouched for, and only while nobody else may be behind it.
    const number = await findPhone(deps.db, deps.keyring, accountId);
    if (number) Object.assign(claims, { phone_number: number, phone_number_verified: true });
  }
  if (level === 'level2' && scopeClaims.identity?.some(wanted)) {
    const person = await findPerson(deps.db, { keyring: deps.keyring, now: deps.clock() }, accountId);
    if (person) {
      claims.personal_number = person.personalNumber;
      claims.verified_name = person.fullName;
    }
  }
  if (level === 'level2' && wanted(VERIFIED_CLAIMS)) {
    const verified = await readVerifiedClaims(deps, accountId, verifiedRequest);
    if (verified !== undefined) claims[VERIFIED_CLAIMS] = verified;
  }
  return claims;
}
