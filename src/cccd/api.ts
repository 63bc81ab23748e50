/**
 * The JSON interface of readers: the province's own app, a desk reader, and the Mini App with Zalo's `scanNFC`.
 * Documented in docs/cccd.openapi.json, which a test holds against the real answers.
 *
 * A reading's code is the only right a reader needs, and it is good for handing in one chip. Nothing about the
 * person comes back: `202 received`, or why the chip could not be taken.
 */
import Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { showApiErrors } from '../http/error-page.ts';
import { readJson } from '../http/json.ts';
import type { Context } from '../http/state.ts';
import { readBearer } from '../interaction/bearer.ts';
import {
  findOpenReading,
  findReadingOfAccount,
  issueChallenge,
  READING_MINUTES,
  startReading,
} from '../verification/readings.ts';
import { type Desk, handIn } from './hand-in.ts';
import { readScan, scanSchema } from './scan.ts';

const LIMIT = '1mb';
const code = z.string().min(10).max(20);

export function cccdApi({ desk, provider }: { desk: Desk; provider: Provider }): Router {
  const { deps } = desk;
  const router = new Router({ prefix: '/cccd' });
  router.use(showApiErrors(deps) as never);
  // The citizen of an access token whose app is registered as a reader of cards.
  const readCitizen = (ctx: Context) => readBearer(deps, provider, ctx, 'card_reader');

  // The citizen's own app, signed in: starts a reading for the account of the token.
  router.post('/readings', async (ctx: Context) => {
    const { accountId, client } = await readCitizen(ctx);
    const started = await startReading(deps, { accountId, device: `${client.clientId}/${accountId}` });
    answer(ctx, 201, { code: started, expires_in: READING_MINUTES * 60 });
  });

  router.get('/readings/current', async (ctx: Context) => {
    const { accountId } = await readCitizen(ctx);
    const reading = await findReadingOfAccount(deps.db, accountId, deps.clock());
    if (!reading) throw new AppError('reading_unknown');
    answer(ctx, 200, { status: reading.status, ...(reading.reason ? { reason: reading.reason } : {}) });
  });

  router.post('/challenges', async (ctx: Context) => {
    const body = await readJson(ctx, z.object({ code }), LIMIT);
    const challenge = await issueChallenge(deps, await findOpenReading(deps, body.code));
    answer(ctx, 201, { challenge: challenge.toString('hex'), expires_in: 120 });
  });

  // A reader of ours: the chip answered the challenge we issued.
  router.post('/chips', (ctx: Context) => takeScan(desk, ctx, 'server'));
  // Zalo's scanNFC: the chip answered a challenge the phone made up.
  router.post('/scans', (ctx: Context) => takeScan(desk, ctx, 'client'));
  return router;
}

async function takeScan(desk: Desk, ctx: Context, asker: 'server' | 'client'): Promise<void> {
  const body = await readJson(ctx, z.object({ code, scan: scanSchema }), LIMIT);
  const reading = await findOpenReading(desk.deps, body.code);
  const files = readScan(body.scan);
  if (!files) throw new AppError('scan_unreadable');
  await handIn(desk, reading, files, asker);
  answer(ctx, 202, { status: 'received' });
}

function answer(ctx: Context, status: number, body: Record<string, unknown>): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}
