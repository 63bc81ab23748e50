/**
 * The queue of cases: one button takes the next one, and it has the focus, so that Enter is all it needs. Nobody's name or
 * number stands here: what is in a case is seen by whoever takes it.
 */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening } from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

export type QueueLine = {
  href: string;
  code: string;
  /** `3 ngày`, and the moment itself. */
  waited: string;
  when: string;
  why: string;
  method: string;
  where: string;
  hasPhoto: boolean;
  state: string;
  /** Somebody works on it. */
  taken: boolean;
};

export type FilterGroup = {
  name: string;
  options: { label: string; href: string; chosen: boolean }[];
  many?: boolean;
};

export type ConsoleQueueProps = {
  page: ConsolePageProps;
  done?: string;
  error?: string;
  lead: string;
  /** Missing when nothing waits. `fields`: the filters that stand. */
  next?: { action: string; fields: Record<string, string> };
  held: QueueLine[];
  undoable: { href: string; code: string; what: string; undoAction: string }[];
  filters: FilterGroup[];
  filtered: boolean;
  cases: QueueLine[];
  nextHref?: string;
};

export function consoleQueuePage(props: ConsoleQueueProps): string {
  const { page, held, undoable, cases, nextHref } = props;
  const text = messagesFor(page.lang).console;
  const { queue } = text.cases;
  const body = html`<div class="head"><div>${consoleOpening(queue.title, props)}
<p class="lead">${props.lead}</p></div>${props.next && nextButton(page, props.next)}</div>
${
  undoable.length > 0 &&
  html`<section class="urgent"><h2>${queue.undoTitle}</h2><ul class="lines">${undoable.map(
    (one, index) =>
      html`<li><div><strong><a href="${one.href}"><code>${one.code}</code></a></strong><small>${one.what}</small></div>${consoleForm(
        { name: `undo-${index}`, action: one.undoAction, label: text.cases.undo },
      )}</li>`,
  )}</ul></section>`
}
${
  held.length > 0 &&
  html`<section><h2>${queue.heldTitle}</h2><ul class="lines">${held.map(
    (one) =>
      html`<li><div><strong><a href="${one.href}"><code>${one.code}</code></a> ${one.why}</strong><small>${one.waited} · ${one.where}</small></div></li>`,
  )}</ul></section>`
}
<nav class="filters" aria-label="${queue.filters}">${props.filters.map(filterGroup)}</nav>
${
  cases.length > 0
    ? html`<div class="table"><table>
<thead><tr><th scope="col">${queue.columns.since}</th><th scope="col">${queue.columns.why}</th><th scope="col">${queue.columns.where}</th><th scope="col">${queue.columns.photo}</th><th scope="col">${queue.columns.state}</th></tr></thead>
<tbody>${cases.map((one) => caseLine(page, one))}</tbody></table></div>`
    : html`<p class="calm">${props.filtered ? queue.noneSo : queue.none}</p>`
}
${nextHref && html`<p><a class="button small" rel="next" href="${nextHref}">${text.older}</a></p>`}`;
  return consoleLayout(page, { title: queue.title, body });
}

function caseLine(page: ConsolePageProps, one: QueueLine): Markup {
  const { queue } = messagesFor(page.lang).console.cases;
  return html`<tr${one.taken && html` class="quiet"`}><td><a href="${one.href}">${one.waited}</a> <small>${one.when}</small></td><td>${one.why} <small>${one.method}</small></td><td>${one.where}</td><td><span class="inword">${queue.columns.photo}: </span>${one.hasPhoto ? queue.hasPhoto : queue.noPhoto}</td><td>${one.state}</td></tr>`;
}

function filterGroup({ name, options, many }: FilterGroup): Markup {
  const links = html`<ul>${options.map(
    ({ label, href, chosen }) =>
      html`<li><a href="${href}"${chosen && html` aria-current="true"`}>${label}</a></li>`,
  )}</ul>`;
  if (!many) return html`<div><span>${name}</span>${links}</div>`;
  const chosen = options.find((one) => one.chosen)?.label ?? '';
  return html`<div><details><summary>${name}: <b>${chosen}</b></summary>${links}</details></div>`;
}

/** The one key of an officer's day: Enter, because it has the focus, or N with the browser's key for access keys. */
export function nextButton(
  page: ConsolePageProps,
  { action, fields }: { action: string; fields: Record<string, string> },
): Markup {
  return html`<form id="form-next" method="post" action="${action}">${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}<button id="button-next" class="button main" accesskey="n" autofocus>${messagesFor(page.lang).console.cases.queue.next} <kbd aria-hidden="true">N</kbd></button></form>`;
}
