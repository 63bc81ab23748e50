/** The guard around a `fetch`-style handler (Request in, Response out), as Hono, Deno, Bun and others have them. */

import type { Requirement } from './decide.ts';
import { GuardError } from './errors.ts';
import type { Guard } from './guard.ts';
import type { Citizen } from './koa.ts';
import type { Level } from './levels.ts';

export type FetchHandler = (request: Request, citizen: Citizen) => Response | Promise<Response>;

/** `request.url` must be the address the client called; behind a proxy that is the framework's to know. */
export function forFetch(guard: Guard) {
  const requireLevel =
    (level: Level, options: Omit<Requirement, 'level'> = {}) =>
    (handle: FetchHandler) =>
    async (request: Request): Promise<Response> => {
      let decision: Awaited<ReturnType<Guard['check']>>;
      try {
        decision = await guard.check(request, { ...options, level });
      } catch (error) {
        if (!(error instanceof GuardError)) throw error;
        return answer(503, { error: 'temporarily_unavailable' }, {});
      }
      if (decision.allowed) {
        const { sub, ...principal } = decision.principal;
        // A level needs a citizen, so there is one here.
        return handle(request, { ...principal, sub: sub as string });
      }
      const body = { error: decision.error ?? 'unauthorized' };
      return answer(decision.status, body, { 'WWW-Authenticate': decision.challenge });
    };
  return { requireLevel };
}

function answer(status: number, body: unknown, headers: Record<string, string>): Response {
  return Response.json(body, { status, headers: { ...headers, 'Cache-Control': 'no-store' } });
}
