/** The check of the whole audit chain: asked for here, done by a job, its last result shown beside the chain's head. */

import { sayNumber } from '../../views/chart.ts';
import { type ConsoleChainProps, consoleChainPage } from '../../views/console-audit.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { type AuditCheck, findLastCheck, startCheck } from '../audit/checks.ts';
import { listDailyHeads } from '../audit/heads.ts';
import { sayDay, sayWhen, sendPage } from '../http/page.ts';
import { startOfDay } from '../http/vietnam-day.ts';
import { findOfficer } from '../officer/officers.ts';
import { HEADS_PATH } from '../oidc/published-heads.ts';
import { consoleProps, goTo } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

const page = '/console/audit/chain';
const DAYS = 14;

export const chainRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/audit/chain', { right: 'audit.read' }, async (visit) => {
    const { scope, ctx } = visit;
    const { db, clock, config } = scope.deps;
    const [head, last, days] = await Promise.all([
      db.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst(),
      findLastCheck(db, clock()),
      listDailyHeads(db, DAYS),
    ]);
    const number = (value: bigint) => sayNumber(ctx.state.lang, Number(value));
    const props: ConsoleChainProps = {
      page: consoleProps(visit),
      ...(ctx.query.done === 'started' ? { done: messagesFor(ctx.state.lang).books.chain.started } : {}),
      head: { number: number(BigInt(head?.seq ?? 0)), hash: head?.hash.toString('hex') ?? '' },
      ...(last ? { last: await sayCheck(visit, last) } : {}),
      action: page,
      reloadHref: page,
      days: days.map(({ day, seq, hash }) => ({
        day: sayDay(ctx, startOfDay(day)),
        number: number(seq),
        hash,
      })),
      publishedHref: `${config.issuer}${HEADS_PATH}`,
      backHref: '/console/audit',
    };
    sendPage(ctx, consoleChainPage(props));
  }),

  consoleRoute('post', '/audit/chain', { right: 'audit.read' }, async (visit) => {
    await performAct(visit.scope.deps, (act) => startCheck(act, visit.officer.id));
    goTo(visit.ctx, `${page}?done=started`);
  }),
];

async function sayCheck(
  { scope, ctx }: SignedInVisit,
  check: AuditCheck,
): Promise<NonNullable<ConsoleChainProps['last']>> {
  const text = messagesFor(ctx.state.lang).books.chain;
  const number = (value: bigint) => sayNumber(ctx.state.lang, Number(value));
  const asker = await findOfficer(scope.deps.db, check.askedBy);
  const sentences = {
    running: text.running(number(check.done), number(check.until)),
    left: text.left,
    whole: text.whole(number(check.done)),
    broken: text.broken(number(check.done + 1n)),
  };
  const state = check.left ? 'left' : check.status;
  return {
    state,
    sentence: sentences[state],
    lines: [
      ...(check.fault ? [text.faults[check.fault] ?? check.fault] : []),
      text.asked(asker?.name ?? '', sayWhen(ctx, check.askedAt)),
      ...(check.endedAt ? [text.ended(sayWhen(ctx, check.endedAt))] : []),
    ],
    hash: check.head,
    ...(state === 'running'
      ? { progress: check.until === 0n ? 100 : Number((check.done * 100n) / check.until) }
      : {}),
  };
}
