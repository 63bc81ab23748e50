/**
 * A Mini App in miniature, under /mini-app: what Tây Ninh Smart does inside Zalo, as plain forms. It has no redirect and
 * no secret: it exchanges Zalo's tokens for ours, and for level2 it opens our page in a web view and comes back.
 *
 * The real one calls the provider from its page (docs/mini-app.md); here the sandbox's server makes the same calls, so
 * that everything works without a script.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { ask, exchange, type MiniAppSession, STEP, ZALO_TOKEN } from './mini-app-calls.ts';
import { showMiniApp, showMiniAppSignIn } from './mini-app-pages.ts';
import { readForm, sendPage } from './page.ts';
import { ExpiringMap } from './store.ts';

const COOKIE = 'demo_mini_app';
const LIFETIME = 8 * 3600;

const minted = z.object({ access_token: z.string(), phone_token: z.string().nullable() });
const step = z.object({ id: z.string(), url: z.string() });

export function createMiniApp(deps: Deps): Router {
  const sessions = new ExpiringMap<MiniAppSession>(deps.clock);
  const router = new Router({ prefix: '/mini-app' });
  const begin = (ctx: Context, session: MiniAppSession): MiniAppSession => {
    const id = deps.random(32).toString('base64url');
    sessions.set(id, session, LIFETIME);
    ctx.cookies.set(COOKIE, id, { httpOnly: true, sameSite: 'lax', path: '/mini-app', signed: false });
    return session;
  };
  const read = (ctx: Context) =>
    sessions.get(ctx.cookies.get(COOKIE, { signed: false }) ?? '') ?? begin(ctx, {});
  const show = async (ctx: Context, session: MiniAppSession) => {
    const { notice } = session;
    delete session.notice;
    await sendPage(ctx, session.tokens ? showMiniApp(session, notice) : showMiniAppSignIn(notice));
  };

  router.get('/', (ctx) => show(ctx, read(ctx)));
  router.post('/sign-in', async (ctx) => {
    const session = begin(ctx, {});
    await signIn(deps, session, await readForm(ctx));
    await show(ctx, session);
  });
  // What openWebview() is given.
  router.post('/step', async (ctx) => {
    const session = read(ctx);
    const url = await stepOut(deps, session, await readForm(ctx));
    if (!url) return show(ctx, session);
    ctx.status = 303;
    ctx.redirect(url);
  });
  // The web view was closed, or our page led back here: the id is exchanged.
  const finish = async (ctx: Context) => {
    const session = read(ctx);
    await comeBack(deps, session);
    await show(ctx, session);
  };
  router.get('/return', finish);
  router.post('/return', finish);
  router.post('/dossier', async (ctx) => {
    const session = read(ctx);
    await fileDossier(deps, session, await readForm(ctx));
    await show(ctx, session);
  });
  router.post('/sign-out', async (ctx) => {
    begin(ctx, {});
    ctx.status = 303;
    ctx.redirect('/mini-app');
  });
  return router;
}

async function signIn(deps: Deps, session: MiniAppSession, form: URLSearchParams): Promise<void> {
  // getAccessToken() and getPhoneNumber().
  const zalo = await ask(deps, `http://localhost:${deps.config.sandboxPort}/zalo/miniapp/tokens`, {
    form: Object.fromEntries(form),
  });
  const given = minted.safeParse(zalo.body);
  if (!given.success) return void Object.assign(session, { notice: 'unknown person' });
  const { access_token, phone_token } = given.data;
  const consent = form.get('consent');
  const answer = await exchange(deps, {
    subject_token: access_token,
    subject_token_type: ZALO_TOKEN,
    ...(phone_token ? { zalo_phone_token: phone_token } : {}),
    ...(consent ? { consent } : {}),
  });
  if (!answer.tokens) return void Object.assign(session, { notice: answer.error });
  session.tokens = answer.tokens;
  const { body } = await ask(deps, `${deps.config.issuer}/me`, { token: answer.tokens.access_token });
  if (typeof body.name === 'string') session.name = body.name;
  if (typeof body.phone_number === 'string') session.phone = body.phone_number;
}

async function stepOut(
  deps: Deps,
  session: MiniAppSession,
  form: URLSearchParams,
): Promise<string | undefined> {
  if (!session.tokens) return undefined;
  const answer = await ask(deps, `${deps.config.issuer}/mini-app/steps`, {
    token: session.tokens.access_token,
    json: { page: form.get('page') ?? 'step_up', ...(form.get('scope') ? { scope: form.get('scope') } : {}) },
  });
  const given = step.safeParse(answer.body);
  if (!given.success) {
    session.notice = `${answer.status} ${String(answer.body.error)}`;
    return undefined;
  }
  if (form.get('page') !== 'account') session.step = given.data.id;
  return given.data.url;
}

async function comeBack(deps: Deps, session: MiniAppSession): Promise<void> {
  if (!session.step) return;
  const answer = await exchange(deps, { subject_token: session.step, subject_token_type: STEP });
  if (answer.tokens) session.level2 = answer.tokens;
  else session.notice = answer.error;
  if (answer.error !== 'authorization_pending') delete session.step;
}

async function fileDossier(deps: Deps, session: MiniAppSession, form: URLSearchParams): Promise<void> {
  const answer = await ask(deps, `http://localhost:${deps.config.sandboxPort}/api/dossiers`, {
    token: session.level2?.access_token ?? '',
    json: { title: form.get('title') ?? '', text: form.get('text') ?? '' },
  });
  session.notice =
    answer.status === 201 ? String(answer.body.number) : `${answer.status} ${String(answer.body.error)}`;
}
