/** Baseline (a): a bare Koa route that does one prepared SELECT of the row that introspection is about. */
import Router from '@koa/router';
import Koa from 'koa';
import pg from 'pg';
import { serveSubject } from './subject.ts';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? '', max: 10 });
const query = {
  name: 'row',
  text: `SELECT model, client_id, account_id, payload, expires_at, consumed_at FROM oidc_artefacts
    WHERE id_hash = $1 AND model = 'AccessToken'`,
};

const router = new Router();
router.get('/row/:hash', async (ctx) => {
  const { rows } = await pool.query({ ...query, values: [Buffer.from(String(ctx.params.hash), 'hex')] });
  const [row] = rows;
  ctx.body = row
    ? { active: row.expires_at > new Date(), client_id: row.client_id, size: row.payload.length }
    : { active: false };
});
const app = new Koa();
app.use(router.routes());
await serveSubject(app.callback());
