/** The calls a Mini App makes: token exchange (RFC 8693), and JSON with an access token. */
import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { TOKEN_EXCHANGE } from '../oidc/token-exchange.ts';

export const miniAppClientId = 'sandbox-mini-app';
export const ZALO_TOKEN = 'urn:tayninh:params:oauth:token-type:zalo-access-token';
export const STEP = 'urn:tayninh:params:oauth:token-type:mini-app-step';

const answered = z.object({
  access_token: z.string(),
  id_token: z.string(),
  refresh_token: z.string().optional(),
  scope: z.string().default(''),
});

export type Tokens = z.infer<typeof answered> & { sub: string; level: string };
export type MiniAppSession = {
  name?: string;
  phone?: string;
  /** Of the exchange: level1. */
  tokens?: Tokens;
  /** Of the last step out: level2, for an hour. */
  level2?: Tokens;
  /** The id of a step that is under way. */
  step?: string;
  notice?: string;
};

type Call = { form?: Record<string, string>; json?: unknown; token?: string };

export async function ask(
  { fetch }: Deps,
  url: string,
  { form, json, token }: Call,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const body = form ? new URLSearchParams(form) : json === undefined ? undefined : JSON.stringify(json);
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body === undefined ? {} : { body }),
    redirect: 'error',
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export async function exchange(
  deps: Deps,
  subject: Record<string, string>,
): Promise<{ tokens: Tokens; error?: never } | { tokens?: never; error: string }> {
  const { body } = await ask(deps, `${deps.config.issuer}/token`, {
    form: { grant_type: TOKEN_EXCHANGE, client_id: miniAppClientId, ...subject },
  });
  const given = answered.safeParse(body);
  if (!given.success) return { error: String(body.error ?? 'no_answer') };
  // It came over the connection from the provider itself (OpenID Connect Core §3.1.3.7 point 6).
  const { sub = '', acr } = decodeJwt(given.data.id_token);
  return { tokens: { ...given.data, sub, level: String(acr) } };
}
