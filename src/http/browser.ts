/**
 * A random name for each browser, for a year: it binds a way out and back to the browser that left, and lets the
 * citizen know their own devices again. It says nothing about a person and opens nothing.
 */
import { createHash } from 'node:crypto';
import type { Deps } from '../deps.ts';
import type { Context } from './state.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;
type Own = Pick<Deps, 'config' | 'random'>;

/** The name of this browser; made and kept when it has none. */
export function browserOf(deps: Own, ctx: Context): string {
  const { name: cookie, secure } = cookieOf(deps);
  const known = ctx.cookies.get(cookie, { signed: false });
  if (known && known.length === 43) return known;
  const name = deps.random(32).toString('base64url');
  ctx.cookies.set(cookie, name, {
    httpOnly: true,
    sameSite: 'lax',
    signed: false,
    maxAge: YEAR_MS,
    ...(secure ? { secure } : {}),
  });
  return name;
}

/** SHA-256 of the name, as it is kept; undefined for a browser without one. */
export function browserHashOf(deps: Pick<Deps, 'config'>, ctx: Pick<Context, 'cookies'>): Buffer | undefined {
  const known = ctx.cookies.get(cookieOf(deps).name, { signed: false });
  return known ? hashBrowser(known) : undefined;
}

export function hashBrowser(name: string): Buffer {
  return createHash('sha256').update(name).digest();
}

/** Under https the name says that no neighbouring site can have planted it (RFC 6265bis §4.1.3.2). */
function cookieOf({ config }: Pick<Deps, 'config'>): { name: string; secure: boolean } {
  const secure = config.issuer.startsWith('https:');
  return { name: secure ? '__Host-tnid_browser' : 'tnid_browser', secure };
}
