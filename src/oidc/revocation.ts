/**
 * Revocation (RFC 7009) of JWT access tokens, which the provider does not take. It authenticates the caller; what
 * happens then is what it does with an opaque one: the token and the others of its grant end, the consent stays.
 */
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { answerCallers } from './callers.ts';
import { isJwt } from './jwt-tokens.ts';
import type { Registry } from './registry.ts';

type Scope = { deps: Deps; provider: Provider; registry: Registry };

export function revokeJwtTokens(scope: Scope): Middleware {
  const { AccessToken, AuthorizationCode, ClientCredentials, RefreshToken } = scope.provider;
  return answerCallers(scope, { path: '/token/revocation', takes: isJwt }, async (ctx, caller, value) => {
    // §2.2: an unknown token is answered like one that was revoked.
    ctx.body = '';
    const token = (await AccessToken.find(value)) ?? (await ClientCredentials.find(value));
    if (token?.clientId !== caller.id) return;
    await token.destroy();
    const { grantId } = token as { grantId?: string };
    if (!grantId) return;
    for (const model of [AccessToken, RefreshToken, AuthorizationCode]) await model.revokeByGrantId(grantId);
  });
}
