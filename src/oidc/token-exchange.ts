/**
 * Token exchange (RFC 8693) for Mini Apps, which live where there is no redirect. What a subject token proves is said
 * by whoever knows its type (app.ts brings them); here are the protocol, the scopes and the answer.
 *
 * Only registered Mini Apps may ask, for tokens of their own and never on anybody's behalf: no actor, no audience.
 * `invalid_request` is what the standard wants for a subject token that is not taken (§2.2.2).
 */
import type { AccessToken, Grant, Provider, TokenEndpointGrantContext } from 'oidc-provider';
import { errors } from 'oidc-provider';
import * as helpers from 'oidc-provider/lib/helpers/grants.js';
import { highest, type Level } from '../guard/levels.ts';
import type { Context } from '../http/state.ts';
import { openidScopeMinimum, openidScopes } from '../registry/openid-scopes.ts';
import { clientMembers, type Registry } from '../registry/registry.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** Longer than any token that is taken. */
const MAX_TOKEN = 4096;

type Parameters = Partial<
  Record<
    | 'subject_token'
    | 'subject_token_type'
    | 'requested_token_type'
    | 'actor_token'
    | 'audience'
    | 'scope'
    | 'resource'
    | 'zalo_phone_token'
    | 'consent',
    string
  >
>;
type Ctx = TokenEndpointGrantContext<Parameters>;

/** What a Mini App asks for. */
export type Exchange = {
  token: string;
  clientId: string;
  requestId: string;
  /** For limits (http/rate-limit). */
  ctx: Context;
  /** The key that the answer is to be bound to (RFC 9449). */
  jkt: string | undefined;
  /** What the scopes and the app's registration need. */
  needs: Level;
  /** Scopes of ours, and of one service. */
  scopes: string[];
  services: string[];
  resource: string | undefined;
  phoneToken: string | undefined;
  /** The version of the text by which the citizen was asked. */
  consent: string | undefined;
};

/** Whom a subject token stands for, and what was proved. */
export type Subject = {
  accountId: string;
  acr: Level;
  amr: string[];
  /** Seconds since 1970. */
  authTime: number;
  scopes: string[];
  services: string[];
  resource?: string | undefined;
  /** The sign-in that it comes from, if there is one: its grant, and the session it ends with. */
  grantId?: string;
  sessionUid?: string;
};

/** By the URN of the subject token's type. Throws the library's errors. */
export type SubjectReaders = Record<string, (exchange: Exchange) => Promise<Subject>>;

export function registerTokenExchange(provider: Provider, registry: Registry, readers: SubjectReaders): void {
  provider.registerGrantType<Parameters>(
    TOKEN_EXCHANGE,
    (ctx) => exchange(provider, registry, readers, ctx),
    [
      'subject_token',
      'subject_token_type',
      'requested_token_type',
      'actor_token',
      'audience',
      'scope',
      'resource',
      'zalo_phone_token',
      'consent',
    ],
  );
}

async function exchange(
  provider: Provider,
  registry: Registry,
  readers: SubjectReaders,
  ctx: Ctx,
): Promise<void> {
  const { client, params } = ctx.oidc;
  if (client[clientMembers.miniApp] !== true)
    throw new errors.UnauthorizedClient('only Mini Apps exchange tokens');
  const { token, read } = readSubject(params, readers);
  // What must be right is looked at before a token that serves once is used up.
  const dPoP = await helpers.validateDpop(provider, ctx);
  helpers.checkDpopRequired(provider, ctx, dPoP);
  const asked = readScopes(provider, registry, ctx);
  await helpers.checkDpopReplay(provider, ctx, dPoP, client.clientId);
  const subject = await read({
    ...asked,
    token,
    ctx: ctx as unknown as Context,
    clientId: client.clientId,
    requestId: String(ctx.state.requestId),
    jkt: dPoP?.thumbprint,
    phoneToken: params.zalo_phone_token,
    consent: params.consent,
  });
  const grant = await grantOf(provider, ctx, subject);
  await answer(provider, ctx, { subject, grant, jkt: dPoP?.thumbprint });
}

function readSubject(params: Parameters, readers: SubjectReaders) {
  const { subject_token: token, subject_token_type: type } = params;
  if (!token || token.length > MAX_TOKEN) throw new errors.InvalidRequest('subject_token is missing');
  const read = type && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (!read) throw new errors.InvalidRequest('subject_token_type is none that is taken here');
  if (params.actor_token) throw new errors.InvalidRequest('actor_token is not supported');
  if (params.audience) throw new errors.InvalidTarget('name the service by resource');
  if (params.requested_token_type && params.requested_token_type !== ACCESS_TOKEN)
    throw new errors.InvalidRequest('only access tokens are issued');
  return { token, read };
}

/** What is asked for; without `scope`, all of ours that the app is registered for and level1 reaches (RFC 6749 §3.3). */
function readScopes(provider: Provider, registry: Registry, ctx: Ctx) {
  const { client, params } = ctx.oidc;
  const registered = client.scope?.split(' ') ?? [];
  const asked =
    params.scope === undefined
      ? registered.filter((name) => openidScopeMinimum(name) === 'level1')
      : params.scope.split(' ').filter(Boolean);
  helpers.validateClientScope(provider, ctx, asked);
  const allowed = client[clientMembers.serviceScopes] as string[] | undefined;
  const services = asked.filter((name) => registry.scope(name) && allowed?.includes(name));
  const minimums = asked.map((name) => registry.scope(name)?.minimumLevel ?? openidScopeMinimum(name));
  const resources = new Set(services.map((name) => registry.scope(name)?.resource));
  const resource = params.resource ?? [...resources][0];
  if (resources.size > 1) throw new errors.InvalidTarget('one service at a time');
  if (resource !== undefined && !registry.resourceServer(resource)) throw new errors.InvalidTarget();
  return {
    needs: highest([client[clientMembers.minimumLevel] as Level, ...minimums]),
    scopes: asked.filter((name) => openidScopes.includes(name)),
    services: services.filter((name) => registry.scope(name)?.resource === resource),
    resource,
  };
}

/** The grant of the sign-in that the subject comes from, or one of its own, which lives as long as its tokens. */
async function grantOf(provider: Provider, ctx: Ctx, subject: Subject): Promise<Grant> {
  const { accountId, grantId, scopes, services, resource } = subject;
  if (grantId) return helpers.validateGrant(provider, ctx, grantId);
  const { clientId } = ctx.oidc.client;
  const grant = new provider.Grant({ accountId, clientId });
  if (!scopes.includes('offline_access'))
    (grant as { expiresIn?: number }).expiresIn = newToken(provider, ctx, subject, '').expiration + 60;
  if (scopes.length > 0) grant.addOIDCScope(scopes);
  if (resource && services.length > 0) grant.addResourceScope(resource, services);
  await grant.save();
  return grant;
}

function newToken(provider: Provider, ctx: Ctx, subject: Subject, grantId: string): AccessToken {
  const { accountId, sessionUid } = subject;
  return new provider.AccessToken({
    accountId,
    client: ctx.oidc.client,
    grantId,
    gty: TOKEN_EXCHANGE,
    ...(sessionUid ? { sessionUid, expiresWithSession: true } : {}),
  });
}

type Proven = { subject: Subject; grant: Grant; jkt: string | undefined };

/**
 * Issues what was proved. To the rest of the provider it comes from a code that was redeemed and never kept: the
 * account is looked at as it is now, and scopes and claims are those of any other sign-in.
 */
async function answer(provider: Provider, ctx: Ctx, { subject, grant, jkt }: Proven): Promise<void> {
  const { accountId, acr, amr, authTime, scopes, services, resource, sessionUid } = subject;
  const source = new provider.AuthorizationCode({
    accountId,
    acr,
    amr,
    authTime,
    client: ctx.oidc.client,
    grantId: grant.jti,
    gty: TOKEN_EXCHANGE,
    scope: [...scopes, ...services].join(' '),
    ...(resource ? { resource } : {}),
    ...(sessionUid ? { sessionUid, expiresWithSession: true } : {}),
  } as never);
  ctx.oidc.entity('AuthorizationCode', source);
  ctx.oidc.entity('Grant', grant);
  const account = await helpers.findAccount(provider, ctx, accountId, source);
  if (!account) throw new errors.InvalidGrant('the account cannot be used');
  ctx.oidc.entity('Account', account);

  const token = newToken(provider, ctx, subject, grant.jti);
  if (jkt) token.setThumbprint('jkt', jkt);
  await helpers.resolveAndApplyResource(provider, ctx, source, token, grant);
  ctx.oidc.entity('AccessToken', token);
  const accessToken = await token.save();

  const refreshToken = await newRefreshToken(provider, ctx, source, token);
  const idToken = await newIdToken(provider, ctx, { source, token, grant });
  ctx.body = helpers.buildTokenResponse(provider, {
    accessToken,
    expiresIn: token.expiration,
    tokenType: token.tokenType,
    issuedTokenType: ACCESS_TOKEN,
    scope: token.scope,
    ...(idToken ? { idToken } : {}),
    ...(refreshToken ? { refreshToken } : {}),
  });
}

type Source = InstanceType<Provider['AuthorizationCode']>;

async function newRefreshToken(
  provider: Provider,
  ctx: Ctx,
  source: Source,
  token: AccessToken,
): Promise<string | undefined> {
  if (!(await helpers.shouldIssueRefreshToken(provider, ctx, source))) return undefined;
  const { accountId, acr, amr, authTime, grantId, resource, scope } = source;
  const refresh = new provider.RefreshToken({
    ...{ accountId, acr, amr, authTime, grantId, resource, scope },
    client: ctx.oidc.client,
    gty: TOKEN_EXCHANGE,
    rotations: 0,
  } as never);
  await helpers.applyRefreshTokenBindings(provider, ctx, token, refresh);
  ctx.oidc.entity('RefreshToken', refresh);
  return refresh.save();
}

/** As at any token request: with a token for a service the claims stand here, else at userinfo (Core §5.4). */
async function newIdToken(
  provider: Provider,
  ctx: Ctx,
  { source, token, grant }: { source: Source; token: AccessToken; grant: Grant },
): Promise<string | undefined> {
  if (!source.scopes.has('openid') || !ctx.oidc.account) return undefined;
  const scope = grant.getOIDCScopeFiltered(source.scopes);
  const { accountId } = ctx.oidc.account;
  const idToken = new provider.IdToken(
    {
      ...(await ctx.oidc.account.claims('id_token', scope, {}, [])),
      sub: accountId,
      acr: source.acr,
      amr: source.amr,
      auth_time: source.authTime,
    },
    { ctx },
  );
  Object.assign(idToken, { scope: token.aud ? scope : 'openid', mask: {}, rejected: [] });
  return idToken.issue({ use: 'idtoken' });
}
