/** The two pages of a step: where a handle leads, which asks before it signs anybody in, and where the step ends. */
import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { miniAppBackPage, miniAppOpenPage } from '../../views/mini-app.ts';
import { findAccount } from '../account/accounts.ts';
import { findProfile } from '../account/identities.ts';
import { recordEvent } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { browserHashOf, browserOf, hashBrowser } from '../http/browser.ts';
import { readForm } from '../http/form.ts';
import { pageProps, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { clientMembers, miniAppReturnPath, type Registry } from '../registry/registry.ts';
import { findByHandle, finishStep, openStep, type Proved, type Step, takeReturn } from './steps.ts';

export type Scope = { deps: Deps; provider: Provider; registry: Registry };

const handleForm = z.object({ handle: z.string().max(100) });

export function miniAppRoutes(scope: Scope): Router {
  const { deps, provider } = scope;
  const router = new Router({ prefix: '/mini-app' });

  // Looking uses nothing up: chats open the addresses that are sent in them, to draw a picture of the page.
  router.get('/open', async (ctx: Context) => {
    const handle = String(ctx.query.handle ?? '');
    const step = await readHandle(scope, handle);
    const { accountId } = await provider.Session.get(ctx as never);
    const profile = await findProfile(deps.db, deps.keyring, 'zalo', step.accountId);
    const page = pageProps(ctx);
    // The other language must not lose the handle.
    const otherLanguageHref = `${page.otherLanguageHref}&handle=${encodeURIComponent(handle)}`;
    sendPage(
      ctx,
      miniAppOpenPage({
        page: { ...page, otherLanguageHref },
        clientName: nameOf(scope, ctx, step),
        ...(profile?.name ? { name: profile.name } : {}),
        toAccount: step.page === 'account',
        otherSignedIn: accountId !== undefined && accountId !== step.accountId,
        handle,
        openAction: '/mini-app/open',
        cancelAction: '/mini-app/leave',
      }),
    );
  });

  router.post('/open', async (ctx: Context) => {
    const { handle } = await readForm(ctx, handleForm);
    const step = await readHandle(scope, handle);
    const state = await openStep(deps, step, {
      browserHash: hashBrowser(browserOf(deps, ctx)),
      address: ctx.ip,
    });
    if (!state) throw new AppError('handle_unusable');
    const { accountId, clientId: client, page } = step;
    await recordEvent(deps, { event: 'mini_app.opened', account: accountId, client, page });
    const here = await provider.Session.get(ctx as never);
    ctx.status = 303;
    ctx.redirect(authorizationOf(scope, ctx, step, { state, signIn: here.accountId !== accountId }));
  });

  router.post('/leave', async (ctx: Context) => {
    const { handle } = await readForm(ctx, handleForm);
    const step = await readHandle(scope, handle);
    await end(scope, step, 'left');
    sendPage(ctx, showEnd(scope, ctx, step, false));
  });

  router.get(miniAppReturnPath.slice('/mini-app'.length), async (ctx: Context) => {
    const browserHash = browserHashOf(deps, ctx);
    const state = String(ctx.query.state ?? '');
    const returned = browserHash && (await takeReturn(deps, { state, browserHash }));
    if (!returned) throw new AppError('handle_unusable');
    const { step } = returned;
    const done = returned.first ? await conclude(scope, ctx, step) : returned.status !== 'denied';
    if (!done || step.page === 'step_up') return sendPage(ctx, showEnd(scope, ctx, step, done));
    ctx.status = 303;
    ctx.redirect('/account');
  });
  return router;
}

async function readHandle({ deps }: Scope, handle: string): Promise<Step> {
  const step = await findByHandle(deps, handle);
  if (!step) throw new AppError('handle_unusable');
  const account = await findAccount(deps.db, step.accountId, deps.clock());
  if (account?.status !== 'active') throw new AppError('account_suspended');
  return step;
}

/** The Mini App's own request. Another person who is signed in here is asked to make way: `prompt=login`. */
function authorizationOf(
  { deps }: Scope,
  ctx: Context,
  { clientId, page, kept }: Step,
  { state, signIn }: { state: string; signIn: boolean },
): string {
  const { issuer } = deps.config;
  const url = new URL('/auth', issuer);
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: `${issuer}${miniAppReturnPath}`,
    response_type: 'code',
    scope: page === 'step_up' ? kept.scopes.join(' ') : 'openid',
    state,
    // Nobody will ever know the verifier: the code is taken here and by nobody else.
    code_challenge: createHash('sha256').update(deps.random(32)).digest('base64url'),
    code_challenge_method: 'S256',
    ui_locales: ctx.state.lang,
    ...(signIn ? { prompt: 'login' } : {}),
    ...(page === 'step_up'
      ? { claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'level2' } } }) }
      : {}),
    ...(page === 'step_up' && kept.resource ? { resource: kept.resource } : {}),
  }).toString();
  return url.href;
}

/** Ends a step that came back; whether the citizen went through. */
async function conclude(scope: Scope, ctx: Context, step: Step): Promise<boolean> {
  const proved = await takeProof(scope, ctx, step);
  if (!proved) await end(scope, step, 'not_proved');
  else if (step.page === 'account') await finishStep(scope.deps, step, { status: 'used' });
  else await finishStep(scope.deps, step, { status: 'done', proved });
  return proved !== undefined;
}

/** What the step proved; undefined when the citizen turned back. Throws when it was somebody else who came through. */
async function takeProof({ deps, provider }: Scope, ctx: Context, step: Step): Promise<Proved | undefined> {
  const { code: given, error } = ctx.query;
  if (error !== undefined || typeof given !== 'string') return undefined;
  const code = await provider.AuthorizationCode.find(given);
  if (
    !code ||
    code.clientId !== step.clientId ||
    code.redirectUri !== `${deps.config.issuer}${miniAppReturnPath}`
  )
    return undefined;
  await code.consume();
  const { accountId, acr, amr, authTime, grantId, sessionUid, scopes, resource } = code as typeof code & {
    sessionUid?: string;
  };
  if (accountId !== step.accountId) {
    await end({ deps }, step, 'other_account');
    throw new AppError('handle_other_account');
  }
  if (step.page === 'step_up' && acr !== 'level2') return undefined;
  return {
    acr: acr === 'level2' ? 'level2' : 'level1',
    amr: amr ?? [],
    authTime: authTime ?? 0,
    grantId: grantId ?? '',
    sessionUid: sessionUid ?? '',
    scopes: [...scopes],
    ...(typeof resource === 'string' ? { resource } : {}),
  };
}

async function end({ deps }: Pick<Scope, 'deps'>, step: Step, reason: string): Promise<void> {
  if (!(await finishStep(deps, step, { status: 'denied' }))) return;
  const { accountId: account, clientId: client } = step;
  await recordEvent(deps, { event: 'mini_app.refused', account, client, reason });
}

function showEnd(scope: Scope, ctx: Context, step: Step, done: boolean): string {
  const returnUri = scope.registry.clientMetadata(step.clientId)?.[clientMembers.returnUri];
  return miniAppBackPage({
    page: pageProps(ctx),
    clientName: nameOf(scope, ctx, step),
    done,
    ...(typeof returnUri === 'string' ? { returnHref: returnUri } : {}),
  });
}

function nameOf({ registry }: Scope, ctx: Context, { clientId }: Step): string {
  return registry.clientName(clientId, ctx.state.lang) ?? clientId;
}
