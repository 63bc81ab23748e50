/**
 * The JSON interface of readers: the province's own app, a desk reader, and the Mini App with Zalo's `scanNFC`.
 * Documented in docs/cccd.openapi.json, which a test holds against the real answers.
 *
 * A reading's code is the only right a reader needs, and it is good for handing in one chip. Nothing about the
 * person comes back: `202 received`, or why the chip could not be taken.
 */
import Router from '@koa/router';
import { json } from 'co-body';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { findAccount } from '../account/accounts.ts';
import { AppError } from '../errors.ts';
import { showApiErrors } from '../http/error-page.ts';
import type { Context } from '../http/state.ts';
import { type Desk, handIn } from './hand-in.ts';
import {
  findOpenReading,
  findReadingOfAccount,
  issueChallenge,
  READING_MINUTES,
  startReading,
} from './readings.ts';
import { readScan, scanSchema } from './scan.ts';

const BODY_LIMIT = '1mb';
const code = z.string().min(10).max(20);

export function cccdApi({ desk, provider }: { desk: Desk; provider: Provider }): Router {
  const { deps } = desk;
  const router = new Router({ prefix: '/cccd' });
  router.use(showApiErrors(deps) as never);

  // The citizen's own app, signed in: starts a reading for the account of the token.
  router.post('/readings', async (ctx: Context) => {
    const { accountId, clientId } = await readCitizen(desk, provider, ctx);
    const started = await startReading(deps, { accountId, device: `${clientId}/${accountId}` });
    answer(ctx, 201, { code: started, expires_in: READING_MINUTES * 60 });
  });

  router.get('/readings/current', async (ctx: Context) => {
    const { accountId } = await readCitizen(desk, provider, ctx);
    const reading = await findReadingOfAccount(deps.db, accountId, deps.clock());
    if (!reading) throw new AppError('reading_unknown');
    answer(ctx, 200, { status: reading.status, ...(reading.reason ? { reason: reading.reason } : {}) });
  });

  router.post('/challenges', async (ctx: Context) => {
    const body = await readJson(ctx, z.object({ code }));
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
  const body = await readJson(ctx, z.object({ code, scan: scanSchema }));
  const reading = await findOpenReading(desk.deps, body.code);
  const files = readScan(body.scan);
  if (!files) throw new AppError('scan_unreadable');
  await handIn(desk, reading, files, asker);
  answer(ctx, 202, { status: 'received' });
}

/** The citizen behind an access token of a client that may read cards (RFC 6750 §2.1: header only). */
async function readCitizen(
  { deps }: Desk,
  provider: Provider,
  ctx: Context,
): Promise<{ accountId: string; clientId: string }> {
  const [, token] = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(ctx.get('Authorization')) ?? [];
  const found = token ? await provider.AccessToken.find(token) : undefined;
  const grant = found ? await provider.Grant.find(found.grantId) : undefined;
  const client = found?.clientId ? await provider.Client.find(found.clientId) : undefined;
  // Only a token for this provider itself: one made for a service must not open another door (RFC 9700 §2.3).
  if (!found || !grant || !client || found.aud !== undefined || client.card_reader !== true) {
    throw new AppError('unauthorized');
  }
  const account = await findAccount(deps.db, found.accountId, deps.clock());
  if (account?.status !== 'active') throw new AppError('unauthorized');
  return { accountId: found.accountId, clientId: client.clientId };
}

async function readJson<T>(ctx: Context, schema: z.ZodType<T>): Promise<T> {
  if (!ctx.is('application/json')) throw new AppError('bad_request');
  let body: unknown;
  try {
    body = await json(ctx.req, { limit: BODY_LIMIT });
  } catch (cause) {
    throw new AppError((cause as { status?: number }).status === 413 ? 'body_too_large' : 'bad_request', {
      cause,
    });
  }
  const parsed = schema.safeParse(body);
  // zod's message may hold what was sent; the code is enough.
  if (!parsed.success) throw new AppError('bad_request');
  return parsed.data;
}

function answer(ctx: Context, status: number, body: Record<string, unknown>): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}
