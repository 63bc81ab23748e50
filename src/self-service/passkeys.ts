/**
 * Passkeys on the account page. One more is added only within ten minutes of a level2 factor: what a thief adds to a
 * session that was left open would outlive it.
 */
import Router from '@koa/router';
import { z } from 'zod';
import type { AccountFactorsProps } from '../../views/account-factors.ts';
import { messagesFor } from '../../views/messages.ts';
import { deviceOf, sayDevice } from '../account/devices.ts';
import type { Factor } from '../account/factors.ts';
import { addPasskey, askToCreate, MOST_PASSKEYS } from '../account/passkey.ts';
import { type Act, performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import { passkeyScriptHref, sayWhen } from '../http/page.ts';
import { noteKeyHere, placeOf, worksHere } from '../http/passkey-place.ts';
import type { Context } from '../http/state.ts';
import { type Citizen, readCitizen, requireCitizen, type Scope } from './citizen.ts';

const page = '/account/factors';
const FRESH_SECONDS = 10 * 60;
const name = z.string().trim().max(40);
const newPasskey = z.object({ name, answer: z.string().max(8000) });
const newName = z.object({ name: name.min(1) });

export function passkeysRoutes(scope: Scope): Router {
  const { deps } = scope;
  const router = new Router({ prefix: '/passkeys' });
  const back = (ctx: Context, query: string) => {
    ctx.status = 303;
    ctx.redirect(`${page}${query}`);
  };

  // Fetched by the page's module: no sign-in can come of it.
  router.post('/options', async (ctx: Context) => {
    const citizen = await readCitizen(scope, ctx);
    const place = citizen && placeOf(deps, ctx, placeName(citizen));
    if (!place || !isFresh(scope, citizen)) throw new AppError('unauthorized');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await askToCreate(deps, place, citizen.accountId);
  });

  router.post('/', async (ctx: Context) => {
    const wish = { level: 'level2', maxAge: FRESH_SECONDS, page } as const;
    const citizen = await requireCitizen(scope, ctx, wish);
    const place = citizen && placeOf(deps, ctx, placeName(citizen));
    if (!place) return;
    const { name, answer } = await readForm(ctx, newPasskey);
    const added = await addPasskey(deps, place, {
      accountId: citizen.accountId,
      name,
      device: deviceOf(deps, ctx).label,
      answer,
    });
    if (added) noteKeyHere(deps, ctx);
    back(ctx, added ? '?done=added' : '?fault=passkey');
  });

  router.post('/:id/name', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, { level: 'level2', page });
    if (!citizen) return;
    const { accountId } = citizen;
    const factorId = z.uuid().safeParse(ctx.params.id).data;
    const { name } = await readForm(ctx, newName);
    const renamed = factorId && (await performAct(deps, (act) => rename(act, { accountId, factorId, name })));
    if (!renamed) throw new AppError('not_found', { backHref: page });
    back(ctx, '?done=renamed');
  });

  router.post('/confirm', async (ctx: Context) => {
    const wish = { level: 'level2', maxAge: FRESH_SECONDS, page } as const;
    if (await requireCitizen(scope, ctx, wish)) back(ctx, '');
  });
  return router;
}

/** False when there is no such passkey of this account. */
async function rename(
  { trx, record }: Act,
  { accountId, factorId, name }: { accountId: string; factorId: string; name: string },
): Promise<boolean> {
  const row = await trx
    .updateTable('factors')
    .set({ name })
    .where('id', '=', factorId)
    .where('account_id', '=', accountId)
    .where('kind', '=', 'passkey')
    .returning('id')
    .executeTakeFirst();
  if (row) record({ event: 'factor.renamed', account: accountId, kind: 'passkey', factor: factorId });
  return row !== undefined;
}

/** What the page shows of passkeys. */
export function showPasskeys(
  scope: Scope,
  ctx: Context,
  citizen: Citizen,
  factors: readonly Factor[],
): Pick<AccountFactorsProps, 'passkeys' | 'addPasskey' | 'confirmAction' | 'full'> {
  const { page: text, passkey: words } = messagesFor(ctx.state.lang).factors;
  const own = factors.filter(({ kind }) => kind === 'passkey');
  const passkeys = own.map((factor) => ({
    name: factor.name || sayDevice(ctx, factor.device ?? '') || words.title,
    lines: [
      text.setAt(sayWhen(ctx, factor.createdAt)),
      ...(factor.lastUsedAt ? [text.usedAt(sayWhen(ctx, factor.lastUsedAt))] : []),
    ],
    renameAction: `${page}/passkeys/${factor.id}/name`,
    removeAction: `${page}/${factor.id}/remove`,
  }));
  if (own.length >= MOST_PASSKEYS) return { passkeys, full: MOST_PASSKEYS };
  if (!worksHere(scope.deps, ctx)) return { passkeys };
  if (!isFresh(scope, citizen)) return { passkeys, confirmAction: `${page}/passkeys/confirm` };
  return {
    passkeys,
    addPasskey: {
      action: `${page}/passkeys`,
      optionsHref: `${page}/passkeys/options`,
      scriptHref: passkeyScriptHref,
      failed: ctx.query.fault === 'passkey',
    },
  };
}

function isFresh({ deps }: Scope, { level, authTime }: Citizen): boolean {
  return level === 'level2' && deps.clock().getTime() / 1000 - authTime <= FRESH_SECONDS;
}

function placeName({ sessionUid }: Citizen): string {
  return `account/${sessionUid}`;
}
