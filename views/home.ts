/** The front door, for whoever opens the bare address: what this is, in plain words. Nothing to do here. */
import { html } from 'hono/html';
import { bubbleIcon, cardIcon, tickIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type HomeProps = {
  page: PageProps;
  /** The sandbox's sample service; absent in production. */
  demoHref?: string;
};

export function homePage({ page, demoHref }: HomeProps): string {
  const text = messagesFor(page.lang).home;
  const icons = [bubbleIcon, cardIcon, tickIcon];
  const body = html`<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
<ul class="list">${text.points.map(
    (point, index) => html`
<li>${icons[index] ?? ''}<div><h2>${point.title}</h2><p>${point.text}</p></div></li>`,
  )}
</ul>
<p class="note">${text.how}</p>
${demoHref && html`<div class="actions"><a id="link-demo" class="button main" href="${demoHref}">${text.demo}</a></div>`}`;
  return layout(page, { title: text.title, body });
}
