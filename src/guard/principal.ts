/**
 * Who a token speaks for and what it is worth: read alike from an introspection answer (RFC 7662 §2.2) and from the
 * claims of a JWT access token (RFC 9068 §2.2). The only way to `active: true` is complete, well-formed and meant for
 * this resource.
 */
import { GuardError } from './errors.ts';
import { isLevel, type Level } from './levels.ts';

export type Principal = {
  active: true;
  /** Absent from a token that speaks for a client and not for a citizen; such a token has no level either. */
  sub?: string;
  clientId: string;
  level?: Level;
  /** When the citizen last signed in or used a factor, in seconds since the epoch. */
  authTime?: number;
  amr: string[];
  scopes: ReadonlySet<string>;
  /** Why the provider answers a lower level than the token was issued with. */
  acrReason?: string;
  /** When the level ends by itself, in seconds since the epoch. */
  acrExpiresAt?: number;
  /** When the token ends, in seconds since the epoch. */
  expiresAt: number;
  /** The SHA-256 thumbprint of the key the token is bound to (RFC 9449 §6); absent from a plain bearer token. */
  jkt?: string;
  /** The SHA-256 thumbprint of the client certificate the token is bound to (RFC 8705 §3.1). */
  x5t?: string;
};

export type Inactive = { active: false };
export const INACTIVE: Inactive = { active: false };

/** Where a token must come from and whom it must be meant for. */
export type Audience = {
  /** What `aud` must contain: a token for another service is no token here. */
  resource: string;
  /** What `iss` must be, when there is one. */
  issuer?: string | undefined;
};

/** `now` is in seconds since the epoch. Throws GuardError when what the provider promises is not there. */
export function readPrincipal(
  claims: Record<string, unknown>,
  audience: Audience,
  now: number,
): Principal | Inactive {
  const { exp, client_id: clientId, sub } = claims;
  if (typeof exp !== 'number' || typeof clientId !== 'string')
    throw new GuardError('introspection_malformed');
  if (sub !== undefined && typeof sub !== 'string') throw new GuardError('introspection_malformed');
  const binding = readBinding(claims);
  if (exp <= now || !isMeantForUs(claims, audience) || binding === undefined) return INACTIVE;

  const level = sub !== undefined && isLevel(claims.acr) ? claims.acr : undefined;
  const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ').filter(Boolean) : [];
  return {
    active: true,
    ...(sub === undefined ? {} : { sub }),
    clientId,
    ...(level ? { level } : {}),
    ...(typeof claims.auth_time === 'number' ? { authTime: claims.auth_time } : {}),
    amr: Array.isArray(claims.amr) ? claims.amr.filter((method) => typeof method === 'string') : [],
    scopes: new Set(scopes),
    ...(typeof claims.acr_reason === 'string' ? { acrReason: claims.acr_reason } : {}),
    ...(typeof claims.acr_expires_at === 'number' ? { acrExpiresAt: claims.acr_expires_at } : {}),
    expiresAt: exp,
    ...binding,
  };
}

/** RFC 7662 section 4: a resource server must see that it is an intended audience; no audience is no permission. */
function isMeantForUs(claims: Record<string, unknown>, { issuer, resource }: Audience): boolean {
  if (issuer !== undefined && claims.iss !== undefined && claims.iss !== issuer) return false;
  return Array.isArray(claims.aud) ? claims.aud.includes(resource) : claims.aud === resource;
}

/**
 * A bearer token, or one bound to a DPoP key or a client certificate. Undefined for any other binding, and for two at
 * once: what cannot be checked here must not be taken as a bearer token.
 */
function readBinding({
  cnf,
  token_type: type,
}: Record<string, unknown>): { jkt?: string; x5t?: string } | undefined {
  const dpop = type !== undefined && String(type).toLowerCase() === 'dpop';
  if (cnf === undefined || cnf === null) return dpop ? undefined : {};
  const members = typeof cnf === 'object' ? Object.entries(cnf) : [];
  const [name, thumbprint] = members.length === 1 ? (members[0] ?? []) : [];
  if (typeof thumbprint !== 'string') return undefined;
  if (name === 'jkt') return { jkt: thumbprint };
  return name === 'x5t#S256' && !dpop ? { x5t: thumbprint } : undefined;
}
