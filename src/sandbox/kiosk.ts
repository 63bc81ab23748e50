/**
 * A kiosk in miniature, under /kiosk: a machine at a counter without a keyboard. It shows a code and a QR, the citizen
 * lets it in on their own phone, and it goes on by itself (RFC 8628). It reloads its page instead of running a script.
 */
import Router from '@koa/router';
import { html, raw } from 'hono/html';
import type { Context } from 'koa';
import * as client from 'openid-client';
import type { Deps } from '../deps.ts';
import { drawQr } from '../http/qr.ts';
import { readQuery, sendPage } from './page.ts';
import { ExpiringMap } from './store.ts';

export const kioskClient = 'sandbox-kiosk';

type Device = client.DeviceAuthorizationResponse;
type Visit = { device: Device; nextPollAt: number; interval: number; name?: string; ended?: string };

export function createKiosk(deps: Deps): Router {
  const visits = new ExpiringMap<Visit>(deps.clock);
  const router = new Router({ prefix: '/kiosk' });
  router.get('/', (ctx) =>
    sendPage(ctx, {
      title: 'Quầy lấy số tự động',
      english: 'Demo kiosk: sign in with your own phone',
      body: html`<form id="form-start" method="post" action="/kiosk"><button>Đăng nhập bằng Tây Ninh ID</button></form>`,
    }),
  );
  router.post('/', async (ctx) => {
    const device = await client.initiateDeviceAuthorization(await discover(deps), {
      scope: 'openid profile',
    });
    const id = deps.random(16).toString('base64url');
    const interval = device.interval ?? 5;
    const nextPollAt = deps.clock().getTime() + interval * 1000;
    visits.set(id, { device, interval, nextPollAt }, device.expires_in);
    ctx.redirect(`/kiosk/wait?id=${id}`);
  });
  router.get('/wait', async (ctx) => {
    const visit = visits.get(readQuery(ctx, 'id') ?? '');
    if (!visit) return ctx.redirect('/kiosk');
    await poll(deps, visit);
    await show(ctx, visit);
  });
  return router;
}

/** Asks whether the citizen is done, not more often than it was told to. */
async function poll(deps: Deps, visit: Visit): Promise<void> {
  const now = deps.clock().getTime();
  if (visit.name || visit.ended || now < visit.nextPollAt) return;
  visit.nextPollAt = now + visit.interval * 1000;
  try {
    const configuration = await discover(deps);
    const tokens = await client.genericGrantRequest(
      configuration,
      'urn:ietf:params:oauth:grant-type:device_code',
      { device_code: visit.device.device_code },
    );
    const who = await client.fetchUserInfo(configuration, tokens.access_token, client.skipSubjectCheck);
    visit.name = who.name ?? who.sub;
  } catch (error) {
    const { error: code } = error as { error?: string };
    if (code === 'slow_down') visit.interval += 5;
    else if (code !== 'authorization_pending') visit.ended = code ?? 'error';
  }
}

async function show(ctx: Context, { device, name, ended }: Visit): Promise<void> {
  if (name || ended) {
    return sendPage(ctx, {
      title: name ? `Xin chào ${name}` : 'Chưa đăng nhập được',
      english: name ? 'Signed in at the kiosk' : 'Not signed in',
      body: html`<p>${name ? 'Mời lấy số thứ tự.' : html`Máy dừng lại (<code>${ended}</code>).`}</p>
<a class="button" href="/kiosk">${name ? 'Xong việc, đăng xuất' : 'Làm lại'}</a>`,
    });
  }
  // The machine's own way of going on by itself, without a script.
  ctx.set('Refresh', '5');
  await sendPage(ctx, {
    title: 'Quét mã bằng điện thoại của mình',
    english: 'Scan with your own phone, or open the address and type the code',
    body: html`<div class="kiosk"><div class="qr" role="img" aria-label="QR">${raw(drawQr(device.verification_uri_complete ?? device.verification_uri))}</div>
<div><p>Hoặc mở <a id="link-device" href="${device.verification_uri_complete ?? device.verification_uri}" target="_blank">${device.verification_uri.replace(/^https?:\/\//, '')}</a> rồi gõ mã:</p>
<p class="code"><code id="code">${device.user_code}</code></p></div></div>`,
  });
}

function discover(deps: Deps): Promise<client.Configuration> {
  return client.discovery(new URL(deps.config.issuer), kioskClient, undefined, client.None(), {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: (url, options) => deps.fetch(url, options as RequestInit),
  });
}
