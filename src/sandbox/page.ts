/** The look of every sandbox page: one layout, one stylesheet, no script, and the word SANDBOX on top. */
import coBody from 'co-body';
import { html } from 'hono/html';
import type { Context } from 'koa';

/** What hono's `html` makes: escaped text. */
export type Html = ReturnType<typeof html>;

export const stylesheet = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 44rem; padding: 0 1rem 3rem }
.sandbox { background: #b45309; color: #fff; font-weight: 600; margin: 0 -1rem; padding: .4rem 1rem }
h1 { line-height: 1.2; margin: 1.2rem 0 .2rem } h2 { margin: 2rem 0 .4rem }
.en { color: GrayText; margin: 0 0 1rem } .en, small { font-size: .875rem }
.notice { border-left: .3rem solid #b45309; padding: .5rem .8rem; background: #b4530918 }
table { border-collapse: collapse; display: block; overflow-x: auto } td code { overflow-wrap: normal; white-space: nowrap } td, th { border-bottom: 1px solid #8886; padding: .4rem .4rem .4rem 0; text-align: left; vertical-align: top }
label { display: block; font-weight: 600; margin-top: .8rem }
input, textarea, select { box-sizing: border-box; font: inherit; padding: .5rem; width: 100% }
button, .button { background: #0b57d0; border: 0; border-radius: .4rem; color: #fff; cursor: pointer; display: inline-block; font: inherit; margin: .6rem .4rem 0 0; min-height: 2.75rem; padding: .5rem 1rem; text-decoration: none }
button.quiet { background: none; border: 1px solid currentColor; color: inherit }
.people { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)) } .people button { margin: 0; text-align: left }
code { overflow-wrap: anywhere }
.kiosk { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); align-items: center } .kiosk .qr { background: #fff; padding: 1.5rem } .kiosk .code { font-size: 2.4rem; font-weight: 700; letter-spacing: .12em }
`;

export type Page = { title: string; english: string; body: Html; status?: number };

export async function sendPage(ctx: Context, page: Page): Promise<void> {
  ctx.status = page.status ?? 200;
  ctx.type = 'text/html; charset=utf-8';
  ctx.set('Cache-Control', 'no-store');
  ctx.set(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  ctx.body = String(
    await html`<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · SANDBOX</title><link rel="stylesheet" href="/sandbox.css">
</head>
<body>
<p class="sandbox">SANDBOX – dữ liệu giả <small lang="en">· invented data</small></p>
<main>
<h1>${page.title}</h1>
<p class="en" lang="en">${page.english}</p>
${page.body}
</main>
</body>
</html>`,
  );
}

/** A posted form, at most 64 KiB; anything that is no form has no fields. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (!ctx.is('application/x-www-form-urlencoded')) return new URLSearchParams();
  return new URLSearchParams(await coBody.text(ctx, { limit: '64kb' }));
}

/** One query parameter; of several of one name the first, as a browser's form would send one only. */
export function readQuery(ctx: Context, name: string): string | undefined {
  return new URLSearchParams(ctx.querystring).get(name) ?? undefined;
}

type Choice = { id: string; label: string };

/** A button for each person. */
export function personGrid(list: readonly Choice[]): Html {
  return html`<div class="people">${list.map(
    ({ id, label }) => html`<button name="person" value="${id}">${label}<br><small>${id}</small></button>`,
  )}</div>`;
}

/** The person buttons of the upstreams' sign-in pages, and the one that refuses. */
export function personButtons(list: readonly Choice[]): Html {
  return html`${personGrid(list)}
<button class="quiet" name="deny" value="1">Từ chối <small lang="en">Deny</small></button>`;
}
