/** What the provider reports: its errors go to the log with the request's id, without what was sent. */
import type { Provider } from 'oidc-provider';
import { Unanswered } from '../db/unanswered.ts';
import type { Log } from '../log.ts';

type Reported = { error?: string; error_detail?: string; name?: string };
type Ctx = { state?: { requestId?: string }; oidc?: { route?: string } } | undefined;

const refusals = [
  'authorization.error',
  'grant.error',
  'introspection.error',
  'revocation.error',
  'userinfo.error',
  'end_session.error',
  'discovery.error',
  'jwks.error',
] as const;

export function logProviderEvents(provider: Provider, log: Log): void {
  for (const event of refusals) {
    provider.on(event as 'grant.error', (ctx: unknown, error: unknown) => {
      const { error: code, name } = error as Reported;
      // Said to the client like a refusal, and none.
      if (error instanceof Unanswered) return logFailure(ctx as Ctx, error.cause);
      log.info({ request: requestOf(ctx as Ctx), event, code: code ?? name }, 'refused');
    });
  }
  provider.on('server_error', (ctx: unknown, error: unknown) => logFailure(ctx as Ctx, error));

  function logFailure(ctx: Ctx, error: unknown): void {
    const { name, message, stack } = error as Error;
    log.error({ request: requestOf(ctx), error: { name, message, stack } }, 'internal error');
  }
}

function requestOf(ctx: Ctx): string | undefined {
  return ctx?.state?.requestId;
}
