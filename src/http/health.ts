/** `/healthz`: the process answers. `/readyz`: it can serve, that is, the database answers, soon; and which ways are open. */
import Router from '@koa/router';
import { sql } from 'kysely';
import { type Db, runPrepared } from '../db/database.ts';
import { within } from '../db/unanswered.ts';
import type { Deps } from '../deps.ts';

/** Who asks whether we are ready does not wait for long. */
const PATIENCE = 2_000; // ms
const asking = { name: 'ready', text: 'SELECT 1 AS ready' };

export type Ways = { canReadCards: () => Promise<boolean> };

export function healthRoutes({ db, config }: Pick<Deps, 'db' | 'config'>, { canReadCards }: Ways): Router {
  const router = new Router();
  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/readyz', async (ctx) => {
    const ready = await within(PATIENCE, ask(db)).then(
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

/** Both kinds of connections: those of transactions, and those of the hot path. */
async function ask(db: Db): Promise<void> {
  await Promise.all([sql`SELECT 1`.execute(db), runPrepared(db, asking, [])]);
}
