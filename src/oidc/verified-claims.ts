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
  const tests = how.method === 'vneid' ? [] : how.checks.flatMap((check) => testOf(check) ?? []);
  const officer = tests.some(({ assurance_type: type }) => type === 'verification');
  return {
    verification: {
      trust_framework: TRUST_FRAMEWORK,
      assurance_level: 'level2',
      assurance_process: {
        policy: TRUST_FRAMEWORK,
        procedure: how.method === 'vneid' ? 'vneid' : officer ? 'chip_with_officer' : 'chip_without_officer',
        ...(tests.length > 0 ? { assurance_details: tests.map(assuranceOf) } : {}),
      },
      time: stamp(verifiedAt),
      evidence: [how.method === 'vneid' ? recordOf(verifiedAt) : documentOf(tests, how.expiresAt)],
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

/** One test that a card or its holder passed. */
type Test = {
  check_id: string;
  check_method: string;
  assurance_type: 'evidence_validation' | 'verification';
  assurance_classification: string;
  time: string;
};

/** A check as it is told, with what ICAO 9303 calls it; undefined: it was not passed, or is nobody else's business. */
function testOf({ name, result, checkedAt }: Verified['checks'][number]): Test | undefined {
  const time = stamp(checkedAt);
  const validation = { check_method: 'vcrypt', assurance_type: 'evidence_validation', time } as const;
  if (name === 'data_genuine' && result === 'pass') {
    const classification = 'icao_passive_authentication';
    return { check_id: 'data_genuine', ...validation, assurance_classification: classification };
  }
  if (name === 'card_genuine' && (result === 'server_challenge' || result === 'client_challenge')) {
    const classification = `icao_active_authentication_${result}`;
    return { check_id: 'card_genuine', ...validation, assurance_classification: classification };
  }
  const method = name === 'holder_present' ? seen[result] : undefined;
  if (!method) return undefined;
  const classification = { assurance_type: 'verification', assurance_classification: result } as const;
  return { check_id: 'holder_present', check_method: method, ...classification, time };
}

/**
 * The evidence says when and by which method each test was passed; what exactly it was stands in the process, which points
 * to it (§5.4.2). The members of a check are a closed list in the specification's schema.
 */
function assuranceOf(test: Test): JsonObject {
  const { assurance_type, assurance_classification, check_id } = test;
  return { assurance_type, assurance_classification, evidence_ref: [{ check_id }] };
}

/** A card was read. */
function documentOf(tests: readonly Test[], expiresAt: Date | null): JsonObject {
  return {
    type: 'document',
    check_details: tests.map(({ check_method, check_id, time }) => ({
      check_method,
      organization: 'Tây Ninh ID',
      check_id,
      time,
    })),
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
const always: ReadonlySet<string> = new Set([
  'trust_framework',
  'type',
  'check_method',
  'check_id',
  'assurance_type',
]);

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
