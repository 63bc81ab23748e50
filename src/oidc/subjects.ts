/**
 * Pairwise subjects (OpenID Connect Core §8.1): each sector knows a citizen by a `sub` of its own, so that two of them
 * cannot lay their data side by side. It is a keyed hash under the oldest master key, which never changes: `sub` is
 * the same after keys were rotated and after an app moved, as long as the sector in its registration stays.
 */
import type { Keyring } from '../keyring.ts';

export function subjectIn(keyring: Keyring, sector: string, accountId: string): string {
  return keyring.index('subject', `${sector}\n${accountId}`).toString('base64url');
}
