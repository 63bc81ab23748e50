/** Searching the audit log. Whoever searches is written down in it, page by page. */
import { z } from 'zod';
import { sayNumber } from '../../views/chart.ts';
import { type ConsoleAuditProps, consoleAuditPage } from '../../views/console-audit.ts';
import { messagesFor } from '../../views/messages.ts';
import { recordEvent } from '../audit/audit.ts';
import { searchAudit } from '../audit/search.ts';
import { sendPage } from '../http/page.ts';
import { MOST_EXPORTED } from './audit-export.ts';
import { eventChoices, sayLines } from './audit-lines.ts';
import { type Asked, type AskedFault, findWho, hrefOf, meanAsked, readAsked } from './audit-question.ts';
import { consoleProps, goTo } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

const page = '/console/audit';
const LINES = 25;

export const auditRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/audit', { right: 'audit.read' }, async (visit) => {
    const { ctx } = visit;
    const asked = readAsked(ctx.query);
    if (Object.keys(asked).length === 0 && ctx.query.all === undefined) {
      const fault = z.enum(['who', 'time']).safeParse(ctx.query.fault).data;
      return show(visit, asked, fault ? { fault } : {});
    }
    await search(visit, asked);
  }),

  // Numbers of persons come by a form, and never stand in an address.
  consoleRoute('post', '/audit', { right: 'audit.read' }, async (visit) => {
    const { scope, ctx, fields, officer } = visit;
    const { account: _account, ...asked } = readAsked(fields);
    if (faultOfTimes(fields, asked)) return goTo(ctx, `${page}?fault=time`);
    const who = typeof fields.who === 'string' ? fields.who.trim().slice(0, 100) : '';
    if (!who) return goTo(ctx, hrefOf(asked));
    const found = await findWho(scope.deps, who);
    if (found.account) return goTo(ctx, hrefOf({ ...asked, account: found.account }));
    // Whether somebody is in here at all is a look, too.
    await recordEvent(scope.deps, {
      event: 'audit.searched',
      account: null,
      actor: officer.id,
      purpose: asked.purpose ?? null,
      question: { who: found.as },
    });
    goTo(ctx, `${page}?fault=who`);
  }),
];

/** A day and time that was typed and then left out as none. */
function faultOfTimes(fields: SignedInVisit['fields'], asked: Asked): boolean {
  return (['from', 'until'] as const).some((name) => Boolean(fields[name]) && asked[name] === undefined);
}

async function search(visit: SignedInVisit, asked: Asked): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { deps } = scope;
  const { auditPurposes } = messagesFor(ctx.state.lang).account.ledger;
  const meant = await meanAsked(deps, asked, auditPurposes);
  if ('fault' in meant) return show(visit, asked, { fault: meant.fault });
  const { question, account, purpose, noted } = meant;
  // Before anything is shown: a look that could not be written down is none.
  await recordEvent(deps, {
    event: 'audit.searched',
    account,
    actor: officer.id,
    purpose,
    question: noted,
  });
  const found = await searchAudit(deps.db, question, LINES + 1);
  const lines = found.slice(0, LINES);
  const last = found.length > LINES ? lines.at(-1)?.seq : undefined;
  const { before, ...withoutPlace } = asked;
  await show(visit, asked, {
    lines: await sayLines(visit, lines, asked.purpose),
    ...(last === undefined ? {} : { olderHref: hrefOf({ ...asked, before: String(last) }) }),
    ...(before === undefined ? {} : { newestHref: hrefOf(withoutPlace) }),
    take: { action: `${page}/export`, fields: withoutPlace, most: sayNumber(ctx.state.lang, MOST_EXPORTED) },
  });
}

async function show(
  visit: SignedInVisit,
  asked: Asked,
  {
    fault,
    ...result
  }: { fault?: AskedFault } & Pick<ConsoleAuditProps, 'lines' | 'olderHref' | 'newestHref' | 'take'>,
): Promise<void> {
  const { ctx } = visit;
  const { books, account } = messagesFor(ctx.state.lang);
  const error = fault && books.audit.faults[fault];
  const props: ConsoleAuditProps = {
    page: withQuery(visit),
    ...(error ? { error } : {}),
    search: {
      action: page,
      who: asked.account ?? '',
      purposes: Object.entries(account.ledger.auditPurposes).map(([value, label]) => ({
        value,
        label,
        chosen: value === asked.purpose,
      })),
      officer: asked.officer ?? '',
      caseId: asked.case ?? '',
      events: eventChoices(visit, asked.event),
      from: asked.from ?? '',
      until: asked.until ?? '',
    },
    ...result,
    chainHref: `${page}/chain`,
  };
  sendPage(ctx, consoleAuditPage(props));
}

/** In the other language the same is asked. */
function withQuery(visit: SignedInVisit): ConsoleAuditProps['page'] {
  const props = consoleProps(visit);
  const { lang: _lang, ...query } = visit.ctx.query as Record<string, string>;
  const others = new URLSearchParams(query);
  return others.size > 0 ? { ...props, otherLanguageHref: `${props.otherLanguageHref}&${others}` } : props;
}
