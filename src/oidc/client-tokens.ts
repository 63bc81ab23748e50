/**
 * JWT access tokens that speak for a client alone (client_credentials, RFC 6749 §4.4, in the format of RFC 9068). Such a
 * token hangs from no account, grant or session: all that could end it before its five minutes are over is its client, by
 * revocation (RFC 7009) or by being switched off. So no row is written when it is issued, only when it is revoked, and its
 * signature tells what was issued.
 *
 * A revoked one goes by its `jti`: the letters of a token can be changed (an ECDSA signature has a twin), its claims cannot.
 */
import { hash } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { Provider } from 'oidc-provider';
import instance from 'oidc-provider/lib/helpers/weak_cache.js';
import { runPrepared } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { isJwt } from './jwt-tokens.ts';
import type { LiveToken } from './live-tokens.ts';
import { readToken, type TokenPayload } from './opened-tokens.ts';

/** Clocks of nodes differ: what one sweeps away must be over for all. */
const SKEW_MS = 10 * 60 * 1000;

type Scope = { deps: Pick<Deps, 'config' | 'db' | 'clock'>; provider: Provider };
type KeySet = ReturnType<typeof createLocalJWKSet>;

const asking = {
  name: 'revoked_client_token',
  text: `SELECT model FROM oidc_artefacts WHERE id_hash = $1 AND model = 'ClientCredentials'`,
};

const revoking = {
  name: 'revoke_client_token',
  text: `INSERT INTO oidc_artefacts (model, id_hash, payload, client_id, ended_at, expires_at)
  VALUES ('ClientCredentials', $1, '', $2, $3, $4) ON CONFLICT DO NOTHING`,
};

/** Whether a token says of itself that it is a client's own: by what it says, not yet by who signed it. */
export function isClientToken(token: string): boolean {
  if (!isJwt(token)) return false;
  try {
    const { sub, client_id } = decodeJwt(token);
    // §2.2: the client is its own subject, as it never is of a citizen's token (oidc/jwt-tokens sees to that).
    return typeof sub === 'string' && sub === client_id;
  } catch {
    return false;
  }
}

/** What this token says, if it is a client's own, of ours, and in force; whether its client is still there, the caller asks. */
export async function findClientToken(scope: Scope, token: string): Promise<LiveToken | undefined> {
  const payload = await readClientToken(scope, token);
  if (!payload) return undefined;
  const revoked = await runPrepared(scope.deps.db, asking, [hashOf(payload)]);
  return revoked.length === 0 ? { token: readToken('ClientCredentials', payload) } : undefined;
}

/** Ends a client's own token, at the word of that client. False: it is no such token, or somebody else's. */
export async function revokeClientToken(scope: Scope, token: string, clientId: string): Promise<boolean> {
  const payload = await readClientToken(scope, token);
  if (payload?.clientId !== clientId) return false;
  const end = new Date(payload.exp * 1000 + SKEW_MS);
  await runPrepared(scope.deps.db, revoking, [hashOf(payload), clientId, scope.deps.clock(), end]);
  return true;
}

function hashOf({ jti }: TokenPayload): Buffer {
  return hash('sha256', jti ?? '', 'buffer');
}

async function readClientToken({ deps, provider }: Scope, token: string): Promise<TokenPayload | undefined> {
  if (!isClientToken(token)) return undefined;
  const options = {
    issuer: deps.config.issuer,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['jti', 'iat', 'exp', 'client_id', 'sub'],
    currentDate: deps.clock(),
  };
  return jwtVerify(token, keySetOf(provider), options).then(
    ({ payload }) => payloadOf(payload),
    () => undefined,
  );
}

type Claims = JWTPayload & { cnf?: { jkt?: string; 'x5t#S256'?: string } };

/** By the provider's own names, as what it keeps of opaque tokens. */
function payloadOf({ client_id, jti, iat, exp, aud, scope, cnf }: Claims): TokenPayload {
  return {
    kind: 'ClientCredentials',
    clientId: client_id as string,
    jti: jti as string,
    iat: iat as number,
    exp: exp as number,
    ...(typeof aud === 'string' ? { aud } : {}),
    ...(typeof scope === 'string' ? { scope } : {}),
    ...cnf,
  };
}

/** The published keys, made ready once for as long as they stay the same. */
function keySetOf(provider: Provider): KeySet {
  const { jwks } = instance(provider);
  let keySet = keySets.get(jwks);
  if (!keySet) {
    keySet = createLocalJWKSet({ keys: jwks.keys as never });
    keySets.set(jwks, keySet);
  }
  return keySet;
}
const keySets = new WeakMap<object, KeySet>();
