/** The guard as Express middleware; only the shapes of its request and response are needed. */
import type { Requirement } from './decide.ts';
import type { Guard, GuardHeaders } from './guard.ts';
import type { Level } from './levels.ts';

type Request = {
  headers: Exclude<GuardHeaders, Headers>;
  method: string;
  /** As Express' `trust proxy` makes it. */
  protocol: string;
  host?: string | undefined;
  originalUrl: string;
  get(name: 'host'): string | undefined;
};
type Response = {
  // biome-ignore lint/suspicious/noExplicitAny: Express' own locals are any.
  locals: any;
  status(code: number): Response;
  set(name: string, value: string): unknown;
  json(body: unknown): unknown;
};

/** The citizen is on `res.locals.principal` (principalOf(res.locals)). A GuardError goes to `next`: status 503. */
export function forExpress(guard: Guard) {
  const requireLevel =
    (level: Level, options: Omit<Requirement, 'level'> = {}) =>
    async (req: Request, res: Response, next: (error?: unknown) => void): Promise<void> => {
      try {
        const url = `${req.protocol}://${req.host ?? req.get('host')}${req.originalUrl}`;
        const { headers, method } = req;
        const decision = await guard.check({ headers, method, url }, { ...options, level });
        if (decision.allowed) {
          res.locals.principal = decision.principal;
          next();
          return;
        }
        res.set('WWW-Authenticate', decision.challenge);
        res.set('Cache-Control', 'no-store');
        res.status(decision.status).json({ error: decision.error ?? 'unauthorized' });
      } catch (error) {
        next(error);
      }
    };
  return { requireLevel };
}
