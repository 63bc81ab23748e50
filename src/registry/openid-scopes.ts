/**
 * Scopes of our own and the claims they carry (OpenID Connect Core §5.4). Services bring further scopes (registry).
 * `acr`, `amr` and `auth_time` go with `openid`, into every ID token: who and how surely are one answer.
 */
import type { Level } from '../guard/levels.ts';

export const scopeClaims: Record<string, string[]> = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'picture'],
  phone: ['phone_number', 'phone_number_verified'],
  identity: ['personal_number', 'verified_name'],
};

export const openidScopes: readonly string[] = [...Object.keys(scopeClaims), 'offline_access'];

/** The level a scope of our own needs; services' scopes say theirs in the registry. */
export function openidScopeMinimum(scope: string): Level {
  return scope === 'identity' ? 'level2' : 'level1';
}
