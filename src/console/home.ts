/** The first page: what waits for this officer. */

import { type ConsoleHomeProps, consoleHomePage } from '../../views/console-home.ts';
import { messagesFor } from '../../views/messages.ts';
import { sayWhen, sendPage } from '../http/page.ts';
import { countQueue } from '../officer/case-queue.ts';
import { listCredentials } from '../officer/credentials.ts';
import { countInvited } from '../officer/invitations.ts';
import { listProposals } from '../officer/proposals.ts';
import { listReports } from '../verification/reports.ts';
import { readProposals } from './citizens.ts';
import { deskWaiting } from './desk-home.ts';
import { consoleProps } from './pages.ts';
import { listRecent } from './recent.ts';
import { type ConsoleRoute, consoleRoute, hasRight, type SignedInVisit } from './rights.ts';

type Item = ConsoleHomeProps['waiting'][number];

export const homeRoutes: ConsoleRoute[] = [
  consoleRoute('get', '', { right: 'own' }, async (visit) => {
    const { ctx, officer } = visit;
    const waiting = (await Promise.all([...sources].map((source) => source(visit)))).flat();
    const recent = (await listRecent(visit, officer.id)).slice(0, 4);
    sendPage(ctx, consoleHomePage({ page: consoleProps(visit), name: officer.name, waiting, recent }));
  }),
];

/** Each gives what waits, or nothing; a part of the console adds its own. */
const sources: ((visit: SignedInVisit) => Promise<Item[]>)[] = [
  deskWaiting,
  waitingCases,
  waitingRecoveries,
  waitingInvitations,
  waitingReports,
  waitingSecondOpinions,
  ownAdvice,
];

async function waitingCases({ scope, ctx, officer }: SignedInVisit): Promise<Item[]> {
  if (!hasRight(officer, 'cases.work')) return [];
  const { count, oldest } = await countQueue(scope.deps.db, officer);
  const { title, text } = messagesFor(ctx.state.lang).console.cases.home;
  return oldest
    ? [{ title, text: text(sayWhen(ctx, oldest)), href: '/console/cases', count: String(count) }]
    : [];
}

async function waitingRecoveries({ scope, ctx, officer }: SignedInVisit): Promise<Item[]> {
  if (!hasRight(officer, 'officers.manage')) return [];
  const { db, clock } = scope.deps;
  const open = await listProposals(db, 'officer_recovery', clock());
  const count = open.filter(
    ({ proposedBy, subject }) => proposedBy !== officer.id && subject !== officer.id,
  ).length;
  return count > 0 ? [item(ctx, 'recoveries', count, '/console/officers')] : [];
}

async function waitingInvitations({ scope, ctx, officer }: SignedInVisit): Promise<Item[]> {
  if (!hasRight(officer, 'officers.manage')) return [];
  const count = await countInvited(scope.deps.db);
  return count > 0 ? [item(ctx, 'invited', count, '/console/officers')] : [];
}

async function waitingReports({ scope, ctx, officer }: SignedInVisit): Promise<Item[]> {
  if (!hasRight(officer, 'citizens.look')) return [];
  const { communes } = officer;
  const { length } = await listReports(scope.deps.db, { communes, limit: 100 });
  return length > 0 ? [item(ctx, 'reports', length, '/console/not-me')] : [];
}

async function waitingSecondOpinions(visit: SignedInVisit): Promise<Item[]> {
  const { ctx, officer } = visit;
  if (!hasRight(officer, 'citizens.decide')) return [];
  const open = (await readProposals(visit)).filter(({ proposedBy }) => proposedBy !== officer.id);
  return open.length > 0 ? [item(ctx, 'secondOpinion', open.length, '/console/citizens')] : [];
}

async function ownAdvice({ scope, ctx, officer }: SignedInVisit): Promise<Item[]> {
  const factors = (await listCredentials(scope.deps.db, officer.id)).filter(
    ({ kind }) => kind !== 'password',
  );
  return factors.length === 1 ? [item(ctx, 'oneFactor', undefined, '/console/own')] : [];
}

function item(
  ctx: SignedInVisit['ctx'],
  name: keyof ReturnType<typeof messagesFor>['console']['home']['items'],
  count: number | undefined,
  href: string,
): Item {
  const { title, text } = messagesFor(ctx.state.lang).console.home.items[name];
  return { title, text, href, ...(count === undefined ? {} : { count: String(count) }) };
}
