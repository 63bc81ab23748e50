/**
 * Zalo in miniature, under /zalo: OAuth v4 sign-in, the Graph calls of web and Mini App, to the letter of the facts
 * gathered about the real one: string `expires_in`, errors with HTTP 200, `appsecret_proof`, S256 without a method
 * parameter, no callback at all for a wrong app or address.
 *
 * It asks for no password: the test person is a button. What it refuses it refuses as Zalo does; what Zalo does on a
 * bad day is chosen with the `fault` field (zalo-faults.ts).
 */
import Router from '@koa/router';
import { html } from 'hono/html';
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { personButtons, readForm, readQuery, sendPage } from './page.ts';
import { findPerson, people } from './people.ts';
import { faults, findFault } from './zalo-faults.ts';
import { addGraphRoutes } from './zalo-graph.ts';
import { createZaloState, lifetime, type ZaloState } from './zalo-state.ts';
import { addTokenRoute } from './zalo-token.ts';

type PermissionRequest = {
  appId: string;
  redirectUri: string;
  codeChallenge: string;
  state: string | undefined;
};

export function createZalo(deps: Deps): Router {
  const state = createZaloState(deps);
  const router = new Router({ prefix: '/zalo' });
  router.get('/v4/permission/error', showError);
  router.get('/v4/permission', async (ctx) => {
    const request = readPermission((name) => readQuery(ctx, name));
    // Who is named by the client's login_hint is not asked (docs/sandbox.md).
    const person = findPerson(readQuery(ctx, 'login_hint'));
    if (!person) return askPermission(deps, ctx, request);
    if (!checkApp(deps, ctx, request)) return;
    const code = deps.random(32).toString('base64url');
    const { codeChallenge, redirectUri, state: asked } = request;
    state.codes.set(code, { person, fault: findFault(undefined), codeChallenge }, lifetime.code);
    const answer = new URLSearchParams({ code, ...(asked === undefined ? {} : { state: asked }) });
    ctx.redirect(`${redirectUri}?${answer}`);
  });
  router.post('/v4/permission', (ctx) => decidePermission(deps, state, ctx));
  addTokenRoute(deps, state, router);
  addGraphRoutes(deps, state, router);
  return router;
}

function readPermission(read: (name: string) => string | null | undefined): PermissionRequest {
  return {
    appId: read('app_id') ?? '',
    redirectUri: read('redirect_uri') ?? '',
    codeChallenge: read('code_challenge') ?? '',
    state: read('state') ?? undefined,
  };
}

/** True when app and address are ours. Otherwise the person ends on Zalo's own page: the app is told nothing. */
function checkApp({ config }: Deps, ctx: Context, { appId, redirectUri }: PermissionRequest): boolean {
  const callbacks = [config.issuer, `http://127.0.0.1:${config.port}`, `http://localhost:${config.port}`];
  let error: number | undefined;
  if (appId !== config.zalo?.appId) error = -14002;
  else if (!callbacks.some((base) => redirectUri === `${base}/zalo/callback`)) error = -14003;
  if (error) ctx.redirect(`/zalo/v4/permission/error?error_code=${error}`);
  return error === undefined;
}

async function askPermission(deps: Deps, ctx: Context, request: PermissionRequest): Promise<void> {
  if (!checkApp(deps, ctx, request)) return;
  await sendPage(ctx, {
    title: 'Đăng nhập bằng Zalo',
    english: 'Sign in with Zalo: choose a test person',
    body: html`<form id="form-person" method="post" action="/zalo/v4/permission">
<input type="hidden" name="app_id" value="${request.appId}">
<input type="hidden" name="redirect_uri" value="${request.redirectUri}">
<input type="hidden" name="code_challenge" value="${request.codeChallenge}">
${request.state === undefined ? '' : html`<input type="hidden" name="state" value="${request.state}">`}
<p><strong>Tây Ninh ID</strong> muốn biết tên và ảnh đại diện của bạn.</p>
${personButtons(people.map(({ id, zaloName }) => ({ id, label: zaloName })))}
<label for="fault">Lỗi muốn thử <small lang="en">Fault to try</small></label>
<select id="fault" name="fault">${[...faults].map(
      ([name, { label }]) => html`<option value="${name}">${name} – ${label}</option>`,
    )}</select>
</form>`,
  });
}

async function decidePermission(deps: Deps, state: ZaloState, ctx: Context): Promise<void> {
  const form = await readForm(ctx);
  const request = readPermission((name) => form.get(name));
  // The hidden fields have been in a browser, so they are checked again.
  if (!checkApp(deps, ctx, request)) return;

  const answer = new URLSearchParams();
  const person = findPerson(form.get('person'));
  if (form.has('deny')) {
    // How the real one says it is not known; apps in the wild read `error` (facts: reported).
    answer.set('error', 'access_denied');
    answer.set('error_description', 'User denied');
  } else if (!person) {
    await askPermission(deps, ctx, request);
    return;
  } else {
    const code = deps.random(32).toString('base64url');
    const fault = findFault(form.get('fault'));
    state.codes.set(code, { person, fault, codeChallenge: request.codeChallenge }, lifetime.code);
    answer.set('code', code);
  }
  if (request.state !== undefined) answer.set('state', request.state);
  const fault = findFault(form.get('fault'));
  if (fault.stage === 'callback' && !fault.bend(answer)) {
    ctx.redirect('/zalo/v4/permission/error?error_code=-14019');
    return;
  }
  ctx.redirect(`${request.redirectUri}?${answer}`);
}

async function showError(ctx: Context): Promise<void> {
  await sendPage(ctx, {
    title: 'Zalo không cho đăng nhập',
    english: 'Zalo shows this page itself and never calls back',
    body: html`<p>Mã lỗi <code>${readQuery(ctx, 'error_code') ?? '?'}</code></p>`,
  });
}
