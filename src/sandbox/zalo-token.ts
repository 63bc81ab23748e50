/** Zalo's token endpoint: POST /zalo/v4/access_token, for codes and for refresh tokens. Refusals come with HTTP 200. */
import { createHash } from 'node:crypto';
import type Router from '@koa/router';
import type { Deps } from '../deps.ts';
import { readForm } from './page.ts';
import { bendReply, oauthError, type Reply } from './zalo-faults.ts';
import { sendReply } from './zalo-graph.ts';
import { issueTokens, type ZaloState } from './zalo-state.ts';

export function addTokenRoute(deps: Deps, state: ZaloState, router: Router): void {
  router.post('/v4/access_token', async (ctx) => {
    const form = await readForm(ctx);
    await sendReply(ctx, answerToken(deps, state, form, ctx.get('secret_key')));
  });
}

function answerToken(deps: Deps, state: ZaloState, form: URLSearchParams, secretKey: string): Reply {
  const { zalo } = deps.config;
  if (!zalo || form.get('app_id') !== zalo.appId) return { body: oauthError(-14002, 'Invalid appId') };
  if (secretKey !== zalo.appSecret) return { body: oauthError(-14004, 'Invalid secret key') };
  const grantType = form.get('grant_type');
  if (grantType === 'authorization_code') return redeemCode(deps, state, form);
  if (grantType === 'refresh_token') return redeemRefreshToken(deps, state, form);
  return { body: oauthError(-14018, 'Invalid grant type') };
}

function redeemCode(deps: Deps, state: ZaloState, form: URLSearchParams): Reply {
  const login = state.codes.take(form.get('code') ?? '');
  if (!login) return { body: oauthError(-14005, 'Invalid authorization code', 'used, expired or unknown') };
  const { person, fault, codeChallenge } = login;
  // A verifier is demanded when a challenge was sent. The real number for a wrong one is not known: the code's is used.
  if (codeChallenge && computeChallenge(form.get('code_verifier') ?? '') !== codeChallenge) {
    return { body: oauthError(-14005, 'Invalid authorization code', 'code_verifier does not match') };
  }
  return bendReply(fault, 'token', issueTokens(deps, state, { person, fault }));
}

function redeemRefreshToken(deps: Deps, state: ZaloState, form: URLSearchParams): Reply {
  const login = state.refreshTokens.take(form.get('refresh_token') ?? '');
  if (!login) return { body: oauthError(-14014, 'Invalid refresh token') };
  return { body: issueTokens(deps, state, { person: login.person, fault: login.fault }, login.endsAt) };
}

/** RFC 7636 section 4.2, S256: without padding, whatever Zalo's prose says; its SDK does the same. */
export function computeChallenge(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url');
}
