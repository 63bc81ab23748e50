/** What Zalo sent to a test person: their inbox, and how the next messages to them fail. */
import Router from '@koa/router';
import { html } from 'hono/html';
import type { Context } from 'koa';
import { readForm, sendPage } from './page.ts';
import { findPerson, type Person, people } from './people.ts';
import { type ZnsState, znsFaults } from './zns.ts';

export function createInbox(state: ZnsState): Router {
  const router = new Router({ prefix: '/inbox' });
  router.get('/', (ctx) => showPeople(state, ctx));
  router.get('/:person', async (ctx, next) => {
    const person = findPerson(ctx.params.person);
    return person ? showInbox(state, ctx, person) : next();
  });
  router.post('/:person', async (ctx, next) => {
    const person = findPerson(ctx.params.person);
    if (!person?.phone) return next();
    const fault = znsFaults.get((await readForm(ctx)).get('fault') ?? '');
    if (fault) state.faults.set(person.phone, fault);
    else state.faults.delete(person.phone);
    ctx.status = 303;
    ctx.redirect(`/inbox/${person.id}`);
  });
  return router;
}

async function showPeople({ inboxes }: ZnsState, ctx: Context): Promise<void> {
  await sendPage(ctx, {
    title: 'Tin nhắn Zalo',
    english: 'Zalo messages (ZNS), one inbox for each test person',
    body: html`<table><thead><tr><th>id</th><th>Họ tên</th><th>Số điện thoại</th><th>Tin</th></tr></thead>
<tbody>${people.map(
      ({ id, fullName, phone }) =>
        html`<tr><td><a href="/inbox/${id}"><code>${id}</code></a></td><td>${fullName}</td><td>${
          phone ? html`<code>${phone}</code>` : '–'
        }</td><td>${inboxes.get(phone ?? '')?.length ?? 0}</td></tr>`,
    )}</tbody></table>`,
  });
}

async function showInbox(state: ZnsState, ctx: Context, { id, fullName, phone = '' }: Person): Promise<void> {
  const messages = state.inboxes.get(phone) ?? [];
  const current = state.faults.get(phone);
  await sendPage(ctx, {
    title: `Tin nhắn Zalo của ${fullName}`,
    english: `What Tây Ninh ID sent through Zalo; newest first`,
    body: html`${
      messages.length === 0
        ? html`<p id="empty">Chưa có tin nào. <small lang="en">Nothing yet. Messages need a phone number, which comes from the Mini App only.</small></p>`
        : messages.map(
            ({ title, text, trackingId }) =>
              html`<article class="message" data-tracking="${trackingId}"><h2>${title}</h2><p>${text}</p></article>`,
          )
    }
${
  phone &&
  html`<form id="form-fault" method="post" action="/inbox/${id}"><label for="fault">Lỗi cho các tin sau <small lang="en">Fault for the next messages</small></label>
<select id="fault" name="fault"><option value="none">none – không lỗi</option>${[...znsFaults].map(
    ([name, fault]) =>
      html`<option value="${name}"${fault === current ? html` selected` : ''}>${name} – ${fault.label}</option>`,
  )}</select><button>Đặt <small lang="en">Set</small></button></form>`
}
<p><a href="/inbox">Mọi người <small lang="en">Everybody</small></a></p>`,
  });
}
