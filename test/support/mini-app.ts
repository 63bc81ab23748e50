/** A Mini App of the test's own: what its page in Zalo's web view calls, and a phone on which our pages open. */
import { decodeJwt } from 'jose';
import type { Product } from './product.ts';
import { Visitor } from './visitor.ts';

export const ORIGIN = 'https://h5.zdn.vn';
export const ZALO_TOKEN = 'urn:tayninh:params:oauth:token-type:zalo-access-token';
const STEP = 'urn:tayninh:params:oauth:token-type:mini-app-step';

export type Answer = { status: number; body: Record<string, unknown>; headers: Headers };
export type ZaloTokens = { access_token: string; phone_token: string | null };

/** What getAccessToken() and getPhoneNumber() give in this person's Zalo. */
export async function openZalo(
  product: Product,
  person: string,
  given: Record<string, string> = {},
): Promise<ZaloTokens> {
  const body = new URLSearchParams({ person, ...given });
  const answer = await fetch(`${product.sandbox}/zalo/miniapp/tokens`, { method: 'POST', body });
  return (await answer.json()) as ZaloTokens;
}

/** POST /token as the Mini App's page does. */
export async function postToken(
  product: Product,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${product.issuer}/token`, {
    method: 'POST',
    headers: { origin: ORIGIN, ...headers },
    body: new URLSearchParams({ client_id: 'sandbox-mini-app', ...form }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'], headers: answer.headers };
}

export function exchange(
  product: Product,
  zalo: ZaloTokens,
  more: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return postToken(
    product,
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: zalo.access_token,
      subject_token_type: ZALO_TOKEN,
      ...(zalo.phone_token ? { zalo_phone_token: zalo.phone_token } : {}),
      ...more,
    },
    headers,
  );
}

export type SignedIn = {
  accessToken: string;
  refreshToken: string;
  claims: Record<string, unknown>;
  scope: string;
};

/** Opens the Mini App: Zalo's tokens for ours. */
export async function signInToMiniApp(
  product: Product,
  person: string,
  { zalo = {}, ...more }: { zalo?: Record<string, string>; scope?: string; consent?: string } = {},
): Promise<SignedIn> {
  return readTokens(await exchange(product, await openZalo(product, person, zalo), more));
}

export function readTokens({ status, body }: Answer): SignedIn {
  if (status !== 200) throw new Error(JSON.stringify(body));
  return {
    accessToken: String(body.access_token),
    refreshToken: String(body.refresh_token),
    claims: decodeJwt(String(body.id_token)),
    scope: String(body.scope),
  };
}

export async function userInfo(product: Product, accessToken: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${product.issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  return (await answer.json()) as Record<string, unknown>;
}

export type Step = { id: string; url: string };

export async function askForStep(
  product: Product,
  accessToken: string,
  step: Record<string, string> = { page: 'step_up' },
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${product.issuer}/mini-app/steps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(step),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'], headers: answer.headers };
}

export async function beginStep(
  product: Product,
  accessToken: string,
  step?: Record<string, string>,
): Promise<Step> {
  const { status, body } = await askForStep(product, accessToken, step);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return { id: String(body.id), url: String(body.url) };
}

/** The web view of Zalo on this person's phone: opens the address, and says yes to the page that asks. */
export async function openInWebview({ url }: Step, webview = new Visitor()): Promise<Visitor> {
  await webview.open(url);
  await webview.submit('form-open');
  return webview;
}

export function redeemStep(
  product: Product,
  { id }: Step,
  more: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
  return postToken(product, { grant_type, subject_token: id, subject_token_type: STEP, ...more }, headers);
}

/** What is in the audit about an account since the beginning, newest last. */
export async function readAudit(product: Product, event: string): Promise<Record<string, unknown>[]> {
  const rows = await product.deps.db
    .selectFrom('audit_events')
    .select('body')
    .where('event', '=', event)
    .orderBy('seq')
    .execute();
  return rows.map(({ body }) => body as Record<string, unknown>);
}
