/** The way into the console and out of it: password, then a second factor, each on a page of its own. */
import { z } from 'zod';
import { consoleFactorPage, consoleSignInPage } from '../../views/console-sign-in.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { normaliseLogin } from '../officer/officers.ts';
import { beginSession, completeSession, endSession } from '../officer/sessions.ts';
import { checkFactor, checkPassword } from '../officer/sign-in.ts';
import { askFactor, placeFor, proofOf, sayRefusal } from './factor.ts';
import { findSession, keepSession, wantedPage } from './guard.ts';
import { consoleProps, goTo, readFields, sentenceFor } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type Scope, type SignedInVisit, type Visit } from './rights.ts';

const BROWSER_MS = 180 * 86_400_000;
const credentials = z.object({
  login: z.string().max(100),
  password: z.string().max(400),
  to: z.string().max(300).optional(),
});

export const signInRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/sign-in', { right: 'anyone' }, async ({ scope, ctx }) => {
    const session = await findSession(scope, ctx);
    if (session?.factorAt) return goTo(ctx, '/console');
    showSignIn(ctx, { to: wantedPage(ctx.query.to) });
  }),

  consoleRoute('post', '/sign-in', { right: 'anyone' }, (visit) =>
    visit.scope.hasher.within(() => takePassword(visit)),
  ),

  consoleRoute('get', '/sign-in/factor', { right: 'password' }, (visit) =>
    showFactor(visit, { to: wantedPage(visit.ctx.query.to) }),
  ),

  consoleRoute('post', '/sign-in/factor', { right: 'password' }, takeFactor),

  consoleRoute('post', '/sign-out', { right: 'own' }, async ({ scope, ctx, session, officer }) => {
    await performAct(scope.deps, async (act) => {
      await endSession(act, session.idHash);
      act.record({ event: 'officer.signed_out', officer: officer.id, actor: officer.id });
    });
    keepSession(scope, ctx, null);
    goTo(ctx, '/console/sign-in?done=signed_out');
  }),
];

async function takePassword(visit: Visit): Promise<void> {
  const { scope, ctx } = visit;
  const { deps } = scope;
  const { login, password, to } = readFields(visit, credentials);
  const browser = browserOf(scope, ctx, login);
  const answer = await checkPassword(scope, { login, password, browser });
  if (answer.outcome !== 'right') {
    const { refusals } = messagesFor(ctx.state.lang).console.signIn;
    const error = answer.until ? sayRefusal(ctx, answer, deps.clock()) : refusals.wrongPassword;
    return showSignIn(ctx, { to: wantedPage(to), login, error });
  }
  const { officer } = answer;
  const token = await performAct(deps, (act) => beginSession(act, deps.random, officer.id));
  keepSession(scope, ctx, token);
  const wanted = wantedPage(to);
  goTo(ctx, `/console/sign-in/factor${wanted === '/console' ? '' : `?to=${encodeURIComponent(wanted)}`}`);
}

async function takeFactor(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, session, officer, fields } = visit;
  const { deps } = scope;
  const to = wantedPage(fields.to);
  const answer = await checkFactor(
    scope,
    { officer, proof: proofOf(fields) ?? {}, place: placeFor(scope, ctx, session.idHash) },
    async (act, kind) => {
      const token = await completeSession(act, deps.random, session);
      if (token) act.record({ event: 'officer.signed_in', officer: officer.id, kind, actor: officer.id });
      return token;
    },
  );
  if (answer.outcome !== 'right')
    return showFactor(visit, { to, error: sayRefusal(ctx, answer, deps.clock()) });
  keepSession(scope, ctx, answer.result ?? null);
  if (answer.result) keepBrowser(scope, ctx, officer.login);
  goTo(ctx, answer.result ? to : '/console/sign-in');
}

function showSignIn(ctx: Context, given: { to: string; login?: string; error?: string }): void {
  const { signIn } = messagesFor(ctx.state.lang).console;
  const done = sentenceFor({ signed_out: signIn.signedOut, ready: signIn.ready }, ctx.query.done);
  const page = consoleProps({ ctx });
  sendPage(ctx, consoleSignInPage({ page, ...given, ...(done ? { done } : {}) }), given.error ? 403 : 200);
}

async function showFactor(visit: SignedInVisit, given: { to: string; error?: string }): Promise<void> {
  const { scope, ctx, session, officer } = visit;
  const factor = await askFactor(scope, ctx, { officer, idHash: session.idHash });
  const page = consoleProps({ ctx });
  sendPage(ctx, consoleFactorPage({ page, factor, ...given }), given.error ? 403 : 200);
}

/**
 * A browser that this login was completed in before: its wrong passwords are counted apart (officer/sign-in). It opens
 * nothing; sealed, so that nobody can make one.
 */
function browserOf({ deps }: Scope, ctx: Context, login: string): string | undefined {
  const kept = ctx.cookies.get(browserCookie(deps.config), { signed: false });
  if (!kept) return undefined;
  try {
    const opened = deps.keyring.open('login', 'officer-browser', Buffer.from(kept, 'base64url')).toString();
    const at = opened.indexOf(' ');
    return opened.slice(at + 1) === normaliseLogin(login) ? opened.slice(0, at) : undefined;
  } catch {
    return undefined;
  }
}

function keepBrowser({ deps }: Scope, ctx: Context, login: string): void {
  const { keyring, random, config } = deps;
  const secure = config.issuer.startsWith('https:');
  const name = `${random(12).toString('base64url')} ${login}`;
  ctx.cookies.set(
    browserCookie(config),
    keyring.seal('login', 'officer-browser', name).toString('base64url'),
    {
      httpOnly: true,
      sameSite: 'strict',
      signed: false,
      maxAge: BROWSER_MS,
      ...(secure ? { secure, path: '/' } : { path: '/console' }),
    },
  );
}

function browserCookie({ issuer }: Scope['deps']['config']): string {
  return issuer.startsWith('https:') ? '__Host-tnid_officer_browser' : 'tnid_officer_browser';
}
