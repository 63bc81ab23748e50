/** The first account page: the level and why, the identity (masked until asked), phone, what is linked. */
import Router from '@koa/router';
import {
  type AccountOverviewProps,
  accountOverviewPage,
  type MenuItem,
} from '../../views/account-overview.ts';
import { messagesFor } from '../../views/messages.ts';
import { findClosing } from '../account/closing.ts';
import { findProfile, listIdentities } from '../account/identities.ts';
import { pageProps, sayDay, sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { findNewest, findPerson, type Person } from '../verification/verifications.ts';
import { type Citizen, requireCitizen, type Scope } from './citizen.ts';
import { showPhone } from './phone.ts';

const menu: MenuItem[] = ['factors', 'sessions', 'services', 'ledger', 'notices', 'data', 'close'];

export function overviewRoutes(scope: Scope): Router {
  const router = new Router({ prefix: '/account' });
  const level2 = { level: 'level2', page: '/account' } as const;

  router.get('/', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (citizen) sendPage(ctx, await showOverview(scope, ctx, citizen, false));
  });

  // Shown once, as the answer to the button: a reload asks again, and the address holds nothing.
  router.post('/identity', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, level2);
    if (citizen) sendPage(ctx, await showOverview(scope, ctx, citizen, true));
  });

  router.post('/verify', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx, level2);
    if (!citizen) return;
    ctx.status = 303;
    ctx.redirect('/account');
  });
  return router;
}

async function showOverview(
  { deps }: Scope,
  ctx: Context,
  citizen: Citizen,
  revealed: boolean,
): Promise<string> {
  const { db, keyring, clock } = deps;
  const { accountId, state } = citizen;
  const text = messagesFor(ctx.state.lang).account;
  const [profile, identities, person, closingAt, phone] = await Promise.all([
    findProfile(db, keyring, 'zalo', accountId),
    listIdentities(db, accountId),
    findPerson(db, { keyring, now: clock() }, accountId),
    findClosing(db, accountId),
    showPhone(deps, ctx, accountId),
  ]);
  const level2 = state.level === 'level2';
  return accountOverviewPage({
    page: pageProps(ctx),
    ...(profile?.name ? { name: profile.name } : {}),
    level2,
    levelLines: await sayLevel(deps, ctx, citizen),
    ...(citizen.level === 'level2'
      ? {}
      : { verify: { action: '/account/verify', label: level2 ? text.level.confirm : text.level.verify } }),
    ...(person && level2 ? { identity: showPerson(ctx, person, revealed) } : {}),
    phone,
    linked: identities.map(({ provider, linked_at }) => ({
      name: text.methods[provider] ?? provider,
      since: text.linked.since(sayDay(ctx, linked_at)),
    })),
    menu,
    ...(closingAt
      ? {
          notice: {
            text: text.close.pending(sayWhen(ctx, closingAt)),
            action: '/account/close/keep',
            label: text.close.keepNow,
          },
        }
      : {}),
  });
}

async function sayLevel(
  { db }: Scope['deps'],
  ctx: Context,
  { accountId, state, level }: Citizen,
): Promise<string[]> {
  const text = messagesFor(ctx.state.lang).account;
  if (state.level !== 'level2') return [text.level.reasons[state.levelReason ?? 'not_verified']];
  const newest = await findNewest(db, accountId);
  const { levelExpiresAt } = state;
  return [
    ...(newest
      ? [text.level.since(sayWhen(ctx, newest.verifiedAt), text.methods[newest.method] ?? newest.method)]
      : []),
    // The level ends with the first moment after the card's last day.
    levelExpiresAt ? text.level.until(sayDay(ctx, new Date(levelExpiresAt.getTime() - 1))) : text.level.noEnd,
    level === 'level2' ? text.level.thisSession : text.level.notThisSession,
  ];
}

function showPerson(
  ctx: Context,
  { fullName, personalNumber, birthDate }: Person,
  revealed: boolean,
): NonNullable<AccountOverviewProps['identity']> {
  if (!revealed) {
    const name = fullName.split(' ').map((word) => `${[...word][0] ?? ''}${'•'.repeat(3)}`);
    return {
      name: name.join(' '),
      number: `•••••••• ${personalNumber.slice(-4)}`,
      showAction: '/account/identity',
    };
  }
  const day =
    birthDate && /^\d{4}-\d\d-\d\d$/.test(birthDate) ? new Date(`${birthDate}T00:00:00+07:00`) : undefined;
  return { name: fullName, number: personalNumber, ...(day ? { birthDate: sayDay(ctx, day) } : {}) };
}
