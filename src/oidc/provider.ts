/**
 * The wiring of oidc-provider: which features are on, where artefacts live, how accounts, claims, scopes and the
 * rule of levels are answered. No HTML: pages come in as functions. The provider is the Koa application.
 *
 * Standards: OAuth 2.0 (RFC 6749) as narrowed by RFC 9700, PKCE S256 only (RFC 7636), RFC 8707 resource
 * indicators, RFC 9207 issuer, OpenID Connect Core and RP-Initiated Logout, RFC 7662 introspection.
 */
import Provider, {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { type AccountState, findAccount } from '../account/accounts.ts';
import { hasFactor } from '../account/factors.ts';
import { levelOfProof } from '../account/level.ts';
import type { Deps } from '../deps.ts';
import { type Level, lower, reaches } from '../guard/levels.ts';
import { createAdapterFactory } from './adapter.ts';
import { openidScopeMinimum, openidScopes, readClaims, scopeClaims, scopeOfClaim } from './claims.ts';
import { loadExistingGrant, mayUse } from './grants.ts';
import { isSigningKey, replaceSigningKeys } from './key-set.ts';
import { loadSigningKeys } from './keys.ts';
import { type AcrClaim, computeNeed, createPolicy, grantedLevel, heldLevel, type Need } from './policy.ts';
import { clientMembers, extendClientModel, isOriginOf, maximumOf, type Registry } from './registry.ts';
import { signInOfTest } from './test-person.ts';

/** What the provider shows to people; app.ts brings the pages. */
export type ProviderPages = {
  renderError: NonNullable<Configuration['renderError']>;
  logoutSource: (ctx: KoaContextWithOIDC, form: string) => void;
  postLogoutSuccessSource: (ctx: KoaContextWithOIDC) => void;
};

const MINUTE = 60;
const DAY = 24 * 3600;

export async function createProvider(
  deps: Deps,
  registry: Registry,
  pages: ProviderPages,
): Promise<Provider> {
  const { config, keyring } = deps;
  const need = (ctx: KoaContextWithOIDC) => needOf(ctx, registry);
  const held = (ctx: KoaContextWithOIDC) => heldOf(ctx, deps);
  const lacksFactor = async ({ oidc }: KoaContextWithOIDC) =>
    oidc.account !== undefined && !(await hasFactor(deps.db, oidc.account.accountId));

  const keys = await loadSigningKeys(deps);

  const provider = new Provider(config.issuer, {
    adapter: createAdapterFactory(deps, registry),
    jwks: { keys: keys.filter(isSigningKey) },
    cookies: {
      keys: keyring.secrets('cookie').map((key) => key.toString('base64url')),
      names: { session: 'tnid_session', interaction: 'tnid_interaction', resume: 'tnid_resume' },
      long: { httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    routes: { end_session: '/session/end' },
    scopes: [...openidScopes],
    claims: scopeClaims,
    acrValues: ['level1', 'level2'],
    subjectTypes: ['public'],
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    pkce: { required: () => true },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'], userinfoSigningAlgValues: ['RS256', 'ES256'] },
    extraClientMetadata: { properties: Object.values(clientMembers) },
    interactions: {
      policy: createPolicy(interactionPolicy, { need, held, lacksFactor }),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    findAccount: (ctx, accountId, source) => answerAccount(deps, ctx, accountId, source),
    loadExistingGrant: (ctx) => loadExistingGrant(deps, ctx),
    extraTokenClaims: (ctx, token) =>
      signInOfTest(token) ?? ('accountId' in token ? authenticationClaims(ctx) : undefined),
    issueRefreshToken: async (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    rotateRefreshToken: true,
    clientBasedCORS: (_ctx, origin, client) => isOriginOf(client, origin),
    // An app that gives one access token up keeps the rest of what the citizen allowed (RFC 7009 §2.1).
    revokeGrantPolicy: ({ oidc }) => !(oidc.route === 'revocation' && oidc.entities.AccessToken),
    renderError: pages.renderError,
    fetch: (url: string | URL, options: RequestInit) => callService(deps, url, options),
    features: {
      devInteractions: { enabled: false },
      // On by default in the library; switched on here when they are tested.
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => isMeantFor(client, token, registry),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, _client, oneOf) => oneOf ?? resourcesOf(ctx, registry),
        useGrantedResource: ({ oidc }, { resource }) => mayUse(oidc.entities.Grant, resource),
        getResourceServerInfo: (ctx, resource, client) => describeResource(ctx, registry, resource, client),
      },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.logoutSource,
        postLogoutSuccessSource: pages.postLogoutSuccessSource,
      },
    },
    ttl: {
      AccessToken: 60 * MINUTE,
      AuthorizationCode: MINUTE,
      ClientCredentials: 10 * MINUTE,
      Grant: 30 * DAY,
      IdToken: 60 * MINUTE,
      Interaction: 60 * MINUTE,
      RefreshToken: 30 * DAY,
      Session: 14 * DAY,
    },
  } as Configuration);

  replaceSigningKeys(provider, keys);
  provider.proxy = config.trustProxy;
  // What a proxy of ours did not write into X-Forwarded-For is the sender's own word.
  provider.maxIpsCount = config.proxies;
  extendClientModel(provider);
  // Codes and tokens take `acr` from the request's context: there it is what the session holds now (point 1), not
  // what it once proved.
  const { OIDCContext } = provider as unknown as { OIDCContext: { prototype: object } };
  Object.defineProperty(OIDCContext.prototype, 'acr', {
    get(this: { ctx: KoaContextWithOIDC }) {
      return grantedLevel(held(this.ctx), need(this.ctx));
    },
  });
  return provider;
}

/**
 * Calls what a client registered (back-channel logout, keys). The library's dispatcher drops a connection that leads to
 * a private or loopback address, whatever its name resolved to; the sandbox lives on just those. No answer is followed.
 */
function callService({ config, fetch }: Deps, url: string | URL, options: RequestInit): Promise<Response> {
  const call: RequestInit = { ...options, redirect: 'manual', signal: AbortSignal.timeout(5_000) };
  if (config.environment === 'sandbox') delete call.dispatcher;
  return fetch(url, call);
}

type ClaimsRequest = Partial<
  Record<'id_token' | 'userinfo', { acr?: AcrClaim | null } & Record<string, { essential?: unknown } | null>>
>;

/** The scopes that claims belong to which the client cannot do without: they need the same level. */
function essentialScopes(request: ClaimsRequest | undefined): string[] {
  const members = [request?.id_token, request?.userinfo].flatMap((part) => Object.entries(part ?? {}));
  return members.flatMap(([claim, asked]) => (asked?.essential === true ? (scopeOfClaim(claim) ?? []) : []));
}

/** What this authorization request needs, read off its parameters, its client and its scopes. */
function needOf({ oidc }: KoaContextWithOIDC, registry: Registry): Need {
  const { acr_values, claims, scope } = oidc.params as Record<string, string | undefined>;
  const scopes = scope?.split(' ').filter(Boolean) ?? [];
  // The parameter itself: the provider's parsed copy loses an essential acr when acr_values is there too.
  const parsed = claims ? (JSON.parse(claims) as ClaimsRequest) : undefined;
  return computeNeed({
    acrValues: acr_values,
    acrClaim: parsed?.id_token?.acr ?? parsed?.userinfo?.acr ?? undefined,
    clientMinimum: minimumOf(oidc.client),
    clientMaximum: maximumOf(oidc.client),
    scopeMinimums: [...scopes, ...essentialScopes(parsed)].map(
      (name) => registry.scope(name)?.minimumLevel ?? openidScopeMinimum(name),
    ),
  });
}

function heldOf({ oidc }: KoaContextWithOIDC, deps: Deps): Level {
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
async function answerAccount(deps: Deps, ctx: KoaContextWithOIDC, accountId: string, source: Source) {
  const state = await findAccount(deps.db, accountId, deps.clock());
  if (state?.status !== 'active') return undefined;
  const level = lower(settleSource(ctx, state, source), maximumOf(ctx.oidc.client));
  return {
    accountId,
    state,
    claims: async (_use: string, scope: string, claims: Record<string, unknown>) => {
      const asked = new Set(scope.split(' ').flatMap((name) => scopeClaims[name] ?? []));
      return readClaims(deps, accountId, level, (claim) => asked.has(claim) || claim in claims);
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
function authenticationClaims({ oidc }: KoaContextWithOIDC): Record<string, unknown> {
  const source = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode;
  if (!source) return {};
  return { acr: source.acr, amr: source.amr, auth_time: source.authTime };
}

/** The resource a request means when it names none: the one whose scopes it asks for. */
function resourcesOf({ oidc }: KoaContextWithOIDC, registry: Registry): string | string[] | undefined {
  const scope = oidc.params?.scope as string | undefined;
  const found = new Set(scope?.split(' ').flatMap((name) => registry.scope(name)?.resource ?? []));
  return found.size > 1 ? [...found] : [...found][0];
}

/** A resource server as one client may use it now (RFC 8707 §2). */
function describeResource(
  { oidc }: KoaContextWithOIDC,
  registry: Registry,
  resource: string,
  client: { [member: string]: unknown },
) {
  const server = registry.resourceServer(resource);
  if (!server) throw new errors.InvalidTarget();
  const allowed = client[clientMembers.serviceScopes] as string[] | undefined;
  const source = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode;
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
    accessTokenFormat: 'opaque' as const,
  };
}

/** Who may introspect a token: the resource server it is meant for, or the client it was issued to (RFC 7662 §4). */
function isMeantFor(
  client: { clientId: string; clientAuthMethod?: string | undefined; [member: string]: unknown },
  token: { kind: string; clientId?: string | undefined; aud?: string | string[] | undefined },
  registry: Registry,
): boolean {
  if (client.clientAuthMethod === 'none') return false;
  // What was given to a client that is switched off is worth nothing, to nobody.
  if (token.clientId === undefined || !registry.clientMetadata(token.clientId)) return false;
  if (token.clientId === client.clientId) return true;
  const resource = client[clientMembers.resource];
  return token.kind !== 'RefreshToken' && resource !== undefined && token.aud === resource;
}

function minimumOf(client: { [member: string]: unknown } | undefined): Level {
  return client?.[clientMembers.minimumLevel] === 'level2' ? 'level2' : 'level1';
}
