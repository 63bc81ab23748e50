/**
 * A citizen on their way to an upstream and back. `state` is 256 random bits, kept as SHA-256, used once, ten
 * minutes long, and bound to the browser that left by a cookie, so that nobody can be signed in with somebody
 * else's answer (RFC 9700 §4.7). What the upstream needs on return (PKCE verifier, nonce) is sealed beside it.
 *
 * Zalo may never come back at all (facts: a wrong app or redirect ends on Zalo's own page): the row runs out by
 * itself and the sign-in page stays usable meanwhile.
 */
import { createHash } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { browserHashOf, browserOf, hashBrowser } from '../http/browser.ts';
import type { Context } from '../http/state.ts';
import { findInteraction, type Interaction } from './finish.ts';

const TTL_MS = 10 * 60 * 1000;

export type Upstream = 'zalo' | 'vneid';
type Kept = { uid: string; secrets: Record<string, string> };

/** Notes that this browser leaves for an upstream; returns the `state` to send along. */
export async function leaveForUpstream(
  deps: Deps,
  ctx: Context,
  upstream: Upstream,
  { uid, secrets }: Kept,
): Promise<string> {
  const state = deps.random(32).toString('base64url');
  const stateHash = sha256(state);
  await deps.db
    .insertInto('upstream_logins')
    .values({
      state_hash: stateHash,
      provider: upstream,
      browser_hash: hashBrowser(browserOf(deps, ctx)),
      sealed: deps.keyring.seal('login', stateHash.toString('hex'), JSON.stringify({ uid, secrets })),
      expires_at: new Date(deps.clock().getTime() + TTL_MS),
    })
    .execute();
  return state;
}

/**
 * In the sandbox `login_hint` names the test person, who then is not asked which one they are: for scripts that cannot
 * choose. A real upstream is told nothing of what a client sends.
 */
export function withTestPerson({ config }: Pick<Deps, 'config'>, interaction: Interaction, address: string) {
  const hint = interaction.params.login_hint;
  if (config.environment !== 'sandbox' || typeof hint !== 'string') return address;
  const url = new URL(address);
  url.searchParams.set('login_hint', hint);
  return url.href;
}

export type Return = { interaction: Interaction; secrets: Record<string, string> };

/**
 * Takes the way back: finds the login by `state`, checks browser and time, and uses it up. Returns undefined when
 * the same browser came a second time (reload, back button) while its sign-in still goes on: it has been sent there.
 */
export async function returnFromUpstream(
  deps: Deps,
  provider: Provider,
  ctx: Context,
  upstream: Upstream,
): Promise<Return | undefined> {
  const { state } = ctx.query;
  if (typeof state !== 'string' || state === '') throw new AppError('sign_in_link_expired');
  const now = deps.clock();
  const stateHash = sha256(state);
  const row = await deps.db
    .selectFrom('upstream_logins')
    .select(['browser_hash', 'sealed', 'expires_at'])
    .where('state_hash', '=', stateHash)
    .where('provider', '=', upstream)
    .executeTakeFirst();
  if (!row || row.expires_at <= now) throw new AppError('sign_in_link_expired');
  if (!browserHashOf(deps, ctx)?.equals(row.browser_hash)) throw new AppError('sign_in_other_browser');

  const kept = JSON.parse(
    deps.keyring.open('login', stateHash.toString('hex'), row.sealed).toString(),
  ) as Kept;
  const interaction = await findInteraction(provider, kept.uid);
  const taken = await deps.db
    .updateTable('upstream_logins')
    .set({ used_at: now })
    .where('state_hash', '=', stateHash)
    .where('used_at', 'is', null)
    .returning('provider')
    .executeTakeFirst();
  if (!taken) {
    if (!interaction) throw new AppError('sign_in_link_used');
    ctx.status = 303;
    ctx.redirect(`/interaction/${kept.uid}`);
    return undefined;
  }
  if (!interaction) throw new AppError('interaction_expired');
  return { interaction, secrets: kept.secrets };
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
