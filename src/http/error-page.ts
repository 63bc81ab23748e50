/**
 * The one place that turns errors into pages. An AppError says its code; anything else is a bug: logged once with
 * its stack, shown as `internal_error` with the request id and nothing more.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { errorPage } from '../../views/error.ts';
import { messagesFor } from '../../views/messages.ts';
import { Unanswered } from '../db/unanswered.ts';
import type { Deps } from '../deps.ts';
import { AppError, type ErrorCode, errorStatus } from '../errors.ts';
import { pageProps, sendPage } from './page.ts';
import type { Context, Handler, Language } from './state.ts';

export function showErrors({ log }: Pick<Deps, 'log'>): Handler {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new AppError('not_found');
    } catch (error) {
      sendError(ctx, log, error);
    }
  };
}

/** For JSON interfaces: the code, both sentences and the request id, never a page. */
export function showApiErrors({ log }: Pick<Deps, 'log'>): Handler {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const code = codeOf(ctx, log, error);
      const say = (lang: Language) => {
        const { text, advice } = messagesFor(lang).errors[code];
        return `${text} ${advice}`;
      };
      ctx.status = errorStatus[code];
      ctx.set('Cache-Control', 'no-store');
      ctx.body = { error: code, message: { vi: say('vi'), en: say('en') }, request_id: ctx.state.requestId };
    }
  };
}

/** The code a request ends with. What is no AppError is a bug: it is logged, and shown as internal. */
function codeOf(ctx: Context, log: Deps['log'], error: unknown): ErrorCode {
  const unanswered = error instanceof Unanswered && new AppError('unanswered', { cause: error.cause });
  const known = unanswered || (error instanceof AppError ? error : undefined);
  const code: ErrorCode = known?.code ?? 'internal_error';
  if (!known) log.error({ request: ctx.state.requestId, error: describeError(error) }, 'internal error');
  else if (known.status >= 500) {
    log.error({ request: ctx.state.requestId, code, cause: describeError(known.cause) }, 'upstream error');
  }
  return code;
}

function sendError(ctx: Context, log: Deps['log'], error: unknown): void {
  const code = codeOf(ctx, log, error);
  const backHref = error instanceof AppError ? error.backHref : undefined;
  if (ctx.accepts('html', 'json') === 'json') {
    ctx.status = errorStatus[code];
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { error: code, request_id: ctx.state.requestId };
    return;
  }
  sendPage(
    ctx,
    errorPage({ page: pageProps(ctx), code, ...(backHref ? { backHref } : {}) }),
    errorStatus[code],
  );
}

/** The provider's errors on the same page; it has set the status, and its events are logged (oidc/events). */
export function renderProviderError(koa: KoaContextWithOIDC, out: { error: string }, error: Error): void {
  const ctx = koa as unknown as Context;
  const code = ctx.status === 404 ? 'not_found' : providerCode(out.error, error);
  sendPage(ctx, errorPage({ page: pageProps(ctx), code }), ctx.status);
}

function providerCode(code: string, error: Error): ErrorCode {
  if (error.name === 'SessionNotFound') return 'session_expired';
  if (code === 'server_error') return 'internal_error';
  if (code === 'temporarily_unavailable') return 'unanswered';
  return Object.hasOwn(errorStatus, code) ? (code as ErrorCode) : 'invalid_request';
}

/** Name, message and stack; never the error's other members, which may hold what was sent. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error === undefined ? undefined : { type: typeof error };
  return { name: error.name, message: error.message, stack: error.stack, cause: describeError(error.cause) };
}
