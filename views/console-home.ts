/** The first page of the console: what waits, and what happened on the account lately. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { recentList } from './console-own.ts';
import { tickIcon } from './icons.ts';
import { messagesFor } from './messages.ts';

export type ConsoleHomeProps = {
  page: ConsolePageProps;
  name: string;
  waiting: { title: string; text: string; href: string; count?: string }[];
  recent: { what: string; when: string }[];
};

export function consoleHomePage({ page, name, waiting, recent }: ConsoleHomeProps): string {
  const text = messagesFor(page.lang).console.home;
  const body = html`<h1>${text.title}</h1>
<p class="lead">${text.hello(name)}</p>
${
  waiting.length > 0
    ? html`<ul class="cards">${waiting.map(
        (one) =>
          html`<li><a href="${one.href}">${one.count && html`<b>${one.count}</b>`}<span><strong>${one.title}</strong>${one.text}</span></a></li>`,
      )}</ul>`
    : html`<p class="calm">${tickIcon}${text.nothing}</p>`
}
<section><h2>${text.recent}</h2>
${recentList(recent)}
<p class="hint">${text.recentHint}</p></section>`;
  return consoleLayout(page, { title: text.title, body });
}
