/**
 * VNeID in miniature, under /vneid: a real OpenID provider (its own oidc-provider instance, keys made at start) that
 * answers with the claims seen at the national public service portal (facts E1; the real ones are not public).
 *
 * It asks every time: each authorization starts without a session, so that one browser can be a different person the
 * next time. Its cookies have names of their own, because cookies do not tell ports apart and the provider under test
 * runs on the same host.
 */
import Router from '@koa/router';
import { html } from 'hono/html';
import { exportJWK, generateKeyPair } from 'jose';
import type { Context, Middleware } from 'koa';
import mount from 'koa-mount';
import {
  type Adapter,
  type AdapterPayload,
  type ClientMetadata,
  type Configuration,
  errors,
  Provider,
} from 'oidc-provider';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { personButtons, readForm, sendPage } from './page.ts';
import { findPerson, type Person, people } from './people.ts';
import { ExpiringMap } from './store.ts';

const CLAIMS = [
  'sub',
  'TechID',
  'LoaiTaiKhoan',
  'HoVaTen',
  'SoDinhDanh',
  'TenDoanhNghiep',
  'MaSoDoanhNghiep',
];
const COOKIES = { session: 'vneid_session', interaction: 'vneid_interaction', resume: 'vneid_resume' };

/** The middlewares of /vneid, in order. `cookieKeys` are the application's: both sign the same cookies. */
export async function createVneid(deps: Deps, cookieKeys: string[]): Promise<Middleware[]> {
  const provider = new Provider(`${deps.config.sandboxUrl}/vneid`, await describeProvider(deps, cookieKeys));
  provider.proxy = deps.config.trustProxy;
  provider.on('server_error', (_ctx, error) => deps.log.error({ err: error }, 'sandbox VNeID failed'));
  const router = new Router({ prefix: '/vneid/login' });
  router.get('/:uid', (ctx) => showLogin(provider, ctx));
  router.post('/:uid', (ctx) => finishLogin(provider, ctx));
  return [forgetSession, router.routes() as Middleware, mount('/vneid', provider)];
}

async function describeProvider(deps: Deps, cookieKeys: string[]): Promise<Configuration> {
  const { config } = deps;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    adapter: createMemoryAdapter(deps),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'sandbox-vneid' }] },
    clients: describeClients(config),
    scopes: ['openid'],
    claims: { openid: CLAIMS },
    // The portal gives the claims in the ID token and at userinfo.
    conformIdTokenClaims: false,
    acrValues: ['LoA1', 'LoA2'],
    pkce: { required: () => true },
    cookies: { keys: cookieKeys, names: COOKIES },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 600,
      Interaction: 3600,
      Session: 3600,
    },
    interactions: { url: (_ctx, { uid }) => `/vneid/login/${uid}` },
    findAccount: (_ctx, sub) => {
      const person = people.find(({ vneidId }) => vneidId === sub);
      return person && { accountId: sub, claims: () => describePerson(person) };
    },
    // Consent is no part of what is tried here: whoever signs in has agreed.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc;
      if (!client || !session?.accountId) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    renderError: (ctx, { error, error_description: description }) =>
      sendPage(ctx as unknown as Context, {
        status: ctx.status,
        title: 'VNeID báo lỗi',
        english: 'The sandbox VNeID refuses this request',
        body: html`<p><code>${error}</code> ${description}</p>`,
      }),
  };
}

/** The provider under test, under every name it may be called by. */
function describeClients({ vneid, issuer, port }: Config): ClientMetadata[] {
  if (!vneid) return [];
  const bases = new Set([issuer, `http://127.0.0.1:${port}`, `http://localhost:${port}`]);
  return [
    {
      client_id: vneid.clientId,
      client_secret: vneid.clientSecret,
      // The OIDC default. What the real one takes is not known; the portal was seen with both in the form (E1).
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [...bases].map((base) => `${base}/vneid/callback`),
    },
  ];
}

function describePerson(person: Person): { sub: string } & Record<string, string> {
  const claims = {
    sub: person.vneidId,
    TechID: person.vneidId,
    LoaiTaiKhoan: '1',
    HoVaTen: person.fullName,
    SoDinhDanh: person.personalNumber,
  };
  if (person.vneidAccount !== 'organisation') return claims;
  return { ...claims, LoaiTaiKhoan: '2', TenDoanhNghiep: 'Hợp tác xã Mẫu', MaSoDoanhNghiep: '3900000000' };
}

/** No single sign-on: an authorization, and its continuation, sees no earlier session. */
const forgetSession: Middleware = async (ctx, next) => {
  const { cookie } = ctx.req.headers;
  if (cookie && ctx.path.startsWith('/vneid/auth')) {
    const kept = cookie.split(/;\s*/).filter((pair) => !pair.startsWith(COOKIES.session));
    ctx.req.headers.cookie = kept.join('; ');
  }
  await next();
};

async function showLogin(provider: Provider, ctx: Context): Promise<void> {
  const hint = await findInteraction(provider, ctx);
  if (hint === undefined) return;
  // Who is named by the client's login_hint is not asked (docs/sandbox.md).
  const named = ctx.method === 'GET' ? findPerson(hint) : undefined;
  if (named) return enter(provider, ctx, named);
  const holders = people.filter(({ id, vneidId }) => vneidId === `vneid-${id}`);
  await sendPage(ctx, {
    title: 'Đăng nhập VNeID',
    english: 'Sign in with VNeID: choose a test person',
    body: html`<form id="form-person" method="post" action="${ctx.path}">
<p><strong>Tây Ninh ID</strong> muốn biết họ tên và số định danh của bạn.</p>
${personButtons(holders.map(({ id, fullName }) => ({ id, label: fullName })))}
</form>`,
  });
}

async function finishLogin(provider: Provider, ctx: Context): Promise<void> {
  if ((await findInteraction(provider, ctx)) === undefined) return;
  const form = await readForm(ctx);
  const person = findPerson(form.get('person'));
  if (!person && !form.has('deny')) {
    await showLogin(provider, ctx);
    return;
  }
  await enter(provider, ctx, person);
}

/** Goes back with what this person is; undefined: they refused. */
async function enter(provider: Provider, ctx: Context, person: Person | undefined): Promise<void> {
  let result: Parameters<Provider['interactionResult']>[2];
  if (!person) result = { error: 'access_denied', error_description: 'the citizen refused' };
  else if (person.vneidAccount === 'locked') {
    result = { error: 'access_denied', error_description: 'the account is locked' };
  } else result = { login: { accountId: person.vneidId, acr: 'LoA2', amr: ['vneid'], remember: false } };
  const returnTo = await provider.interactionResult(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: false,
  });
  ctx.status = 303;
  ctx.redirect(returnTo);
}

/**
 * The login_hint of the sign-in that this browser has under way at this address, or ''; undefined when there is none, and
 * a page has been sent that says so.
 */
async function findInteraction(provider: Provider, ctx: Context): Promise<string | undefined> {
  try {
    const { params } = await provider.interactionDetails(ctx.req, ctx.res);
    return typeof params.login_hint === 'string' ? params.login_hint : '';
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    await sendPage(ctx, {
      status: 400,
      title: 'Phiên đăng nhập đã hết',
      english: 'This sign-in is over; start again from the app',
      body: html``,
    });
    return undefined;
  }
}

/** The provider's artefacts in memory; it checks their expiry itself. */
function createMemoryAdapter({ clock }: Deps): (model: string) => Adapter {
  const store = new ExpiringMap<AdapterPayload>(clock);
  const byUid = new ExpiringMap<string>(clock);
  const byGrant = new ExpiringMap<string[]>(clock);
  return (model) => {
    const find = async (id: string) => store.get(`${model}:${id}`);
    return {
      find,
      upsert: async (id, payload, expiresIn = 3600) => {
        store.set(`${model}:${id}`, payload, expiresIn);
        if (payload.uid) byUid.set(`${model}:${payload.uid}`, id, expiresIn);
        if (payload.grantId && model !== 'Grant') {
          byGrant.set(
            payload.grantId,
            [...(byGrant.get(payload.grantId) ?? []), `${model}:${id}`],
            expiresIn,
          );
        }
      },
      findByUid: async (uid) => find(byUid.get(`${model}:${uid}`) ?? ''),
      findByUserCode: async () => undefined,
      consume: async (id) => {
        const payload = await find(id);
        if (payload) payload.consumed = Math.floor(clock().getTime() / 1000);
      },
      destroy: async (id) => store.delete(`${model}:${id}`),
      revokeByGrantId: async (grantId) => {
        for (const key of byGrant.take(grantId) ?? []) store.delete(key);
      },
    };
  };
}
