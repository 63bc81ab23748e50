/**
 * How a citizen proves level2 again in a sign-in: the PIN on the step-up page, a passkey (passkeys.ts), and the page
 * that leads to setting one right after a verification. What is kept of them is account's; these are the routes.
 *
 * Invariant: a PIN counts only on top of a Zalo sign-in of the same account in the same session, and only while the
 * account is level2; so nobody without the citizen's Zalo can try one, or lock one.
 */
import Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { findAccount } from '../account/accounts.ts';
import { hasFactor } from '../account/factors.ts';
import { checkPin } from '../account/pin.ts';
import type { PinHasher } from '../account/pin-hasher.ts';
import { recordEvent } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { Context } from '../http/state.ts';
import { finishInteraction, type Interaction, readInteraction } from '../interaction/finish.ts';
import { choosePin } from '../verification/choose-pin.ts';
import { passkeyRoutes } from './passkeys.ts';

type Scope = { deps: Deps; provider: Provider; hasher: PinHasher; limits: RateLimits };

const pinForm = z.object({ pin: z.string().max(32) });
const newPinForm = z.object({ pin: z.string().max(32), again: z.string().max(32) });

export function factorRoutes(scope: Scope): Router {
  const { provider, hasher } = scope;
  const router = new Router({ prefix: '/interaction/:uid' });
  const read = (ctx: Context, prompt: string) => readPrompt(provider, ctx, prompt);

  // Within the hasher's bounds from the first step on: a storm of guesses costs as little as it can.
  router.post('/pin', (ctx: Context) => hasher.within(() => takePin(scope, ctx)));

  router.post('/factor/pin', (ctx: Context) =>
    hasher.within(async () => {
      const { interaction, accountId } = await read(ctx, 'factor');
      // Set meanwhile, from another screen: a PIN that is in use is not replaced here.
      if (await hasFactor(scope.deps.db, accountId, 'pin'))
        return finishInteraction(provider, ctx, interaction, { factor: 'later' });
      const { pin, again } = await readForm(ctx, newPinForm);
      const fault = await choosePin(scope, accountId, { pin, again });
      if (fault) return backTo(ctx, interaction, `?fault=${fault}`);
      await finishInteraction(provider, ctx, interaction, { factor: 'set' });
    }),
  );

  router.post('/factor/later', async (ctx: Context) => {
    const { interaction } = await read(ctx, 'factor');
    await finishInteraction(provider, ctx, interaction, { factor: 'later' });
  });
  router.use(passkeyRoutes(scope).routes());
  return router;
}

async function takePin(scope: Scope, ctx: Context): Promise<void> {
  const { deps, provider } = scope;
  const { interaction, accountId } = await readPrompt(provider, ctx, 'level');
  if (!interaction.session?.amr?.includes('zalo')) throw new AppError('interaction_mismatch');
  const { pin } = await readForm(ctx, pinForm);
  const account = await findAccount(deps.db, accountId, deps.clock());
  if (account?.status !== 'active') throw new AppError('account_suspended');
  if (account.level !== 'level2') throw new AppError('interaction_mismatch');
  await scope.limits.takeSignIn(ctx, `pin:${accountId}`);
  const { outcome } = await checkPin(scope, accountId, pin.replace(/\s/g, ''));
  if (outcome === 'none') throw new AppError('interaction_mismatch');
  if (outcome !== 'right') return backTo(ctx, interaction, `?pin=${outcome}`);
  const client = String(interaction.params.client_id);
  await recordEvent(deps, { event: 'step_up.succeeded', account: accountId, client, method: 'pin' });
  await finishInteraction(provider, ctx, interaction, {
    login: {
      accountId,
      acr: 'level2',
      // What was proved earlier in the session is not what was proved now: a PIN cannot pass for VNeID.
      amr: ['zalo', 'pin'],
      ts: Math.floor(deps.clock().getTime() / 1000),
    },
  });
}

async function readPrompt(provider: Provider, ctx: Context, prompt: string) {
  const interaction = await readInteraction(provider, ctx, ctx.params.uid);
  const accountId = interaction.session?.accountId;
  if (interaction.prompt.name !== prompt || !accountId) throw new AppError('interaction_mismatch');
  return { interaction, accountId };
}

/** The page again, with what was wrong; what was typed is not kept anywhere. */
function backTo(ctx: Context, { uid }: Interaction, query: string): void {
  ctx.status = 303;
  ctx.redirect(`/interaction/${uid}${query}`);
}
