/**
 * PIN and passkeys on the account page. Everything here needs level2 in this session. A PIN is set only by who has
 * proved their identity within the last ten minutes, or knows the one in use: there is no other reset, and taking the
 * PIN away first is none either.
 */
import Router from '@koa/router';
import { z } from 'zod';
import { accountFactorsPage } from '../../views/account-factors.ts';
import { messagesFor } from '../../views/messages.ts';
import { listFactors, removeFactor } from '../account/factors.ts';
import { checkPin, findPinWait } from '../account/pin.ts';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import { pageProps, sayWhen, sendPage } from '../http/page.ts';
import { allowScript } from '../http/security-headers.ts';
import type { Context } from '../http/state.ts';
import { tell } from '../notify/outbox.ts';
import { choosePin } from '../verification/choose-pin.ts';
import { type Citizen, requireCitizen, type Scope } from './citizen.ts';
import { passkeysRoutes, showPasskeys } from './passkeys.ts';

const page = '/account/factors';
const PROOF_SECONDS = 10 * 60;
const newPin = z.object({
  pin: z.string().max(32),
  again: z.string().max(32),
  old: z.string().max(32).optional(),
});

export function factorsRoutes(scope: Scope): Router {
  const { deps, hasher } = scope;
  const router = new Router({ prefix: page });
  const wish = { level: 'level2', page } as const;
  const back = (ctx: Context, query = '') => {
    ctx.status = 303;
    ctx.redirect(`${page}${query}`);
  };

  router.get('/', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, wish);
    if (!citizen) return;
    allowScript(ctx, deps.config);
    sendPage(ctx, await showFactors(scope, ctx, citizen));
  });

  router.post('/pin', (ctx: Context) =>
    hasher.within(async () => {
      const citizen = await requireCitizen(scope, ctx, wish);
      if (!citizen) return;
      const { pin, again, old } = await readForm(ctx, newPin);
      const { accountId } = citizen;
      const [known] = (await listFactors(deps.db, accountId)).filter(({ kind }) => kind === 'pin');
      if (!known && !hasProved(scope, citizen)) return back(ctx);
      if (known && !hasProved(scope, citizen)) {
        const { outcome } = await checkPin(scope, accountId, old ?? '');
        if (outcome !== 'right') return back(ctx, `?fault=${outcome}`);
      }
      const fault = await choosePin(scope, accountId, { pin, again });
      back(ctx, fault ? `?fault=${fault}` : '?done=changed');
    }),
  );

  // Asks for VNeID or the card anew, whatever the session holds: that is what `max_age` of a moment does.
  router.post('/prove', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, { ...wish, maxAge: 0 });
    if (citizen) back(ctx);
  });

  router.post('/:id/remove', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, wish);
    if (!citizen) return;
    const { accountId } = citizen;
    const factorId = z.uuid().safeParse(ctx.params.id).data;
    const removed =
      factorId &&
      (await performAct(deps, async (act) => {
        const kind = await removeFactor(act, { accountId, factorId, reason: 'citizen' });
        if (kind === 'passkey') await tell(act, accountId, { kind: 'passkey_removed' });
        return kind;
      }));
    if (!removed) throw new AppError('not_found', { backHref: page });
    back(ctx, '?done=removed');
  });
  router.use(passkeysRoutes(scope).routes());
  return router;
}

/** A proof of identity, not of knowing the PIN: a session that came by the PIN holds none (factors/routes). */
function hasProved({ deps }: Scope, { amr, authTime }: Citizen): boolean {
  const fresh = deps.clock().getTime() / 1000 - authTime <= PROOF_SECONDS;
  return fresh && (amr.includes('vneid') || amr.includes('chip'));
}

async function showFactors(scope: Scope, ctx: Context, citizen: Citizen): Promise<string> {
  const { deps } = scope;
  const { page: text, pin: words, passkey } = messagesFor(ctx.state.lang).factors;
  const factors = await listFactors(deps.db, citizen.accountId);
  const pin = factors.find(({ kind }) => kind === 'pin');
  const proved = hasProved(scope, citizen);
  const { done, fault } = ctx.query;
  const wait = await findPinWait(deps, citizen.accountId);
  const minutes = wait && Math.ceil((wait.getTime() - deps.clock().getTime()) / 60_000);
  const faults: Record<string, string> = { ...words.faults, wrong: words.wrong };
  const error =
    minutes && fault ? words.locked(minutes) : typeof fault === 'string' ? faults[fault] : undefined;
  return accountFactorsPage({
    page: pageProps(ctx),
    ...(done === 'changed' || done === 'removed' ? { done: text[done] } : {}),
    ...(done === 'added' || done === 'renamed' ? { done: passkey[done] } : {}),
    ...(pin
      ? {
          pin: {
            lines: [
              text.setAt(sayWhen(ctx, pin.createdAt)),
              ...(pin.lastUsedAt ? [text.usedAt(sayWhen(ctx, pin.lastUsedAt))] : []),
            ],
            removeAction: `${page}/${pin.id}/remove`,
            needsOld: !proved,
          },
        }
      : {}),
    ...(pin || proved ? { pinAction: `${page}/pin` } : {}),
    ...(proved ? {} : { proveAction: `${page}/prove` }),
    ...(error ? { error } : {}),
    ...showPasskeys(scope, ctx, citizen, factors),
  });
}
