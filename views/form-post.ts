/**
 * OAuth 2.0 Form Post Response Mode 1.0: the answer travels in a form. It sends itself by a script of ours
 * (assets/form-post.js); where there is none, the citizen presses the button.
 */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type FormPostProps = {
  page: PageProps;
  action: string;
  fields: { name: string; value: string }[];
  scriptHref: string;
};

export function formPostPage({ page, action, fields, scriptHref }: FormPostProps): string {
  const text = messagesFor(page.lang).devices.formPost;
  const body = html`<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
<form id="form-continue" class="actions" method="post" action="${action}">
${fields.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button id="button-continue" class="button main">${text.submit}</button>
</form>`;
  return layout(page, { title: text.title, body, classicHref: scriptHref });
}
