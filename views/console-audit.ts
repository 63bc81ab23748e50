/** The audit log in the console: the search and its lines, and the check of the whole chain. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening, textField } from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

type Option = { value: string; label: string; chosen: boolean };

export type AuditSearch = {
  action: string;
  who: string;
  purposes: Option[];
  officer: string;
  caseId: string;
  /** By what they are about: sign-ins, cases, … */
  events: Option[];
  from: string;
  until: string;
};

export type AuditLineProps = {
  number: string;
  when: string;
  what: string;
  event: string;
  by?: string;
  /** What the line is about: an account, a case, an app; some lead to a search for it. */
  about: { label: string; value: string; href?: string }[];
  body: string;
  hash: string;
};

export type ConsoleAuditProps = {
  page: ConsolePageProps;
  search: AuditSearch;
  error?: string;
  /** Missing until something was searched for. */
  lines?: AuditLineProps[];
  olderHref?: string;
  newestHref?: string;
  take?: { action: string; fields: Record<string, string>; most: string };
  chainHref: string;
};

export function consoleAuditPage(props: ConsoleAuditProps): string {
  const { page, lines, olderHref, newestHref, take } = props;
  const text = messagesFor(page.lang).books.audit;
  const body = html`<div class="head"><div>${consoleOpening(text.title, props)}
<p class="lead">${text.lead}</p></div><a id="link-chain" class="button" href="${props.chainHref}">${text.chainLink}</a></div>
<section><h2>${text.searchTitle}</h2>${searchForm(page, props.search)}</section>
${
  lines &&
  html`<section><h2>${text.results}</h2>${lines.length > 0 ? lineList(page, lines) : html`<p class="hint">${text.none}</p>`}
<div class="acts">${olderHref && html`<a id="link-older" class="button small" rel="next" href="${olderHref}">${messagesFor(page.lang).console.older}</a>`}${
    newestHref && html`<a id="link-newest" class="button small" href="${newestHref}">${text.newest}</a>`
  }</div></section>`
}
${
  take &&
  html`<section><h2>${text.exportTitle}</h2><p class="hint">${text.exportLead(take.most)}</p>${consoleForm({
    name: 'export',
    action: take.action,
    label: text.export,
    fields: html`${Object.entries(take.fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`,
  })}</section>`
}`;
  return consoleLayout(page, { title: text.title, body });
}

function searchForm(page: ConsolePageProps, search: AuditSearch): Markup {
  const text = messagesFor(page.lang).books.audit;
  return html`<form id="form-search" method="post" action="${search.action}"><div class="fields">
${textField({ name: 'who', label: text.who, value: search.who, optional: true, focus: true, longest: 40 })}
${choice('purpose', text.purpose, [{ value: '', label: text.noPurpose, chosen: false }, ...search.purposes])}
${textField({ name: 'officer', label: text.officer, value: search.officer, optional: true, longest: 64 })}
${textField({ name: 'case', label: text.caseId, value: search.caseId, optional: true, longest: 36 })}
${choice('event', text.event, [{ value: '', label: text.anyEvent, chosen: false }, ...search.events])}
${time('from', text.from, search.from)}${time('until', text.until, search.until)}</div>
<button id="button-search" class="button main">${text.submit}</button></form>`;
}

function choice(name: string, label: string, options: Option[]): Markup {
  return html`<label class="field"><span>${label}</span><select name="${name}">${options.map(
    (one) => html`<option value="${one.value}"${one.chosen && html` selected`}>${one.label}</option>`,
  )}</select></label>
`;
}

function time(name: string, label: string, value: string): Markup {
  return html`<label class="field"><span>${label}</span><input type="datetime-local" name="${name}" value="${value}"></label>
`;
}

function lineList(page: ConsolePageProps, lines: AuditLineProps[]): Markup {
  const text = messagesFor(page.lang).books.audit;
  return html`<ol class="log">${lines.map(
    (line) =>
      html`<li><div class="stamp"><b>${line.number}</b><small>${line.when}</small></div><div><p>${line.what}</p><p class="hint">${
        line.by && html`<span>${line.by}</span>`
      }${line.about.map(
        ({ label, value, href }) =>
          html`<span>${label} ${href ? html`<a href="${href}"><code>${value}</code></a>` : html`<code>${value}</code>`}</span>`,
      )}</p><details><summary>${text.details} · ${line.event}</summary><p><code>${line.body}</code></p><p class="hint">${text.hash}: <code>${line.hash}</code></p></details></div></li>`,
  )}</ol>`;
}

export type ConsoleChainProps = {
  page: ConsolePageProps;
  done?: string;
  head: { number: string; hash: string };
  last?: {
    state: 'running' | 'left' | 'whole' | 'broken';
    sentence: string;
    lines: string[];
    hash: string;
    /** Of the whole, in percent. */
    progress?: number;
  };
  action: string;
  reloadHref: string;
  days: { day: string; number: string; hash: string }[];
  publishedHref: string;
  backHref: string;
};

export function consoleChainPage(props: ConsoleChainProps): string {
  const { page, head, last, days } = props;
  const text = messagesFor(page.lang).books.chain;
  const mark = last?.state === 'broken' ? 'told wrong' : 'told';
  const body = html`<p class="crumb"><a href="${props.backHref}">${messagesFor(page.lang).books.audit.title}</a></p>
${consoleOpening(text.title, props)}
<p class="lead">${text.lead}</p>
<div class="columns">
<section><h2>${text.lastTitle}</h2>
${
  last
    ? html`<p id="last" class="${mark}" data-state="${last.state}">${last.sentence}</p>${last.lines.map((line) => html`<p class="hint">${line}</p>`)}${
        last.progress !== undefined &&
        html`<progress max="100" value="${last.progress}" aria-label="${text.progress}"></progress>
<p><a id="link-reload" class="button small" href="${props.reloadHref}">${text.reload}</a></p>`
      }<p class="hint">${text.hash}: <code>${last.hash}</code></p>`
    : html`<p class="hint">${text.never}</p>`
}
${last?.state !== 'running' && html`${consoleForm({ name: 'check', action: props.action, label: text.start, look: 'main' })}<p class="hint">${text.startHint}</p>`}
</section>
<section><h2>${text.headTitle}</h2><dl><dt>${text.number}</dt><dd>${head.number}</dd><dt>${text.hash}</dt><dd><code>${head.hash}</code></dd></dl></section>
</div>
<section><h2>${text.daysTitle}</h2><p class="hint">${text.daysLead}<br><a href="${props.publishedHref}"><code>${props.publishedHref}</code></a></p>
${
  days.length > 0
    ? html`<div class="table"><table><thead><tr><th scope="col">${text.day}</th><th scope="col">${text.number}</th><th scope="col">${text.hash}</th></tr></thead><tbody>${days.map(
        (one) => html`<tr><td>${one.day}</td><td>${one.number}</td><td><code>${one.hash}</code></td></tr>`,
      )}</tbody></table></div>`
    : html`<p class="hint">${text.noDays}</p>`
}</section>`;
  return consoleLayout(page, { title: text.title, body });
}
