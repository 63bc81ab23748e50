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
import { gather } from '../db/batch.ts';
import { type Db, runPrepared } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { browserHashOf, browserOf, hashBrowser } from '../http/browser.ts';
import type { Context } from '../http/state.ts';
import { StepOver } from '../oidc/step-answers.ts';
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
  await keepLogin(deps.db, {
    stateHash,
    upstream,
    browserHash: hashBrowser(browserOf(deps, ctx)),
    sealed: deps.keyring.seal('login', stateHash.toString('hex'), JSON.stringify({ uid, secrets })),
    expiresAt: new Date(deps.clock().getTime() + TTL_MS),
  });
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
  const login = {
    stateHash: sha256(state),
    upstream,
    browserHash: browserHashOf(deps, ctx),
    now: deps.clock(),
  };
  const taken = await takeLogin(deps.db, login);
  const sealed = taken ?? (await findUsedLogin(deps.db, login));
  const kept = JSON.parse(
    deps.keyring.open('login', login.stateHash.toString('hex'), sealed).toString(),
  ) as Kept;
  const interaction = await findInteraction(provider, kept.uid);
  if (taken) {
    if (!interaction) throw new AppError('interaction_expired');
    return { interaction, secrets: kept.secrets };
  }
  if (!interaction) throw new StepOver(kept.uid, new AppError('sign_in_link_used'));
  ctx.status = 303;
  ctx.redirect(`/interaction/${kept.uid}`);
  return undefined;
}

type LoginRow = {
  stateHash: Buffer;
  upstream: Upstream;
  browserHash: Buffer;
  sealed: Buffer;
  expiresAt: Date;
};

const keeping = {
  name: 'upstream_logins_keep',
  text: `
  INSERT INTO upstream_logins (state_hash, provider, browser_hash, sealed, expires_at)
  SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::bytea[], $5::timestamptz[])`,
};

const keepLogin = gather<LoginRow, undefined>(async (db, rows) => {
  await runPrepared(db, keeping, [
    rows.map(({ stateHash }) => stateHash),
    rows.map(({ upstream }) => upstream),
    rows.map(({ browserHash }) => browserHash),
    rows.map(({ sealed }) => sealed),
    rows.map(({ expiresAt }) => expiresAt),
  ]);
  return rows.map(() => undefined);
});

type Login = { stateHash: Buffer; upstream: Upstream; browserHash: Buffer | undefined; now: Date };

const taking = {
  name: 'upstream_logins_take',
  text: `
  UPDATE upstream_logins l SET used_at = q.now
  FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::timestamptz[]) AS q (state_hash, provider, browser_hash, now)
  WHERE l.state_hash = q.state_hash AND l.provider = q.provider AND l.browser_hash = q.browser_hash
    AND l.used_at IS NULL AND l.expires_at > q.now
  RETURNING l.state_hash, l.sealed`,
};

/** Uses a login up, for the browser that left; what is sealed in it, or undefined: findUsedLogin says why. */
const takeLogin = gather<Login, Buffer | undefined>(
  async (db, logins) => {
    // In order, so that two nodes never wait for each other in a circle.
    const sorted = [...logins].sort((one, other) => one.stateHash.compare(other.stateHash));
    const taken = await runPrepared<{ state_hash: Buffer; sealed: Buffer }>(db, taking, [
      sorted.map(({ stateHash }) => stateHash),
      sorted.map(({ upstream }) => upstream),
      sorted.map(({ browserHash }) => browserHash ?? null),
      sorted.map(({ now }) => now),
    ]);
    return logins.map(
      ({ stateHash }) => taken.find(({ state_hash }) => state_hash.equals(stateHash))?.sealed,
    );
  },
  { keysOf: ({ stateHash }) => [stateHash.toString('base64')] },
);

/** What is sealed in a login that was used already; an error page for any other that could not be taken. */
async function findUsedLogin(db: Db, { stateHash, upstream, browserHash, now }: Login): Promise<Buffer> {
  const row = await db
    .selectFrom('upstream_logins')
    .select(['browser_hash', 'sealed', 'expires_at'])
    .where('state_hash', '=', stateHash)
    .where('provider', '=', upstream)
    .executeTakeFirst();
  if (!row || row.expires_at <= now) throw new AppError('sign_in_link_expired');
  if (!browserHash?.equals(row.browser_hash)) throw new AppError('sign_in_other_browser');
  return row.sealed;
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
