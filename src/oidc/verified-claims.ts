/**
 * `verified_claims` (OpenID Connect for Identity Assurance 1.0): not only what is known of a citizen, but how it came to be
 * known. Only at level2, only what was asked for (data minimisation is the request's: every element is named in it), and
 * only as it really was: a chip that was read is a `document`, an answer of VNeID an `electronic_record`.
 *
 * `vn_tayninh_id` is our own trust framework, described in docs/relying-party.md; it is not one of the State's.
 */
import type { Deps } from '../deps.ts';
import { findVerified, type Verified } from '../verification/verifications.ts';

export const VERIFIED_CLAIMS = 'verified_claims';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type JsonObject = { [name: string]: Json };

const TRUST_FRAMEWORK = 'vn_tayninh_id';
const RECORD = 'vn_electronic_identity_account';

/** The members of discovery that say what can be asked for (§9). */
export const verifiedClaimsMetadata = {
  verified_claims_supported: true,
  trust_frameworks_supported: [TRUST_FRAMEWORK],
  evidence_supported: ['document', 'electronic_record'],
  documents_supported: ['idcard'],
  documents_check_methods_supported: ['vcrypt', 'pvp', 'pvr'],
  electronic_records_supported: [RECORD],
  claims_in_verified_claims_supported: ['name', 'birthdate', 'personal_number'],
};

/**
 * Checks a request, and makes the list form of it (several at once) one object: the library passes on nothing else.
 * Undefined where the specification wants the transaction aborted (§6: no `claims`, no `trust_framework`).
 */
export function normaliseRequest(given: unknown): JsonObject | undefined {
  const list = Array.isArray(given) ? given : undefined;
  const requests = (list ?? anyOf(given) ?? [given]) as unknown[];
  if (requests.length === 0 || !requests.every(isRequest)) return undefined;
  return list ? { [ANY]: list as Json[] } : (given as JsonObject);
}

const ANY = 'any';

function anyOf(given: unknown): Json[] | undefined {
  const inner = isObject(given) ? given[ANY] : undefined;
  return Array.isArray(inner) ? inner : undefined;
}

function isRequest(given: unknown): boolean {
  if (!isObject(given) || !isObject(given.verification)) return false;
  const { claims, verification } = given;
  if (verification.trust_framework === undefined) return false;
  return claims === null || (isObject(claims) && Object.keys(claims).length > 0);
}

/** Whether any part of a request is essential: then there is no answer without level2. */
export function isEssential(request: unknown): boolean {
  if (Array.isArray(request)) return request.some(isEssential);
  if (!isObject(request)) return false;
  return request.essential === true || Object.values(request).some(isEssential);
}

/** What is answered to a request about this citizen; undefined when there is nothing, or not what was asked. */
export async function readVerifiedClaims(
  deps: Deps,
  accountId: string,
  request: unknown,
): Promise<Json | undefined> {
  const now = deps.clock();
  const verified = await findVerified(deps.db, { keyring: deps.keyring, now }, accountId);
  if (!verified) return undefined;
  const known = describe(verified);
  const several = anyOf(request);
  if (!several) return answer(request, known, now);
  const answers = several.flatMap((one) => answer(one, known, now) ?? []);
  return answers.length > 0 ? answers : undefined;
}

function answer(request: unknown, known: Known, now: Date): JsonObject | undefined {
  if (!isObject(request)) return undefined;
  const wanted = { ...(request.verification as JsonObject) };
  const verification = select(wanted, known.verification, now);
  if (!verification.ok) return undefined;
  const claims = request.claims === null ? known.claims : selectClaims(request.claims, known, now);
  if (Object.keys(claims).length === 0) return undefined;
  return { verification: verification.value, claims };
}

type Known = { verification: JsonObject; claims: JsonObject };

function describe({ person, verifiedAt, ...how }: Verified): Known {
  const officer = how.checks.some(({ name, result }) => name === 'holder_present' && seen[result]);
  return {
    verification: {
      trust_framework: TRUST_FRAMEWORK,
      assurance_level: 'level2',
      assurance_process: {
        policy: TRUST_FRAMEWORK,
        procedure: how.method === 'vneid' ? 'vneid' : officer ? 'chip_with_officer' : 'chip_without_officer',
      },
      time: stamp(verifiedAt),
      evidence: [how.method === 'vneid' ? recordOf(verifiedAt) : documentOf(how)],
    },
    claims: {
      name: person.fullName,
      // Of those whose card was read: VNeID does not tell it.
      ...(person.birthDate ? { birthdate: person.birthDate } : {}),
      personal_number: person.personalNumber,
    },
  };
}

/** VNeID vouched for the person, who signed in there. */
function recordOf(verifiedAt: Date): JsonObject {
  return {
    type: 'electronic_record',
    check_details: [{ check_method: 'auth', organization: 'VNeID', time: stamp(verifiedAt) }],
    record: { type: RECORD, source: { name: 'VNeID', country_code: 'VNM' } },
  };
}

/** How an officer saw that the holder is the person: in the room, or by the portrait from the chip. */
const seen: Record<string, 'pvp' | 'pvr' | undefined> = {
  officer_in_person: 'pvp',
  officer_by_portrait: 'pvr',
};

/** A card was read. Each test that it passed is one check, with what ICAO 9303 calls it. */
function documentOf({ checks, expiresAt }: Pick<Verified, 'checks' | 'expiresAt'>): JsonObject {
  const details = checks.flatMap(({ name, result, checkedAt }): JsonObject[] => {
    const check = { organization: 'Tây Ninh ID', time: stamp(checkedAt) };
    if (name === 'data_genuine' && result === 'pass')
      return [{ check_method: 'vcrypt', ...check, icao_check: 'passive_authentication' }];
    if (name === 'card_genuine' && (result === 'server_challenge' || result === 'client_challenge'))
      return [{ check_method: 'vcrypt', ...check, icao_check: 'active_authentication', challenge: result }];
    const method = name === 'holder_present' ? seen[result] : undefined;
    return method ? [{ check_method: method, ...check }] : [];
  });
  return {
    type: 'document',
    check_details: details,
    document_details: {
      type: 'idcard',
      issuer: { country_code: 'VNM' },
      // level2 ends at the moment after the card's last day.
      ...(expiresAt ? { date_of_expiry: stamp(new Date(expiresAt.getTime() - 1)).slice(0, 10) } : {}),
    },
  };
}

function stamp(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

type Selection = { ok: true; value: Json } | { ok: false };
const selected = (value: Json): Selection => ({ ok: true, value });
const missed: Selection = { ok: false };

const controls: ReadonlySet<string> = new Set(['essential', 'value', 'values', 'max_age', 'purpose']);
/** Without these an element says nothing; they go with whatever else is asked for. */
const always: ReadonlySet<string> = new Set(['trust_framework', 'type', 'check_method']);

/**
 * The claims that are asked for and known. One that is not known, or not as asked, is left out, be it essential: that is
 * no error (OpenID Connect Core §5.5.1), and takes nothing from the others.
 */
function selectClaims(request: unknown, { claims }: Known, now: Date): JsonObject {
  const value: JsonObject = {};
  for (const [name, asked] of Object.entries(isObject(request) ? request : {})) {
    const known = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const found = known === undefined ? missed : select(asked, known, now);
    if (found.ok) value[name] = found.value;
  }
  return value;
}

/**
 * What of `known` a request names (§5): `null` asks for an element, an object for its parts or within bounds (`value`,
 * `values`, `max_age`), a list for those entries of evidence that fit. Not ok: a bound is not kept, and nothing is told.
 */
function select(request: unknown, known: Json, now: Date): Selection {
  if (Array.isArray(known)) return selectEntries(request, known, now);
  if (!isObject(request)) return selected(known);
  if (!isObject(known)) return fits(request, known, now) ? selected(known) : missed;
  const parts = Object.entries(request).filter(([name]) => !controls.has(name));
  if (parts.length === 0) return selected(known);
  const value: JsonObject = {};
  for (const name of always) if (known[name] !== undefined) value[name] = known[name];
  for (const [name, asked] of parts) {
    const inner = Object.hasOwn(known, name) ? known[name] : undefined;
    const bound = isObject(asked) && (asked.essential === true || 'value' in asked || 'values' in asked);
    if (inner === undefined) {
      if (bound) return missed;
      continue;
    }
    const found = select(asked, inner, now);
    if (!found.ok) return missed;
    value[name] = found.value;
  }
  return selected(value);
}

function selectEntries(request: unknown, known: Json[], now: Date): Selection {
  if (!Array.isArray(request)) return selected(known);
  const value = known.flatMap((entry) => {
    for (const one of request) {
      const found = select(one, entry, now);
      if (found.ok) return [found.value];
    }
    return [];
  });
  return value.length > 0 ? selected(value) : missed;
}

function fits({ value, values, max_age: maxAge }: JsonObject, known: Json, now: Date): boolean {
  if (value !== undefined && value !== known) return false;
  if (values !== undefined && !(Array.isArray(values) && values.includes(known))) return false;
  if (maxAge === undefined) return true;
  const age = (now.getTime() - Date.parse(String(known))) / 1000;
  return typeof maxAge === 'number' && age <= maxAge;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
