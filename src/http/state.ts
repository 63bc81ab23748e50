/** What every request carries: its id and the language its person reads. */
import type { DefaultContext, DefaultState, Middleware, ParameterizedContext } from 'koa';

export type Language = 'vi' | 'en';

/** On `ctx.state` from request-log and language on. */
export type RequestState = DefaultState & {
  requestId: string;
  lang: Language;
  /** The sign-in that a page of it belongs to, once it was read. */
  interaction?: { uid: string; prompt: string; client: string };
  /** The sign-in whose step has ended: the request goes on with it. */
  goesOn?: string;
  /** Whose request it is, once somebody found out: an error page's code leads back to it. */
  accountId?: string;
};

export type Context = ParameterizedContext<RequestState, DefaultContext>;
export type Handler = Middleware<RequestState, DefaultContext>;
