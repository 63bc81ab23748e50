/** The guard as Koa middleware. Only the shape of Koa's context is needed, so the library does not depend on Koa. */
import type { Requirement } from './decide.ts';
import type { Guard, GuardHeaders } from './guard.ts';
import type { Level } from './levels.ts';
import type { Principal } from './principal.ts';

type Context = {
  headers: Exclude<GuardHeaders, Headers>;
  method: string;
  /** Protocol and host as the client sees them: Koa's `app.proxy` decides whether a proxy's word is taken. */
  protocol: string;
  host: string;
  originalUrl: string;
  // biome-ignore lint/suspicious/noExplicitAny: Koa's own state is any, and it is Koa's.
  state: any;
  status: number;
  body?: unknown;
  set(name: string, value: string): void;
};

/** A principal that speaks for a citizen. */
export type Citizen = Principal & { sub: string };

/**
 * `requireLevel` lets the request through when the token reaches `level` (and, if asked, is recent enough and holds
 * the scope), and answers with the challenge otherwise. A GuardError passes on to Koa, which answers 503.
 */
export function forKoa(guard: Guard) {
  const requireLevel =
    (level: Level, options: Omit<Requirement, 'level'> = {}) =>
    async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
      const { headers, method, protocol, host, originalUrl } = ctx;
      const url = `${protocol}://${host}${originalUrl}`;
      const decision = await guard.check({ headers, method, url }, { ...options, level });
      if (decision.allowed) {
        ctx.state.principal = decision.principal;
        await next();
        return;
      }
      ctx.status = decision.status;
      ctx.set('WWW-Authenticate', decision.challenge);
      ctx.set('Cache-Control', 'no-store');
      ctx.body = { error: decision.error ?? 'unauthorized' };
    };
  return { requireLevel };
}

/** The citizen that `requireLevel` let through: of Koa's `ctx.state`, Express' `res.locals` or a Fastify request. */
export function principalOf(holder: object): Citizen {
  const { principal } = ('state' in holder ? holder.state : holder) as { principal?: Principal };
  // A level needs a citizen (principal.ts), so whoever passed requireLevel has a subject.
  if (principal?.sub === undefined) throw new Error('principalOf is for routes behind requireLevel');
  return { ...principal, sub: principal.sub };
}
