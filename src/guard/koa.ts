/** The guard as Koa middleware. Only the shape of Koa's context is needed, so the library does not depend on Koa. */
import type { Guard, Requirement } from './guard.ts';
import type { Principal } from './introspect.ts';
import type { Level } from './levels.ts';

type Context = {
  headers: { authorization?: string | undefined };
  // biome-ignore lint/suspicious/noExplicitAny: Koa's own state is any, and it is Koa's.
  state: any;
  status: number;
  body?: unknown;
  set(name: string, value: string): void;
};

/**
 * Lets the request through when the token reaches `level` (and, if asked, is recent enough and holds the scope);
 * otherwise answers with the challenge. A GuardError passes on to Koa, which answers 503.
 */
export function requireLevel(guard: Guard, level: Level, options: Omit<Requirement, 'level'> = {}) {
  return async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    const decision = await guard.check(ctx.headers, { ...options, level });
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
}

/** The principal that `requireLevel` let through. */
export function principalOf(ctx: Pick<Context, 'state'>): Principal & { sub: string } {
  const principal: Principal | undefined = ctx.state.principal;
  // A level needs a citizen (introspect), so whoever passed requireLevel has a subject.
  if (principal?.sub === undefined) throw new Error('principalOf is for routes behind requireLevel');
  return { ...principal, sub: principal.sub };
}
