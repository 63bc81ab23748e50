/**
 * Who is on an account page: the provider's own session, and no sign-in beside it. Where there is none, or less than
 * the page needs, the browser goes through an ordinary authorization request of the built-in client, so that every
 * rule of oidc/policy holds here, too; the code that comes back is never redeemed and dies by itself.
 */
import { createHash } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { type AccountState, findAccount } from '../account/accounts.ts';
import { levelOfProof } from '../account/level.ts';
import type { PinHasher } from '../account/pin-hasher.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { type Level, reaches } from '../guard/levels.ts';
import { ownOrigin } from '../http/host.ts';
import type { Context } from '../http/state.ts';
import { heldLevel } from '../oidc/policy.ts';
import { nameOfSession } from '../oidc/sessions.ts';
import { accountClientId, accountReturnPath, type Registry } from '../registry/registry.ts';

export type Scope = { deps: Deps; provider: Provider; registry: Registry; hasher: PinHasher };

export type Citizen = {
  accountId: string;
  state: AccountState;
  /** As oidc/sessions names it. */
  session: string;
  sessionUid: string;
  /** What this session holds now. */
  level: Level;
  /** Seconds since 1970. */
  authTime: number;
  amr: string[];
};

export type Wish = {
  level?: 'level2';
  /** Seconds since the last authentication. */
  maxAge?: number;
  /** For a form: the page to come back to. A form that was sent is not sent again by itself. */
  page?: string;
};

const COOKIE = 'tnid_account';
const TTL_MS = 60 * 60 * 1000;

/**
 * The citizen of this browser's session. Otherwise the browser is sent to sign in, or to step up, and undefined is
 * returned: the caller stops.
 */
export async function requireCitizen(
  scope: Scope,
  ctx: Context,
  wish: Wish = {},
): Promise<Citizen | undefined> {
  const citizen = await readCitizen(scope, ctx);
  if (citizen && meets(scope.deps, citizen, wish)) return citizen;
  signIn(scope.deps, ctx, wish);
  return undefined;
}

/** A sign-in is fresh for so long, in seconds: enough to come back to the page and press the button. */
const FRESH = 5 * 60;

/**
 * For what cannot be undone by the next click: level2 from whoever is level2, or would be but for a hold; a fresh
 * sign-in from whoever never was. Otherwise as requireCitizen; `page` is where the button is.
 */
export async function requireStrong(scope: Scope, ctx: Context, page: string): Promise<Citizen | undefined> {
  const citizen = await readCitizen(scope, ctx);
  const { level, levelReason } = citizen?.state ?? {};
  const step: Wish =
    level === 'level2' || levelReason === 'level2_on_hold' ? { level: 'level2' } : { maxAge: FRESH };
  return requireCitizen(scope, ctx, { ...step, page });
}

/** The citizen of this browser's session, if there is one. */
export async function readCitizen({ deps, provider }: Scope, ctx: Context): Promise<Citizen | undefined> {
  const session = await provider.Session.get(ctx as never);
  if (!session.accountId) return undefined;
  ctx.state.accountId = session.accountId;
  const state = await findAccount(deps.db, session.accountId, deps.clock());
  if (state?.status !== 'active') return undefined;
  const authTime = session.authTime() ?? 0;
  const level = heldLevel({
    proved: levelOfProof(state, { acr: session.acr, authTime }),
    age: deps.clock().getTime() / 1000 - authTime,
    maxAge: deps.config.level2MaxAge,
  });
  const { accountId, uid, amr = [] } = session;
  return { accountId, state, session: nameOfSession(session.jti), sessionUid: uid, level, authTime, amr };
}

function meets({ clock }: Pick<Deps, 'clock'>, citizen: Citizen, { level, maxAge }: Wish): boolean {
  if (level && !reaches(citizen.level, level)) return false;
  return maxAge === undefined || clock().getTime() / 1000 - citizen.authTime <= maxAge;
}

/** Starts the authorization request; the way back is kept beside its state, in this browser only. */
function signIn(deps: Deps, ctx: Context, { level, maxAge, page }: Wish): void {
  const { config, random, keyring, clock } = deps;
  const state = random(16).toString('base64url');
  const kept = {
    state,
    path: page ?? (ctx.method === 'GET' ? ctx.path : '/account'),
    until: clock().getTime() + TTL_MS,
  };
  ctx.cookies.set(COOKIE, keyring.seal('login', COOKIE, JSON.stringify(kept)).toString('base64url'), {
    path: '/account',
    httpOnly: true,
    sameSite: 'lax',
    signed: false,
    maxAge: TTL_MS,
    ...(config.issuer.startsWith('https:') ? { secure: true } : {}),
  });
  const origin = ownOrigin(ctx, config);
  const url = new URL('/auth', origin);
  url.search = new URLSearchParams({
    client_id: accountClientId,
    redirect_uri: `${origin}${accountReturnPath}`,
    response_type: 'code',
    scope: 'openid',
    state,
    // Nobody will ever know the verifier: the code that comes back cannot be redeemed.
    code_challenge: createHash('sha256').update(random(32)).digest('base64url'),
    code_challenge_method: 'S256',
    ui_locales: ctx.state.lang,
    ...(level ? { claims: JSON.stringify({ id_token: { acr: { essential: true, value: level } } }) } : {}),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
  }).toString();
  ctx.status = 303;
  ctx.redirect(url.href);
}

const kept = z.object({
  state: z.string(),
  path: z.string().regex(/^\/account(\/[\w/-]*)?$/),
  until: z.number(),
});

/** Where the browser was when it left to sign in; throws when this is not the answer to its own question. */
export function takeReturnPath({ keyring, clock }: Pick<Deps, 'keyring' | 'clock'>, ctx: Context): string {
  const cookie = ctx.cookies.get(COOKIE, { signed: false });
  ctx.cookies.set(COOKIE, null, { path: '/account', signed: false });
  try {
    const opened = keyring.open('login', COOKIE, Buffer.from(cookie ?? '', 'base64url'));
    const { state, path, until } = kept.parse(JSON.parse(opened.toString()));
    if (state === ctx.query.state && until > clock().getTime()) return path;
  } catch {
    // Not ours, or of another time: said below.
  }
  throw new AppError('sign_in_link_expired', { backHref: '/account' });
}
