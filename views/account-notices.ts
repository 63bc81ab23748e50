/** What the citizen was told, newest first: read here by everybody, and by many without a phone number only here. */
import { html } from 'hono/html';
import { backToAccount, opening } from './account-list.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type AccountNoticesProps = {
  page: PageProps;
  notices: { title: string; text: string; when: string; how?: string }[];
  olderHref?: string;
  newestHref?: string;
};

export function accountNoticesPage({ page, notices, olderHref, newestHref }: AccountNoticesProps): string {
  const { account, notices: text } = messagesFor(page.lang);
  const { title, lead, none } = account.notices;
  const body = html`${opening(page, title, notices.length > 0 ? lead : none)}
${
  notices.length > 0 &&
  html`<ul class="list entries">${notices.map(
    (one) => html`
<li><h2>${one.title}</h2><p class="say">${one.text}</p><p>${one.when}${one.how && html` · ${one.how}`}</p></li>`,
  )}</ul>`
}
${olderHref && html`<p class="onward"><a id="link-older" class="button other" href="${olderHref}">${text.older}</a></p>`}
${newestHref && html`<p class="onward"><a id="link-newest" class="button quiet" href="${newestHref}">${text.newest}</a></p>`}
${backToAccount(page)}`;
  return layout(page, { title, body });
}
