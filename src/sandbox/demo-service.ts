/**
 * A provincial service in miniature, under /api: field reports for everybody who is identified (level1), dossiers for
 * those who are verified (level2). It knows the provider only through guard/, as any service of the province does.
 */
import Router from '@koa/router';
import coBody from 'co-body';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { createGuard, forKoa, GuardError, principalOf } from '../guard/index.ts';
import { ExpiringMap } from './store.ts';

export const demoResource = 'urn:sandbox:ho-so';
export const demoServiceClient = { id: 'sandbox-api', secret: 'sandbox-api-secret' };

const DAY = 86_400;
const newReport = z.object({ text: z.string().trim().min(1).max(4000) });
const newDossier = z.object({
  title: z.string().trim().min(1).max(200),
  text: z.string().trim().min(1).max(20_000),
});

type Entry = { number: string; at: string; text: string; title?: string };

export function createDemoService(deps: Deps): Router {
  const { config, fetch, clock } = deps;
  const guard = createGuard({
    issuer: config.issuer,
    resource: demoResource,
    clientId: demoServiceClient.id,
    clientSecret: demoServiceClient.secret,
    fetch,
    clock,
  });
  const { requireLevel } = forKoa(guard);
  const reports = new ExpiringMap<Entry[]>(deps.clock);
  const dossiers = new ExpiringMap<Entry[]>(deps.clock);
  let sequence = 0;

  const file = async (
    ctx: Context,
    shape: typeof newReport | typeof newDossier,
    list: typeof reports,
    prefix: string,
  ) => {
    const parsed = shape.safeParse(await coBody.json(ctx, { limit: '64kb' }));
    if (!parsed.success) {
      ctx.status = 422;
      ctx.body = { error: 'invalid_form', fields: parsed.error.issues.map(({ path }) => path.join('.')) };
      return;
    }
    const { sub } = principalOf(ctx);
    const at = deps.clock();
    sequence += 1;
    const number = `${prefix}-${at.getUTCFullYear()}-${String(sequence).padStart(6, '0')}`;
    const entry: Entry = { number, at: at.toISOString(), ...parsed.data };
    list.set(sub, [...(list.get(sub) ?? []).slice(-99), entry], DAY);
    ctx.status = 201;
    ctx.body = entry;
  };

  const router = new Router({ prefix: '/api' });
  router.use(answerFailures(deps));
  router.get('/reports', requireLevel('level1', { scope: 'hoso.xem' }), (ctx) => {
    ctx.body = { reports: reports.get(principalOf(ctx).sub) ?? [] };
  });
  router.post('/reports', requireLevel('level1', { scope: 'hoso.xem' }), (ctx) =>
    file(ctx, newReport, reports, 'PA'),
  );
  router.get('/dossiers', requireLevel('level2', { scope: 'hoso.xem' }), (ctx) => {
    ctx.body = { dossiers: dossiers.get(principalOf(ctx).sub) ?? [] };
  });
  router.post('/dossiers', requireLevel('level2', { scope: 'hoso.nop' }), (ctx) =>
    file(ctx, newDossier, dossiers, 'HS'),
  );
  return router;
}

/** JSON for every failure: 503 when the provider cannot be asked, 4xx for a body that cannot be read. */
function answerFailures({ log }: Deps) {
  return async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    try {
      await next();
    } catch (error) {
      const status = Number((error as { status?: unknown }).status ?? 500);
      if (status >= 500) log.error({ err: error }, 'sandbox service failed');
      ctx.status = status;
      ctx.body = { error: error instanceof GuardError ? 'temporarily_unavailable' : 'bad_request' };
      if (status === 500) ctx.body = { error: 'server_error' };
    }
  };
}
