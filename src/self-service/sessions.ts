/** Where the citizen is signed in, and how to end it: one, all others, or everything. */
import Router from '@koa/router';
import { accountSessionsPage } from '../../views/account-list.ts';
import { messagesFor } from '../../views/messages.ts';
import { type Device, listDevices, sayDevice } from '../account/devices.ts';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { pageProps, sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { endAllSessions, endSession, listSessions, type SessionEntry } from '../oidc/sessions.ts';
import { accountClientId } from '../registry/registry.ts';
import { requireCitizen, type Scope } from './citizen.ts';

const page = '/account/sessions';

export function sessionsRoutes(scope: Scope): Router {
  const { deps } = scope;
  const router = new Router({ prefix: page });
  const back = (ctx: Context) => {
    ctx.status = 303;
    ctx.redirect(`${page}?done=ended`);
  };

  router.get('/', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (!citizen) return;
    const [sessions, devices] = await Promise.all([
      listSessions(deps, citizen.accountId),
      listDevices(deps.db, citizen.accountId),
    ]);
    const lines = sessions.map((session) => showSession(scope, ctx, session, devices, citizen.session));
    const text = messagesFor(ctx.state.lang).account.sessions;
    sendPage(
      ctx,
      accountSessionsPage({
        page: pageProps(ctx),
        ...(ctx.query.done === 'ended' ? { done: text.ended } : {}),
        sessions: lines,
        ...(sessions.length > 1 ? { endOthersAction: `${page}/end-others` } : {}),
        endAllAction: `${page}/end-all`,
      }),
    );
  });

  router.post('/:id/end', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, { page });
    if (!citizen) return;
    const { accountId } = citizen;
    const id = String(ctx.params.id);
    const end = { accountId, reason: 'citizen', grantReason: 'signed_out' } as const;
    const ended = await performAct(deps, (act) => endSession(act, scope, { ...end, id }));
    if (!ended) throw new AppError('not_found', { backHref: page });
    back(ctx);
  });

  // The others end as sessions; what a service may do without one stays. "Everything" means everything.
  for (const [path, everything] of [
    ['/end-others', false],
    ['/end-all', true],
  ] as const) {
    router.post(path, async (ctx: Context) => {
      const citizen = await requireCitizen(scope, ctx, { page });
      if (!citizen) return;
      const { accountId, session } = citizen;
      const end = { accountId, reason: 'citizen', grantReason: 'signed_out' } as const;
      await performAct(deps, (act) =>
        endAllSessions(act, scope, {
          ...end,
          tokens: everything,
          ...(everything ? {} : { except: session }),
        }),
      );
      back(ctx);
    });
  }
  return router;
}

function showSession(
  { registry }: Scope,
  ctx: Context,
  session: SessionEntry,
  devices: readonly Device[],
  current: string,
) {
  const { sessions: text, methods } = messagesFor(ctx.state.lang).account;
  const device = devices.find(({ hash }) => session.deviceHash?.equals(hash));
  const how = session.amr.map((method) => methods[method] ?? method).join(', ');
  const clients = session.clients
    .filter(({ clientId }) => clientId !== accountClientId)
    .map(({ clientId }) => registry.clientName(clientId, ctx.state.lang) ?? clientId);
  return {
    name: (device && sayDevice(ctx, device.label)) || text.unknown,
    current: session.id === current,
    lines: [
      text.signedIn(sayWhen(ctx, session.signedInAt), how),
      ...(device ? [text.lastSeen(sayWhen(ctx, device.lastSeenAt))] : []),
      ...(clients.length > 0 ? [text.services(clients.join(', '))] : []),
    ],
    endAction: `${page}/${session.id}/end`,
  };
}
