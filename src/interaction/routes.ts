/**
 * The dispatcher of the sign-in screens. The provider stops an authorization request at a prompt (`login`, `level`,
 * `consent`) and sends the citizen to `/interaction/:uid`; here the prompt picks the page. Ways to sign in and to
 * step up live in their own folders (zalo, vneid); each comes back through finish.ts, and the provider asks again.
 *
 * Invariant: a page needs the interaction's own cookie, so a link to it opens nothing in another browser.
 */
import Router from '@koa/router';
import type { InteractionResults, Provider } from 'oidc-provider';
import { z } from 'zod';
import { consentPage } from '../../views/consent.ts';
import { messagesFor } from '../../views/messages.ts';
import { type SetFactorProps, setFactorPage } from '../../views/set-factor.ts';
import { signInPage } from '../../views/sign-in.ts';
import { type StepUpProps, stepUpPage } from '../../views/step-up.ts';
import { type AccountState, findAccount } from '../account/accounts.ts';
import { hasFactor } from '../account/factors.ts';
import { findProfile } from '../account/identities.ts';
import { findPinWait } from '../account/pin.ts';
import { recordEvent } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import { preferLocales } from '../http/language.ts';
import { pageProps, passkeyScriptHref, sayDay, sayWhen, sendPage } from '../http/page.ts';
import { hasKeyHere, worksHere } from '../http/passkey-place.ts';
import { allowFormsTo, allowScript } from '../http/security-headers.ts';
import type { Context } from '../http/state.ts';
import { giveConsent } from '../oidc/grants.ts';
import type { Registry } from '../registry/registry.ts';
import { findRefusal, findWaitingCase, type WaitingCase } from '../verification/proofs.ts';
import { CONSENT_TEXT_VERSION, divideRequest, purposesOf, requestOf } from './consent.ts';
import { clientNameOf, finishInteraction, type Interaction, readInteraction } from './finish.ts';

type Scope = {
  deps: Deps;
  provider: Provider;
  registry: Registry;
  /** Whether the way through the card is open now (cccd says so; no door imports another). */
  canReadCards: () => Promise<boolean>;
  /** Who has just come here out of a Mini App is signed in already (mini-app says so). */
  arrive: (ctx: Context, interaction: Interaction) => Promise<InteractionResults['login'] | undefined>;
};
/** `all`: everything that is listed. Otherwise each purpose that was ticked; a form without any allows none. */
const consentForm = z.object({
  all: z.literal('yes').optional(),
  purpose: z
    .union([z.array(z.string()), z.string().transform((one) => [one])])
    .optional()
    .transform((chosen) => chosen ?? []),
});

type Screen = (scope: Scope, ctx: Context, interaction: Interaction) => Promise<string>;

const screens: Record<string, Screen> = { login: signIn, level: stepUp, factor: setFactor, consent };

export function interactionRoutes(scope: Scope): Router {
  const { deps, provider } = scope;
  const router = new Router({ prefix: '/interaction/:uid' });
  const read = (ctx: Context) => readInteraction(provider, ctx, ctx.params.uid);

  router.get('/', async (ctx: Context) => {
    const interaction = await read(ctx);
    const screen = screens[interaction.prompt.name];
    if (!screen) throw new Error(`no screen for the prompt ${interaction.prompt.name}`);
    const login = interaction.prompt.name === 'login' ? await scope.arrive(ctx, interaction) : undefined;
    if (login) return finishInteraction(provider, ctx, interaction, { login });
    preferLocales(ctx, interaction.params.ui_locales);
    allowFormsTo(ctx, deps.config, schemeOf(interaction));
    sendPage(ctx, await screen(scope, ctx, interaction));
  });

  router.post('/consent', async (ctx: Context) => {
    const interaction = await read(ctx);
    const accountId = interaction.session?.accountId;
    if (interaction.prompt.name !== 'consent' || !accountId) throw new AppError('interaction_mismatch');
    const { all, purpose } = await readForm(ctx, consentForm);
    const isChosen = (name: string) => all !== undefined || purpose.includes(name);
    const grantId = await giveConsent(scope, {
      accountId,
      clientId: clientIdOf(interaction),
      grantId: interaction.grantId,
      ...divideRequest(requestOf(interaction, scope.registry), isChosen),
      textVersion: CONSENT_TEXT_VERSION,
      language: ctx.state.lang,
    });
    await finishInteraction(provider, ctx, interaction, { consent: { grantId } });
  });

  router.post('/decline', async (ctx: Context) => {
    const interaction = await read(ctx);
    const { prompt, session } = interaction;
    // Only a wish may be declined; what is required is asked again or given up.
    if (prompt.name !== 'level' || isRequired(interaction) || !session)
      throw new AppError('interaction_mismatch');
    await recordEvent(deps, {
      event: 'step_up.declined',
      account: session.accountId,
      client: clientIdOf(interaction),
    });
    await finishInteraction(provider, ctx, interaction, { level: { declined: true } });
  });

  router.post('/cancel', async (ctx: Context) => {
    const interaction = await read(ctx);
    const account = interaction.session?.accountId ?? null;
    const client = clientIdOf(interaction);
    const { name } = interaction.prompt;
    await recordEvent(
      deps,
      name === 'consent' && account
        ? { event: 'consent.refused', account, client }
        : { event: 'sign_in.abandoned', account, client, prompt: name },
    );
    const unmet = name === 'level' && isRequired(interaction);
    await finishInteraction(provider, ctx, interaction, {
      error: unmet ? 'unmet_authentication_requirements' : 'access_denied',
      error_description: unmet ? 'the citizen did not step up' : 'the citizen did not go on',
    });
  });
  return router;
}

async function signIn({ deps, provider }: Scope, ctx: Context, interaction: Interaction): Promise<string> {
  const accountId = interaction.session?.accountId;
  // Who is asked to sign in again and is known to VNeID may use that alone: it answers a wish for level2, too.
  const known =
    accountId && deps.config.vneid && (await findProfile(deps.db, deps.keyring, 'vneid', accountId));
  return signInPage({
    page: pageProps(ctx),
    clientName: await clientNameOf(provider, interaction, ctx.state.lang),
    zaloAction: action(interaction, 'zalo'),
    ...(known ? { vneidAction: action(interaction, 'vneid') } : {}),
    ...passkeyWay(deps, ctx, interaction),
    cancelAction: action(interaction, 'cancel'),
  });
}

async function stepUp(
  { deps, provider, canReadCards }: Scope,
  ctx: Context,
  interaction: Interaction,
): Promise<string> {
  const accountId = interaction.session?.accountId;
  const account = accountId ? await findAccount(deps.db, accountId, deps.clock()) : undefined;
  const required = isRequired(interaction);
  const waiting = account && (await findWaitingCase(deps.db, account.id));
  // Of somebody who is verified, a chip alone would only make another case for an officer.
  const mayUseCard = account?.level !== 'level2' || deps.config.chipPilot;
  return stepUpPage({
    page: pageProps(ctx),
    clientName: await clientNameOf(provider, interaction, ctx.state.lang),
    required,
    alreadyVerified: account?.level === 'level2',
    ...(await pinWay(deps, ctx, interaction, account)),
    ...(account?.level === 'level2' && (await hasFactor(deps.db, account.id, 'passkey'))
      ? passkeyWay(deps, ctx, interaction)
      : {}),
    ...(deps.config.vneid ? { vneidAction: action(interaction, 'vneid') } : {}),
    ...(await caseOf(deps, ctx, interaction, { account, waiting })),
    ...(mayUseCard && (!waiting || waiting.asked?.for === 'card') && (await canReadCards())
      ? { cardAction: action(interaction, 'card') }
      : {}),
    ...endingOf(ctx, account, deps.clock()),
    ...(required ? {} : { declineAction: action(interaction, 'decline') }),
    cancelAction: action(interaction, 'cancel'),
  });
}

/** What became of the citizen's case, while they are not verified: it waits, asks for something, or was refused. */
async function caseOf(
  deps: Deps,
  ctx: Context,
  interaction: Interaction,
  { account, waiting }: { account: AccountState | undefined; waiting: WaitingCase | undefined },
): Promise<Pick<StepUpProps, 'pending' | 'refused'>> {
  const text = messagesFor(ctx.state.lang).cardPhoto;
  if (!waiting) {
    const reason = account?.level === 'level1' && (await findRefusal(deps.db, account.id, deps.clock()));
    const refused = reason ? sentenceOf(text.refused, reason) : undefined;
    return refused ? { refused } : {};
  }
  const { asked, hasPhoto, method } = waiting;
  const said = asked && sentenceOf(text.asked, asked.reason);
  const takesPhoto = method === 'chip' && (!asked || asked.for === 'photo');
  return {
    pending: {
      since: sayWhen(ctx, waiting.openedAt),
      ...(said ? { asked: { text: said, card: asked.for === 'card' } } : {}),
      ...(takesPhoto ? { photo: { href: action(interaction, 'card/photo'), done: hasPhoto } } : {}),
    },
  };
}

function sentenceOf(sentences: Record<string, string>, reason: string): string | undefined {
  return Object.hasOwn(sentences, reason) ? sentences[reason] : undefined;
}

async function setFactor({ deps }: Scope, ctx: Context, interaction: Interaction): Promise<string> {
  const { faults } = messagesFor(ctx.state.lang).factors.pin;
  const error = Object.entries(faults).find(([fault]) => fault === ctx.query.fault)?.[1];
  return setFactorPage({
    page: pageProps(ctx),
    pinAction: action(interaction, 'factor/pin'),
    ...keyToSet(deps, ctx, interaction),
    laterAction: action(interaction, 'factor/later'),
    ...(error ? { error } : {}),
  });
}

async function consent(
  { provider, registry }: Scope,
  ctx: Context,
  interaction: Interaction,
): Promise<string> {
  return consentPage({
    page: pageProps(ctx),
    clientName: await clientNameOf(provider, interaction, ctx.state.lang),
    purposes: purposesOf(requestOf(interaction, registry), registry, ctx.state.lang),
    approveAction: action(interaction, 'consent'),
    cancelAction: action(interaction, 'cancel'),
  });
}

/** The way through a passkey; comes with its script, which the page must be allowed. */
function passkeyWay(deps: Deps, ctx: Context, interaction: Interaction): Pick<StepUpProps, 'passkey'> {
  if (!worksHere(deps, ctx)) return {};
  allowScript(ctx, deps.config, schemeOf(interaction));
  return { passkey: { ...keyForm(interaction, 'passkey'), first: hasKeyHere(deps, ctx) } };
}

function keyToSet(deps: Deps, ctx: Context, interaction: Interaction): Pick<SetFactorProps, 'passkey'> {
  if (!worksHere(deps, ctx)) return {};
  allowScript(ctx, deps.config, schemeOf(interaction));
  return {
    passkey: { ...keyForm(interaction, 'factor/passkey'), failed: ctx.query.fault === 'passkey' },
  };
}

function keyForm(interaction: Interaction, step: string) {
  return {
    action: action(interaction, step),
    optionsHref: action(interaction, `${step}/options`),
    scriptHref: passkeyScriptHref,
  };
}

/** The PIN is offered to whoever is verified, has one, and came by Zalo in this very session. */
async function pinWay(
  deps: Deps,
  ctx: Context,
  interaction: Interaction,
  account: AccountState | undefined,
): Promise<Pick<StepUpProps, 'pin'>> {
  if (account?.level !== 'level2' || !interaction.session?.amr?.includes('zalo')) return {};
  if (!(await hasFactor(deps.db, account.id, 'pin'))) return {};
  const text = messagesFor(ctx.state.lang).factors.pin;
  const wait = await findPinWait(deps, account.id);
  const minutes = wait && Math.ceil((wait.getTime() - deps.clock().getTime()) / 60_000);
  const error = minutes ? text.locked(minutes) : ctx.query.pin === 'wrong' ? text.wrong : undefined;
  return { pin: { action: action(interaction, 'pin'), ...(error ? { error } : {}) } };
}

const WARN_DAYS = 60;
const DAY_MS = 24 * 3600 * 1000;

/** From two months before the card's last day on, whoever steps up is told. */
function endingOf(ctx: Context, account: AccountState | undefined, now: Date) {
  const expiresAt = account?.levelExpiresAt;
  if (account?.level !== 'level2' || !expiresAt) return {};
  const days = Math.ceil((expiresAt.getTime() - now.getTime()) / DAY_MS);
  if (days > WARN_DAYS) return {};
  // The card is good through the day before the moment at which level2 ends.
  return { ending: { date: sayDay(ctx, new Date(expiresAt.getTime() - 1)), days } };
}

function action(interaction: Interaction, step: string): string {
  return `/interaction/${interaction.uid}/${step}`;
}

function clientIdOf(interaction: Interaction): string {
  return String(interaction.params.client_id);
}

function isRequired(interaction: Interaction): boolean {
  return interaction.prompt.reasons.includes('level_required');
}

/** An app's own scheme (`vn.gov.app:`), where the redirect after the last form ends. */
function schemeOf(interaction: Interaction): string | undefined {
  const scheme = URL.parse(String(interaction.params.redirect_uri))?.protocol;
  return scheme && /^[a-z][a-z0-9.+-]*:$/.test(scheme) && !/^https?:$/.test(scheme) ? scheme : undefined;
}
