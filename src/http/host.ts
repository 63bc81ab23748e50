/**
 * The provider answers under its own name only: addresses it makes (where a sign-in goes on, discovery) follow the
 * Host header, so a foreign one must not get that far (RFC 9110 §7.4). The sandbox has its loopback names besides.
 */
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Context, Handler } from './state.ts';

const probes = new Set(['/healthz', '/readyz']);

/** Our own address as the citizen came by it. (`ctx.origin` is the Origin header: anybody's.) */
export function ownOrigin(ctx: Context, { issuer }: Pick<Config, 'issuer'>): string {
  return `${new URL(issuer).protocol}//${ctx.host}`;
}

export function requireHost(config: Config): Handler {
  const isOurs = namesUs(config);
  return (ctx, next) => {
    // A load balancer asks for health by address.
    if (!isOurs(ctx) && !probes.has(ctx.path)) throw new AppError('bad_request');
    return next();
  };
}

/** Whether a request came to one of our own names. */
export function namesUs({ issuer, environment, port, mtls }: Config): (ctx: { host: string }) => boolean {
  const names = new Set([new URL(issuer).host]);
  if (mtls?.origin) names.add(new URL(mtls.origin).host);
  if (environment === 'sandbox')
    for (const name of ['localhost', '127.0.0.1', '[::1]']) names.add(`${name}:${port}`);
  return ({ host }) => names.has(host.toLowerCase());
}
