/**
 * JWT access tokens (RFC 9068 §4), verified with the provider's public keys and without asking it. For services that
 * cannot call back: what such a token says was true when it was issued, up to five minutes ago. A service that must
 * know what is true now introspects.
 */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { GuardError } from './errors.ts';
import { type Audience, INACTIVE, type Inactive, type Principal, readPrincipal } from './principal.ts';

/** What the provider signs with; never `none`, never a shared secret. */
const ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'];

export type JwtKeys = JWTVerifyGetKey;

/** The provider's keys, fetched when a key is asked for that is not known, at most every 30 seconds. */
export function openKeys(jwksUri: string, fetch: typeof globalThis.fetch, timeout: number): JwtKeys {
  return createRemoteJWKSet(new URL(jwksUri), { [customFetch]: fetch, timeoutDuration: timeout });
}

/** Whether a token has the form of a JWT; an opaque token of this provider has no dots. */
export function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/** Throws GuardError when the keys cannot be had; a token that does not verify is inactive. */
export async function verifyJwt(
  token: string,
  keys: JwtKeys,
  audience: Required<Audience>,
  now: Date,
): Promise<Principal | Inactive> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      // RFC 9068 §4: the type keeps an ID token from passing for an access token.
      typ: 'at+jwt',
      algorithms: ALGORITHMS,
      issuer: audience.issuer as string,
      audience: audience.resource,
      requiredClaims: ['exp', 'iat', 'client_id', 'sub', 'jti'],
      currentDate: now,
    });
    return readPrincipal(withoutClientAsCitizen(payload), audience, now.getTime() / 1000);
  } catch (cause) {
    if (cause instanceof GuardError) throw cause;
    const fault = cause instanceof errors.JOSEError ? cause.code : undefined;
    // Keys that could not be fetched say nothing of the token.
    if (fault === undefined || fault === 'ERR_JWKS_TIMEOUT' || fault === 'ERR_JOSE_GENERIC')
      throw new GuardError('provider_unavailable', { cause });
    return INACTIVE;
  }
}

/** RFC 9068 §2.2: where no citizen is involved, `sub` is the client; such a token speaks for nobody. */
function withoutClientAsCitizen({ sub, ...claims }: Record<string, unknown>): Record<string, unknown> {
  return sub === claims.client_id ? claims : { ...claims, sub };
}
