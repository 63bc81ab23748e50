/**
 * Sign-in through Zalo on the web: level1. Leaves for Zalo with PKCE and state, comes back with a code, learns who
 * it is from Graph, finds or makes the account. Everything that can go wrong on the way is a page of its own; the
 * sign-in page stays open behind it.
 */
import Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import { findAccount, stateOfNew } from '../account/accounts.ts';
import { deviceOf, noteDevice } from '../account/devices.ts';
import { recogniseOrCreate } from '../account/identities.ts';
import { doubtPhone } from '../account/phones.ts';
import { type SignedIn, signInAtOnce } from '../account/sign-in.ts';
import { performAct, recordEvent } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import type { Deps } from '../deps.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { ownOrigin } from '../http/host.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { Context } from '../http/state.ts';
import { finishInteraction, type Interaction, readInteraction } from '../interaction/finish.ts';
import { leaveForUpstream, returnFromUpstream, withTestPerson } from '../interaction/upstream.ts';
import { isRenamed } from '../verification/same-person.ts';
import { authorizationUrl, describeFailure, exchangeCode, fetchProfile, type ZaloProfile } from './client.ts';

type Scope = { deps: Deps; provider: Provider; limits: RateLimits };

export function zaloRoutes({ deps, provider, limits }: Scope): Router {
  const router = new Router();

  router.post('/interaction/:uid/zalo', async (ctx: Context) => {
    const interaction = await readInteraction(provider, ctx, ctx.params.uid);
    if (interaction.prompt.name !== 'login') throw new AppError('interaction_mismatch');
    const { zalo } = deps.config;
    if (!zalo) throw new AppError('zalo_not_configured', { backHref: backTo(interaction) });
    const verifier = deps.random(32).toString('base64url');
    const state = await leaveForUpstream(deps, ctx, 'zalo', { uid: interaction.uid, secrets: { verifier } });
    ctx.status = 303;
    const url = authorizationUrl(zalo, { redirectUri: callbackUrl(ctx, deps), verifier, state });
    ctx.redirect(withTestPerson(deps, interaction, url));
  });

  router.get('/zalo/callback', async (ctx: Context) => {
    const back = await returnFromUpstream(deps, provider, ctx, 'zalo');
    if (!back) return;
    const { interaction, secrets } = back;
    const profile = await learnWho(deps, ctx, interaction, secrets.verifier ?? '');
    await limits.takeSignIn(ctx, `zalo:${profile.id}`);
    const { accountId, isNew } = await signIn(deps, ctx, interaction, profile);
    const now = deps.clock();
    const login = { accountId, acr: 'level1', amr: ['zalo'], ts: Math.floor(now.getTime() / 1000) };
    const newcomer = isNew ? stateOfNew(accountId, now) : undefined;
    await finishInteraction(provider, ctx, interaction, { login }, newcomer);
  });
  return router;
}

/** Under the name the citizen came by: the issuer's, or one of the sandbox's loopback names (http/host). */
function callbackUrl(ctx: Context, { config }: Deps): string {
  return `${ownOrigin(ctx, config)}/zalo/callback`;
}

function backTo(interaction: Interaction): string {
  return `/interaction/${interaction.uid}`;
}

async function learnWho(
  deps: Deps,
  ctx: Context,
  interaction: Interaction,
  verifier: string,
): Promise<ZaloProfile> {
  const { zalo } = deps.config;
  if (!zalo) throw new AppError('zalo_not_configured');
  const { code, error, error_code } = ctx.query;
  // The values of a denial are not documented: whatever is not a clean code is one (facts A1).
  if (typeof code !== 'string' || code === '' || code.length > 4096 || error || error_code) {
    return refuse(deps, interaction, 'zalo_denied');
  }
  const http = { fetch: deps.fetch, zalo };
  const token = await exchangeCode(http, { code, verifier });
  const profile = token.ok ? await fetchProfile(http, token.value) : token;
  if (profile.ok) return profile.value;
  deps.log.error(
    { request: ctx.state.requestId, upstream: 'zalo', code: profile.code },
    describeFailure(profile.code),
  );
  return refuse(deps, interaction, profile.reason === 'refused' ? 'zalo_refused' : 'zalo_unavailable');
}

/** Finds or makes the account and writes the sign-in down: in one statement, or where more is to be done in an act. */
async function signIn(
  deps: Deps,
  ctx: Context,
  { params }: Interaction,
  { id, name, picture }: ZaloProfile,
): Promise<SignedIn> {
  const profile = { subject: id, ...(name ? { name } : {}), ...(picture ? { picture } : {}) };
  const device = deviceOf(deps, ctx);
  const client = String(params.client_id);
  const succeeded = (account: string): AuditEvent => ({
    event: 'sign_in.succeeded',
    account,
    client,
    method: 'zalo',
    level: 'level1',
  });
  const known = await signInAtOnce(deps, { provider: 'zalo', profile, device, succeeded });
  if (known) return known;
  const { accountId, status, isNew } = await performAct(deps, async (act) => {
    const { accountId, created, nameBefore } = await recogniseOrCreate(act, deps.keyring, 'zalo', profile);
    // A number that was given to somebody else takes the Zalo account along; the new holder calls it by their name.
    if (isRenamed(nameBefore, name)) await doubtPhone(act, accountId, 'name_changed');
    const account = created ? undefined : await findAccount(act.trx, accountId, act.now);
    const status = created ? 'active' : (account?.status ?? 'closed');
    if (status === 'active') await noteDevice(act, { accountId, ...device });
    act.record(
      status === 'active'
        ? succeeded(accountId)
        : { event: 'sign_in.refused', account: accountId, method: 'zalo', reason: `account_${status}` },
    );
    return { accountId, status, isNew: created };
  });
  if (status !== 'active')
    throw new AppError(status === 'suspended' ? 'account_suspended' : 'account_closed');
  return { accountId, isNew };
}

async function refuse(deps: Deps, interaction: Interaction, code: ErrorCode): Promise<never> {
  await recordEvent(deps, {
    event: 'sign_in.refused',
    account: null,
    method: 'zalo',
    reason: code,
  });
  throw new AppError(code, { backHref: backTo(interaction) });
}
