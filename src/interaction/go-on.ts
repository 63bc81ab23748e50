/**
 * From a step of the sign-in to what comes next, in one request. The provider would have the browser come back to it by a
 * redirect of its own; on a slow network that is a second of an old phone for nothing. So the request that ends a step goes
 * on as the very request which that redirect would have made: same browser, same cookies, `GET /auth/:uid`.
 *
 * The cookie that binds it is sent by browsers to that address alone, so it is added here. That gives nothing away: who
 * ends a step has shown the interaction's own cookie, or the one of the browser that left for an upstream.
 *
 * A step that is sent again gets the answer of the first (oidc/step-answers).
 */
import type { Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import type { CookieSigner } from '../http/cookie-signer.ts';
import type { Context, Handler } from '../http/state.ts';
import { findAnswer, type StepAnswer, StepOver } from '../oidc/step-answers.ts';

/** Around the rooms; `next` is the provider. */
export function goOnAfter(deps: Deps, provider: Provider, rooms: Handler): Handler {
  return async (ctx, next) => {
    try {
      await rooms(ctx, next);
      if (ctx.state.goesOn) await resume(provider, ctx, ctx.state.goesOn, next);
    } catch (error) {
      if (!(error instanceof StepOver)) throw error;
      const answer = await findAnswer(deps, error.uid);
      if (!answer || !mayRepeat(ctx, answer)) throw error.otherwise;
      ctx.status = 303;
      ctx.redirect(answer.location);
      ctx.set('Set-Cookie', answer.cookies);
    }
  };
}

async function resume(provider: Provider, ctx: Context, uid: string, next: () => Promise<unknown>) {
  const asked = { method: ctx.method, url: ctx.url, _matchedRoute: ctx._matchedRoute };
  const name = provider.cookieName('resume');
  const cookie = `${name}=${uid}`;
  const signature = (provider.keys as unknown as CookieSigner).sign(cookie);
  // First, since the first one of a name counts.
  ctx.headers.cookie = [cookie, `${name}.sig=${signature}`, ctx.headers.cookie].filter(Boolean).join('; ');
  ctx.method = 'GET';
  ctx.url = provider.pathFor('resume', { uid });
  try {
    await next();
  } finally {
    // Logs and counts tell of the request that was made.
    Object.assign(ctx, asked);
  }
}

/** Who gives up after having gone on, or goes on after having given up, wants something else. */
function mayRepeat({ path }: Context, { step }: StepAnswer): boolean {
  return path.endsWith('/cancel') === step.endsWith('/cancel');
}
