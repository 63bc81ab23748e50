/** What the sandbox's Zalo remembers between the steps of a sign-in, with the lifetimes of facts/zalo.md A1 and A3. */
import type { Deps } from '../deps.ts';
import type { Person } from './people.ts';
import { ExpiringMap } from './store.ts';
import type { Fault } from './zalo-faults.ts';

/** Seconds. */
export const lifetime = { code: 600, accessToken: 3600, refreshToken: 30 * 86_400, phoneToken: 120 };

export type ZaloLogin = { person: Person; fault: Fault };

export type ZaloState = {
  codes: ExpiringMap<ZaloLogin & { codeChallenge: string }>;
  accessTokens: ExpiringMap<ZaloLogin>;
  /** Rotating; a new one inherits what is left of the first one's thirty days. */
  refreshTokens: ExpiringMap<ZaloLogin & { endsAt: number }>;
  phoneTokens: ExpiringMap<{ accessToken: string; phone: string }>;
};

export function createZaloState({ clock }: Deps): ZaloState {
  return {
    codes: new ExpiringMap(clock),
    accessTokens: new ExpiringMap(clock),
    refreshTokens: new ExpiringMap(clock),
    phoneTokens: new ExpiringMap(clock),
  };
}

/** An access and a refresh token, as the token endpoint answers them: every value a string. */
export function issueTokens(deps: Deps, state: ZaloState, login: ZaloLogin, endsAt?: number) {
  const accessToken = deps.random(48).toString('base64url');
  const refreshToken = deps.random(48).toString('base64url');
  const now = deps.clock().getTime() / 1000;
  const end = endsAt ?? now + lifetime.refreshToken;
  state.accessTokens.set(accessToken, login, lifetime.accessToken);
  state.refreshTokens.set(refreshToken, { ...login, endsAt: end }, end - now);
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: String(lifetime.accessToken),
    refresh_token_expires_in: String(Math.floor(end - now)),
  };
}
