/**
 * Baseline (b): the plain provider with its in-memory adapter, the same features, lifetimes and keys. With BENCH_ZALO
 * its citizens come through the same Zalo, by the same client; without, a click signs in. Its pages are a form each.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { JWK } from 'jose';
import type { Context, Middleware } from 'koa';
import Provider, { type Configuration } from 'oidc-provider';
import { authorizationUrl, exchangeCode, fetchProfile } from '../src/zalo/client.ts';
import { CLIENT, ISSUER, JWT_SERVICE, REDIRECT_URI, SERVICE } from './citizen.ts';
import { serveSubject } from './subject.ts';

process.release.lts ??= 'Node 26';
const zaloUrl = process.env.BENCH_ZALO;
const zalo = { appId: '1', appSecret: 'bench-zalo-secret', oauthUrl: zaloUrl ?? '', graphUrl: zaloUrl ?? '' };
const accounts = new Map<string, string>();
const leaving = new Map<string, { uid: string; verifier: string }>();

const services = [
  { ...SERVICE, scope: 'hoso.xem', format: 'opaque' as const },
  { ...JWT_SERVICE, scope: 'school.fees', format: 'jwt' as const },
];
const serviceOf = (resource: string) => {
  const found = services.find((service) => service.resource === resource);
  if (!found) throw new Error(`unknown resource ${resource}`);
  return found;
};

const configuration = {
  clients: [
    {
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      redirect_uris: [REDIRECT_URI],
      id_token_signed_response_alg: 'ES256',
    },
    ...services.map(({ id, secret }) => ({
      client_id: id,
      client_secret: secret,
      grant_types: [],
      response_types: [],
      redirect_uris: [],
    })),
  ],
  jwks: { keys: JSON.parse(process.env.BENCH_JWKS ?? '[]') as JWK[] },
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  scopes: ['openid', 'profile', 'offline_access'],
  claims: { openid: ['sub', 'acr', 'amr', 'auth_time'] },
  acrValues: ['level1', 'level2'],
  responseTypes: ['code'],
  pkce: { required: () => true },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  findAccount: (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
  extraTokenClaims: ({ oidc }) => {
    const { acr, amr, authTime } = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode ?? {};
    return { acr, amr, auth_time: authTime };
  },
  rotateRefreshToken: true,
  issueRefreshToken: async (_ctx, _client, code) => code.scopes.has('offline_access'),
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) =>
        token.clientId === client.clientId ||
        ('aud' in token && token.aud === services.find(({ id }) => id === client.clientId)?.resource),
    },
    jwtIntrospection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx, _client, oneOf) => {
        const asked = String(ctx.oidc.params?.scope ?? '').split(' ');
        const found = services.find(({ scope }) => asked.includes(scope))?.resource;
        return (Array.isArray(oneOf) ? oneOf[0] : oneOf) ?? found ?? [];
      },
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, resource) => {
        const { scope, format } = serviceOf(resource);
        return {
          scope,
          audience: resource,
          accessTokenFormat: format,
          ...(format === 'jwt' ? { accessTokenTTL: 300, jwt: { sign: { alg: 'ES256' } } } : {}),
        };
      },
    },
    backchannelLogout: { enabled: true },
  },
  ttl: {
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 3600,
    AuthorizationCode: 60,
    ClientCredentials: 600,
    Grant: 30 * 86_400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 30 * 86_400,
    Session: 14 * 86_400,
  },
} as Configuration;

const provider = new Provider(ISSUER, configuration);
provider.proxy = true;

const router = new Router();
const page = (ctx: Context, action: string) => {
  ctx.type = 'html';
  ctx.body = `<!doctype html><title>Sign in</title><form method="post" action="${action}"><button>Go on</button></form>`;
};
const finish = async (ctx: Context, uid: string, result: Record<string, unknown>) => {
  const interaction = await provider.Interaction.find(uid);
  if (!interaction) throw new Error('the interaction is over');
  interaction.result = { ...interaction.lastSubmission, ...result };
  await interaction.persist();
  ctx.status = 303;
  ctx.redirect(interaction.returnTo);
};
const login = (accountId: string) => ({
  login: { accountId, acr: 'level1', amr: ['zalo'], ts: Math.floor(Date.now() / 1000) },
});

router.get('/interaction/:uid', async (ctx) => {
  const { prompt, uid } = await provider.interactionDetails(ctx.req, ctx.res);
  page(ctx, `/interaction/${uid}/${prompt.name === 'login' ? 'zalo' : 'consent'}`);
});
router.post('/interaction/:uid/zalo', async (ctx) => {
  const { uid } = await provider.interactionDetails(ctx.req, ctx.res);
  if (!zaloUrl) return finish(ctx, uid, login(randomUUID()));
  const [verifier, state] = [0, 1].map(() => randomBytes(32).toString('base64url')) as [string, string];
  leaving.set(state, { uid, verifier });
  ctx.status = 303;
  ctx.redirect(authorizationUrl(zalo, { redirectUri: `${ISSUER}/zalo/callback`, verifier, state }));
});
router.get('/zalo/callback', async (ctx) => {
  const state = String(ctx.query.state);
  const left = leaving.get(state);
  leaving.delete(state);
  const http = { fetch: globalThis.fetch, zalo };
  const token = await exchangeCode(http, { code: String(ctx.query.code), verifier: left?.verifier ?? '' });
  const profile = token.ok ? await fetchProfile(http, token.value) : token;
  if (!left || !profile.ok) throw new Error('Zalo refused');
  const known = accounts.get(profile.value.id) ?? randomUUID();
  accounts.set(profile.value.id, known);
  await finish(ctx, left.uid, login(known));
});
router.post('/interaction/:uid/consent', async (ctx) => {
  const { uid, session, params, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const grant =
    known ?? new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
  const scopes = String(params.scope).split(' ');
  grant.addOIDCScope(scopes.filter((name) => !name.includes('.')).join(' '));
  for (const { scope, resource } of services) {
    if (scopes.includes(scope)) grant.addResourceScope(resource, scope);
  }
  await finish(ctx, uid, { consent: { grantId: await grant.save() } });
});
provider.use(router.routes() as unknown as Middleware);
await serveSubject(provider.callback());
