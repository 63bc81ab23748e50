/** The reports in the console: all of them at a glance, and one with its charts. */
import { html } from 'hono/html';
import { type Chart, drawChart, drawSpark } from './chart.ts';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleOpening } from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

export type PeriodProps = {
  /** First and last day, `YYYY-MM-DD`, for the form; and as they are said. */
  from: string;
  until: string;
  said: { from: string; until: string };
  choices: { href: string; label: string; here: boolean }[];
  action: string;
};

export type ConsoleReportsProps = {
  page: ConsolePageProps;
  error?: string;
  period: PeriodProps;
  reports: { href: string; title: string; headline: string; unit: string; spark: number[] }[];
};

export function consoleReportsPage(props: ConsoleReportsProps): string {
  const { page, period, reports } = props;
  const text = messagesFor(page.lang).books.reports;
  const body = html`${consoleOpening(text.title, props)}
<p class="lead">${text.lead(period.said.from, period.said.until)} ${text.onlyCounts}</p>
${periodForm(page, period)}
<ul class="tiles">${reports.map(
    (one) =>
      html`<li><a href="${one.href}"><strong>${one.title}</strong><b>${one.headline}</b><small>${one.unit}</small>${drawSpark(one.spark)}</a></li>`,
  )}</ul>`;
  return consoleLayout(page, { title: text.title, body });
}

function periodForm(page: ConsolePageProps, { choices, action, from, until }: PeriodProps): Markup {
  const text = messagesFor(page.lang).books.reports;
  return html`<div class="period"><nav aria-label="${text.period}"><ul>${choices.map(
    ({ href, label, here }) =>
      html`<li><a href="${href}"${here && html` aria-current="true"`}>${label}</a></li>`,
  )}</ul></nav>
<form id="form-period" method="post" action="${action}" class="row"><label class="field inline"><span>${text.from}</span><input type="date" name="from" value="${from}" required></label><label class="field inline"><span>${text.until}</span><input type="date" name="until" value="${until}" required></label><button id="button-period" class="button small">${text.choose}</button></form></div>`;
}

export type ConsoleReportProps = {
  page: ConsolePageProps;
  error?: string;
  title: string;
  lead: string;
  period: PeriodProps;
  notes: string[];
  /** None: there is nothing in this period. */
  charts: Chart[];
  csvHref: string;
  backHref: string;
};

export function consoleReportPage(props: ConsoleReportProps): string {
  const { page, period, charts } = props;
  const text = messagesFor(page.lang).books.reports;
  const body = html`<p class="crumb"><a href="${props.backHref}">${text.title}</a></p>
<div class="head"><div>${consoleOpening(props.title, props)}
<p class="lead">${props.lead} ${text.lead(period.said.from, period.said.until)}</p></div><a id="link-csv" class="button" href="${props.csvHref}" download>${text.csv}</a></div>
${periodForm(page, period)}
${props.notes.map((note) => html`<p class="told">${note}</p>`)}
${
  charts.length > 0
    ? charts.map((chart) => html`<section>${drawChart(page.lang, chart)}</section>`)
    : html`<section><p class="hint">${text.empty}</p></section>`
}`;
  return consoleLayout(page, { title: props.title, body });
}
