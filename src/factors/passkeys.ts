/**
 * Passkeys in a sign-in: alone on the sign-in page (account and level2 in one step), as a factor on the step-up page,
 * and made on the page that follows a verification. Each page fetches its own question, so that only who presses the
 * button costs a challenge; the answer comes as an ordinary form.
 */
import Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { deviceOf, noteDevice } from '../account/devices.ts';
import { addPasskey, askToCreate, askToUse, type PasskeyAnswer, usePasskey } from '../account/passkey.ts';
import type { Act } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import { noteKeyHere, type Place, placeOf } from '../http/passkey-place.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { Context } from '../http/state.ts';
import { finishInteraction, type Interaction, readInteraction } from '../interaction/finish.ts';

type Scope = { deps: Deps; provider: Provider; limits: RateLimits };

const answerForm = z.object({ answer: z.string().max(8000) });

export function passkeyRoutes({ deps, provider, limits }: Scope): Router {
  const router = new Router();

  router.post('/passkey/options', async (ctx: Context) => {
    const { interaction, place } = await readPage(ctx, ['login', 'level']);
    sendOptions(ctx, await askToUse(deps, place, ownerOf(interaction)));
  });

  router.post('/passkey', async (ctx: Context) => {
    const { interaction, place } = await readPage(ctx, ['login', 'level']);
    const { answer } = await readForm(ctx, answerForm);
    const owner = ownerOf(interaction);
    const also = (act: Act, accountId: string) => writeDown(ctx, interaction, act, accountId);
    const used = await usePasskey(deps, place, { answer, also, ...(owner ? { accountId: owner } : {}) });
    if (used.outcome !== 'right') throw new AppError(codeOf(used), { backHref: backTo(interaction) });
    noteKeyHere(deps, ctx);
    const withZalo = owner && interaction.session?.amr?.includes('zalo');
    await finishInteraction(provider, ctx, interaction, {
      login: {
        accountId: used.accountId,
        acr: 'level2',
        amr: withZalo ? ['zalo', 'passkey'] : ['passkey'],
        ts: Math.floor(deps.clock().getTime() / 1000),
      },
    });
  });

  router.post('/factor/passkey/options', async (ctx: Context) => {
    const { interaction, place } = await readPage(ctx, ['factor']);
    sendOptions(ctx, await askToCreate(deps, place, signedIn(interaction)));
  });

  router.post('/factor/passkey', async (ctx: Context) => {
    const { interaction, place } = await readPage(ctx, ['factor']);
    const accountId = signedIn(interaction);
    const { answer } = await readForm(ctx, answerForm);
    const device = deviceOf(deps, ctx).label;
    if (!(await addPasskey(deps, place, { accountId, device, answer }))) {
      ctx.status = 303;
      return ctx.redirect(`${backTo(interaction)}?fault=passkey`);
    }
    noteKeyHere(deps, ctx);
    await finishInteraction(provider, ctx, interaction, { factor: 'set' });
  });

  async function readPage(
    ctx: Context,
    prompts: string[],
  ): Promise<{ interaction: Interaction; place: Place }> {
    const interaction = await readInteraction(provider, ctx, ctx.params.uid);
    const place = placeOf(deps, ctx, `interaction/${interaction.uid}`);
    if (!prompts.includes(interaction.prompt.name) || !place) throw new AppError('interaction_mismatch');
    return { interaction, place };
  }

  async function writeDown(ctx: Context, interaction: Interaction, act: Act, accountId: string) {
    await limits.takeSignIn(ctx, `passkey:${accountId}`);
    const client = String(interaction.params.client_id);
    await noteDevice(act, { accountId, ...deviceOf(deps, ctx) });
    act.record(
      interaction.prompt.name === 'login'
        ? { event: 'sign_in.succeeded', account: accountId, client, method: 'passkey', level: 'level2' }
        : { event: 'step_up.succeeded', account: accountId, client, method: 'passkey' },
    );
  }
  return router;
}

/** On the step-up page it must be the one who is signed in; on the sign-in page the passkey says who it is. */
function ownerOf(interaction: Interaction): string | undefined {
  return interaction.prompt.name === 'login' ? undefined : signedIn(interaction);
}

function signedIn({ session }: Interaction): string {
  if (!session?.accountId) throw new AppError('interaction_mismatch');
  return session.accountId;
}

function codeOf({ outcome }: PasskeyAnswer) {
  if (outcome === 'suspended' || outcome === 'closed') return `account_${outcome}` as const;
  return outcome === 'unusable' ? 'passkey_unusable' : 'passkey_refused';
}

function sendOptions(ctx: Context, options: unknown): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = options;
}

function backTo({ uid }: Interaction): string {
  return `/interaction/${uid}`;
}
