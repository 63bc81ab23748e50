/**
 * Subjects (OpenID Connect Core §8): what a citizen is called outside. Pairwise by default: each sector knows them by a
 * `sub` of its own, so that two of them cannot lay their data side by side. Public on the operator's decision: one `sub`
 * that all such clients share. The account's id itself never leaves.
 *
 * A subject is a keyed hash under the oldest master key, which never changes: `sub` is the same after keys were rotated
 * and after an app moved, as long as the sector in its registration stays.
 */
import type { Provider } from 'oidc-provider';
import type { Keyring } from '../keyring.ts';
import { clientMembers } from '../registry/registry.ts';

/** A client, or a resource server as one: the provider's model or the registry's metadata, which name these alike. */
type Caller = { readonly [member: string]: unknown };

/** No host is called so: the one sector of all that are registered as `public`. */
const PUBLIC = '*';

/** The `sub` under which this client or service knows the account. */
export function subjectFor(keyring: Keyring, caller: Caller, accountId: string): string {
  return subjectIn(keyring, sectorOf(caller), accountId);
}

export function sectorOf(caller: Caller): string {
  const sector = caller[clientMembers.publicSubject] === true ? PUBLIC : caller[clientMembers.sector];
  // A caller without a sector would be given the subjects of all others without one.
  if (typeof sector !== 'string' || sector === '') throw new Error('a client has no sector');
  return sector;
}

export function subjectIn(keyring: Keyring, sector: string, accountId: string): string {
  const kept = keptBy(keyring, sector);
  let subject = kept.get(accountId);
  if (subject === undefined) {
    subject = keyring.index('subject', `${sector}\n${accountId}`).toString('base64url');
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(accountId, subject);
  }
  return subject;
}

/** Subjects that were reckoned already, by sector: a sign-in asks for the same one several times. */
const MOST_KEPT = 2_048;
const MOST_SECTORS = 16;
const keptSubjects = new WeakMap<Keyring, Map<string, Map<string, string>>>();

function keptBy(keyring: Keyring, sector: string): Map<string, string> {
  const sectors = keptSubjects.get(keyring) ?? new Map<string, Map<string, string>>();
  const kept = sectors.get(sector);
  if (kept) return kept;
  keptSubjects.set(keyring, sectors);
  if (sectors.size >= MOST_SECTORS) sectors.clear();
  const made = new Map<string, string>();
  sectors.set(sector, made);
  return made;
}

/**
 * Every client is pairwise to the provider, which then asks us for each `sub`. Its own rules for pairwise clients (one
 * host for all redirects, keys for device flow) serve to derive the sector; here the operator has registered it.
 */
export function askUsForSubjects(provider: Provider): void {
  Object.defineProperty(provider.Client.prototype, 'subjectType', {
    get: () => 'pairwise',
    set: () => {},
  });
}
