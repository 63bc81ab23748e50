/**
 * Introspection tells the truth of now (design §2 point 5; RFC 7662, signed and encrypted by RFC 9701): of opaque
 * tokens, JWT access tokens and refresh tokens, to the service a token is meant for and the client it was issued to, and
 * to nobody else. It is the hot path, so it is ours and stands in front of the provider's: one query a token
 * (live-tokens), none for the caller (callers).
 *
 * Invariant: an answer never says more than the account holds at this moment, nor what the caller has no part in. To
 * everybody whom a token does not concern it is as if it did not exist (§4).
 */
import { CompactEncrypt, decodeJwt, importJWK, type JWK } from 'jose';
import type { Context, Middleware } from 'koa';
import type { AdapterPayload, Provider } from 'oidc-provider';
import type { AccountState } from '../account/accounts.ts';
import { levelOfProof } from '../account/level.ts';
import type { Deps } from '../deps.ts';
import { isLevel, type Level, lower, reaches } from '../guard/levels.ts';
import { openidScopeMinimum } from '../registry/openid-scopes.ts';
import { clientMembers, type Registry } from '../registry/registry.ts';
import { answerCallers, type Caller } from './callers.ts';
import { findClientToken, isClientToken } from './client-tokens.ts';
import type { IntrospectionCounts } from './introspection-counts.ts';
import { isJwt } from './jwt-tokens.ts';
import { type LiveToken, LiveTokens } from './live-tokens.ts';
import type { OpenedToken } from './opened-tokens.ts';
import { sectorOf } from './subjects.ts';

export const introspectionPath = '/token/introspection';

type Scope = { deps: Deps; registry: Registry; provider: Provider; counts: IntrospectionCounts };
type Telling = Scope & { tokens: LiveTokens };
export type Answer = { active: boolean; [member: string]: unknown };

const INACTIVE: Answer = { active: false };
const JWT = 'application/token-introspection+jwt';

export class Introspection {
  readonly #scope: Telling;

  constructor(scope: Scope) {
    this.#scope = { ...scope, tokens: new LiveTokens(scope.deps) };
  }

  /** What a caller may know of a token. */
  async tell(caller: Caller, value: string): Promise<Answer> {
    const found = isClientToken(value)
      ? await findClientToken(this.#scope, value)
      : await this.#scope.tokens.find(value);
    return found && concerns(this.#scope.registry, caller, found.token)
      ? describe(this.#scope, caller, found, value)
      : INACTIVE;
  }
}

/** Whether answers must be signed and encrypted (RFC 9701 §6), or are asked for signed (§4). */
export function wantsJwt({ accept }: { accept?: string | undefined }, { metadata }: Caller): boolean {
  return accept?.toLowerCase().includes('token-introspection+jwt') === true || isSecretive(metadata);
}

function isSecretive(metadata: AdapterPayload): boolean {
  return metadata.introspection_encrypted_response_alg !== undefined;
}

/** Answers introspection in front of the provider. */
export function answerIntrospection(scope: Scope, introspection: Introspection): Middleware {
  return answerCallers(scope, { path: introspectionPath, takes: () => true }, async (ctx, caller, token) => {
    if (caller.metadata.token_endpoint_auth_method === 'none') return refusePublic(ctx);
    // Only those who ask for it are answered by a JWT (RFC 9701 §4).
    const signed = wantsJwt(ctx.headers, caller) && ctx.accepts('json', JWT) === JWT;
    // Whoever wants answers that only they can read must not get them in the clear.
    if (!signed && isSecretive(caller.metadata)) return refuseClear(ctx);
    const answer = await introspection.tell(caller, token);
    if (signed) {
      ctx.body = await sign(scope.provider, caller, answer);
      ctx.set('Content-Type', JWT);
    } else ctx.body = answer;
  });
}

/** Who may introspect a token: the resource server it is meant for, or the client it was issued to (RFC 7662 §4). */
function concerns(registry: Registry, { id, metadata }: Caller, { terms }: OpenedToken): boolean {
  // What was given to a client that is switched off is worth nothing, to nobody.
  if (!registry.clientMetadata(terms.clientId)) return false;
  if (terms.clientId === id) return true;
  const resource = metadata[clientMembers.resource];
  return terms.kind !== 'RefreshToken' && resource !== undefined && terms.aud === resource;
}

/** In one object, member by member: this is asked for as often as everything else together. */
function describe(scope: Telling, caller: Caller, { token, account }: LiveToken, value: string): Answer {
  const { exp, iat, sid, cnf } = token;
  const { kind, clientId, aud } = token.terms;
  const answer: Answer = { active: true, client_id: clientId, iss: scope.deps.config.issuer, exp, iat };
  if (aud !== undefined) answer.aud = aud;
  if (kind !== 'RefreshToken') answer.token_type = cnf && 'jkt' in cnf ? 'DPoP' : 'Bearer';
  if (isJwt(value)) answer.jti = decodeJwt(value).jti;
  // The session's name is between the provider and the app; two services must not know each other's citizens by it.
  if (sid && clientId === caller.id) answer.sid = sid;
  if (cnf) answer.cnf = cnf;
  // A client that acts for itself has no level.
  const level = account ? describeCitizen(scope, caller, { token, account }, answer) : 'level1';
  if (token.terms.scope) answer.scope = scopesInForce(scope.registry, token.terms, level);
  return answer;
}

/** The citizen behind the token: who they are to the caller, and how surely, now. Returns their level. */
function describeCitizen(
  { registry, counts, tokens }: Telling,
  { id, metadata }: Caller,
  { token, account }: Required<LiveToken>,
  answer: Answer,
): Level {
  const { authTime, terms } = token;
  counts.countIntrospection(account.id, id);
  const issued: Level = isLevel(terms.acr) ? terms.acr : 'level1';
  const proved = levelOfProof(account, { acr: issued, authTime });
  // A client whose maximum was lowered meanwhile never sees more, nor does a service through its tokens.
  const level = lower(proved, registry.maximumLevel(terms.clientId));
  answer.sub = tokens.subjectOf(token, sectorOf(metadata), account.id);
  answer.acr = level;
  answer.amr = terms.amr;
  answer.auth_time = authTime;
  const reason = reasonOf(account, { issued, proved, level });
  if (reason) answer.acr_reason = reason;
  if (level === 'level2' && account.levelExpiresAt)
    answer.acr_expires_at = Math.floor(account.levelExpiresAt.getTime() / 1000);
  return level;
}

/** Why the answer says less than the token was issued with. */
function reasonOf(
  { levelReason }: AccountState,
  { issued, proved, level }: { issued: Level; proved: Level; level: Level },
): string | undefined {
  if (proved !== issued) return levelReason ?? 'verified_anew';
  return level === issued ? undefined : 'client_maximum';
}

/**
 * What of the scope is in force, so that a service that looks at scopes only is safe, too: not what needs a higher level,
 * nor what the client is registered for no more, or whose service is switched off.
 */
function scopesInForce(registry: Registry, { scope = '', clientId }: OpenedToken['terms'], level: Level) {
  const registered = registeredScopes(registry.clientMetadata(clientId) ?? {});
  const isInForce = (name: string) =>
    registered.has(name) && reaches(level, registry.scope(name)?.minimumLevel ?? openidScopeMinimum(name));
  return scope.split(' ').filter(isInForce).join(' ');
}

/** Of a client, made ready once for as long as the registry is not read anew. */
function registeredScopes(metadata: AdapterPayload): ReadonlySet<string> {
  const kept = scopesOfClients.get(metadata);
  if (kept) return kept;
  const services = (metadata[clientMembers.serviceScopes] ?? []) as string[];
  const made = new Set([...(metadata.scope ?? '').split(' '), ...services]);
  scopesOfClients.set(metadata, made);
  return made;
}
const scopesOfClients = new WeakMap<AdapterPayload, ReadonlySet<string>>();

/** RFC 9701 §7. Encrypted to a key the caller registered; never to its secret, of which we keep a hash. */
export const encryptedAnswersMetadata = {
  introspection_encryption_alg_values_supported: [
    'RSA-OAEP-256',
    'ECDH-ES',
    'ECDH-ES+A128KW',
    'ECDH-ES+A256KW',
  ],
  introspection_encryption_enc_values_supported: ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'],
};

/** RFC 9701 §5, by the algorithms the caller registered (§6); the provider holds the keys of both sides. */
async function sign(provider: Provider, { id, metadata }: Caller, answer: Answer): Promise<string> {
  const client = await provider.Client.find(id);
  if (!client) throw new Error('the caller left the registry');
  const token = new provider.IdToken({}, { client } as never) as unknown as SignedAnswer;
  token.extra = { token_introspection: answer };
  const signed = await token.issue({ use: 'introspection' });
  const { introspection_encrypted_response_alg: alg, introspection_encrypted_response_enc: enc } = metadata;
  if (!alg) return signed;
  const { asymmetricKeyStore: keys } = client as unknown as { asymmetricKeyStore: CallerKeys };
  await keys.refresh();
  const [key] = keys.selectForEncrypt({ alg, use: 'enc' });
  if (!key) throw new Error('the caller has no key to encrypt to');
  return new CompactEncrypt(Buffer.from(signed))
    .setProtectedHeader({
      alg,
      enc: enc ?? 'A128CBC-HS256',
      cty: 'JWT',
      ...(key.kid === undefined ? {} : { kid: key.kid }),
    })
    .encrypt(await importJWK(key, alg));
}
type SignedAnswer = { extra: AdapterPayload; issue: (options: { use: string }) => Promise<string> };
type CallerKeys = {
  refresh: () => Promise<void>;
  selectForEncrypt: (wish: { alg: string; use: string }) => JWK[];
};

/** RFC 7662 §2.1: the endpoint must be closed to those who only say a name. */
function refusePublic(ctx: Context): void {
  ctx.status = 401;
  ctx.body = { error: 'invalid_client', error_description: 'introspection needs client authentication' };
}

function refuseClear(ctx: Context): void {
  ctx.status = 400;
  ctx.body = {
    error: 'invalid_request',
    error_description: `introspection must be requested with Accept: ${JWT} for this client`,
  };
}
