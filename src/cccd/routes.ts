/**
 * Level2 through the chip of the card, as the citizen sees it: the first screen shows a code and a QR and waits; any
 * phone with NFC may read the card for it (their own or a borrowed one, which is told what it will see and gets
 * nothing); the first screen moves on by itself, or by a button. What was read is judged in hand-in.ts.
 *
 * Invariant: only the sign-in that started a reading is lifted by it.
 */
import Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import { cardHelperPage } from '../../views/card-helper.ts';
import { cardReadPage } from '../../views/card-read.ts';
import { cardWaitingPage } from '../../views/card-waiting.ts';
import { findAccount } from '../account/accounts.ts';
import { recordEvent } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { browserOf } from '../http/browser.ts';
import { pageProps, sayWhen, scriptHref, sendPage } from '../http/page.ts';
import { drawQr } from '../http/qr.ts';
import { allowScript } from '../http/security-headers.ts';
import type { Context } from '../http/state.ts';
import { clientNameOf, finishInteraction, type Interaction, readInteraction } from '../interaction/finish.ts';
import { findWaitingCase, type WaitingCase } from '../verification/proofs.ts';
import {
  codeOf,
  findOpenReading,
  findReadingOf,
  type Reading,
  startReading,
} from '../verification/readings.ts';
import { currentTrust, type Desk } from './hand-in.ts';
import { takesPhoto } from './photo.ts';

type Scope = { deps: Deps; provider: Provider };

export function cccdRoutes({ desk, provider }: { desk: Desk; provider: Provider }): Router {
  const { deps } = desk;
  const router = new Router();
  const path = '/interaction/:uid/card';
  const read = async (ctx: Context) => {
    const interaction = await readInteraction(provider, ctx, ctx.params.uid);
    if (interaction.prompt.name !== 'level' || !interaction.session)
      throw new AppError('interaction_mismatch');
    return interaction;
  };

  router.post(path, async (ctx: Context) => {
    const interaction = await read(ctx);
    const { uid, session } = interaction;
    if (!(await currentTrust(desk)))
      throw new AppError('card_not_configured', { backHref: backTo(interaction) });
    const accountId = session?.accountId ?? '';
    try {
      await startReading(deps, { accountId, interaction: uid, device: browserOf(deps, ctx) });
    } catch (cause) {
      // The other ways on the page before stay open.
      throw cause instanceof AppError ? new AppError(cause.code, { backHref: backTo(interaction) }) : cause;
    }
    ctx.status = 303;
    ctx.redirect(`/interaction/${uid}/card`);
  });

  router.get(path, async (ctx: Context) => {
    const interaction = await read(ctx);
    const reading = await readingOf(deps, interaction);
    if (reading.status !== 'waiting') return goTo(ctx, interaction, 'card/next');
    allowScript(ctx, deps.config);
    sendPage(ctx, await showReading({ deps, provider }, ctx, interaction, reading));
  });

  router.get(`${path}/status`, async (ctx: Context) => {
    const { status } = await readingOf(deps, await read(ctx));
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status };
  });

  router.get(`${path}/next`, async (ctx: Context) => {
    const interaction = await read(ctx);
    const reading = await readingOf(deps, interaction);
    if (reading.status === 'waiting') return goTo(ctx, interaction, 'card');
    if (reading.status === 'approved') return lift({ deps, provider }, ctx, interaction, reading);
    if (reading.status === 'refused') {
      throw new AppError((reading.reason ?? 'card_refused') as ErrorCode, { backHref: backTo(interaction) });
    }
    const waiting = await findWaitingCase(deps.db, reading.accountId);
    goTo(
      ctx,
      interaction,
      waiting && takesPhoto(waiting) && !waiting.hasPhoto ? 'card/photo' : 'card/waiting',
    );
  });

  router.get(`${path}/waiting`, async (ctx: Context) => {
    const interaction = await read(ctx);
    const waiting = await findWaitingCase(deps.db, interaction.session?.accountId ?? '');
    // Decided meanwhile: the first page knows what comes next.
    if (!waiting) return ctx.redirect(backTo(interaction));
    sendPage(ctx, await showWaiting(provider, ctx, interaction, waiting));
  });

  // Where the QR leads: the other device.
  router.get('/cccd/r/:code', async (ctx: Context) => {
    const reading = await findOpenReading(deps, String(ctx.params.code));
    const code = codeOf(deps.keyring, reading.id);
    sendPage(ctx, cardHelperPage({ page: pageProps(ctx), code, ...waysToRead(deps, code) }));
  });
  return router;
}

/** The verification is the factor: this session is level2, on top of how it was signed in. */
async function lift({ deps, provider }: Scope, ctx: Context, interaction: Interaction, reading: Reading) {
  const { accountId } = reading;
  const account = await findAccount(deps.db, accountId, deps.clock());
  if (account?.status !== 'active') throw new AppError('account_suspended');
  if (accountId !== interaction.session?.accountId || account.level !== 'level2') {
    throw new AppError('card_refused', { backHref: backTo(interaction) });
  }
  const client = String(interaction.params.client_id);
  await recordEvent(deps, { event: 'step_up.succeeded', account: accountId, client, method: 'chip' });
  await finishInteraction(provider, ctx, interaction, {
    login: {
      accountId,
      acr: 'level2',
      amr: [...new Set([...(interaction.session.amr ?? []), 'chip'])],
      ts: Math.floor(deps.clock().getTime() / 1000),
    },
  });
}

async function readingOf(deps: Deps, interaction: Interaction): Promise<Reading> {
  const reading = await findReadingOf(deps.db, interaction.uid, deps.clock());
  if (!reading) throw new AppError('reading_expired', { backHref: backTo(interaction) });
  return reading;
}

async function showReading(
  { deps, provider }: Scope,
  ctx: Context,
  interaction: Interaction,
  reading: Reading,
) {
  const code = codeOf(deps.keyring, reading.id);
  const base = `/interaction/${interaction.uid}`;
  const { appHref } = waysToRead(deps, code);
  return cardReadPage({
    page: pageProps(ctx),
    clientName: await clientNameOf(provider, interaction, ctx.state.lang),
    qr: drawQr(`${deps.config.issuer}/cccd/r/${code}`),
    code,
    ...(appHref ? { appHref } : {}),
    statusHref: `${base}/card/status`,
    nextHref: `${base}/card/next`,
    cancelAction: `${base}/cancel`,
    scriptHref,
  });
}

async function showWaiting(provider: Provider, ctx: Context, interaction: Interaction, waiting: WaitingCase) {
  const base = `/interaction/${interaction.uid}`;
  const required = interaction.prompt.reasons.includes('level_required');
  return cardWaitingPage({
    page: pageProps(ctx),
    clientName: await clientNameOf(provider, interaction, ctx.state.lang),
    since: sayWhen(ctx, waiting.openedAt),
    ...(takesPhoto(waiting) ? { photo: { href: `${base}/card/photo`, done: waiting.hasPhoto } } : {}),
    ...(required ? {} : { declineAction: `${base}/decline` }),
    cancelAction: `${base}/cancel`,
  });
}

function waysToRead({ config }: Deps, code: string): { appHref?: string; readerHref?: string } {
  const reader = `${config.sandboxUrl}/card-reader?code=${code}`;
  return {
    ...(config.readerAppUrl ? { appHref: config.readerAppUrl.replace('{code}', code) } : {}),
    ...(config.environment === 'sandbox' ? { readerHref: reader } : {}),
  };
}

function backTo(interaction: Interaction): string {
  return `/interaction/${interaction.uid}`;
}

function goTo(ctx: Context, interaction: Interaction, step: string): void {
  ctx.status = 303;
  ctx.redirect(`/interaction/${interaction.uid}/${step}`);
}
