/**
 * Where a passkey is asked for. A passkey belongs to a host name (WebAuthn §5.1.2, "RP ID"): to the issuer's, and in
 * the sandbox to `localhost`; an address in numbers has none. The answer must come from the page and the browser that
 * asked.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Deps } from '../deps.ts';
import { browserOf } from './browser.ts';
import { ownOrigin } from './host.ts';
import type { Context } from './state.ts';

export type Place = {
  /** The RP ID. */
  host: string;
  origin: string;
  /** SHA-256 of browser and page. */
  bound: Buffer;
};

/** @param page names the page, so that its question is not answered from another one. Undefined: no passkeys here. */
export function placeOf(
  deps: Pick<Deps, 'config' | 'random'>,
  ctx: Context,
  page: string,
): Place | undefined {
  const origin = ownOrigin(ctx, deps.config);
  const host = new URL(origin).hostname;
  if (!worksHere(deps, ctx)) return undefined;
  const bound = createHash('sha256')
    .update(`${browserOf(deps, ctx)}\n${page}`)
    .digest();
  return { host, origin, bound };
}

/** Whether the address the citizen came by can have passkeys at all. */
export function worksHere({ config }: Pick<Deps, 'config'>, ctx: Context): boolean {
  return isIP(new URL(ownOrigin(ctx, config)).hostname.replace(/^\[|\]$/g, '')) === 0;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Notes that a passkey was used in this browser, so that the next sign-in offers it first. Says nothing of whom. */
export function noteKeyHere(deps: Pick<Deps, 'config'>, ctx: Context): void {
  const { name, secure } = cookieOf(deps);
  ctx.cookies.set(name, '1', {
    httpOnly: true,
    sameSite: 'lax',
    signed: false,
    maxAge: YEAR_MS,
    ...(secure ? { secure } : {}),
  });
}

export function hasKeyHere(deps: Pick<Deps, 'config'>, ctx: Context): boolean {
  return ctx.cookies.get(cookieOf(deps).name, { signed: false }) === '1';
}

function cookieOf({ config }: Pick<Deps, 'config'>): { name: string; secure: boolean } {
  const secure = config.issuer.startsWith('https:');
  return { name: secure ? '__Host-tnid_key' : 'tnid_key', secure };
}
