/**
 * The guard before every route of the console: session → right → step-up → the route.
 *
 * An act that asks for the factor again is answered with the page that asks for it, which carries along what was sent and
 * sends it once more with the factor: nothing that was typed is lost, and nothing is done before. The session's cookie is
 * of this host alone and goes with no request from another site (RFC 6265bis, `__Host-`, SameSite=Strict).
 */
import Router from '@koa/router';
import { z } from 'zod';
import { consoleConfirmPage } from '../../views/console-sign-in.ts';
import { AppError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import { sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { isFresh, type OfficerSession, readSession, refreshSession } from '../officer/sessions.ts';
import { checkFactor } from '../officer/sign-in.ts';
import { askFactor, placeFor, proofOf, sayRefusal } from './factor.ts';
import { consoleProps, goTo } from './pages.ts';
import {
  type ConsoleRoute,
  consoleRoute,
  type Fields,
  hasRight,
  type Scope,
  type SignedInVisit,
} from './rights.ts';

const PREFIX = '/console';
const ours = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
const innerPath = z.string().regex(/^\/console(\/[\w-]+)*$/);

/** Mounts these routes and nothing else. */
export function guardRoutes(scope: Scope, routes: readonly ConsoleRoute[]): Router {
  const router = new Router({ prefix: PREFIX });
  for (const route of routes) {
    router[route.method](route.path || '/', (ctx: Context) => admit(scope, route, ctx));
  }
  return router;
}

async function admit(scope: Scope, { rule, handle }: ConsoleRoute, ctx: Context): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  const sent = ctx.method === 'POST' ? await readForm(ctx, ours) : {};
  const session = await findSession(scope, ctx, rule.quiet);
  const fields = session && sent.carried ? openCarried(scope, ctx, session, sent) : sent;
  // Without a session only a route for anyone runs, and that does not look at it.
  const visit = { scope, ctx, fields, session, officer: session?.officer } as SignedInVisit;
  if (rule.right === 'anyone') return handle(visit);
  if (!session) return goTo(ctx, `/console/sign-in${wayBack(ctx)}`);
  if (rule.right === 'password') return session.factorAt ? goTo(ctx, PREFIX) : handle(visit);
  if (!session.factorAt) return goTo(ctx, '/console/sign-in/factor');
  if (!hasRight(session.officer, rule.right)) throw new AppError('forbidden', { backHref: PREFIX });
  if (rule.stepUp && !isFresh(session, scope.deps.clock()) && !(await confirm(visit))) return;
  await handle(visit);
}

/** The session behind this browser's cookie. */
export async function findSession(
  { deps }: Scope,
  ctx: Context,
  quiet = false,
): Promise<OfficerSession | undefined> {
  const token = ctx.cookies.get(cookieName(deps.config), { signed: false });
  return token ? readSession(deps.db, token, deps.clock(), quiet) : undefined;
}

/** Keeps a session's token in the browser; null takes it away. It goes when the browser is closed. */
export function keepSession({ deps }: Scope, ctx: Context, token: string | null): void {
  const secure = deps.config.issuer.startsWith('https:');
  ctx.cookies.set(cookieName(deps.config), token, {
    httpOnly: true,
    sameSite: 'strict',
    signed: false,
    overwrite: true,
    // A name with `__Host-` needs the whole host; without https there is none, and the path is the console's.
    ...(secure ? { secure, path: '/' } : { path: PREFIX }),
  });
}

function cookieName({ issuer }: Scope['deps']['config']): string {
  return issuer.startsWith('https:') ? '__Host-tnid_officer' : 'tnid_officer';
}

/** Whether the factor was used now; if not, the page that asks for it was sent. */
async function confirm(visit: SignedInVisit): Promise<boolean> {
  const { ctx, fields } = visit;
  const proof = proofOf(fields);
  const checked = proof && (await useFactor(visit, fields));
  if (checked === true) return true;
  const posted = ctx.method === 'POST';
  await showConfirm(visit, {
    action: posted ? ctx.path : `${PREFIX}/confirm`,
    carried: posted ? fields : { to: ctx.path },
    ...(checked ? { error: checked } : {}),
  });
  return false;
}

/** True when the factor is right, else what the officer is told. */
async function useFactor(visit: SignedInVisit, fields: Fields): Promise<true | string> {
  const { scope, ctx, session, officer } = visit;
  const { deps } = scope;
  const answer = await checkFactor(
    scope,
    { officer, proof: proofOf(fields) ?? {}, place: placeFor(scope, ctx, session.idHash) },
    async (act, kind) => {
      await refreshSession(act, session.idHash);
      act.record({ event: 'officer.confirmed', officer: officer.id, kind, actor: officer.id });
    },
  );
  return answer.outcome === 'right' ? true : sayRefusal(ctx, answer, deps.clock());
}

async function showConfirm(
  visit: SignedInVisit,
  { action, carried, error }: { action: string; carried: Fields; error?: string },
): Promise<void> {
  const { scope, ctx, session, officer } = visit;
  const { code: _code, passkey: _passkey, ...rest } = carried;
  const sealed = scope.deps.keyring.seal('login', contextOf(action, session), JSON.stringify(rest));
  const props = {
    page: consoleProps(visit),
    factor: await askFactor(scope, ctx, { officer, idHash: session.idHash }),
    action,
    carried: sealed.toString('base64url'),
    ...(error ? { error } : {}),
  };
  sendPage(ctx, consoleConfirmPage(props), 403);
}

/** What was sent before the factor was asked for; sealed for this session and this address, so that it is what it was. */
function openCarried({ deps }: Scope, ctx: Context, session: OfficerSession, sent: Fields): Fields {
  const { carried, code, passkey } = sent;
  try {
    const sealed = Buffer.from(String(carried), 'base64url');
    const opened = deps.keyring.open('login', contextOf(ctx.path, session), sealed);
    return { ...ours.parse(JSON.parse(opened.toString())), code: code ?? '', passkey: passkey ?? '' };
  } catch (cause) {
    throw new AppError('bad_request', { cause });
  }
}

function contextOf(action: string, { idHash }: OfficerSession): string {
  return `confirm/${action}/${idHash.toString('base64url')}`;
}

/** A page that was asked for with GET: after the factor the browser goes there again. */
export const confirmRoute = consoleRoute('post', '/confirm', { right: 'own' }, async (visit) => {
  const { ctx, fields } = visit;
  const to = innerPath.safeParse(fields.to).data ?? PREFIX;
  const checked = await useFactor(visit, fields);
  if (checked === true) return goTo(ctx, to);
  await showConfirm(visit, { action: `${PREFIX}/confirm`, carried: { to }, error: checked });
});

/** `?to=` for a page that was asked for before signing in. */
function wayBack(ctx: Context): string {
  const to = ctx.method === 'GET' ? innerPath.safeParse(ctx.path).data : undefined;
  return to && to !== PREFIX ? `?to=${encodeURIComponent(to)}` : '';
}

/** Where to go after signing in. */
export function wantedPage(text: unknown): string {
  return innerPath.safeParse(text).data ?? PREFIX;
}
