/**
 * Revocation (RFC 7009): whose a token is may give it up, and nobody else. A refresh token takes every token of its grant
 * along (§2.1 SHOULD); an access token goes alone, so that an app may hand in one that it no longer needs and stay signed
 * in. JWT access tokens, which the provider does not take, are answered here; it authenticates the caller.
 */
import type { Middleware } from 'koa';
import type { Client, Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import type { Registry } from '../registry/registry.ts';
import { answerCallers } from './callers.ts';
import { revokeClientToken } from './client-tokens.ts';
import { isJwt } from './jwt-tokens.ts';

type Scope = { deps: Deps; provider: Provider; registry: Registry };

export function revokeJwtTokens(scope: Scope): Middleware {
  return answerCallers(scope, { path: '/token/revocation', takes: isJwt }, async (ctx, caller, value) => {
    // §2.2: an unknown token is answered like one that was revoked.
    ctx.body = '';
    if (await revokeClientToken(scope, value, caller.id)) return;
    const token = await scope.provider.AccessToken.find(value);
    if (token?.clientId === caller.id) await token.destroy();
  });
}

type Token = { kind: string; clientId?: string | undefined; grantId?: string | undefined };

/** Whether a client may revoke this opaque token. The provider ends what hangs from the grant that the token names. */
export function mayRevoke(client: Client, token: Token): boolean {
  if (token.clientId !== client.clientId) return false;
  if (token.kind === 'AccessToken') delete token.grantId;
  return true;
}
