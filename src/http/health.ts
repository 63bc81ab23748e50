/** `/healthz`: the process answers. `/readyz`: it can serve, that is, the database answers too. */
import Router from '@koa/router';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';

export function healthRoutes({ db }: Pick<Deps, 'db'>): Router {
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
    ctx.body = { status: ready ? 'ok' : 'database unavailable' };
  });
  return router;
}
