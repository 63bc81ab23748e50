/** Something could not go on: what happened, what to do, and two codes to read out on the telephone. */
import { html } from 'hono/html';
import type { ErrorCode } from '../src/errors.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type ErrorProps = {
  page: PageProps;
  code: ErrorCode;
  backHref?: string;
};

export function errorPage({ page, code, backHref }: ErrorProps): string {
  const messages = messagesFor(page.lang);
  const text = messages.error;
  const error = messages.errors[code];
  const body = html`<h1>${error.title}</h1>
<p class="lead">${error.text}</p>
<p class="note">${error.advice}</p>
${backHref && html`<div class="actions"><a id="link-back" class="button main" href="${backHref}">${text.back}</a></div>`}
<div class="codes"><p>${text.helpdesk}</p>
<dl><div><dt>${text.code}:</dt><dd><code id="error-code">${code}</code></dd></div>
<div><dt>${text.requestId}:</dt><dd><code id="request-id">${page.requestId}</code></dd></div></dl></div>`;
  return layout(page, { title: error.title, body });
}
