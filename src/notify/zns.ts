/**
 * Zalo ZNS: a message to a phone number after a template that Zalo has approved (POST /message/template). Vietnamese
 * always; the template holds the sentence (docs/operations.md), we send what is particular: the time, a day, a device.
 * Nothing here names the citizen.
 */
import { createHmac } from 'node:crypto';
import type { Deps } from '../deps.ts';
import type { Sent } from './notices.ts';
import { getOaToken } from './oa-token.ts';
import { callZalo, type ZaloAnswer } from './zalo-call.ts';

export type Message = {
  /** The notice's own id: Zalo reports by it. */
  trackingId: string;
  /** E.164 with or without the plus: Zalo wants 84… */
  phone: string;
  notice: Sent;
  at: Date;
};

export type SendResult =
  | { outcome: 'sent' }
  /** Nothing was sent. `later`: worth another try; `morning`: Zalo sends none of these at night. */
  | { outcome: 'later' | 'morning' | 'never'; code: string }
  /** It may have been sent. */
  | { outcome: 'unknown'; code: string };

/** How a notice goes out; undefined where there is no such way for its kind. */
export type Messenger = (notice: Sent) => ((message: Message) => Promise<SendResult>) | undefined;

/**
 * Zalo's numbers that are about this phone and stay so (public table "handle-error-code"): no such number, no Zalo
 * account, cannot receive, has refused, an old Zalo. Every other refusal passes, or is ours to mend meanwhile.
 */
const final = ['-108', '-110', '-114', '-118', '-119', '-134', '-139', '-141'];
/** Not between 22:00 and 6:00. */
const NIGHT = '-133';
/** The access token is over: -124 at ZNS, the others at the OA's other calls. */
const staleToken = ['-124', '-216', '-220'];

export function znsMessenger(
  deps: Pick<Deps, 'config' | 'db' | 'keyring' | 'clock' | 'fetch' | 'log'>,
): Messenger {
  const { zns, zalo } = deps.config;
  return ({ kind }) => {
    const template = zns?.templates[kind];
    if (!template || !zalo) return undefined;
    return async (message) => {
      const first = await getOaToken(deps, zalo);
      if (!first.ok) return { outcome: 'later', code: first.code };
      const answer = await post(deps.fetch, { zns, zalo }, { template, message, token: first.accessToken });
      if (answer.outcome !== 'refused' || !staleToken.includes(answer.code)) return judge(answer);
      const second = await getOaToken(deps, zalo, first.accessToken);
      if (!second.ok) return { outcome: 'later', code: second.code };
      return judge(await post(deps.fetch, { zns, zalo }, { template, message, token: second.accessToken }));
    };
  };
}

type Hosts = { zns: { url: string }; zalo: { appSecret: string } };

function post(
  fetch: Deps['fetch'],
  { zns, zalo }: Hosts,
  { template, message, token }: { template: string; message: Message; token: string },
): Promise<ZaloAnswer> {
  return callZalo(fetch, `${zns.url}/message/template`, {
    headers: {
      'Content-Type': 'application/json',
      access_token: token,
      // Demanded where the app's console says so; elsewhere it is not looked at.
      appsecret_proof: createHmac('sha256', zalo.appSecret).update(token).digest('hex'),
    },
    body: JSON.stringify({
      phone: message.phone.replace(/^\+/, ''),
      template_id: template,
      template_data: templateData(message),
      tracking_id: message.trackingId,
    }),
  });
}

function judge(answer: ZaloAnswer): SendResult {
  if (answer.outcome === 'done') return { outcome: 'sent' };
  if (answer.outcome === 'unknown') return answer;
  const { code } = answer;
  return { outcome: final.includes(code) ? 'never' : code === NIGHT ? 'morning' : 'later', code };
}

const inVietnam = { timeZone: 'Asia/Ho_Chi_Minh' } as const;

/** The parameters of the templates, by the names that docs/operations.md tells the operator to give them. */
function templateData({ notice, at }: Message): Record<string, string> {
  const clock = new Intl.DateTimeFormat('vi', { ...inVietnam, hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat('vi', {
    ...inVietnam,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
  });
  return {
    thoi_gian: `${clock.format(at)} ${day.format(at)}`,
    ...('date' in notice ? { ngay: notice.date.split('-').reverse().join('/') } : {}),
    ...('code' in notice ? { ma: notice.code } : {}),
    ...('device' in notice ? { thiet_bi: sayDevice(notice.device) } : {}),
  };
}

/** `Chrome/Android` in words. */
function sayDevice(label: string): string {
  return label.split('/').filter(Boolean).join(' trên ') || 'máy chưa rõ loại';
}
