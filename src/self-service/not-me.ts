/**
 * "That was not me": from an entry of the ledger to safety, in one transaction. Everybody is signed out, level2 waits
 * until the person proves who they are again, factors go, and an officer hears of it. No step-up is asked first:
 * whoever is afraid must not be held up, and what it does only takes away.
 */
import Router from '@koa/router';
import { accountNotMePage, accountReportedPage } from '../../views/account-not-me.ts';
import { holdLevel2 } from '../account/accounts.ts';
import { cancelClosing } from '../account/closing.ts';
import { removeAllFactors } from '../account/factors.ts';
import { type Act, performAct } from '../audit/audit.ts';
import { findEntry } from '../audit/ledger.ts';
import { AppError } from '../errors.ts';
import { pageProps, sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { endAllSessions } from '../oidc/sessions.ts';
import { openReport, withdrawAttempts } from '../verification/cases.ts';
import { lockAccount } from '../verification/proofs.ts';
import { requireCitizen, type Scope } from './citizen.ts';
import { readSeq, sayEntry } from './ledger.ts';

const ledger = '/account/ledger';
const reported = '/account/reported';

export function notMeRoutes(scope: Scope): Router {
  const { deps, registry } = scope;
  const router = new Router();
  /** The entry of the address, if it is this citizen's own. */
  const entryOf = async (ctx: Context, accountId: string) => {
    const seq = readSeq(ctx.params.seq);
    const entry = seq && (await findEntry(deps.db, accountId, seq));
    if (!entry) throw new AppError('not_found', { backHref: ledger });
    return entry;
  };

  router.get(`${ledger}/:seq/not-me`, async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (!citizen) return;
    const entry = await entryOf(ctx, citizen.accountId);
    sendPage(
      ctx,
      accountNotMePage({
        page: pageProps(ctx),
        entry: sayEntry(ctx, registry, entry) ?? '',
        when: sayWhen(ctx, entry.at),
        action: `${ledger}/${entry.seq}/not-me`,
        cancelHref: ledger,
      }),
    );
  });

  router.post(`${ledger}/:seq/not-me`, async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, { page: ledger });
    if (!citizen) return;
    const { accountId } = citizen;
    const { seq } = await entryOf(ctx, accountId);
    await performAct(deps, (act) => secureAccount(act, scope, { accountId, entry: seq }));
    ctx.status = 303;
    ctx.redirect(reported);
  });

  // Nobody is signed in any more, so this page knows nobody and says the same to everyone.
  router.get(reported, (ctx: Context) =>
    sendPage(ctx, accountReportedPage({ page: pageProps(ctx), signInHref: '/account' })),
  );
  return router;
}

async function secureAccount(
  act: Act,
  scope: Scope,
  { accountId, entry }: { accountId: string; entry: bigint },
): Promise<void> {
  const reason = 'not_me';
  await lockAccount(act, accountId);
  await openReport(act, { accountId, entry });
  await holdLevel2(act, { accountId, actor: 'citizen', reason });
  await removeAllFactors(act, accountId, reason);
  await endAllSessions(act, scope, { accountId, reason, grantReason: reason, tokens: true });
  // What somebody else may have begun must not be finished: a card to be read, a case that would lift the hold.
  await withdrawAttempts(act, { accountId, reason });
  await endSteps(act, accountId);
  await cancelClosing(act, accountId);
}

/** Readings of a card and steps out of a Mini App that are under way. */
async function endSteps({ trx, now }: Act, accountId: string): Promise<void> {
  await trx
    .updateTable('card_readings')
    .set({ expires_at: now })
    .where('account_id', '=', accountId)
    .where('status', '=', 'waiting')
    .execute();
  await trx.deleteFrom('mini_app_steps').where('account_id', '=', accountId).execute();
}
