/**
 * Asks the provider what a token is worth at this moment (RFC 7662): who the citizen is, at which level, how long ago.
 *
 * The only way to `active: true` is a complete, well-formed answer that names this resource as an audience. A provider
 * that cannot be reached is an error with a code, never an answer: a service that cannot know must not allow.
 */
import { GuardError } from './errors.ts';
import { isLevel, type Level } from './levels.ts';

export type Principal = {
  active: true;
  /** Absent from a token that speaks for a client and not for a citizen; such a token has no level either. */
  sub?: string;
  clientId: string;
  level?: Level;
  /** When the citizen last signed in or used a factor, in seconds since the epoch. */
  authTime?: number;
  amr: string[];
  scopes: Set<string>;
  /** Why the provider answers a lower level than the token was issued with. */
  acrReason?: string;
  /** When the level ends by itself, in seconds since the epoch. */
  acrExpiresAt?: number;
  /** When the token ends, in seconds since the epoch. */
  expiresAt: number;
};

export type Inactive = { active: false };

export type IntrospectOptions = {
  introspectionEndpoint: string;
  clientId: string;
  clientSecret: string;
  /** What `aud` must contain: a token for another service is no token here. */
  resource: string;
  /** What `iss` must be, when the answer has one. */
  issuer?: string;
  fetch: typeof globalThis.fetch;
  /** Milliseconds; 5000 unless told. */
  timeout?: number;
};

const INACTIVE: Inactive = { active: false };
const MAX_ANSWER = 64 * 1024;

/** One question for one token. `now` is in seconds since the epoch. Throws GuardError. */
export async function introspect(
  options: IntrospectOptions,
  token: string,
  now: number,
): Promise<Principal | Inactive> {
  return readAnswer(await askProvider(options, token), options, now);
}

async function askProvider(options: IntrospectOptions, token: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    const response = await options.fetch(options.introspectionEndpoint, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basicCredentials(options.clientId, options.clientSecret),
      },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
      // A redirected introspection would carry the token and our secret to a place nobody configured.
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeout ?? 5000),
    });
    if (response.status === 401 || response.status === 403) {
      await response.body?.cancel();
      throw new GuardError('introspection_unauthorized');
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new GuardError('introspection_unavailable');
    }
    text = await readBounded(response, MAX_ANSWER);
  } catch (cause) {
    if (cause instanceof GuardError) throw cause;
    throw new GuardError('introspection_unavailable', { cause });
  }
  return parseObject(text);
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined. */
function basicCredentials(clientId: string, clientSecret: string): string {
  const encode = (value: string): string => new URLSearchParams({ v: value }).toString().slice(2);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`;
}

async function readBounded(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the stream, so nothing more is read.
    if (size > limit) throw new GuardError('introspection_malformed');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (cause) {
    throw new GuardError('introspection_malformed', { cause });
  }
  throw new GuardError('introspection_malformed');
}

function readAnswer(
  answer: Record<string, unknown>,
  options: IntrospectOptions,
  now: number,
): Principal | Inactive {
  // RFC 7662 section 2.2: `active` is the one required member, and a boolean.
  if (typeof answer.active !== 'boolean') throw new GuardError('introspection_malformed');
  if (!answer.active) return INACTIVE;

  const { exp, client_id: clientId, sub } = answer;
  if (typeof exp !== 'number' || typeof clientId !== 'string')
    throw new GuardError('introspection_malformed');
  if (sub !== undefined && typeof sub !== 'string') throw new GuardError('introspection_malformed');
  if (exp <= now || !isMeantForUs(answer, options) || !isBearer(answer)) return INACTIVE;

  const level = sub !== undefined && isLevel(answer.acr) ? answer.acr : undefined;
  const scopes = typeof answer.scope === 'string' ? answer.scope.split(' ').filter(Boolean) : [];
  return {
    active: true,
    ...(sub === undefined ? {} : { sub }),
    clientId,
    ...(level ? { level } : {}),
    ...(typeof answer.auth_time === 'number' ? { authTime: answer.auth_time } : {}),
    amr: Array.isArray(answer.amr) ? answer.amr.filter((method) => typeof method === 'string') : [],
    scopes: new Set(scopes),
    ...(typeof answer.acr_reason === 'string' ? { acrReason: answer.acr_reason } : {}),
    ...(typeof answer.acr_expires_at === 'number' ? { acrExpiresAt: answer.acr_expires_at } : {}),
    expiresAt: exp,
  };
}

/** RFC 7662 section 4: a resource server must see that it is an intended audience; no audience is no permission. */
function isMeantForUs(answer: Record<string, unknown>, { issuer, resource }: IntrospectOptions): boolean {
  if (issuer !== undefined && answer.iss !== undefined && answer.iss !== issuer) return false;
  return Array.isArray(answer.aud) ? answer.aud.includes(resource) : answer.aud === resource;
}

/** RFC 9449 section 7.1 and RFC 8705 section 3: a token bound to a key must not be taken as a plain bearer token. */
function isBearer(answer: Record<string, unknown>): boolean {
  const type = answer.token_type;
  return answer.cnf === undefined && (type === undefined || String(type).toLowerCase() === 'bearer');
}
