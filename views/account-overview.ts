/** The citizen's account: how surely they are known and why, what is known of them, and the way to every other page. */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, type Markup } from './parts.ts';

export type MenuItem = 'factors' | 'sessions' | 'services' | 'ledger' | 'notices' | 'data' | 'close';

export type AccountOverviewProps = {
  page: PageProps;
  /** As Zalo has it. */
  name?: string;
  level2: boolean;
  /** Sentences about the level, in order. */
  levelLines: string[];
  /** Where to verify, or to confirm again; left out when this session is level2 already. */
  verify?: { action: string; label: string };
  identity?: { name: string; number: string; birthDate?: string; showAction?: string };
  /** The number masked; `releaseAction`: the citizen may show that it is theirs. */
  phone: { number?: string; lines: string[]; releaseAction?: string };
  linked: { name: string; since: string }[];
  menu: MenuItem[];
  /** Something the citizen should see first: the account is about to be closed, say. */
  notice?: { text: string; action: string; label: string };
};

export function accountOverviewPage(props: AccountOverviewProps): string {
  const { page, name, level2, levelLines, verify, identity, phone, linked, menu, notice } = props;
  const text = messagesFor(page.lang).account;
  const body = html`<h1>${text.title}</h1>
${name && html`<p class="lead">${name}</p>`}
${notice && html`<div id="notice" class="note warn"><p>${notice.text}</p>${actionForm({ name: 'notice', action: notice.action, label: notice.label, look: 'other' })}</div>`}
<section class="part"><h2>${text.level.title}</h2>
<p id="level" class="${level2 ? 'strong good' : 'strong'}">${level2 ? text.level.level2 : text.level.level1}</p>
${levelLines.map((line) => html`<p>${line}</p>`)}
${verify && html`<div class="actions">${actionForm({ name: 'verify', action: verify.action, label: verify.label, look: 'main' })}</div>`}</section>
${identity && identityPart(page, identity)}
<section class="part"><h2>${text.phone.title}</h2>
${phone.number && html`<p id="phone" class="strong">${phone.number}</p>`}
${phone.lines.map((line) => html`<p>${line}</p>`)}
${phone.releaseAction && html`<div class="actions">${actionForm({ name: 'phone', action: phone.releaseAction, label: text.phone.release, look: 'other' })}</div>`}</section>
<section class="part"><h2>${text.linked.title}</h2>
${linked.map((one) => html`<p><strong>${one.name}</strong> ${one.since}</p>`)}</section>
<nav class="part" aria-labelledby="more"><h2 id="more">${text.menu.title}</h2><ul class="menu">${menu.map(
    (item) => html`
<li><a id="link-${item}" href="/account/${item}"><strong>${text.menu[item].title}</strong><span>${text.menu[item].text}</span></a></li>`,
  )}</ul></nav>`;
  return layout(page, { title: text.title, body });
}

function identityPart(page: PageProps, identity: NonNullable<AccountOverviewProps['identity']>): Markup {
  const text = messagesFor(page.lang).account.identity;
  const { name, number, birthDate, showAction } = identity;
  return html`<section class="part"><h2>${text.title}</h2>
<dl><dt>${text.name}</dt><dd id="identity-name">${name}</dd><dt>${text.number}</dt><dd id="identity-number">${number}</dd>${
    birthDate && html`<dt>${text.birthDate}</dt><dd>${birthDate}</dd>`
  }</dl>
${showAction && html`<p>${text.hidden}</p>${actionForm({ name: 'identity', action: showAction, label: text.show, look: 'other' })}`}</section>`;
}
