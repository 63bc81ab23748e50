/**
 * Zalo as an upstream: OAuth v4 with PKCE and Graph v2 (facts: zalo.md A1, A2). Not OpenID Connect: no ID token, no
 * scope, errors come with HTTP 200 and a member `error`, `expires_in` is a string. Ids are above 2^53 and stay text.
 *
 * Both tokens are dropped after one use. `appsecret_proof` is always sent: it is the only check that the token was
 * issued to our app.
 */
import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import type { ZaloConfig } from '../config-upstreams.ts';

/** What Zalo vouches for. `id` is scoped to our Zalo app. */
export type ZaloProfile = { id: string; name?: string; picture?: string };

export type ZaloResult<T> =
  | { ok: true; value: T }
  /** `refused`: Zalo answered no. `unavailable`: no usable answer. `code` is Zalo's own number, for the operator. */
  | { ok: false; reason: 'refused' | 'unavailable'; code: string };

type Http = { fetch: typeof globalThis.fetch; zalo: ZaloConfig };

const TIMEOUT_MS = 10_000;
const MAX_BODY = 64 * 1024;
/** "Personal information is limited due to IP address not inside Vietnam": ours to mend, not the citizen's. */
const IP_FENCE = '-501';

/** base64url(SHA-256(verifier)), without padding (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** Lowercase hex HMAC-SHA-256 of the access token under the app secret. */
export function appSecretProof(appSecret: string, accessToken: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex');
}

/** Where the citizen is sent. No scope, no response_type: Zalo's own SDKs send none. */
export function authorizationUrl(
  zalo: ZaloConfig,
  { redirectUri, verifier, state }: { redirectUri: string; verifier: string; state: string },
): string {
  const url = new URL(`${zalo.oauthUrl}/v4/permission`);
  url.search = new URLSearchParams({
    app_id: zalo.appId,
    redirect_uri: redirectUri,
    code_challenge: challengeOf(verifier),
    state,
  }).toString();
  return url.href;
}

const tokenAnswer = z.object({
  access_token: z.string().min(1).max(4096),
  // Text in Zalo's answers, a number in some copies of its documents. Nothing is done with it but a sanity check.
  expires_in: z.union([z.string().regex(/^\d+$/), z.number()]).optional(),
});

/** Exchanges the code. The refresh token that comes along is not even read: a sign-in needs none. */
export async function exchangeCode(
  { fetch, zalo }: Http,
  { code, verifier }: { code: string; verifier: string },
): Promise<ZaloResult<string>> {
  const answer = await readAnswer(fetch, `${zalo.oauthUrl}/v4/access_token`, {
    method: 'POST',
    headers: { secret_key: zalo.appSecret, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      code,
      app_id: zalo.appId,
      grant_type: 'authorization_code',
      code_verifier: verifier,
    }).toString(),
  });
  if (!answer.ok) return answer;
  const parsed = tokenAnswer.safeParse(answer.value);
  if (!parsed.success) return { ok: false, reason: 'unavailable', code: 'malformed_token_answer' };
  return { ok: true, value: parsed.data.access_token };
}

const profileAnswer = z.object({
  id: z.string().regex(/^\d{1,32}$/),
  name: z.string().max(200).optional(),
  picture: z.object({ data: z.object({ url: z.url({ protocol: /^https$/ }).max(1024) }) }).optional(),
});

/** Who the access token belongs to. */
export async function fetchProfile(
  { fetch, zalo }: Http,
  accessToken: string,
): Promise<ZaloResult<ZaloProfile>> {
  const answer = await readAnswer(fetch, `${zalo.graphUrl}/v2.0/me?fields=id,name,picture`, {
    headers: { access_token: accessToken, appsecret_proof: appSecretProof(zalo.appSecret, accessToken) },
  });
  if (!answer.ok) return answer;
  const parsed = profileAnswer.safeParse(answer.value);
  if (parsed.success) return { ok: true, value: toProfile(parsed.data) };
  // A picture is an ornament: a strange one must not keep anybody out. Without a good id nobody comes in.
  const bare = profileAnswer.omit({ picture: true }).safeParse(answer.value);
  if (!bare.success) return { ok: false, reason: 'unavailable', code: 'malformed_profile' };
  return { ok: true, value: toProfile(bare.data) };
}

const phoneAnswer = z.object({ data: z.object({ number: z.string().regex(/^\d{8,15}$/) }) });

/**
 * The number behind a phone token of the Mini App (facts A3): one use, two minutes, and only together with an access
 * token of the same person. As Zalo writes it: 84…, without a plus.
 */
export async function fetchPhone(
  { fetch, zalo }: Http,
  { accessToken, phoneToken }: { accessToken: string; phoneToken: string },
): Promise<ZaloResult<string>> {
  // Facts A3: whether this call wants `appsecret_proof` besides is not known; it has the secret itself.
  const answer = await readAnswer(fetch, `${zalo.graphUrl}/v2.0/me/info`, {
    headers: { access_token: accessToken, code: phoneToken, secret_key: zalo.appSecret },
  });
  if (!answer.ok) return answer;
  const parsed = phoneAnswer.safeParse(answer.value);
  if (!parsed.success) return { ok: false, reason: 'unavailable', code: 'malformed_phone_answer' };
  return { ok: true, value: parsed.data.data.number };
}

/** What the operator reads in the log. */
export function describeFailure(code: string): string {
  return code === IP_FENCE ? 'Zalo gives no profiles to servers outside Vietnam' : 'Zalo gave no profile';
}

function toProfile({ id, name, picture }: z.infer<typeof profileAnswer>): ZaloProfile {
  const trimmed = name?.normalize('NFC').trim();
  return { id, ...(trimmed ? { name: trimmed } : {}), ...(picture ? { picture: picture.data.url } : {}) };
}

/** One bounded exchange: JSON object in, whatever the status; success means `error` is absent or 0 (facts A2). */
async function readAnswer(
  fetch: Http['fetch'],
  url: string,
  init: RequestInit,
): Promise<ZaloResult<Record<string, unknown>>> {
  let answer: unknown;
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await readBounded(response);
    if (text === undefined) return { ok: false, reason: 'unavailable', code: 'answer_too_large' };
    answer = JSON.parse(text);
    if (!response.ok && !hasError(answer))
      return { ok: false, reason: 'unavailable', code: `http_${response.status}` };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return { ok: false, reason: 'unavailable', code: timedOut ? 'timeout' : 'no_answer' };
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return { ok: false, reason: 'unavailable', code: 'not_an_object' };
  }
  const object = answer as Record<string, unknown>;
  if (hasError(object)) {
    const error = String(object.error);
    // Zalo's codes are numbers; a sentence in their place may be about a person, and the code is logged.
    const code = /^-?\d{1,9}$/.test(error) ? error : 'not_a_code';
    return { ok: false, reason: code === IP_FENCE ? 'unavailable' : 'refused', code };
  }
  return { ok: true, value: object };
}

function hasError(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return false;
  return answer.error !== 0 && answer.error !== '0' && answer.error !== undefined && answer.error !== null;
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
