/**
 * The guard of a provincial service: which token came, what it is worth now, and whether that is enough.
 *
 * `decide` is the whole rule and a pure function. Its order matters: the level comes before the scope, because the
 * provider takes a level2 scope off the token of a citizen who is no longer level2, and the citizen must then be sent
 * to prove who they are (RFC 9470), not be told that the app lacks a permission. Invariant: everything that is not
 * clearly enough is refused; what cannot be known is a GuardError.
 */
import { buildChallenge, type Challenge } from './challenge.ts';
import { type Inactive, type IntrospectOptions, introspect, type Principal } from './introspect.ts';
import { type Level, reaches } from './levels.ts';

export type Requirement = {
  level?: Level;
  /** How long ago, at most, the citizen signed in or used a factor; seconds. */
  maxAge?: number;
  /** One scope the token must hold. */
  scope?: string;
};

export type Refusal = { allowed: false; status: 401 | 403; error?: string; challenge: string };
export type Decision = { allowed: true; principal: Principal } | Refusal;

/** Who is asking: nobody (no token came), an inactive token, or a principal. */
export type Asker = Principal | Inactive | undefined;

export type GuardOptions = IntrospectOptions & { clock: () => Date };

type RequestHeaders = { authorization?: string | undefined } | Headers;

export type Guard = {
  /** Reads the token off the Authorization header and asks the provider. Throws GuardError. */
  authenticate: (headers: RequestHeaders) => Promise<Asker>;
  /** `authenticate` and `decide` in one. Throws GuardError. */
  check: (headers: RequestHeaders, requirement: Requirement) => Promise<Decision>;
};

export function createGuard(options: GuardOptions): Guard {
  const authenticate = async (headers: RequestHeaders): Promise<Asker> => {
    const token = readToken(headers);
    if (token === undefined) return undefined;
    // What cannot be a token is not sent to the provider.
    if (token === '') return { active: false };
    return introspect(options, token, options.clock().getTime() / 1000);
  };
  const check = async (headers: RequestHeaders, requirement: Requirement): Promise<Decision> =>
    decide(await authenticate(headers), requirement, options.clock());
  return { authenticate, check };
}

/**
 * Whether this asker may. `now` decides whether a level or a sign-in is too old.
 * Order: no token, inactive token, level, age, scope.
 */
export function decide(asker: Asker, requirement: Requirement, now: Date): Decision {
  // RFC 6750 section 3.1: a request without any credentials gets no error code.
  if (asker === undefined) return refuse(401, {});
  if (!asker.active) {
    return refuse(401, { error: 'invalid_token', errorDescription: 'The access token is not valid here' });
  }
  const { level, maxAge, scope } = requirement;
  const seconds = now.getTime() / 1000;
  if (level && !reaches(heldLevel(asker, seconds), level)) {
    return refuseAuthentication(requirement, 'A higher level of authentication is needed');
  }
  if (maxAge !== undefined && (asker.authTime === undefined || seconds - asker.authTime > maxAge)) {
    return refuseAuthentication(requirement, 'A more recent authentication is needed');
  }
  if (scope && !asker.scopes.has(scope)) {
    return refuse(403, {
      error: 'insufficient_scope',
      errorDescription: 'The access token lacks a scope',
      scope: [scope],
    });
  }
  return { allowed: true, principal: asker };
}

/** A level whose time is over counts as level1: the citizen is still who Zalo says, no longer proven. */
function heldLevel({ level, acrExpiresAt }: Principal, seconds: number): Level | undefined {
  return level && acrExpiresAt !== undefined && acrExpiresAt <= seconds ? 'level1' : level;
}

/** RFC 9470 section 3. The scope goes along so that the app can ask for level and scope in one request. */
function refuseAuthentication({ level, maxAge, scope }: Requirement, errorDescription: string): Refusal {
  return refuse(401, {
    error: 'insufficient_user_authentication',
    errorDescription,
    ...(level ? { acrValues: [level] } : {}),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(scope ? { scope: [scope] } : {}),
  });
}

function refuse(status: 401 | 403, challenge: Challenge): Refusal {
  const { error } = challenge;
  return { allowed: false, status, ...(error ? { error } : {}), challenge: buildChallenge(challenge) };
}

/**
 * The token of the Authorization header (RFC 6750 section 2.1), the only place it is taken from: never a query string,
 * which ends in logs. Undefined: none came. Empty: what came cannot be a token.
 */
function readToken(headers: RequestHeaders): string | undefined {
  const header = headers instanceof Headers ? headers.get('authorization') : headers.authorization;
  const [, scheme, rest] = /^([^ ]+) *(.*)$/.exec(header ?? '') ?? [];
  if (scheme?.toLowerCase() !== 'bearer') return undefined;
  return rest !== undefined && rest.length <= 4096 && /^[A-Za-z0-9\-._~+/]+=*$/.test(rest) ? rest : '';
}
