/**
 * Level2 through VNeID: the citizen who is signed in goes to VNeID and comes back with a personal number that VNeID
 * vouches for. The first time that verifies the account; every later time it is a factor that makes the session
 * level2 again. A number that is level2 elsewhere is refused and leaves a duplicate case.
 */
import Router from '@koa/router';
import type { Provider } from 'oidc-provider';
import { findAccount } from '../account/accounts.ts';
import { findProfile, linkIdentity } from '../account/identities.ts';
import { performAct, recordEvent } from '../audit/audit.ts';
import type { VneidConfig } from '../config-upstreams.ts';
import type { Deps } from '../deps.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { ownOrigin } from '../http/host.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { Context } from '../http/state.ts';
import { parsePersonalNumber } from '../icao/personal-number.ts';
import { finishInteraction, type Interaction, readInteraction } from '../interaction/finish.ts';
import { leaveForUpstream, returnFromUpstream, withTestPerson } from '../interaction/upstream.ts';
import { type SubmissionResult, submitProof } from '../verification/proofs.ts';
import { type VneidClaims, VneidClient } from './client.ts';

type Scope = { deps: Deps; provider: Provider; limits: RateLimits };

export function vneidRoutes({ deps, provider, limits }: Scope): Router {
  const router = new Router();
  const { vneid } = deps.config;
  if (!vneid) return router;
  const upstream = new VneidClient(vneid, deps.fetch);
  // Under the name the citizen came by, as zalo/routes does.
  const callbackUrl = (ctx: Context) => `${ownOrigin(ctx, deps.config)}/vneid/callback`;

  router.post('/interaction/:uid/vneid', async (ctx: Context) => {
    const interaction = await readInteraction(provider, ctx, ctx.params.uid);
    const known = await findProfile(deps.db, deps.keyring, 'vneid', accountOf(interaction));
    // Asked to sign in anew: VNeID alone is enough only for whom it has vouched for before.
    if (interaction.prompt.name === 'login' && !known) throw new AppError('interaction_mismatch');
    const verifier = deps.random(32).toString('base64url');
    const nonce = deps.random(32).toString('base64url');
    const secrets = { verifier, nonce };
    const state = await leaveForUpstream(deps, ctx, 'vneid', { uid: interaction.uid, secrets });
    try {
      const redirectUri = callbackUrl(ctx);
      const url = await upstream.authorizationUrl({ state, nonce, verifier, redirectUri });
      ctx.redirect(withTestPerson(deps, interaction, url));
      ctx.status = 303;
    } catch (cause) {
      throw new AppError('vneid_unavailable', { cause, backHref: backTo(interaction) });
    }
  });

  router.get('/vneid/callback', async (ctx: Context) => {
    const back = await returnFromUpstream(deps, provider, ctx, 'vneid');
    if (!back) return;
    const { interaction, secrets } = back;
    const accountId = accountOf(interaction);
    await limits.takeSignIn(ctx, accountId);
    const callback = new URL(`${callbackUrl(ctx)}?${ctx.querystring}`);
    const answer = await upstream.readCallback(callback, {
      state: String(ctx.query.state),
      nonce: secrets.nonce ?? '',
      verifier: secrets.verifier ?? '',
    });
    if (!answer.ok) {
      deps.log.error(
        { request: ctx.state.requestId, upstream: 'vneid', code: answer.code },
        'VNeID gave no person',
      );
      return refuse(deps, interaction, `vneid_${answer.reason}`);
    }
    const refused = await stepUp(deps, vneid, interaction, answer.claims);
    if (refused) throw new AppError(refused, { backHref: backTo(interaction) });
    // Asked to sign in anew, the citizen used VNeID alone; stepping up, they used it on top of the sign-in before.
    const before = interaction.prompt.name === 'level' ? (interaction.session?.amr ?? []) : [];
    await finishInteraction(provider, ctx, interaction, {
      login: {
        accountId,
        acr: 'level2',
        amr: [...new Set([...before, 'vneid'])],
        ts: Math.floor(deps.clock().getTime() / 1000),
      },
    });
  });
  return router;
}

/** VNeID is a step of somebody who is signed in; it never finds an account by itself. */
function accountOf(interaction: Interaction): string {
  const accountId = interaction.session?.accountId;
  if (!accountId || interaction.prompt.name === 'consent') throw new AppError('interaction_mismatch');
  return accountId;
}

function backTo(interaction: Interaction): string {
  return `/interaction/${interaction.uid}`;
}

/** Takes the claims through checks and rule and writes down what came of it; the page's code if it is a no. */
async function stepUp(
  deps: Deps,
  vneid: VneidConfig,
  interaction: Interaction,
  claims: VneidClaims,
): Promise<ErrorCode | undefined> {
  const { keyring } = deps;
  const accountId = accountOf(interaction);
  const client = String(interaction.params.client_id);
  return performAct(deps, async (act) => {
    const account = await findAccount(act.trx, accountId, act.now);
    const known = await findProfile(act.trx, keyring, 'vneid', accountId);
    const refused =
      checkBeforeProof(account?.status, known?.subject, interaction, claims) ??
      codeOf(
        await submitProof(act, keyring, {
          accountId,
          method: 'vneid',
          person: { personalNumber: claims.personalNumber, fullName: claims.fullName },
          checks: {
            citizen_account: claims.accountType === vneid.claims.citizenValue ? 'pass' : 'fail',
            number_valid: parsePersonalNumber(claims.personalNumber) ? 'pass' : 'fail',
            holder_present: 'vneid',
          },
          evidence: { kind: 'vneid_claims', content: JSON.stringify(claims) },
        }),
      );
    if (refused) {
      act.record({
        event: 'step_up.refused',
        account: accountId,
        method: 'vneid',
        reason: refused,
      });
      return refused;
    }
    const profile = { subject: claims.subject, name: claims.fullName };
    await linkIdentity(act, keyring, 'vneid', accountId, profile);
    act.record(
      interaction.prompt.name === 'login'
        ? { event: 'sign_in.succeeded', account: accountId, client, method: 'vneid', level: 'level2' }
        : { event: 'step_up.succeeded', account: accountId, client, method: 'vneid' },
    );
    return undefined;
  });
}

/** What stands against the proof before it is looked at. */
function checkBeforeProof(
  status: string | undefined,
  knownSubject: string | undefined,
  { prompt }: Interaction,
  { subject, fullName }: VneidClaims,
): ErrorCode | undefined {
  if (status !== 'active') return 'account_suspended';
  if (!subject || !fullName) return 'vneid_refused';
  // Standing in for the sign-in, it must be the very VNeID account of this citizen.
  if (prompt.name === 'login' && subject !== knownSubject) return 'vneid_other_person';
  return undefined;
}

function codeOf(result: SubmissionResult): ErrorCode | undefined {
  if (result.outcome === 'approved') return undefined;
  if (result.reason === 'duplicate_person') return 'duplicate_person';
  if (result.reason === 'other_person') return 'vneid_other_person';
  if (result.reason === 'not_a_citizen') return 'vneid_not_citizen';
  if (result.reason === 'number_invalid') return 'vneid_bad_number';
  return 'verification_refused';
}

async function refuse(deps: Deps, interaction: Interaction, code: ErrorCode): Promise<never> {
  const account = accountOf(interaction);
  await recordEvent(deps, { event: 'step_up.refused', account, method: 'vneid', reason: code });
  throw new AppError(code, { backHref: backTo(interaction) });
}
