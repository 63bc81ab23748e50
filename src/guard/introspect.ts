/**
 * Asks the provider what a token is worth at this moment (RFC 7662): who the citizen is, at which level, how long ago.
 *
 * A provider that cannot be reached is an error with a code, never an answer: a service that cannot know must not allow.
 */
import { GuardError } from './errors.ts';
import { type Audience, INACTIVE, type Inactive, type Principal, readPrincipal } from './principal.ts';

export type IntrospectOptions = Audience & {
  introspectionEndpoint: string;
  clientId: string;
  clientSecret: string;
  fetch: typeof globalThis.fetch;
  /** Milliseconds; 5000 unless told. */
  timeout?: number;
};

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
  return answer.active ? readPrincipal(answer, options, now) : INACTIVE;
}
