/** The demo app's sessions: in memory, a random id in a cookie, and in each what the citizen was doing. */
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { ExpiringMap } from './store.ts';

const COOKIE = 'demo_app';
const LIFETIME = 8 * 3600;

/** A form the citizen has filled and that is not yet sent. */
export type Draft = { kind: 'report' | 'dossier'; title: string; text: string };

/** An authorization request on its way; found by its `state`. */
export type Pending = {
  nonce: string;
  codeVerifier: string;
  redirectUri: string;
  maxAge: number | undefined;
  /** What brought it about: a step up keeps the form, a plain sign-in has none. */
  draft: Draft | undefined;
  /** The level the service demanded. */
  needed: string | undefined;
};

export type SignedIn = {
  sub: string;
  name: string;
  level: string;
  authTime: number | undefined;
  accessToken: string;
};

export type Session = {
  signedIn?: SignedIn;
  /** The forms as they were when the citizen had to leave them. */
  drafts: { report?: Draft; dossier?: Draft };
  /** A sentence for the next page, once. */
  notice?: string | undefined;
  pending: Map<string, Pending>;
};

export type Sessions = {
  read: (ctx: Context) => Session;
  /** Gives the session a new id, as every change of who is signed in must. */
  renew: (ctx: Context, session: Session) => void;
  end: (ctx: Context) => void;
};

export function createSessions({ clock, random }: Deps): Sessions {
  const store = new ExpiringMap<Session>(clock);
  const start = (ctx: Context, session: Session): Session => {
    const id = random(32).toString('base64url');
    store.set(id, session, LIFETIME);
    ctx.cookies.set(COOKIE, id, { httpOnly: true, sameSite: 'lax', path: '/app', signed: false });
    return session;
  };
  const find = (ctx: Context): string => ctx.cookies.get(COOKIE, { signed: false }) ?? '';
  return {
    read: (ctx) => store.get(find(ctx)) ?? start(ctx, { drafts: {}, pending: new Map() }),
    renew: (ctx, session) => {
      store.delete(find(ctx));
      start(ctx, session);
    },
    end: (ctx) => {
      store.delete(find(ctx));
      ctx.cookies.set(COOKIE, null, { path: '/app', signed: false });
    },
  };
}

/** The sentence that waits for this citizen, and forgets it. */
export function takeNotice(session: Session): string | undefined {
  const { notice } = session;
  session.notice = undefined;
  return notice;
}

/** Remembers an authorization request; a handful at once, for several tabs. */
export function addPending(session: Session, state: string, pending: Pending): void {
  session.pending.set(state, pending);
  for (const oldest of session.pending.keys()) {
    if (session.pending.size <= 5) break;
    session.pending.delete(oldest);
  }
}
