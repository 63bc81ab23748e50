/** What the citizen was told, twenty on a page; a page is named by the notice before its first one. */
import Router from '@koa/router';
import { z } from 'zod';
import { accountNoticesPage } from '../../views/account-notices.ts';
import { messagesFor } from '../../views/messages.ts';
import { sayDevice } from '../account/devices.ts';
import { pageProps, sayDay, sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { listNotices, type ToldNotice } from '../notify/outbox.ts';
import { requireCitizen, type Scope } from './citizen.ts';

const page = '/account/notices';
const PER_PAGE = 20;

export function noticesRoutes(scope: Scope): Router {
  const router = new Router({ prefix: page });
  router.get('/', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (!citizen) return;
    const before = z.uuid().safeParse(ctx.query.before).data;
    const found = await listNotices(scope.deps.db, citizen.accountId, { before, limit: PER_PAGE + 1 });
    const shown = found.slice(0, PER_PAGE);
    const last = shown.at(-1);
    sendPage(
      ctx,
      accountNoticesPage({
        page: pageProps(ctx),
        notices: shown.map((notice) => showNotice(ctx, notice)),
        ...(found.length > PER_PAGE && last ? { olderHref: `${page}?before=${last.id}` } : {}),
        ...(before ? { newestHref: page } : {}),
      }),
    );
  });
  return router;
}

function showNotice(ctx: Context, { notice, at, status }: ToldNotice) {
  const text = messagesFor(ctx.state.lang).notices;
  const { title, text: say } = text.kinds[notice.kind];
  const date = 'date' in notice ? sayDay(ctx, new Date(`${notice.date}T00:00:00+07:00`)) : '';
  const label = 'device' in notice ? sayDevice(ctx, notice.device) : '';
  const device = label || messagesFor(ctx.state.lang).account.sessions.unknown;
  const how =
    status === 'sent' ? text.sent : status === 'kept' || status === 'failed' ? text.kept : undefined;
  return { title, text: say({ date, device }), when: sayWhen(ctx, at), ...(how ? { how } : {}) };
}
