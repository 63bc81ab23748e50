/** All data held about the citizen, in one file, at one click. */
import Router from '@koa/router';
import { accountDataPage } from '../../views/account-leave.ts';
import { recordEvent } from '../audit/audit.ts';
import { pageProps, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { dayInVietnam } from '../http/vietnam-day.ts';
import { type Citizen, requireCitizen, requireStrong, type Scope } from './citizen.ts';
import { exportData } from './export.ts';

const page = '/account/data';

export function dataRoutes(scope: Scope): Router {
  const { deps } = scope;
  const router = new Router({ prefix: page });

  router.get('/', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (citizen)
      sendPage(ctx, accountDataPage({ page: pageProps(ctx), action: page, withheld: isWithheld(citizen) }));
  });

  router.post('/', async (ctx: Context) => {
    const citizen = await requireStrong(scope, ctx, page);
    if (!citizen) return;
    const { accountId, level } = citizen;
    // Written down first, so that the file holds this line, too.
    await recordEvent(deps, { event: 'export.made', account: accountId });
    const data = await exportData(scope, accountId, { identity: level === 'level2' });
    ctx.type = 'application/json; charset=utf-8';
    ctx.set('Cache-Control', 'no-store');
    ctx.attachment(`tay-ninh-id-${dayInVietnam(deps.clock())}.json`);
    ctx.body = `${JSON.stringify(data, undefined, 2)}\n`;
  });
  return router;
}

/** Verified once and not now: a card that ran out, say. Zalo alone does not open what was on it. */
function isWithheld({ state }: Citizen): boolean {
  return (
    state.level !== 'level2' && state.levelReason !== 'not_verified' && state.levelReason !== 'level2_on_hold'
  );
}
