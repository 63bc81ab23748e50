/** `/healthz`: the process answers. `/readyz`: it can serve, that is, the database answers; and which ways are open. */
import Router from '@koa/router';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';

export type Ways = { canReadCards: () => Promise<boolean> };

export function healthRoutes({ db, config }: Pick<Deps, 'db' | 'config'>, { canReadCards }: Ways): Router {
  const router = new Router();
  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/readyz', async (ctx) => {
    const ready = await sql`SELECT 1`.execute(db).then(
      () => true,
      () => false,
    );
    ctx.status = ready ? 200 : 503;
    if (!ready) {
      ctx.body = { status: 'database unavailable' };
      return;
    }
    const level2 = {
      vneid: config.vneid ? 'on' : 'off',
      card: (await canReadCards()) ? 'on' : 'off: no certificates',
    };
    ctx.body = { status: 'ok', level2 };
  });
  return router;
}
