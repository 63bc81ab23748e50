/**
 * The Mini App's door (Tây Ninh Smart inside Zalo, where there is no redirect): what it exchanges for our tokens
 * (zalo-subject, steps), and its steps out onto our pages, for level2 or the account, and back.
 *
 * A step is an ordinary authorization request of the Mini App's client, whose redirect address is ours: every rule of
 * oidc/policy holds, the screens are those of any sign-in, and the code that comes back never leaves this house.
 * Invariant: what a step proved goes to the app that began it, about the account it was begun for, and to nobody else.
 */
import Router from '@koa/router';
import type { InteractionResults } from 'oidc-provider';
import { z } from 'zod';
import { findAccount } from '../account/accounts.ts';
import { deviceOf, noteDevice } from '../account/devices.ts';
import { performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { browserHashOf } from '../http/browser.ts';
import { showApiErrors } from '../http/error-page.ts';
import { readJson } from '../http/json.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { Context } from '../http/state.ts';
import { readBearer } from '../interaction/bearer.ts';
import type { Interaction } from '../interaction/finish.ts';
import type { SubjectReaders } from '../oidc/token-exchange.ts';
import { clientMembers, miniAppReturnPath } from '../registry/registry.ts';
import type { Scope } from './pages.ts';
import {
  createStep,
  HANDLE_SECONDS,
  MINI_APP_STEP,
  readStepSubject,
  STEP_SECONDS,
  takeSignIn,
} from './steps.ts';
import { readZaloSubject, ZALO_ACCESS_TOKEN } from './zalo-subject.ts';

/** What a Mini App may exchange (RFC 8693 §3). */
export function miniAppSubjects(scope: { deps: Deps; limits: RateLimits }): SubjectReaders {
  return { [ZALO_ACCESS_TOKEN]: readZaloSubject(scope), [MINI_APP_STEP]: readStepSubject(scope.deps) };
}

/** The addresses that a Mini App's page calls, in Zalo's web view: CORS is for these. */
export const miniAppPaths: ReadonlyMap<string, string> = new Map([
  ['/mini-app/steps', 'POST'],
  ['/cccd/readings', 'POST'],
  ['/cccd/readings/current', 'GET'],
  ['/cccd/scans', 'POST'],
]);

const newStep = z.object({
  page: z.enum(['step_up', 'account']),
  scope: z.string().max(1000).optional(),
  resource: z.string().max(500).optional(),
});

export function miniAppApi({ deps, provider }: Scope): Router {
  const router = new Router({ prefix: '/mini-app/steps' });
  router.use(showApiErrors(deps) as never);

  router.post('/', async (ctx: Context) => {
    const { accountId, client, token } = await readBearer(deps, provider, ctx, clientMembers.miniApp);
    const { page, scope, resource } = await readJson(ctx, newStep);
    const { extra, jkt } = token as { extra?: { auth_time?: unknown }; jkt?: unknown };
    const { id, handle } = await createStep(deps, {
      accountId,
      clientId: client.clientId,
      page,
      address: ctx.ip,
      // Level2 lasts as long as one access token, so there is nothing to refresh (docs/mini-app.md).
      scopes: [...new Set(['openid', ...(scope?.split(' ').filter(Boolean) ?? [])])].filter(
        (name) => name !== 'offline_access',
      ),
      ...(resource ? { resource } : {}),
      authTime: Number(extra?.auth_time ?? 0),
      ...(jkt ? { jkt: String(jkt) } : {}),
    });
    ctx.status = 201;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = {
      id,
      url: `${deps.config.issuer}/mini-app/open?handle=${handle}`,
      url_expires_in: HANDLE_SECONDS,
      expires_in: STEP_SECONDS,
    };
  });
  return router;
}

/**
 * Signs in whoever has just opened a handle in this very browser: level1, as in the Mini App and at that time. Undefined
 * where there is none: then the citizen signs in as anybody does.
 */
export function arriveFromMiniApp(deps: Deps) {
  return async (ctx: Context, { params }: Interaction): Promise<InteractionResults['login'] | undefined> => {
    if (params.redirect_uri !== `${deps.config.issuer}${miniAppReturnPath}`) return undefined;
    const browserHash = browserHashOf(deps, ctx);
    const step = browserHash && (await takeSignIn(deps, { state: String(params.state), browserHash }));
    if (step?.clientId !== params.client_id || !step) return undefined;
    const { accountId, clientId: client, kept } = step;
    const account = await findAccount(deps.db, accountId, deps.clock());
    if (account?.status !== 'active') throw new AppError('account_suspended');
    await performAct(deps, async (act) => {
      await noteDevice(act, { accountId, ...deviceOf(deps, ctx) });
      act.record({ event: 'sign_in.succeeded', account: accountId, client, method: 'zalo', level: 'level1' });
    });
    return { accountId, acr: 'level1', amr: ['zalo'], ts: kept.authTime };
  };
}
