/**
 * What the provider asks us during a request, answered from the database and the registry: what a request needs, what the
 * session holds, who the account is now, and which resource may be used with which scopes.
 */
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type AccountState, findAccount } from '../account/accounts.ts';
import { levelOfProof } from '../account/level.ts';
import type { Deps } from '../deps.ts';
import { type Level, lower, reaches } from '../guard/levels.ts';
import { openidScopeMinimum, scopeClaims } from '../registry/openid-scopes.ts';
import { clientMembers, maximumOf, type Registry } from '../registry/registry.ts';
import { readClaims, scopeOfClaim } from './claims.ts';
import { tokenFormatOf } from './jwt-tokens.ts';
import { type AcrClaim, computeNeed, heldLevel, type Need } from './policy.ts';
import { rememberedAccount } from './request-memory.ts';
import { isEssential, VERIFIED_CLAIMS } from './verified-claims.ts';

type ClaimsRequest = Partial<
  Record<'id_token' | 'userinfo', { acr?: AcrClaim | null } & Record<string, { essential?: unknown } | null>>
>;

/** The scopes that claims belong to which the client cannot do without: they need the same level. */
function essentialScopes(request: ClaimsRequest | undefined): string[] {
  const members = [request?.id_token, request?.userinfo].flatMap((part) => Object.entries(part ?? {}));
  return members.flatMap(([claim, asked]) =>
    isEssentialClaim(claim, asked) ? (scopeOfClaim(claim) ?? []) : [],
  );
}

function isEssentialClaim(claim: string, asked: { essential?: unknown } | null): boolean {
  return claim === VERIFIED_CLAIMS ? isEssential(asked) : asked?.essential === true;
}

/** What this authorization request needs, read off its parameters, its client and its scopes. Asked at every step of it. */
export function needOf(ctx: KoaContextWithOIDC, registry: Registry): Need {
  const oidc: Asking = ctx.oidc;
  const { params = {}, client } = oidc;
  const asked = [client, params.acr_values, params.claims, params.scope];
  const known = oidc[NEED];
  if (known?.asked.every((one, index) => one === asked[index])) return known.need;
  const need = readNeed(ctx, registry);
  oidc[NEED] = { asked, need };
  return need;
}
/** Kept on the request's own object: what hangs from it in a WeakMap outlives it by every young collection. */
const NEED = Symbol('need');
type Asking = KoaContextWithOIDC['oidc'] & { [NEED]?: { asked: readonly unknown[]; need: Need } };

function readNeed({ oidc }: KoaContextWithOIDC, registry: Registry): Need {
  const { acr_values, claims, scope } = oidc.params as Record<string, string | undefined>;
  const scopes = scope?.split(' ').filter(Boolean) ?? [];
  // The parameter itself: the provider's parsed copy loses an essential acr when acr_values is there too.
  const parsed = claims ? (JSON.parse(claims) as ClaimsRequest) : undefined;
  const wantsVerified = parsed?.id_token?.[VERIFIED_CLAIMS] ?? parsed?.userinfo?.[VERIFIED_CLAIMS];
  return computeNeed({
    acrValues: acr_values,
    acrClaim: parsed?.id_token?.acr ?? parsed?.userinfo?.acr ?? undefined,
    clientMinimum: minimumOf(oidc.client),
    clientMaximum: maximumOf(oidc.client),
    // Below level2 there are none: who asks for verified claims is taken to wish for it.
    ...(wantsVerified && maximumOf(oidc.client) === 'level2' ? { wished: 'level2' as const } : {}),
    scopeMinimums: [...scopes, ...essentialScopes(parsed)].map(
      (name) => registry.scope(name)?.minimumLevel ?? openidScopeMinimum(name),
    ),
  });
}

export function heldOf({ oidc }: KoaContextWithOIDC, deps: Deps): Level {
  const { session } = oidc;
  const account = oidc.account as AnsweredAccount | undefined;
  const authTime = session?.authTime() ?? 0;
  return heldLevel({
    proved: account && levelOfProof(account.state, { acr: session?.acr, authTime }),
    age: deps.clock().getTime() / 1000 - authTime,
    maxAge: deps.config.level2MaxAge,
  });
}

type AnsweredAccount = { accountId: string; state: AccountState };
type Source = Parameters<NonNullable<Configuration['findAccount']>>[2];

/**
 * The account as it is now, or undefined when it may not be used. A code or refresh token is lowered to what the
 * account still holds, for good: what comes from it later never carries more (point 4).
 */
export async function answerAccount(deps: Deps, ctx: KoaContextWithOIDC, accountId: string, source: Source) {
  const state = rememberedAccount(accountId) ?? (await findAccount(deps.db, accountId, deps.clock()));
  if (state?.status !== 'active') return undefined;
  const level = lower(settleSource(ctx, state, source), maximumOf(ctx.oidc.client));
  return {
    accountId,
    state,
    claims: async (_use: string, scope: string, claims: Record<string, unknown>) => {
      // What a client was taken is told no more, not by what it was given before; a single claim like its scope.
      const allowed = ctx.oidc.client?.scope?.split(' ') ?? [];
      const inForce = scope.split(' ').filter((name) => allowed.includes(name));
      const asked = new Set(inForce.flatMap((name) => scopeClaims[name] ?? []));
      const single = (claim: string) => claim in claims && allowed.includes(scopeOfClaim(claim) ?? claim);
      const wanted = (claim: string) => asked.has(claim) || single(claim);
      return readClaims(deps, accountId, level, wanted, claims[VERIFIED_CLAIMS]);
    },
  };
}

function settleSource(ctx: KoaContextWithOIDC, state: AccountState, source: Source): Level {
  if (!source) return state.level;
  const token = source as { kind: string; acr?: string; authTime?: number; extra?: Record<string, unknown> };
  if (token.kind === 'AccessToken') {
    return levelOfProof(state, { acr: token.extra?.acr, authTime: token.extra?.auth_time });
  }
  const level = lower(levelOfProof(state, token), maximumOf(ctx.oidc.client));
  token.acr = level;
  if (ctx.oidc.client && !reaches(level, minimumOf(ctx.oidc.client))) {
    throw new errors.InvalidGrant('the account no longer reaches the minimum level of the client');
  }
  return level;
}

/** `acr`, `amr` and `auth_time` of the sign-in that an access token comes from (RFC 9068 §2.2.1, RFC 9470 §6). */
export function authenticationClaims({ oidc }: KoaContextWithOIDC): Record<string, unknown> {
  const source = sourceOf(oidc);
  if (!source) return {};
  return { acr: source.acr, amr: source.amr, auth_time: source.authTime };
}

/** What a token comes from: it knows the sign-in. */
function sourceOf({ entities, route }: KoaContextWithOIDC['oidc']) {
  // A device's code is there while the citizen is asked, too; it knows a sign-in when it is redeemed.
  const device = route === 'token' ? entities.DeviceCode : undefined;
  return entities.RefreshToken ?? entities.AuthorizationCode ?? device;
}

/** The resource a request means when it names none: the one whose scopes it asks for. */
export function resourcesOf({ oidc }: KoaContextWithOIDC, registry: Registry): string | string[] | undefined {
  const scope = oidc.params?.scope as string | undefined;
  const found = new Set(scope?.split(' ').flatMap((name) => registry.scope(name)?.resource ?? []));
  return found.size > 1 ? [...found] : [...found][0];
}

/** A resource server as one client may use it now (RFC 8707 §2). */
export function describeResource(
  { oidc }: KoaContextWithOIDC,
  registry: Registry,
  resource: string,
  client: { [member: string]: unknown },
) {
  const server = registry.resourceServer(resource);
  if (!server) throw new errors.InvalidTarget();
  const allowed = client[clientMembers.serviceScopes] as string[] | undefined;
  const source = sourceOf(oidc);
  // A scope that needs level2 goes neither to a client acting for itself nor along with a token that fell to level1.
  const carries: Level = source
    ? (source.acr as Level)
    : oidc.params?.grant_type === 'client_credentials'
      ? 'level1'
      : maximumOf(client);
  const scopes = server.scopes.filter(
    ({ name, minimumLevel }) => allowed?.includes(name) && reaches(carries, minimumLevel),
  );
  return {
    scope: scopes.map(({ name }) => name).join(' '),
    audience: resource,
    ...tokenFormatOf(server),
  };
}

function minimumOf(client: { [member: string]: unknown } | undefined): Level {
  return client?.[clientMembers.minimumLevel] === 'level2' ? 'level2' : 'level1';
}
