/** The pages that list something with a button on each line: devices signed in, services used. */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, type Markup } from './parts.ts';

export type SessionsProps = {
  page: PageProps;
  /** What was just done. */
  done?: string;
  sessions: { name: string; current: boolean; lines: string[]; endAction: string }[];
  endOthersAction?: string;
  endAllAction: string;
};

export function accountSessionsPage(props: SessionsProps): string {
  const { page, done, sessions, endOthersAction, endAllAction } = props;
  const text = messagesFor(page.lang).account.sessions;
  const body = html`${opening(page, text.title, text.lead, done)}
<ul class="list entries">${sessions.map(
    ({ name, current, lines, endAction }, index) => html`
<li><h2>${name}${current && html` <span class="tag">${text.this}</span>`}</h2>${lines.map((line) => html`<p>${line}</p>`)}
${actionForm({ name: `end-${index}`, action: endAction, label: text.end, look: 'small' })}</li>`,
  )}</ul>
<div class="actions">
${endOthersAction && actionForm({ name: 'end-others', action: endOthersAction, label: text.endOthers, look: 'other' })}
${actionForm({ name: 'end-all', action: endAllAction, label: text.endAll, look: 'other' })}
<p class="hint">${text.allMeans}</p>
</div>
${backToAccount(page)}`;
  return layout(page, { title: text.title, body });
}

export type ServicesProps = {
  page: PageProps;
  done?: string;
  services: {
    name: string;
    items: string[];
    /** What it asked for and was not given. */
    refused: string[];
    lines: string[];
    withdrawAction: string;
  }[];
};

export function accountServicesPage({ page, done, services }: ServicesProps): string {
  const text = messagesFor(page.lang).account.services;
  const body = html`${opening(page, text.title, services.length > 0 ? text.means : text.none, done)}
<ul class="list entries">${services.map(
    ({ name, items, refused, lines, withdrawAction }, index) => html`
<li><h2>${name}</h2><ul class="plain">${items.map((item) => html`<li>${item}</li>`)}</ul>
${refused.length > 0 && html`<p>${text.refused(refused.join(', '))}</p>`}${lines.map((line) => html`<p>${line}</p>`)}
${actionForm({ name: `withdraw-${index}`, action: withdrawAction, label: text.withdraw, look: 'small' })}</li>`,
  )}</ul>
${backToAccount(page)}`;
  return layout(page, { title: text.title, body });
}

/** Title, what the page is for, and what was just done. */
export function opening(page: PageProps, title: string, lead: string, done?: string): Markup {
  return html`<h1>${title}</h1>
${done && html`<p id="done" class="note" role="status" lang="${page.lang}">${done}</p>`}
<p class="lead">${lead}</p>`;
}

export function backToAccount(page: PageProps): Markup {
  return html`<p class="onward"><a id="link-back" class="button quiet" href="/account">${messagesFor(page.lang).account.back}</a></p>`;
}
