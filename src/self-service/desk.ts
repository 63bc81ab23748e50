/**
 * The citizen's own phone during a visit to a desk: the QR on the officer's screen leads here. Signed in with Zalo, the
 * citizen says "I am here", and both screens show one number: so a link that was sent to somebody far away binds nobody.
 * When two officers have verified the citizen, the session that answered may set a PIN, and no other one: it was in the
 * room (docs/decisions/0019).
 */
import Router from '@koa/router';
import { z } from 'zod';
import { type AccountDeskProps, accountDeskPage } from '../../views/account-desk.ts';
import { messagesFor } from '../../views/messages.ts';
import { listFactors } from '../account/factors.ts';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import { pageProps, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { choosePin } from '../verification/choose-pin.ts';
import { answerLink, findVisitByLink, type LinkedVisit } from '../verification/desk-visits.ts';
import { type Citizen, requireCitizen, type Scope } from './citizen.ts';

const newPin = z.object({ pin: z.string().max(32), again: z.string().max(32) });
/** How long after the decision the PIN can be set. */
const PIN_MS = 30 * 60_000;

export function deskRoutes(scope: Scope): Router {
  const { deps, hasher } = scope;
  const router = new Router({ prefix: '/account/desk/:token' });

  router.get('/', async (ctx: Context) => {
    const here = await findHere(scope, ctx);
    if (here) sendPage(ctx, await showDesk(scope, ctx, here));
  });

  router.post('/', async (ctx: Context) => {
    const here = await findHere(scope, ctx);
    if (!here) return;
    const { visit, citizen } = here;
    const given = { visitId: visit.id, accountId: citizen.accountId, session: citizen.sessionUid };
    await performAct(deps, (act) => answerLink(act, deps.random, given));
    ctx.status = 303;
    ctx.redirect(pathOf(ctx));
  });

  router.post('/pin', (ctx: Context) =>
    hasher.within(async () => {
      const here = await findHere(scope, ctx);
      if (!here) return;
      const { pin, again } = await readForm(ctx, newPin);
      if (!(await maySetPin(scope, here)))
        throw new AppError('interaction_mismatch', { backHref: '/account' });
      const fault = await choosePin(scope, here.citizen.accountId, { pin, again });
      ctx.status = 303;
      ctx.redirect(`${pathOf(ctx)}${fault ? `?fault=${fault}` : ''}`);
    }),
  );
  return router;
}

type Here = { visit: LinkedVisit; citizen: Citizen };

/** The citizen and the visit behind the link; undefined when the browser was sent to sign in first. */
async function findHere(scope: Scope, ctx: Context): Promise<Here | undefined> {
  const citizen = await requireCitizen(scope, ctx, { page: pathOf(ctx) });
  if (!citizen) return undefined;
  const visit = await findVisitByLink(scope.deps.db, {
    token: String(ctx.params.token),
    accountId: citizen.accountId,
    session: citizen.sessionUid,
    now: scope.deps.clock(),
  });
  if (!visit || visit.taken) throw new AppError('sign_in_link_expired', { backHref: '/account' });
  return { visit, citizen };
}

function pathOf(ctx: Context): string {
  const token = String(ctx.params.token);
  return /^[\w-]{22}$/.test(token) ? `/account/desk/${token}` : '/account';
}

/** Only in the session that answered, for the account that two officers verified just now, and once. */
async function maySetPin({ deps }: Scope, { visit, citizen }: Here): Promise<boolean> {
  const { accountId, state } = citizen;
  if (!visit.answered || visit.accountId !== accountId || visit.caseStatus !== 'approved') return false;
  if (state.level !== 'level2') return false;
  const decided = await deps.db
    .selectFrom('cases')
    .select('decided_at')
    .where('id', '=', visit.caseId)
    .executeTakeFirst();
  const at = decided?.decided_at;
  if (!at || deps.clock().getTime() - at.getTime() > PIN_MS) return false;
  const pin = (await listFactors(deps.db, accountId)).find(({ kind }) => kind === 'pin');
  return pin === undefined || pin.createdAt < at;
}

async function showDesk(scope: Scope, ctx: Context, here: Here): Promise<string> {
  const { deps } = scope;
  const { visit } = here;
  const commune = visit.commune
    ? await deps.db.selectFrom('communes').select('name').where('code', '=', visit.commune).executeTakeFirst()
    : undefined;
  return accountDeskPage({
    page: pageProps(ctx),
    where: commune?.name ?? messagesFor(ctx.state.lang).console.wholeProvince,
    base: pathOf(ctx),
    accountHref: '/account',
    now: await readStep(scope, ctx, here),
  });
}

async function readStep(scope: Scope, ctx: Context, here: Here): Promise<AccountDeskProps['now']> {
  const { visit } = here;
  if (!visit.answered) return { step: 'ask' };
  if (visit.accountId === null) return { step: 'number', number: visit.linkNumber ?? '' };
  if (visit.caseStatus === 'approved') {
    if (!(await maySetPin(scope, here))) return { step: 'set' };
    const faults: Record<string, string> = messagesFor(ctx.state.lang).factors.pin.faults;
    const { fault } = ctx.query;
    const error = typeof fault === 'string' && Object.hasOwn(faults, fault) ? faults[fault] : undefined;
    return { step: 'pin', ...(error ? { error } : {}) };
  }
  return visit.endedAt || visit.caseStatus === 'rejected' ? { step: 'refused' } : { step: 'wait' };
}
