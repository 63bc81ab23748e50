/**
 * Closing the account, and thinking better of it. To close needs more than a session that somebody left open: level2
 * from whoever has it, a fresh sign-in from whoever has not. To keep it needs nothing more.
 */
import Router from '@koa/router';
import { accountClosePage } from '../../views/account-leave.ts';
import { cancelClosing, findClosing, requestClosing } from '../account/closing.ts';
import { performAct } from '../audit/audit.ts';
import { pageProps, sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { requireCitizen, requireStrong, type Scope } from './citizen.ts';

const page = '/account/close';

export function closeRoutes(scope: Scope): Router {
  const { deps } = scope;
  const router = new Router({ prefix: page });
  const back = (ctx: Context) => {
    ctx.status = 303;
    ctx.redirect(page);
  };

  router.get('/', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (!citizen) return;
    const closingAt = await findClosing(deps.db, citizen.accountId);
    sendPage(
      ctx,
      accountClosePage({
        page: pageProps(ctx),
        closeAction: page,
        keepAction: `${page}/keep`,
        ...(closingAt ? { closingAt: sayWhen(ctx, closingAt) } : {}),
      }),
    );
  });

  router.post('/', async (ctx: Context) => {
    const citizen = await requireStrong(scope, ctx, page);
    if (!citizen) return;
    await performAct(deps, (act) => requestClosing(act, citizen.accountId));
    back(ctx);
  });

  router.post('/keep', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, { page });
    if (!citizen) return;
    await performAct(deps, (act) => cancelClosing(act, citizen.accountId));
    back(ctx);
  });
  return router;
}
