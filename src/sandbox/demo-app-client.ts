/** The demo app as a client of the provider: openid-client, code + PKCE + state + nonce, RFC 9207 and RFC 8707. */
import type { Context } from 'koa';
import * as client from 'openid-client';
import type { Deps } from '../deps.ts';
import type { Draft, Pending, Session, SignedIn } from './demo-app-session.ts';
import { addPending } from './demo-app-session.ts';
import { demoResource } from './demo-service.ts';

export const demoAppClient = { id: 'sandbox-web', secret: 'sandbox-web-secret' };

type Wish = {
  acrValues?: string[] | undefined;
  /** Beside what every sign-in asks for. */
  scope?: string[] | undefined;
  maxAge?: number | undefined;
  prompt?: string | undefined;
  /** Ask for the level by the `claims` parameter as an essential claim (OpenID Connect Core 5.5.1.1). */
  essential?: boolean;
  draft?: Draft | undefined;
};

type Outcome =
  | { signedIn: SignedIn; pending: Pending }
  /** An `error` of the provider, or `callback_failed` for an answer that did not check out. */
  | { error: string; pending: Pending | undefined };

export type DemoClient = {
  /** The address that starts an authorization request. */
  begin: (ctx: Context, session: Session, wish: Wish) => Promise<string>;
  finish: (ctx: Context, session: Session) => Promise<Outcome>;
  signOutUrl: (ctx: Context) => Promise<string>;
};

export function createDemoClient(deps: Deps): DemoClient {
  let found: Promise<client.Configuration> | undefined;
  const discover = (): Promise<client.Configuration> => {
    found ??= client
      .discovery(
        new URL(deps.config.issuer),
        demoAppClient.id,
        undefined,
        client.ClientSecretBasic(demoAppClient.secret),
        {
          execute: [client.allowInsecureRequests],
          [client.customFetch]: (url, options) => deps.fetch(url, options as RequestInit),
          timeout: 10,
        },
      )
      .catch((error) => {
        found = undefined;
        throw error;
      });
    return found;
  };
  return {
    begin: async (ctx, session, wish) =>
      beginAuthorization(await discover(), readOrigin(deps, ctx), session, wish),
    finish: async (ctx, session) => finishAuthorization(deps, await discover(), ctx, session),
    signOutUrl: async (ctx) =>
      client.buildEndSessionUrl(await discover(), {
        post_logout_redirect_uri: `${readOrigin(deps, ctx)}/app`,
      }).href,
  };
}

/** The app under the name it was called by, so that localhost and 127.0.0.1 both work; no other name is believed. */
function readOrigin({ config }: Deps, ctx: Context): string {
  return /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(ctx.host)
    ? `http://${ctx.host}`
    : `http://localhost:${config.sandboxPort}`;
}

async function beginAuthorization(
  configuration: client.Configuration,
  origin: string,
  session: Session,
  wish: Wish,
): Promise<string> {
  const state = client.randomState();
  const pending: Pending = {
    nonce: client.randomNonce(),
    codeVerifier: client.randomPKCECodeVerifier(),
    redirectUri: `${origin}/app/callback`,
    maxAge: wish.maxAge,
    draft: wish.draft,
    needed: wish.acrValues?.[0],
  };
  addPending(session, state, pending);
  const parameters: Record<string, string> = {
    redirect_uri: pending.redirectUri,
    scope: [...new Set(['openid', 'profile', 'hoso.xem', ...(wish.scope ?? [])])].join(' '),
    resource: demoResource,
    state,
    nonce: pending.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(pending.codeVerifier),
    code_challenge_method: 'S256',
  };
  if (wish.acrValues?.length) {
    if (wish.essential) {
      parameters.claims = JSON.stringify({ id_token: { acr: { essential: true, values: wish.acrValues } } });
    } else parameters.acr_values = wish.acrValues.join(' ');
  }
  if (wish.maxAge !== undefined) parameters.max_age = String(wish.maxAge);
  if (wish.prompt) parameters.prompt = wish.prompt;
  return client.buildAuthorizationUrl(configuration, parameters).href;
}

async function finishAuthorization(
  deps: Deps,
  configuration: client.Configuration,
  ctx: Context,
  session: Session,
): Promise<Outcome> {
  const answer = new URLSearchParams(ctx.querystring);
  const state = answer.get('state') ?? '';
  const pending = session.pending.get(state);
  // Each request is answered once.
  session.pending.delete(state);
  if (!pending) return { error: 'callback_failed', pending };
  try {
    const tokens = await client.authorizationCodeGrant(
      configuration,
      new URL(`${pending.redirectUri}?${answer}`),
      {
        expectedState: state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.codeVerifier,
        ...(pending.maxAge === undefined ? {} : { maxAge: pending.maxAge }),
      },
      { resource: demoResource },
    );
    const claims = tokens.claims();
    if (!claims) return { error: 'callback_failed', pending };
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
    const signedIn: SignedIn = {
      sub: claims.sub,
      name: text(claims.name) ?? claims.sub,
      level: text(claims.acr) ?? '',
      authTime: claims.auth_time,
      accessToken: tokens.access_token,
    };
    return { signedIn, pending };
  } catch (error) {
    if (error instanceof client.AuthorizationResponseError) return { error: error.error, pending };
    deps.log.warn({ err: error }, 'sandbox app could not finish a sign-in');
    return { error: 'callback_failed', pending };
  }
}
