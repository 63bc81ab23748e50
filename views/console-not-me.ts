/** "Not me" reports that wait for an officer, oldest first. Whose they are is shown only after a look with its purpose. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening } from './console-parts.ts';
import { messagesFor } from './messages.ts';

export type ConsoleNotMeProps = {
  page: ConsolePageProps;
  error?: string;
  reports: { what: string; when: string; reported: string; action: string }[];
  nextHref?: string;
};

export function consoleNotMePage({ page, error, reports, nextHref }: ConsoleNotMeProps): string {
  const { notMe: text, title } = messagesFor(page.lang).console.citizens;
  const body = html`<p class="crumb"><a href="/console/citizens">${title}</a></p>
${consoleOpening(text.title, { error })}
<p class="lead">${text.lead}</p>
${
  reports.length > 0
    ? html`<div class="table"><table>
<thead><tr><th scope="col">${text.reported}</th><th scope="col">${text.what}</th><th scope="col">${text.when}</th><th scope="col">${text.look}</th></tr></thead>
<tbody>${reports.map(
        (one, index) =>
          html`<tr><td>${one.reported}</td><td>${one.what}</td><td>${one.when}</td><td>${consoleForm({ name: `look-${index}`, action: one.action, label: text.look })}</td></tr>`,
      )}</tbody></table></div>`
    : html`<p class="told">${text.none}</p>`
}
${nextHref && html`<p><a class="button small" rel="next" href="${nextHref}">${messagesFor(page.lang).console.older}</a></p>`}`;
  return consoleLayout(page, { title: text.title, body });
}
