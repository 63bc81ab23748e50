/** The pages of the reports, and each as a file in which no count is small enough to be somebody. */
import { consoleReportPage, consoleReportsPage, type PeriodProps } from '../../views/console-reports.ts';
import { messagesFor } from '../../views/messages.ts';
import { recordEvent } from '../audit/audit.ts';
import { toCsv } from '../audit/csv.ts';
import { AppError } from '../errors.ts';
import { sayDay, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { addDays, dayInVietnam, isDay, startOfDay } from '../http/vietnam-day.ts';
import { type Period, told } from '../reports/reports.ts';
import { consoleProps, goTo } from './pages.ts';
import { type Asked, type ReportKind, reportKinds } from './report-kinds.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

const page = '/console/reports';
const USUAL_DAYS = 30;
const MOST_DAYS = 366;
const LONG_DAYS = 92;
const DAY_MS = 24 * 3600 * 1000;

export const reportRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/reports', { right: 'reports.read' }, async (visit) => {
    const { ctx } = visit;
    const asked = readAsked(visit);
    const kinds = Object.keys(reportKinds) as ReportKind[];
    const reports = await Promise.all(kinds.map((kind) => reportKinds[kind](asked)));
    const { kinds: texts, badPeriod } = messagesFor(ctx.state.lang).books.reports;
    sendPage(
      ctx,
      consoleReportsPage({
        page: consoleProps(visit),
        ...(ctx.query.fault === undefined ? {} : { error: badPeriod }),
        period: sayPeriod(ctx, asked, page),
        reports: reports.map(({ headline, unit, spark }, index) => {
          const kind = kinds[index] as ReportKind;
          return { href: hrefOf(asked.period, kind), title: texts[kind].title, headline, unit, spark };
        }),
      }),
    );
  }),

  consoleRoute('post', '/reports', { right: 'reports.read' }, async (visit) => choosePeriod(visit)),

  consoleRoute('get', '/reports/:report', { right: 'reports.read' }, async (visit) => {
    const { ctx } = visit;
    const kind = readKind(ctx);
    const asked = readAsked(visit);
    const { charts, notes } = await reportKinds[kind](asked);
    const { kinds, badPeriod } = messagesFor(ctx.state.lang).books.reports;
    sendPage(
      ctx,
      consoleReportPage({
        page: consoleProps(visit),
        ...(ctx.query.fault === undefined ? {} : { error: badPeriod }),
        ...kinds[kind],
        period: sayPeriod(ctx, asked, `${page}/${kind}`),
        notes,
        charts: await charts(),
        csvHref: hrefOf(asked.period, `${kind}/csv`),
        backHref: hrefOf(asked.period),
      }),
    );
  }),

  consoleRoute('post', '/reports/:report', { right: 'reports.read' }, async (visit) =>
    choosePeriod(visit, readKind(visit.ctx)),
  ),

  consoleRoute('get', '/reports/:report/csv', { right: 'reports.read' }, async (visit) => {
    const { scope, ctx, officer } = visit;
    const kind = readKind(ctx);
    const asked = readAsked(visit);
    const { rows } = await reportKinds[kind](asked);
    const { period } = asked;
    await recordEvent(scope.deps, { event: 'report.exported', report: kind, ...period, actor: officer.id });
    const names = messagesFor(ctx.state.lang).books.reports.rows;
    ctx.type = 'text/csv; charset=utf-8';
    ctx.attachment(`tay-ninh-id-${kind}-${period.from}-${period.until}.csv`);
    ctx.body = toCsv(
      [names.day, names.key, names.detail, names.count],
      (await rows()).map(({ day, key, detail, count, shown }) => [day, key, detail, told(count, shown)]),
    );
  }),
];

function readKind(ctx: Context): ReportKind {
  const name = String(ctx.params.report);
  if (!Object.hasOwn(reportKinds, name)) throw new AppError('not_found', { backHref: page });
  return name as ReportKind;
}

/** From a form to an address that can be kept. */
function choosePeriod({ ctx, fields }: SignedInVisit, kind = ''): void {
  const period = periodOf(fields.from, fields.until);
  goTo(ctx, period ? hrefOf(period, kind) : `${page}${kind && `/${kind}`}?fault=period`);
}

/** Undefined when these are no two days in order, or lie too far apart. */
function periodOf(from: unknown, until: unknown): Period | undefined {
  if (!isDay(from) || !isDay(until) || until < from) return undefined;
  return daysOf({ from, until }) > MOST_DAYS ? undefined : { from, until };
}

function daysOf({ from, until }: Period): number {
  return Math.round((Date.parse(until) - Date.parse(from)) / DAY_MS) + 1;
}

function hrefOf({ from, until }: Period, path = ''): string {
  return `${page}${path && `/${path}`}?from=${from}&until=${until}`;
}

function readAsked({ scope, ctx }: SignedInVisit): Asked {
  const { db, clock } = scope.deps;
  const today = dayInVietnam(clock());
  const { from, until } = ctx.query;
  const period = periodOf(from, until) ?? { from: addDays(today, 1 - USUAL_DAYS), until: today };
  return {
    db,
    now: clock(),
    lang: ctx.state.lang,
    period,
    ...barsOf(period),
    appName: (id) => scope.registry.clientName(id, ctx.state.lang) ?? id,
  };
}

/** A year of days would be a comb: from three months on a bar is a week. The last week is whole, the first may not be. */
function barsOf({ from, until }: Period): Pick<Asked, 'step' | 'bars' | 'barOf' | 'length'> {
  const length = daysOf({ from, until });
  const size = length > LONG_DAYS ? 7 : 1;
  const count = Math.ceil(length / size);
  const first = addDays(until, 1 - count * size);
  const bars = Array.from({ length: count }, (_, index) => addDays(first, index * size));
  // Asked of every row for every series: a day is reckoned once.
  const barOfDay = new Map(
    Array.from({ length: count * size }, (_, index) => [
      addDays(first, index),
      bars[Math.floor(index / size)] ?? '',
    ]),
  );
  const barOf = (day: string) => barOfDay.get(day) ?? '';
  return { step: size === 7 ? 'week' : 'day', bars, barOf, length };
}

function sayPeriod(ctx: Context, { period, now }: Asked, action: string): PeriodProps {
  const text = messagesFor(ctx.state.lang).books.reports;
  const today = dayInVietnam(now);
  const { from, until } = period;
  return {
    from,
    until,
    said: { from: sayDay(ctx, startOfDay(from)), until: sayDay(ctx, startOfDay(until)) },
    choices: Object.entries(text.periods).map(([days, label]) => {
      const choice = { from: addDays(today, 1 - Number(days)), until: today };
      return {
        href: `${action}?from=${choice.from}&until=${choice.until}`,
        label,
        here: choice.from === from && choice.until === until,
      };
    }),
    action,
  };
}
