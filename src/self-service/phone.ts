/** The phone number on the account page: what Zalo vouched for, and the way out of a doubt about who holds it. */
import Router from '@koa/router';
import type { AccountOverviewProps } from '../../views/account-overview.ts';
import { messagesFor } from '../../views/messages.ts';
import { findPhoneState, releasePhone } from '../account/phones.ts';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { sayWhen } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { requireCitizen, type Scope } from './citizen.ts';

const RELEASE = '/account/phone/release';

export function phoneRoutes(scope: Scope): Router {
  const router = new Router();

  // Whoever proves level2 in this session is the one that was verified here: the number in their Zalo is theirs.
  router.post(RELEASE, async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, { level: 'level2', page: '/account' });
    if (!citizen) return;
    const released = await performAct(scope.deps, (act) => releasePhone(act, citizen.accountId));
    if (!released) throw new AppError('not_found', { backHref: '/account' });
    ctx.status = 303;
    ctx.redirect('/account');
  });
  return router;
}

export async function showPhone(
  { db, keyring }: Scope['deps'],
  ctx: Context,
  accountId: string,
): Promise<AccountOverviewProps['phone']> {
  const text = messagesFor(ctx.state.lang).account.phone;
  const phone = await findPhoneState(db, keyring, accountId);
  if (!phone) return { lines: [text.none] };
  const { number, status, verifiedAt } = phone;
  return {
    number: maskNumber(number),
    lines: [text.since(sayWhen(ctx, verifiedAt)), ...(status === 'active' ? [] : [text[status]])],
    ...(status === 'quarantined' ? { releaseAction: RELEASE } : {}),
  };
}

/** As people say it, 0…, with the last three digits: enough to know one's own again. */
function maskNumber(number: string): string {
  return `${number.startsWith('+84') ? '0' : '+'}•• ••• •${number.slice(-3)}`;
}
