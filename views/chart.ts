/**
 * Charts as SVG, drawn by the server: no script, no inline style, colours from the stylesheet through classes, so that they
 * are right by day and by night. Widths are percentages of the drawing and texts are not stretched with it: the same
 * chart is legible on a desk and on a phone. Each has a title, a description, and its numbers in a table below; a list of bars is a
 * list of names and numbers already.
 */
import { html } from 'hono/html';
import { type Lang, messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

type Common = {
  /** The beginning of the chart's ids: once on a page. */
  id: string;
  title: string;
};

type Unit = 'count' | 'seconds';

export type Series = { label: string; values: readonly number[] };

export type DayChart = Common & {
  /** `bars`: parts of a whole, stacked. `lines`: values beside each other; a day without one is `NaN`. */
  kind: 'bars' | 'lines';
  /** What is seen, in a sentence, for whoever does not see it. */
  description: string;
  /** `YYYY-MM-DD`, one after the other; with a step of a week each is the first of seven. */
  days: readonly string[];
  step: 'day' | 'week';
  series: readonly Series[];
  unit: Unit;
};

export type RankChart = Common & {
  kind: 'ranks';
  rows: readonly { label: string; value: number; note?: string }[];
};

export type Chart = DayChart | RankChart;

const HEIGHT = 200;
/** Tones there are in console.css; a chart of more series begins anew. */
const TONES = 5;
const DAY_LABELS = 5;

export function drawChart(lang: Lang, chart: Chart): Markup {
  const { id, title } = chart;
  return html`<figure class="chart"><figcaption id="${id}-title">${title}</figcaption>
${
  chart.kind === 'ranks'
    ? rankRows(lang, chart)
    : html`${dayDrawing(lang, chart)}
<details><summary>${messagesFor(lang).books.charts.table}</summary>
<div class="table" role="region" tabindex="0" aria-labelledby="${id}-title">${dayTable(lang, chart)}</div></details>`
}</figure>`;
}

function dayDrawing(lang: Lang, chart: DayChart): Markup {
  const { id, days, series, kind, unit } = chart;
  const ticks = ticksFor(highest(chart), unit);
  const top = ticks.at(-1) ?? 1;
  const y = (value: number) => round(HEIGHT - (value / top) * HEIGHT);
  return html`${
    series.length > 1 &&
    html`<ul class="legend">${series.map(({ label }, index) => html`<li><span class="${toneOf(index)}"></span>${label}</li>`)}</ul>`
  }<svg class="plot" role="img" height="${HEIGHT + 24}" aria-labelledby="${id}-name ${id}-desc"><title id="${id}-name">${chart.title}</title><desc id="${id}-desc">${chart.description}</desc>${ticks.map(
    (tick) =>
      html`<line class="grid" x1="0" x2="100%" y1="${y(tick)}" y2="${y(tick)}"/><text class="tick" x="-8" y="${y(tick) + 4}" text-anchor="end">${sayShort(lang, tick, unit)}</text>`,
  )}<svg width="100%" height="${HEIGHT}" viewBox="0 0 ${days.length} ${HEIGHT}" preserveAspectRatio="none">${
    kind === 'bars' ? bars(series, y) : lines(series, y)
  }${days.map((day, index) => html`<rect class="day" x="${index}" width="1" height="${HEIGHT}"><title>${sayAll(lang, chart, day, index)}</title></rect>`)}</svg>${labelled(
    days,
  ).map(
    (index) =>
      html`<text class="tick" x="${round(((index + 0.5) / days.length) * 100)}%" y="${HEIGHT + 18}" text-anchor="middle">${sayDay(lang, days[index] ?? '')}</text>`,
  )}</svg>`;
}

/** One path for each series: a day is one wide, a bar a little less, and each stands on those before it. */
function bars(series: readonly Series[], y: (value: number) => number): Markup[] {
  const below = new Map<number, number>();
  return series.map(({ values }, index) => {
    const parts = values.map((value, day) => {
      if (!(value > 0)) return '';
      const from = below.get(day) ?? 0;
      below.set(day, from + value);
      return `M${round(day + 0.12)} ${y(from)}V${y(from + value)}h.76V${y(from)}z`;
    });
    return html`<path class="${toneOf(index)}" d="${parts.join('')}"/>`;
  });
}

/** A line goes from day to day; where one is missing it begins anew, and a day alone is a short stroke. */
function lines(series: readonly Series[], y: (value: number) => number): Markup[] {
  return series.map(({ values }, index) => {
    const parts = values.map((value, day) => {
      if (Number.isNaN(value)) return '';
      const alone = isMissing(values[day - 1]) && isMissing(values[day + 1]);
      if (alone) return `M${round(day + 0.3)} ${y(value)}h.4`;
      return `${isMissing(values[day - 1]) ? 'M' : 'L'}${day + 0.5} ${y(value)}`;
    });
    return html`<path class="line ${toneOf(index)}" d="${parts.join('')}"/>`;
  });
}

function isMissing(value: number | undefined): boolean {
  return value === undefined || Number.isNaN(value);
}

function dayTable(lang: Lang, { days, series, unit, step }: DayChart): Markup {
  const { charts } = messagesFor(lang).books;
  return html`<table><thead><tr><th scope="col">${charts.steps[step]}</th>${series.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}</tr></thead>
<tbody>${days.map((day, index) =>
    // A day without anything says nothing, and there may be many.
    series.some(({ values }) => (values[index] ?? 0) > 0)
      ? html`<tr><th scope="row">${sayDay(lang, day, true)}</th>${series.map(
          ({ label, values }) =>
            html`<td class="number" data-label="${label}">${sayValue(lang, values[index], unit)}</td>`,
        )}</tr>`
      : '',
  )}</tbody></table>`;
}

/** Names above, bars below, one drawing for each: names and numbers are text of the page, and wrap like it. */
function rankRows(lang: Lang, { id, rows }: RankChart): Markup {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  return html`<ol class="ranks" aria-labelledby="${id}-title">${rows.map(
    ({ label, value, note }) =>
      html`<li><span>${label}</span><b>${sayNumber(lang, value)}${note && html` <small>${note}</small>`}</b><svg aria-hidden="true" width="100%" height="10"><rect class="rest" width="100%" height="10" rx="3"/><rect class="${toneOf(0)}" width="${round((value / most) * 100)}%" height="10" rx="3"/></svg></li>`,
  )}</ol>`;
}

/** The shape of some days alone, beside a number; it says nothing that the number does not. */
export function drawSpark(values: readonly number[]): Markup {
  const most = Math.max(1, ...values.filter((value) => value > 0));
  const parts = values.map((value, day) => {
    const height = value > 0 ? Math.max(1, round((value / most) * 30)) : 0.5;
    return `M${round(day + 0.1)} 30v-${height}h.8v${height}z`;
  });
  return html`<svg class="spark" aria-hidden="true" width="100%" height="30" viewBox="0 0 ${Math.max(1, values.length)} 30" preserveAspectRatio="none"><path class="${toneOf(0)}" d="${parts.join('')}"/></svg>`;
}

function toneOf(index: number): string {
  return `tone-${(index % TONES) + 1}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function highest({ kind, days, series }: DayChart): number {
  const sums = days.map((_, day) => {
    const values = series
      .map(({ values }) => values[day] ?? 0)
      .map((value) => (Number.isNaN(value) ? 0 : value));
    return kind === 'bars' ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values);
  });
  return Math.max(0, ...sums);
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
const spans = [1, 5, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE]
  .concat([HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR])
  .concat([DAY, 2 * DAY, 5 * DAY, 10 * DAY, 20 * DAY, 50 * DAY, 100 * DAY]);

/** Zero and up to four round steps, the last one not below the highest value. */
function ticksFor(most: number, unit: Unit): number[] {
  const step = unit === 'seconds' ? spanFor(most / 4) : stepFor(most / 4);
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

function spanFor(least: number): number {
  return spans.find((span) => span >= least) ?? stepFor(least / DAY) * DAY;
}

/** 1, 2 or 5 with zeros behind it; counts have no fractions. */
function stepFor(least: number): number {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(least, 1))));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}

/** The days that are named below: the last one, and others at even distances before it. */
function labelled(days: readonly string[]): number[] {
  const step = Math.max(1, Math.ceil(days.length / DAY_LABELS));
  return days.map((_, index) => index).filter((index) => (days.length - 1 - index) % step === 0);
}

function sayAll(lang: Lang, { series, unit, step }: DayChart, day: string, index: number): string {
  const values = series.map(({ label, values }) => `${label}: ${sayValue(lang, values[index], unit)}`);
  const from = step === 'week' ? `${messagesFor(lang).books.charts.steps.week} ` : '';
  return `${from}${sayDay(lang, day, true)} · ${values.join(' · ')}`;
}

function sayValue(lang: Lang, value: number | undefined, unit: Unit): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  return unit === 'seconds' ? saySpan(lang, value) : sayNumber(lang, value);
}

function sayShort(lang: Lang, value: number, unit: Unit): string {
  if (unit === 'seconds') return saySpan(lang, value);
  return value < 1_000_000
    ? sayNumber(lang, value)
    : new Intl.NumberFormat(tagOf(lang), { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

// To make one takes longer than to draw a chart's bar; a page says hundreds of numbers.
const numbers = { vi: new Intl.NumberFormat('vi'), en: new Intl.NumberFormat('en-GB') };

export function sayNumber(lang: Lang, value: number): string {
  return numbers[lang].format(value);
}

/** How long: in the largest two units that say something. */
export function saySpan(lang: Lang, seconds: number): string {
  const { charts } = messagesFor(lang).books;
  const whole = Math.round(seconds < MINUTE ? seconds : seconds / MINUTE) * (seconds < MINUTE ? 1 : MINUTE);
  if (whole < MINUTE) return charts.seconds(whole);
  if (whole < HOUR) return charts.minutes(whole / MINUTE);
  if (whole < DAY) return charts.hours(Math.floor(whole / HOUR), (whole % HOUR) / MINUTE);
  return charts.days(Math.floor(whole / DAY), Math.floor((whole % DAY) / HOUR));
}

const dayAndMonth = { timeZone: 'UTC', day: 'numeric', month: 'short' } as const;
const englishDay = new Intl.DateTimeFormat('en-GB', { ...dayAndMonth, year: 'numeric' });
const englishShortDay = new Intl.DateTimeFormat('en-GB', dayAndMonth);

function sayDay(lang: Lang, day: string, whole = false): string {
  const [year, month, date] = day.split('-');
  if (lang === 'vi') return whole ? `${date}/${month}/${year}` : `${date}/${month}`;
  return (whole ? englishDay : englishShortDay).format(new Date(`${day}T00:00:00Z`));
}

function tagOf(lang: Lang): string {
  return lang === 'vi' ? 'vi' : 'en-GB';
}
