/**
 * The reports: what each reads and how it is drawn. Numbers come from the counts by day (reports/), never from the
 * chain; the names of apps, ways and reasons are put in here.
 */
import type { Chart, Series } from '../../views/chart.ts';
import { sayNumber, saySpan } from '../../views/chart.ts';
import type { Messages } from '../../views/i18n/vi.ts';
import { type Lang, messagesFor } from '../../views/messages.ts';
import type { Db } from '../db/database.ts';
import { readWaits, timesBy } from '../reports/case-times.ts';
import {
  type Apart,
  type CountRow,
  type Period,
  type ReportName,
  readCounts,
  readWaiting,
} from '../reports/reports.ts';

export type ReportKind = keyof Messages['books']['reports']['kinds'];

export type Asked = {
  db: Db;
  now: Date;
  lang: Lang;
  period: Period;
  /** What a bar is: a day, or in long periods a week. */
  step: 'day' | 'week';
  /** The first day of each bar. */
  bars: readonly string[];
  /** Which bar a day belongs to. */
  barOf: (day: string) => string;
  /** How many days there are. */
  length: number;
  /** What an app is called. */
  appName: (clientId: string) => string;
};

export type Report = {
  /** For the overview: one number, its unit, and its shape by day. */
  headline: string;
  unit: string;
  spark: number[];
  notes: string[];
  /** Asked for only where they are drawn. */
  charts: () => Promise<Chart[]>;
  /** What is taken away as a file. `shown`: what is told in the place of a count that is large enough. */
  rows: () => Promise<Row[]>;
};
type Row = CountRow & { shown?: string };

/** So many bars have names; what comes behind is added up. */
const MOST_RANKS = 12;

export const reportKinds: Record<ReportKind, (asked: Asked) => Promise<Report>> = {
  'sign-ins': async (asked) => {
    const text = textOf(asked);
    const rows = await read(asked, 'sign_ins', ['day', 'detail']);
    const report = byDays(asked, 'sign-ins', rows, {
      series: Object.entries(text.levels).map(([detail, label]) => ({
        label,
        of: (row) => row.detail === detail,
      })),
      more: async () => {
        const apps = await read(asked, 'sign_ins', ['key']);
        return [ranks(asked, 'apps', text.byApp, apps, ({ key }) => asked.appName(key))];
      },
    });
    return { ...report, rows: () => read(asked, 'sign_ins') };
  },

  verified: async (asked) => {
    const rows = await read(asked, 'level2_granted');
    return byDays(asked, 'verified', rows, { series: seriesOf(rows, (key) => wayName(asked, key)) });
  },

  times: readTimes,

  refusals: async (asked) => {
    const text = textOf(asked);
    const [signIns, stepUps, decisions] = await Promise.all([
      read(asked, 'sign_in_refusals'),
      read(asked, 'step_up_refusals'),
      read(asked, 'decisions'),
    ]);
    const refused = decisions.filter(({ key }) => key === 'rejected');
    const all = [...signIns, ...stepUps, ...refused];
    const reason = ({ detail }: CountRow) => reasonName(asked, detail);
    return {
      ...byDays(asked, 'refusals', all, { series: [] }),
      charts: async () =>
        [
          ranks(asked, 'sign-ins', text.signInRefusals, signIns, reason),
          ranks(asked, 'step-ups', text.stepUpRefusals, stepUps, reason),
          ranks(asked, 'decisions', text.decisions, refused, reason),
        ].filter(isFilled),
    };
  },

  'step-ups': readFunnel,

  lockouts: async (asked) => {
    const text = textOf(asked);
    const rows = (await read(asked, 'factor_refusals')).filter(({ key }) => key === 'pin');
    const locked = rows.filter(({ detail }) => detail === 'locked');
    return {
      ...byDays(asked, 'lockouts', rows, {
        series: [
          { label: text.locked, of: ({ detail }) => detail === 'locked' },
          { label: text.wrong, of: ({ detail }) => detail !== 'locked' },
        ],
      }),
      headline: sayNumber(asked.lang, sum(locked)),
      spark: perBar(asked, locked),
    };
  },

  upstreams: async (asked) => {
    const text = textOf(asked);
    const rows = await read(asked, 'upstream_errors');
    return byDays(asked, 'upstreams', rows, {
      series: Object.entries(text.upstreams).map(([key, label]) => ({ label, of: (row) => row.key === key })),
      more: async () => [ranks(asked, 'codes', text.byCode, rows, ({ detail }) => reasonName(asked, detail))],
    });
  },
};

async function readTimes(asked: Asked): Promise<Report> {
  const { db, now, lang, period, bars, barOf, step } = asked;
  const text = textOf(asked);
  const [waits, waiting] = await Promise.all([readWaits(db, period), readWaiting(db, now)]);
  const byDay = timesBy(waits, ({ day }) => barOf(day));
  const perDay = new Map(byDay.map((one) => [one.key, one]));
  const of = (member: 'median' | 'p90') => bars.map((day) => perDay.get(day)?.[member] ?? Number.NaN);
  const ways = () =>
    timesBy(waits, ({ method }) => method).map(({ key, decided, median, p90 }) => ({
      label: wayName(asked, key),
      value: decided,
      note: `${text.median} ${saySpan(lang, median)} · ${text.p90} ${saySpan(lang, p90)}`,
    }));
  const medians = of('median');
  const [all] = timesBy(waits, () => '');
  const decided = all?.decided ?? 0;
  return {
    headline: all ? saySpan(lang, all.median) : '–',
    unit: text.unit.seconds,
    spark: medians,
    notes: [
      waiting.count > 0
        ? `${text.waitingNow}: ${text.waiting(sayNumber(lang, waiting.count), saySpan(lang, waiting.median), saySpan(lang, waiting.oldest))}`
        : text.waitingNone,
    ],
    charts: async () =>
      decided === 0
        ? []
        : [
            {
              kind: 'lines',
              id: 'times',
              title: text.by[step],
              description: text.describe(sayNumber(lang, decided), asked.length),
              days: bars,
              step,
              unit: 'seconds',
              series: [
                { label: text.median, values: medians },
                { label: text.p90, values: of('p90') },
              ],
            },
            { kind: 'ranks', id: 'ways', title: text.byWay, rows: ways() },
          ],
    // A median of few is somebody's time: it goes with its count, or not at all.
    rows: async () =>
      byDay.flatMap(({ key, decided: count, median, p90 }) => [
        { day: key, key: 'decided', detail: '', count },
        { day: key, key: 'median', detail: 'seconds', count, shown: median.toFixed(0) },
        { day: key, key: 'p90', detail: 'seconds', count, shown: p90.toFixed(0) },
      ]),
  };
}

async function readFunnel(asked: Asked): Promise<Report> {
  const { lang } = asked;
  const text = textOf(asked);
  const [askedRows, started, ended] = await Promise.all([
    read(asked, 'step_ups_asked', ['day']),
    read(asked, 'step_ups_started', ['day']),
    read(asked, 'step_ups', ['day', 'detail']),
  ]);
  const finished = ended.filter(isFinished);
  const declined = ended.filter((row) => !isFinished(row));
  const total = sum(askedRows);
  const step = (label: string, rows: readonly CountRow[]) => {
    const value = sum(rows);
    const share = new Intl.NumberFormat(lang, { style: 'percent' }).format(total > 0 ? value / total : 0);
    return { label, value, ...(total > 0 && rows !== askedRows ? { note: text.ofAsked(share) } : {}) };
  };
  const shared = byDays(asked, 'step-ups', finished, {
    series: seriesByDetail(finished, (way) => wayName(asked, way)),
  });
  return {
    ...shared,
    charts: async () => {
      const apps = (await read(asked, 'step_ups', ['key', 'detail'])).filter(isFinished);
      const funnel: Chart = {
        kind: 'ranks',
        id: 'funnel',
        title: text.funnel,
        rows: [
          step(text.steps.asked, askedRows),
          step(text.steps.started, started),
          step(text.steps.finished, finished),
          step(text.steps.declined, declined),
        ],
      };
      const byApp = ranks(asked, 'apps', text.byApp, apps, ({ key }) => asked.appName(key));
      return [funnel, ...(await shared.charts()), byApp].filter(isFilled);
    },
    rows: () => readFunnelRows(asked),
  };
}

async function readFunnelRows(asked: Asked): Promise<Row[]> {
  const [askedRows, started, ended] = await Promise.all([
    read(asked, 'step_ups_asked'),
    read(asked, 'step_ups_started'),
    read(asked, 'step_ups'),
  ]);
  const step = (name: string, rows: readonly CountRow[]) =>
    rows.map(({ day, key, detail, count }) => ({
      day,
      key: name,
      detail: [key, detail].filter(Boolean).join(' '),
      count,
    }));
  return [
    ...step('asked', askedRows),
    ...step('started', started),
    ...step('finished', ended.filter(isFinished)),
    ...step(
      'declined',
      ended.filter((row) => !isFinished(row)),
    ),
  ];
}

function isFinished({ detail }: CountRow): boolean {
  return detail !== 'declined';
}

type Part = { label: string; of: (row: CountRow) => boolean };

function byDays(
  asked: Asked,
  id: string,
  rows: readonly CountRow[],
  { series, more = async () => [] }: { series: readonly Part[]; more?: () => Promise<Chart[]> },
): Report {
  const { lang, bars, step, length } = asked;
  const text = textOf(asked);
  const total = sayNumber(lang, sum(rows));
  const drawn: Series[] = series.map(({ label, of }) => ({ label, values: perBar(asked, rows.filter(of)) }));
  const chart: Chart = {
    kind: 'bars',
    id,
    title: text.by[step],
    description: text.describe(total, length),
    days: bars,
    step,
    unit: 'count',
    series: drawn,
  };
  return {
    headline: total,
    unit: text.unit.count,
    spark: perBar(asked, rows),
    notes: [],
    charts: async () =>
      rows.length > 0 ? [...(drawn.length > 0 ? [chart] : []), ...(await more())].filter(isFilled) : [],
    rows: async () => [...rows],
  };
}

function isFilled(chart: Chart): boolean {
  return chart.kind !== 'ranks' || chart.rows.some(({ value }) => value > 0);
}

/** A series for each key there is, the most frequent first. */
function seriesOf(rows: readonly CountRow[], name: (key: string) => string): Part[] {
  return ranked(rows, ({ key }) => key).map(([key]) => ({ label: name(key), of: (row) => row.key === key }));
}

function seriesByDetail(rows: readonly CountRow[], name: (detail: string) => string): Part[] {
  return ranked(rows, ({ detail }) => detail).map(([detail]) => ({
    label: name(detail),
    of: (row) => row.detail === detail,
  }));
}

function ranks(
  asked: Asked,
  id: string,
  title: string,
  rows: readonly CountRow[],
  name: (row: CountRow) => string,
): Chart {
  const all = ranked(rows, name).map(([label, value]) => ({ label, value }));
  const rest = all.slice(MOST_RANKS).reduce((total, { value }) => total + value, 0);
  const others = rest > 0 ? [{ label: textOf(asked).others, value: rest }] : [];
  return { kind: 'ranks', id, title, rows: [...all.slice(0, MOST_RANKS), ...others] };
}

function ranked(rows: readonly CountRow[], name: (row: CountRow) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(name(row), (counts.get(name(row)) ?? 0) + row.count);
  return [...counts].sort(([, one], [, other]) => other - one);
}

function perBar({ bars, barOf }: Asked, rows: readonly CountRow[]): number[] {
  const counts = new Map<string, number>();
  for (const { day, count } of rows) counts.set(barOf(day), (counts.get(barOf(day)) ?? 0) + count);
  return bars.map((bar) => counts.get(bar) ?? 0);
}

function sum(rows: readonly CountRow[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}

function read({ db, period }: Asked, name: ReportName, apart?: readonly Apart[]): Promise<CountRow[]> {
  return readCounts(db, name, period, apart);
}

function textOf({ lang }: Asked) {
  return messagesFor(lang).books.reports;
}

function wayName({ lang }: Asked, way: string): string {
  return messagesFor(lang).account.methods[way] ?? way;
}

/** A reason is a code; those that have a page of their own have a title. */
function reasonName({ lang }: Asked, reason: string): string {
  const errors: Record<string, { title: string }> = messagesFor(lang).errors;
  const known = Object.hasOwn(errors, reason) ? errors[reason] : undefined;
  return known ? `${known.title} (${reason})` : reason;
}
