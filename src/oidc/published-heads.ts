/**
 * The head of the audit chain at the end of each day, for anybody to read and keep: `/.well-known/tay-ninh-id/audit-heads`
 * as JSON, and `….jws` the same signed with the provider's key (RFC 7515). A head that was kept outside proves that nothing
 * before it was changed (`cli audit verify --heads`). A number, a hash and a day say nothing about anybody.
 */
import { createHash } from 'node:crypto';
import Router from '@koa/router';
import { CompactSign, importJWK } from 'jose';
import { listDailyHeads } from '../audit/heads.ts';
import type { Deps } from '../deps.ts';
import type { Context } from '../http/state.ts';
import { isDay } from '../http/vietnam-day.ts';
import { findSigningKey } from './keys.ts';

/** More than a year; `?before=` leads to what is older. */
const DAYS = 400;

export const HEADS_PATH = '/.well-known/tay-ninh-id/audit-heads';

export function publishedHeads(deps: Pick<Deps, 'db' | 'keyring' | 'config'>): Router {
  const router = new Router();
  router.get(HEADS_PATH, async (ctx: Context) => {
    ctx.type = 'application/json';
    send(ctx, await readHeads(deps, ctx), (text) => text);
  });
  router.get(`${HEADS_PATH}.jws`, async (ctx: Context) => {
    ctx.type = 'application/jose';
    const text = await readHeads(deps, ctx);
    const jwk = await findSigningKey(deps);
    const signed = await new CompactSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid as string, typ: 'audit-heads+json' })
      .sign(await importJWK(jwk, 'ES256'));
    send(ctx, text, () => signed);
  });
  return router;
}

async function readHeads({ db, config }: Pick<Deps, 'db' | 'config'>, ctx: Context): Promise<string> {
  const { before } = ctx.query;
  const day = isDay(before) ? before : undefined;
  const heads = await listDailyHeads(db, DAYS, day);
  return `${JSON.stringify({
    issuer: config.issuer,
    heads: heads.map((head) => ({ day: head.day, seq: Number(head.seq), hash: head.hash })),
  })}\n`;
}

/** Told apart by what it says: a signature differs each time it is made. */
function send(ctx: Context, text: string, body: (text: string) => string): void {
  ctx.set('Cache-Control', 'public, max-age=3600');
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.etag = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  ctx.status = 200;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = body(text);
}
