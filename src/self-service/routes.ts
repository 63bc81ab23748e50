/**
 * The citizen's own pages under /account: what is known of them, where they are signed in, who was given what, who
 * looked, and how to take it all back or along. They show what the rooms below keep and keep nothing themselves.
 *
 * Invariant: every page is about the citizen of this browser's session (citizen.ts) and nobody else; what an act needs
 * (level2, a recent sign-in) is asked for before the act. Every form answers with a redirect, so that Back and Reload
 * do nothing twice.
 */
import Router from '@koa/router';
import { accountLeftPage } from '../../views/account-left.ts';
import { pageProps, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { accountReturnPath } from '../registry/registry.ts';
import { readCitizen, type Scope, takeReturnPath } from './citizen.ts';
import { closeRoutes } from './close.ts';
import { dataRoutes } from './data.ts';
import { deskRoutes } from './desk.ts';
import { factorsRoutes } from './factors.ts';
import { ledgerRoutes } from './ledger.ts';
import { notMeRoutes } from './not-me.ts';
import { noticesRoutes } from './notices.ts';
import { overviewRoutes } from './overview.ts';
import { phoneRoutes } from './phone.ts';
import { servicesRoutes } from './services.ts';
import { sessionsRoutes } from './sessions.ts';
import { slipRoutes } from './slip.ts';

export function selfServiceRoutes(scope: Scope): Router {
  const router = new Router();
  router.get(accountReturnPath, async (ctx: Context) => {
    const path = takeReturnPath(scope.deps, ctx);
    const refused = ctx.query.error !== undefined;
    const signedIn = refused ? await readCitizen(scope, ctx) : undefined;
    if (refused && !signedIn) {
      sendPage(ctx, accountLeftPage({ page: pageProps(ctx), againHref: '/account' }));
      return;
    }
    ctx.status = 303;
    // Whoever did not step up is still who they were: the page that needed more is not theirs now.
    ctx.redirect(refused ? '/account' : path);
  });
  for (const routes of [
    overviewRoutes,
    phoneRoutes,
    factorsRoutes,
    sessionsRoutes,
    servicesRoutes,
    ledgerRoutes,
    notMeRoutes,
    noticesRoutes,
    dataRoutes,
    closeRoutes,
    deskRoutes,
    slipRoutes,
  ]) {
    router.use(routes(scope).routes());
  }
  return router;
}
