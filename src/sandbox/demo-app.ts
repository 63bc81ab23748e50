/**
 * A relying party in miniature, under /app: signs citizens in and sends what they write to the demo service.
 *
 * It shows the one thing every app of the province must get right (RFC 9470): when the service wants more than the
 * session proves, the half-filled form stays, the citizen proves more, and comes back into the form. The app itself
 * never decides what a level is enough for; it does what the challenge says.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { type Challenge, parseChallenge } from '../guard/index.ts';
import { createDemoClient, type DemoClient } from './demo-app-client.ts';
import { formPaths, showDraft, showHome, showReceipt, showSignedOut } from './demo-app-pages.ts';
import { createSessions, type Draft, type Session, type Sessions, takeNotice } from './demo-app-session.ts';
import { readForm, readQuery, sendPage } from './page.ts';

const SORRY: Record<string, string> = {
  unmet_authentication_requirements: 'Chưa xác minh bằng căn cước nên chưa nộp được. Nội dung vẫn còn đây.',
  access_denied: 'Đã dừng giữa chừng. Nội dung vẫn còn đây.',
};

type Parts = { deps: Deps; client: DemoClient; sessions: Sessions };

export function createDemoApp(deps: Deps): Router {
  const parts: Parts = { deps, client: createDemoClient(deps), sessions: createSessions(deps) };
  const { client, sessions } = parts;
  const router = new Router({ prefix: '/app' });

  router.get('/', async (ctx) => {
    const session = sessions.read(ctx);
    const notice = takeNotice(session);
    await sendPage(ctx, session.signedIn ? showHome(session.signedIn, notice) : showSignedOut(notice));
  });
  router.get('/sign-in', async (ctx) => {
    const maxAge = readQuery(ctx, 'max_age');
    const wish = {
      acrValues: readQuery(ctx, 'acr_values')?.split(' '),
      scope: readQuery(ctx, 'scope')?.split(' '),
      prompt: readQuery(ctx, 'prompt'),
      maxAge: maxAge && /^\d{1,9}$/.test(maxAge) ? Number(maxAge) : undefined,
      essential: readQuery(ctx, 'essential') === '1',
    };
    redirect(ctx, await client.begin(ctx, sessions.read(ctx), wish));
  });
  router.get('/callback', (ctx) => finishSignIn(parts, ctx));
  router.post('/sign-out', async (ctx) => {
    const url = await client.signOutUrl(ctx);
    sessions.end(ctx);
    redirect(ctx, url);
  });
  addFormRoutes(parts, router, 'report');
  addFormRoutes(parts, router, 'dossier');
  return router;
}

function addFormRoutes(parts: Parts, router: Router, kind: Draft['kind']): void {
  const path = formPaths[kind].slice('/app'.length);
  router.post(path, async (ctx) => {
    const form = await readForm(ctx);
    const draft = { kind, title: form.get('title') ?? '', text: form.get('text') ?? '' };
    await sendToService(parts, ctx, draft);
  });
  router.get(path, async (ctx) => {
    const session = parts.sessions.read(ctx);
    const draft = session.drafts[kind] ?? { kind, title: '', text: '' };
    await sendPage(ctx, showDraft(draft, takeNotice(session)));
  });
  router.get(`${path}/:number`, async (ctx) => {
    const number = String(ctx.params.number);
    if (/^[A-Z]{2}-\d{4}-\d{6}$/.test(number)) await sendPage(ctx, showReceipt(kind, number));
  });
}

/** POST to the service as the citizen; on a challenge, keeps the form and goes to ask for what it names. */
async function sendToService(parts: Parts, ctx: Context, draft: Draft): Promise<void> {
  const { deps, sessions } = parts;
  const session = sessions.read(ctx);
  if (!session.signedIn) return stepUp(parts, ctx, session, draft, {});

  const base = `http://localhost:${deps.config.sandboxPort}/api`;
  const { kind, title, text } = draft;
  const response = await deps
    .fetch(kind === 'report' ? `${base}/reports` : `${base}/dossiers`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${session.signedIn.accessToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(kind === 'report' ? { text } : { title, text }),
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    })
    .catch(() => undefined);

  if (response?.status === 201) {
    const { number } = (await response.json()) as { number: string };
    delete session.drafts[kind];
    return redirect(ctx, `${formPaths[kind]}/${encodeURIComponent(number)}`);
  }
  await response?.body?.cancel();
  const challenge = parseChallenge(response?.headers.get('www-authenticate'));
  if (challenge?.error) return stepUp(parts, ctx, session, draft, challenge);
  if (response?.status === 422) return sendPage(ctx, showDraft(draft, 'Xin điền đủ các ô.', 422));
  await sendPage(ctx, showDraft(draft, 'Dịch vụ đang bận, xin gửi lại sau ít phút.', 503));
}

/** A new authorization request for what the challenge names: level, age, scope (RFC 9470 section 4). */
async function stepUp(
  { client }: Parts,
  ctx: Context,
  session: Session,
  draft: Draft,
  challenge: Challenge,
): Promise<void> {
  const { acrValues, scope, maxAge } = challenge;
  redirect(ctx, await client.begin(ctx, session, { acrValues, scope, maxAge, draft }));
}

/** Back from the provider: to the home page, or into the form the citizen had left. */
async function finishSignIn({ client, sessions }: Parts, ctx: Context): Promise<void> {
  const session = sessions.read(ctx);
  const before = session.signedIn;
  const outcome = await client.finish(ctx, session);
  const draft = outcome.pending?.draft;
  if (draft) session.drafts[draft.kind] = draft;

  if ('error' in outcome) {
    session.notice = SORRY[outcome.error] ?? `Chưa làm xong được (${outcome.error}).`;
  } else {
    const { signedIn, pending } = outcome;
    session.signedIn = signedIn;
    // Somebody else signed in on the way: what the first one wrote is not theirs to see or to send.
    const changed = before !== undefined && before.sub !== signedIn.sub;
    if (changed) session.drafts = {};
    sessions.renew(ctx, session);
    if (draft) session.notice = describeReturn(changed, pending.needed, signedIn.level);
    if (changed) return redirect(ctx, '/app');
  }
  redirect(ctx, draft ? formPaths[draft.kind] : '/app');
}

function describeReturn(changed: boolean, needed: string | undefined, level: string): string | undefined {
  if (changed) return 'Đã đăng nhập bằng tài khoản khác, nên biểu mẫu trước không còn.';
  if (needed !== undefined && needed !== level) return SORRY.unmet_authentication_requirements;
  return 'Đã xác minh xong. Giờ bấm gửi là được.';
}

function redirect(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.set('Cache-Control', 'no-store');
  ctx.redirect(url);
}
