/**
 * Zalo's business side: the OA's token (each refresh token serves once) and ZNS, which sends a message after a template
 * to a phone number. Refusals come with HTTP 200. What it sends lies in the inbox of the person with that number.
 */
import Router from '@koa/router';
import coBody from 'co-body';
import type { Context } from 'koa';
import { vi } from '../../views/i18n/vi.ts';
import { templateKinds } from '../config-upstreams.ts';
import type { Deps } from '../deps.ts';
import { readForm } from './page.ts';
import { people } from './people.ts';
import { ExpiringMap } from './store.ts';
import { graphError, oauthError, type Reply } from './zalo-faults.ts';
import { sendReply } from './zalo-graph.ts';

/** What an operator would get from Zalo's console; good for one exchange after each start. */
export const FIRST_OA_TOKEN = 'sandbox-oa-refresh-token';

/** Seconds: 25 hours, and three months (facts A1). */
const lifetime = { accessToken: 90_000, refreshToken: 90 * 86_400 };
const MESSAGES = 50;

export type ZnsMessage = { at: Date; trackingId: string; title: string; text: string };

export type ZnsState = {
  accessTokens: ExpiringMap<true>;
  refreshTokens: ExpiringMap<true>;
  /** By phone number, newest first. */
  inboxes: Map<string, ZnsMessage[]>;
  /** By phone number: how the next messages fail. */
  faults: Map<string, ZnsFault>;
};

type ZnsFault = { label: string; reply: Reply; delivered?: boolean };

/** Codes of the public table "handle-error-code"; -1241 and what is no code were seen in the wild. */
export const znsFaults = new Map<string, ZnsFault>([
  ...(
    [
      [-100, 'Unknown error'],
      [-109, 'Template ID invalid'],
      [-114, 'User is inactive, or reject the message'],
      [-115, 'Out of quota'],
      [-118, 'Zalo account not existed'],
      [-119, 'Account can not receive'],
      [-124, 'Access token invalid'],
      [-133, 'This ZNS template is not allowed to send at night'],
      [-139, 'User has rejected receiving this ZNS type'],
      [-141, 'User has rejected receiving ZNS from the OA'],
      [-144, 'OA has exceeded daily ZNS quota'],
    ] as const
  ).map(([code, message]): [string, ZnsFault] => [
    String(code),
    { label: message, reply: { body: graphError(code, message) } },
  ]),
  [
    '503',
    { label: 'HTTP 503, không gửi', reply: { status: 503, type: 'text/html', body: 'Service Unavailable' } },
  ],
  ['500', { label: 'HTTP 500, không gửi', reply: { status: 500, type: 'text/html', body: 'Error' } }],
  [
    'html',
    {
      label: 'gửi rồi, nhưng trả lời một trang HTML',
      reply: { type: 'text/html', body: '<p>OK' },
      delivered: true,
    },
  ],
  [
    'slow',
    { label: 'gửi rồi, nhưng 15 giây sau mới trả lời', reply: { delay: 15_000, body: '' }, delivered: true },
  ],
]);

export function createZnsState({ clock }: Deps): ZnsState {
  const state: ZnsState = {
    accessTokens: new ExpiringMap(clock),
    refreshTokens: new ExpiringMap(clock),
    inboxes: new Map(),
    faults: new Map(),
  };
  state.refreshTokens.set(FIRST_OA_TOKEN, true, lifetime.refreshToken);
  return state;
}

export function createZns(deps: Deps, state: ZnsState): Router {
  const router = new Router();
  router.post('/zalo/v4/oa/access_token', async (ctx) => {
    await sendReply(ctx, answerToken(deps, state, await readForm(ctx), ctx.get('secret_key')));
  });
  router.post('/zns/message/template', async (ctx) => {
    await sendReply(ctx, answerMessage(deps, state, ctx, await readBody(ctx)));
  });
  return router;
}

function answerToken(deps: Deps, state: ZnsState, form: URLSearchParams, secretKey: string): Reply {
  const { zalo } = deps.config;
  if (!zalo || form.get('app_id') !== zalo.appId) return { body: oauthError(-14002, 'Invalid appId') };
  if (secretKey !== zalo.appSecret) return { body: oauthError(-14004, 'Invalid secret key') };
  if (form.get('grant_type') !== 'refresh_token') return { body: oauthError(-14018, 'Invalid grant type') };
  if (!state.refreshTokens.take(form.get('refresh_token') ?? ''))
    return { body: oauthError(-14014, 'Invalid refresh token') };
  const [access_token, refresh_token] = [deps.random(48), deps.random(48)].map((bytes) =>
    bytes.toString('base64url'),
  );
  state.accessTokens.set(access_token ?? '', true, lifetime.accessToken);
  state.refreshTokens.set(refresh_token ?? '', true, lifetime.refreshToken);
  return { body: { access_token, refresh_token, expires_in: String(lifetime.accessToken) } };
}

type Body = { phone?: unknown; template_id?: unknown; template_data?: unknown; tracking_id?: unknown };

async function readBody(ctx: Context): Promise<Body> {
  const body: unknown = await coBody.json(ctx, { limit: '64kb', strict: true }).catch(() => ({}));
  return body as Body;
}

function answerMessage({ config, clock, random }: Deps, state: ZnsState, ctx: Context, body: Body): Reply {
  if (!state.accessTokens.get(ctx.get('access_token')))
    return { body: graphError(-124, 'Access token invalid') };
  const phone = String(body.phone ?? '');
  if (!/^84\d{9}$/.test(phone)) return { body: graphError(-108, 'Phone number invalid') };
  const kind = templateKinds.find((one) => config.zns?.templates[one] === body.template_id);
  if (!kind) return { body: graphError(-109, 'Template ID invalid') };
  const data = (body.template_data ?? {}) as Record<string, string | undefined>;
  const message = writeMessage(kind, data);
  if (!message) return { body: graphError(-112, 'Template data invalid') };
  if (!people.some((person) => person.phone === phone))
    return { body: graphError(-118, 'Zalo account not existed') };
  const fault = state.faults.get(phone);
  if (fault && !fault.delivered) return fault.reply;
  const trackingId = String(body.tracking_id ?? '');
  const inbox = [{ at: clock(), trackingId, ...message }, ...(state.inboxes.get(phone) ?? [])];
  state.inboxes.set(phone, inbox.slice(0, MESSAGES));
  if (fault) return fault.reply;
  const sent = {
    msg_id: random(10).toString('hex'),
    sent_time: String(clock().getTime()),
    sending_mode: '1',
  };
  const quota = { dailyQuota: '500', remainingQuota: '499' };
  return { body: { error: 0, message: 'Success', data: { ...sent, quota } } };
}

/** A template filled in; undefined when a parameter is missing or one is too much, as Zalo checks it. */
function writeMessage(kind: (typeof templateKinds)[number], data: Record<string, string | undefined>) {
  const { title, text } = kind === 'desk_code' ? vi.desk.message : vi.notices.kinds[kind];
  const wanted = new Set(['thoi_gian']);
  const parameter = (name: string) => {
    wanted.add(name);
    return data[name] ?? '';
  };
  const written = text({
    get date() {
      return parameter('ngay');
    },
    get device() {
      return parameter('thiet_bi');
    },
    get code() {
      return parameter('ma');
    },
  });
  const given = Object.keys(data);
  if (given.length !== wanted.size || !given.every((name) => wanted.has(name) && data[name]))
    return undefined;
  return { title, text: `${written} (${data.thoi_gian})` };
}
