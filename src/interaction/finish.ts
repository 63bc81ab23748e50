/**
 * The way into and out of an interaction. A step of the sign-in reads the interaction, does its own thing, and
 * hands its result to `finishInteraction`, which gives the citizen back to the provider; the provider asks the
 * policy again and decides what comes next. No step names the next one.
 */
import type { InteractionResults, Provider } from 'oidc-provider';
import type { AccountState } from '../account/accounts.ts';
import { AppError } from '../errors.ts';
import type { Context, Language } from '../http/state.ts';
import { forgetAccounts, rememberNewcomer } from '../oidc/request-memory.ts';
import { StepOver } from '../oidc/step-answers.ts';
import { clientMembers } from '../registry/registry.ts';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/**
 * The interaction of this browser and this page; an error page when it is over or belongs to another, and also when the
 * session it began in has ended: a page left open does nothing more (the provider looks).
 */
export async function readInteraction(provider: Provider, ctx: Context, uid: string): Promise<Interaction> {
  let interaction: Interaction;
  try {
    interaction = await provider.interactionDetails(ctx.req, ctx.res);
  } catch (cause) {
    if ((cause as Error).name !== 'SessionNotFound') throw cause;
    const expired = new AppError('interaction_expired', { cause });
    const isTheirs = ctx.cookies.get(provider.cookieName('interaction')) === uid;
    throw isTheirs ? new StepOver(uid, expired) : expired;
  }
  const accountId = interaction.session?.accountId;
  if (accountId) ctx.state.accountId = accountId;
  if (interaction.uid !== uid) throw new AppError('interaction_mismatch');
  ctx.state.interaction = {
    uid,
    prompt: interaction.prompt.name,
    client: String(interaction.params.client_id),
  };
  return interaction;
}

/** The interaction a callback belongs to: its browser was checked by the upstream login, its cookie is not sent there. */
export async function findInteraction(provider: Provider, uid: string): Promise<Interaction | undefined> {
  return (await provider.Interaction.find(uid)) as Interaction | undefined;
}

/** What the client that asks is called, in the citizen's language. */
export async function clientNameOf(
  provider: Provider,
  interaction: Interaction,
  lang: Language,
): Promise<string> {
  const clientId = String(interaction.params.client_id);
  const client = await provider.Client.find(clientId);
  const english = lang === 'en' ? client?.[clientMembers.nameEn] : undefined;
  return typeof english === 'string' ? english : (client?.clientName ?? clientId);
}

/** Gives a step's result to the provider, which goes on: in the same request (go-on.ts), or by a redirect to a page. */
export async function finishInteraction(
  provider: Provider,
  ctx: Context,
  interaction: Interaction,
  result: InteractionResults,
  newcomer?: AccountState,
): Promise<void> {
  // A consent makes nobody more or less than they were; a proof does.
  if (!('consent' in result)) forgetAccounts();
  if (newcomer) rememberNewcomer(newcomer);
  await leaveOtherAccount(provider, ctx, interaction, result);
  // What earlier steps of this sign-in answered stays true (declined level2, say), unless it ends in an error.
  interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
  await interaction.persist();
  if (!endsInPage(interaction)) {
    ctx.state.goesOn = interaction.uid;
    return;
  }
  ctx.status = 303;
  ctx.redirect(interaction.returnTo);
}

/** A page has an address of its own, so that whoever reloads it does not send the step again. */
function endsInPage({ deviceCode, params }: Interaction): boolean {
  return deviceCode !== undefined || String(params.response_mode).startsWith('form_post');
}

/**
 * Another person signs in where somebody was signed in: the earlier session ends first. The provider would do it
 * with a form that posts itself by script; our pages need no script. The browser's own session counts as well as the
 * interaction's: somebody may have signed in from another tab since this interaction began.
 */
async function leaveOtherAccount(
  provider: Provider,
  ctx: Context,
  interaction: Interaction,
  { login }: InteractionResults,
) {
  const before = interaction.session;
  // The same person: the provider holds the two sessions against each other.
  if (!login || before?.accountId === login.accountId) return;
  const here = await provider.Session.get(ctx as never);
  if (here.accountId && here.accountId !== login.accountId) await here.destroy();
  if (!before?.accountId) return;
  const session = await provider.Session.findByUid(before.uid);
  await session?.destroy();
  delete interaction.session;
  delete interaction.grantId;
  // Answers of the other person are not this one's.
  delete interaction.lastSubmission;
}
