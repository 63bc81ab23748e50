/** The guard as a Fastify `preHandler` hook; only the shapes of its request and reply are needed. */
import type { Requirement } from './decide.ts';
import type { Guard, GuardHeaders } from './guard.ts';
import type { Level } from './levels.ts';

type Request = {
  headers: Exclude<GuardHeaders, Headers>;
  method: string;
  /** As Fastify's `trustProxy` makes them. */
  protocol: string;
  host: string;
  originalUrl: string;
};
type Reply = {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): Reply;
};

/** The citizen is on `request.principal` (principalOf(request)). A GuardError is thrown to Fastify: status 503. */
export function forFastify(guard: Guard) {
  const requireLevel =
    (level: Level, options: Omit<Requirement, 'level'> = {}) =>
    async (request: Request, reply: Reply): Promise<unknown> => {
      const { headers, method, protocol, host, originalUrl } = request;
      const url = `${protocol}://${host}${originalUrl}`;
      const decision = await guard.check({ headers, method, url }, { ...options, level });
      if (decision.allowed) {
        Object.assign(request, { principal: decision.principal });
        return undefined;
      }
      return reply
        .code(decision.status)
        .header('WWW-Authenticate', decision.challenge)
        .header('Cache-Control', 'no-store')
        .send({ error: decision.error ?? 'unauthorized' });
    };
  return { requireLevel };
}
