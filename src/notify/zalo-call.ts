/**
 * One bounded call to Zalo's business hosts, told apart by the one question that counts here: can it have been done?
 * Zalo answers refusals with HTTP 200 and a member `error` (facts A2); what it refuses it has not done.
 */

export type ZaloAnswer =
  | { outcome: 'done'; body: Record<string, unknown> }
  /** Nothing was done: Zalo says so, or was never reached. `code` is Zalo's number, or a word of ours. */
  | { outcome: 'refused'; code: string }
  /** It may have been done, and nobody can say: an answer that did not come, or is none. */
  | { outcome: 'unknown'; code: string };

const TIMEOUT_MS = 10_000;
const MAX_BODY = 64 * 1024;

/** Errors of a connection that was never made: the request has not left us. */
const unconnected = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

export async function callZalo(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
): Promise<ZaloAnswer> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...init, method: 'POST', redirect: 'error', signal });
    return judge(response.status, await readBounded(response));
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    if (unconnected.includes(cause?.code ?? '')) return { outcome: 'refused', code: 'no_connection' };
    return { outcome: 'unknown', code: name === 'TimeoutError' ? 'timeout' : 'no_answer' };
  }
}

function judge(status: number, text: string | undefined): ZaloAnswer {
  const body = parseObject(text);
  const { error } = body ?? {};
  // Its codes are numbers; a sentence in their place may be about a person, and codes are kept and logged.
  if (error !== undefined && error !== null && Number(error) !== 0) {
    return { outcome: 'refused', code: /^-?\d{1,9}$/.test(String(error)) ? String(error) : 'not_a_code' };
  }
  if (body && status === 200) return { outcome: 'done', body };
  // A gateway that answers in Zalo's place has passed nothing on only where it says so (RFC 9110 §15.5, §15.6.4).
  const refused = (status >= 400 && status < 500) || status === 503;
  return { outcome: refused ? 'refused' : 'unknown', code: `http_${status}` };
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function readBounded(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
