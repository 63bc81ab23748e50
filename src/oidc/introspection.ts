/**
 * Introspection tells the truth of now (design §2 point 5, RFC 7662). The provider has authenticated the caller,
 * found the token, its grant and session, and checked that it is meant for the caller; here its answer is held
 * against the account as it is at this moment.
 */
import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { findAccount } from '../account/accounts.ts';
import { levelOfProof } from '../account/level.ts';
import type { Deps } from '../deps.ts';
import { isLevel, type Level, lower, reaches } from '../guard/levels.ts';
import { openidScopeMinimum } from './claims.ts';
import type { IntrospectionCounts } from './introspection-counts.ts';
import type { Registry } from './registry.ts';
import { subjectFor } from './subjects.ts';

type Answer = { active: boolean; sub?: string; scope?: string; acr?: Level; [member: string]: unknown };

/** Runs around the provider and corrects an active answer about a citizen. */
export function tellLevelOfNow(deps: Deps, registry: Registry, counts: IntrospectionCounts): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
    if (oidc?.route !== 'introspection' || ctx.status !== 200) return;
    const answer = ctx.body as Answer;
    const token = oidc.entities.AccessToken ?? oidc.entities.RefreshToken;
    if (!answer.active || !token?.accountId) return;
    const account = await findAccount(deps.db, token.accountId, deps.clock());
    if (account?.status !== 'active') {
      ctx.body = { active: false };
      return;
    }
    counts.countIntrospection(token.accountId, oidc.client?.clientId ?? '');
    const signIn =
      token.kind === 'RefreshToken'
        ? { acr: token.acr, amr: token.amr, auth_time: token.authTime }
        : { ...token.extra };
    const issued: Level = 'acr' in signIn && isLevel(signIn.acr) ? signIn.acr : 'level1';
    const authTime = 'auth_time' in signIn ? signIn.auth_time : undefined;
    const proved = levelOfProof(account, { acr: issued, authTime });
    // A client whose maximum was lowered meanwhile never sees more, nor does a service through its tokens.
    const level = lower(proved, registry.maximumLevel(token.clientId));
    Object.assign(answer, signIn, {
      // The caller's own: a service and the app that called it know the citizen by different ones.
      ...(oidc.client ? { sub: subjectFor(deps.keyring, oidc.client, token.accountId) } : {}),
      acr: level,
      scope: answer.scope && reachedScopes(answer.scope, level, registry),
    });
    if (proved !== issued) answer.acr_reason = account.levelReason ?? 'verified_anew';
    else if (level !== issued) answer.acr_reason = 'client_maximum';
    if (level === 'level2' && account.levelExpiresAt) {
      answer.acr_expires_at = Math.floor(account.levelExpiresAt.getTime() / 1000);
    }
  };
}

/** A scope that needs level2 is not in force below it: a service that looks at scopes only is safe, too. */
function reachedScopes(scope: string, level: Level, registry: Registry): string {
  return scope
    .split(' ')
    .filter((name) => reaches(level, registry.scope(name)?.minimumLevel ?? openidScopeMinimum(name)))
    .join(' ');
}
