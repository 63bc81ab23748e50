/**
 * Everything that can go wrong at Zalo, each on demand: the `fault` field of the sign-in form, as `stage:what`.
 *
 * The numbers are those that were seen (no complete table is published); a client must look at whether there is an
 * error, and at the few numbers it treats apart (-501, 452), never at a full list.
 */
type Json = Record<string, unknown>;

export type Reply = {
  status?: number;
  /** An object is sent as JSON, a string as it is. */
  body: Json | unknown[] | string;
  type?: string;
  location?: string;
  /** Milliseconds before the answer. */
  delay?: number;
};

export type Fault =
  | { stage: 'none'; label: string }
  /** Changes the parameters of the way back; false: there is no way back. */
  | { stage: 'callback'; label: string; bend: (parameters: URLSearchParams) => boolean }
  /** Makes of the right answer the one to send. */
  | { stage: 'token' | 'me'; label: string; bend: (right: Json) => Reply };

/** The error of the OAuth host: HTTP 200 and this body. */
export function oauthError(error: number, name: string, reason = ''): Json {
  return {
    error,
    error_name: name,
    error_reason: reason,
    error_description: name,
    ref_doc: 'https://developers.zalo.me/docs/social-api/tai-lieu/user-access-token-v4',
  };
}

/** The error of the Graph host: HTTP 200 and this body. */
export function graphError(error: number, message: string): Json {
  return { error, message };
}

const OAUTH_ERRORS: [number, string][] = [
  [-14002, 'Invalid appId'],
  [-14003, 'Invalid redirect uri'],
  [-14004, 'Invalid secret key'],
  [-14005, 'Invalid authorization code'],
  [-14018, 'Invalid grant type'],
  [-14019, 'Unknown error'],
];

const GRAPH_ERRORS: [number, string][] = [
  [-501, 'Personal information is limited due to IP address not inside Vietnam: 192.0.2.1'],
  [452, 'Session key invalid'],
  [-242, 'Invalid appsecret_proof'],
  [-216, 'Access token is invalid'],
  [-220, 'Access token has expired'],
  [-32, 'Rate limit exceeded'],
  [100, 'Invalid parameter'],
  [110, 'Invalid user id'],
  [111, "Can't resolve to a valid user ID"],
  [112, 'Your app has not been linked with an Official Account'],
  [210, 'User not visible'],
  [289, 'Permission denied'],
  [2004, 'Requests are disabled'],
  [2500, 'Syntax error'],
  [10000, 'Call fail'],
  [10001, 'Method is not support for this api'],
  [10002, 'Unknown exception'],
  [10003, 'Item not exits'],
  [11004, 'Zalo app is disabled or banned'],
  [12000, 'Quota for your app is limited'],
  [12010, 'Quota is limited'],
];

/** Longer than the ten seconds the facts tell a client to wait. */
const SLOW = 15_000;

/** What no API promises and every network does. */
const TRANSPORT: [string, string, (right: Json) => Reply][] = [
  ['slow', 'trả lời sau 15 giây', (right) => ({ body: right, delay: SLOW })],
  ['malformed', 'JSON hỏng', () => ({ body: '{"error":0,"id":', type: 'application/json' })],
  [
    'html',
    'trang HTML thay cho JSON',
    () => ({ body: '<!doctype html><p>Maintenance</p>', type: 'text/html' }),
  ],
  ['list', 'một mảng JSON', (right) => ({ body: [right] })],
  ['empty', 'không có nội dung', () => ({ body: '' })],
  ['500', 'HTTP 500', () => ({ status: 500, body: 'Internal Server Error', type: 'text/plain' })],
  ['oversized', 'nội dung 5 MB', (right) => ({ body: { ...right, pad: 'x'.repeat(5 * 1024 * 1024) } })],
  [
    'redirect',
    'chuyển hướng sang nơi khác',
    () => ({ status: 302, body: '', location: 'http://127.0.0.1:1/elsewhere' }),
  ],
];

const callback: [string, string, (parameters: URLSearchParams) => boolean][] = [
  ['none', 'không quay về, người dùng kẹt ở trang lỗi của Zalo', () => false],
  ['no-code', 'quay về không có code', (p) => remove(p, 'code')],
  ['error-code', 'quay về với error_code=-14019', (p) => remove(p, 'code', ['error_code', '-14019'])],
  ['no-state', 'state bị mất', (p) => remove(p, 'state')],
  ['other-state', 'state bị đổi', (p) => remove(p, 'state', ['state', 'another'])],
  ['other-code', 'code bị đổi', (p) => remove(p, 'code', ['code', 'another'])],
  // Not a fault: some versions echo it, and a client must not mind.
  ['echo', 'vẫn đúng, kèm code_challenge', (p) => remove(p, 'code_challenge', ['code_challenge', 'echoed'])],
];

function remove(parameters: URLSearchParams, name: string, added?: [string, string]): true {
  parameters.delete(name);
  if (added) parameters.set(...added);
  return true;
}

const token: [string, string, (right: Json) => Reply][] = [
  ...OAUTH_ERRORS.map(([code, name]): (typeof token)[number] => [
    String(code),
    name,
    () => ({ body: oauthError(code, name) }),
  ]),
  ...TRANSPORT,
  ['no-token', 'thiếu access_token', ({ access_token: _, ...rest }) => ({ body: rest })],
  ['empty-token', 'access_token rỗng', (right) => ({ body: { ...right, access_token: '' } })],
  ['number-expiry', 'vẫn đúng, expires_in là số', (right) => ({ body: { ...right, expires_in: 3600 } })],
];

const me: [string, string, (right: Json) => Reply][] = [
  ...GRAPH_ERRORS.map(([code, name]): (typeof me)[number] => [
    String(code),
    name,
    () => ({ body: graphError(code, name) }),
  ]),
  ...TRANSPORT,
  ['empty-id', 'id rỗng', (right) => ({ body: { ...right, id: '' } })],
  ['no-id', 'thiếu id', ({ id: _, ...rest }) => ({ body: rest })],
  // Written by hand: JSON.stringify of the number would already have lost its last digits.
  [
    'number-id',
    'id là số JSON, không phải chuỗi',
    (right) => ({
      body: JSON.stringify(right).replace(/"id":"(\d+)"/, '"id":$1'),
      type: 'application/json',
    }),
  ],
  [
    'string-error',
    'error là chuỗi "452"',
    () => ({ body: { error: '452', message: 'Session key invalid' } }),
  ],
  ['error-with-id', 'có lỗi mà vẫn có id', (right) => ({ body: { ...right, error: 452 } })],
  ['string-zero', 'vẫn đúng, error là chuỗi "0"', (right) => ({ body: { ...right, error: '0' } })],
  ['no-error', 'vẫn đúng, không có trường error', ({ error: _, ...rest }) => ({ body: rest })],
  ['no-name', 'vẫn đúng, không có tên', ({ name: _, ...rest }) => ({ body: rest })],
];

const NO_FAULT: Fault = { stage: 'none', label: 'Không có lỗi' };

export const faults: ReadonlyMap<string, Fault> = new Map<string, Fault>([
  ['none', NO_FAULT],
  ...callback.map(([what, label, bend]): [string, Fault] => [
    `callback:${what}`,
    { stage: 'callback', label, bend },
  ]),
  ...token.map(([what, label, bend]): [string, Fault] => [`token:${what}`, { stage: 'token', label, bend }]),
  ...me.map(([what, label, bend]): [string, Fault] => [`me:${what}`, { stage: 'me', label, bend }]),
]);

export function findFault(name: string | null | undefined): Fault {
  return faults.get(name ?? 'none') ?? NO_FAULT;
}

/** The answer of one stage: bent when the fault belongs to it. */
export function bendReply(fault: Fault, stage: 'token' | 'me', right: Json): Reply {
  return fault.stage === stage ? fault.bend(right) : { body: right };
}
