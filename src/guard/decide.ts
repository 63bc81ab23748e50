/**
 * Whether what a token is worth is enough: the whole rule, and a pure function. Its order matters: the level comes
 * before the scope, because the provider takes a level2 scope off the token of a citizen who is no longer level2, and
 * the citizen must then be sent to prove who they are (RFC 9470), not be told that the app lacks a permission.
 */
import { buildChallenge, type Challenge } from './challenge.ts';
import { DPOP_ALGORITHMS } from './dpop.ts';
import { type Level, reaches } from './levels.ts';
import type { Inactive, Principal } from './principal.ts';

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

/** The same refusal for a client that uses DPoP (RFC 9449 §7.1). */
export function asDpop(refusal: Refusal): Refusal {
  const algorithms = `algs="${DPOP_ALGORITHMS.join(' ')}"`;
  const parameters = refusal.challenge.replace(/^Bearer ?/, '');
  return { ...refusal, challenge: `DPoP ${parameters ? `${parameters}, ` : ''}${algorithms}` };
}
