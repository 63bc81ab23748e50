/**
 * The rule of levels (design §2): what a request needs, what the session holds, and the questions that are asked
 * before an answer is given. Never less, silently.
 *
 * oidc-provider does not do this by itself: its own acr checks react only to an essential `acr` of the claims
 * parameter, so a wish for level2 (`acr_values`) would succeed at level1 without a word. Those checks are replaced
 * here by the prompt `level`, which is asked again after every interaction.
 */
import { errors, type interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { highest, isLevel, type Level, levels, lower, reaches } from '../guard/levels.ts';

export type LevelRequest = {
  /** `acr_values` (OpenID Connect Core §3.1.2.1): a wish, in order of preference. */
  acrValues?: string | undefined;
  /** The `acr` member of `claims.id_token` (§5.5.1.1). */
  acrClaim?: AcrClaim | undefined;
  clientMinimum?: Level | undefined;
  /** What the client may see at most; without it: level2. */
  clientMaximum?: Level | undefined;
  /** What would be missing from the answer below this level. */
  wished?: Level;
  scopeMinimums?: readonly Level[];
};

export type AcrClaim = { essential?: unknown; value?: unknown; values?: unknown };

type Refusal = 'unknown_acr' | 'contradiction' | 'above_maximum';

export type Need =
  | { refused: Refusal }
  | {
      refused?: never;
      /** Below this there is no answer. */
      required: Level;
      /** Below this the citizen is asked, and may go on by their own choice. */
      wished: Level;
      /** The values an essential `acr` allows in the token; undefined: any. */
      allowed?: readonly Level[];
      /** Above this nothing is told, whatever is held. */
      maximum: Level;
    };

/** What a request needs: the highest of everything that asks. */
export function computeNeed(request: LevelRequest): Need {
  const wishes = request.acrValues?.split(' ').filter(Boolean) ?? [];
  const claim = request.acrClaim;
  const claimed = claim ? claimedValues(claim) : [];
  if (![...wishes, ...claimed].every(isLevel)) return { refused: 'unknown_acr' };

  const maximum = request.clientMaximum ?? 'level2';
  const floor = highest([request.clientMinimum ?? 'level1', ...(request.scopeMinimums ?? [])]);
  const essential = claim?.essential === true && claimed.length > 0;
  // The first of a list is the one preferred most; with an essential claim any of the listed values will do.
  const preferred = [wishes[0], essential ? undefined : claimed[0]].filter(isLevel);
  if (!essential) {
    const wished = highest([floor, ...preferred, request.wished ?? 'level1']);
    return within(maximum, { required: floor, wished });
  }

  const allowed = levels.filter((level) => claimed.includes(level));
  const lowest = allowed.find((level) => reaches(level, floor));
  if (!lowest) return { refused: 'contradiction' };
  return within(maximum, { required: lowest, wished: highest([lowest, ...preferred]), allowed });
}

/** A client that is registered for level1 only may not send a citizen to prove more than it will ever be told. */
function within(maximum: Level, need: { required: Level; wished: Level; allowed?: readonly Level[] }): Need {
  if (!reaches(maximum, need.required) || !reaches(maximum, need.wished)) return { refused: 'above_maximum' };
  return { ...need, maximum };
}

function claimedValues({ value, values }: AcrClaim): unknown[] {
  if (values === undefined) return value === undefined ? [] : [value];
  // A list that is none, or has nothing in it, asks for something that cannot be: it is refused as unknown.
  return Array.isArray(values) && values.length > 0 ? values : [undefined];
}

/** A session's level: what it proved, by what the account is now (point 1), while that is fresh (point 4). */
export function heldLevel(given: {
  /** What the session's last authentication is worth at the account now. */
  proved: Level | undefined;
  /** Seconds since that authentication. */
  age: number;
  /** Seconds for which level2 stays fresh. */
  maxAge: number;
}): Level {
  return given.proved === 'level2' && given.age <= given.maxAge ? 'level2' : 'level1';
}

/**
 * The `acr` that a token says: what is held, never above what the client may see, or the highest of the values an
 * essential `acr` allows under it.
 */
export function grantedLevel(held: Level, need: Need): Level {
  if (need.refused) return 'level1';
  const seen = lower(held, need.maximum);
  return need.allowed?.findLast((level) => reaches(seen, level)) ?? seen;
}

/** The questions about a request that the policy needs answered; provider.ts reads them off the context. */
export type LevelQuestions = {
  need: (ctx: KoaContextWithOIDC) => Need;
  held: (ctx: KoaContextWithOIDC) => Level;
  /** Whether the account has no factor to prove level2 with again. */
  lacksFactor: (ctx: KoaContextWithOIDC) => Promise<boolean>;
};

/** What the citizen answered at the `level` prompt; interaction/routes writes it. */
export type LevelAnswer = { declined?: boolean };

type FactorAnswer = { login?: { amr?: string[] }; factor?: 'set' | 'later' };

/** The base policy with our rule of levels between sign-in and consent. */
export function createPolicy(
  { base, Check, Prompt }: typeof interactionPolicy,
  { need, held, lacksFactor }: LevelQuestions,
): interactionPolicy.DefaultPolicy {
  const policy = base();
  const login = policy.get('login');
  if (!login) throw new Error('the base policy has no login prompt');
  login.checks.remove('essential_acr');
  login.checks.remove('essential_acrs');
  login.checks.add(
    new Check('acr_answerable', 'the requested acr cannot be met', (ctx) => {
      // Before anybody is asked to sign in: no sign-in can make an unknown acr true.
      const { refused } = need(ctx);
      if (refused) throw unmet(refused);
      return Check.NO_NEED_TO_PROMPT;
    }),
  );
  login.checks.add(
    new Check('account_usable', 'the account cannot be used', 'login_required', (ctx) =>
      ctx.oidc.session?.accountId && !ctx.oidc.account ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
  );

  const level = new Prompt(
    { name: 'level', requestable: false },
    (ctx) => {
      const needed = need(ctx);
      return needed.refused ? {} : { required: needed.required, wished: needed.wished, held: held(ctx) };
    },
    new Check(
      'level_required',
      'the requested level is not reached',
      'unmet_authentication_requirements',
      (ctx) => {
        const needed = need(ctx);
        return !needed.refused && !reaches(held(ctx), needed.required);
      },
    ),
    new Check('level_wished', 'the requested level is not reached', 'interaction_required', (ctx) => {
      const needed = need(ctx);
      const answer = ctx.oidc.result?.level as LevelAnswer | undefined;
      return !needed.refused && !reaches(held(ctx), needed.wished) && answer?.declined !== true;
    }),
  );
  policy.add(level, policy.indexOf(login) + 1);

  // Whoever has just verified is led to set a factor, once; without one they must verify again in a new session.
  const factor = new Prompt(
    { name: 'factor', requestable: false },
    new Check('factor_missing', 'the citizen may set a factor', 'interaction_required', async (ctx) => {
      const { login: signedIn, factor: answered } = (ctx.oidc.result ?? {}) as FactorAnswer;
      const verified = signedIn?.amr?.some((method) => method === 'vneid' || method === 'chip') === true;
      return verified && answered === undefined && held(ctx) === 'level2' && (await lacksFactor(ctx));
    }),
  );
  policy.add(factor, policy.indexOf(level) + 1);
  return policy;
}

const unmetBecause: Record<Refusal, string> = {
  unknown_acr: 'an unknown acr value was requested; this provider knows level1 and level2',
  contradiction: 'the essential acr contradicts the minimum of the client or of a requested scope',
  above_maximum: 'level2 was requested by a client that is registered for level1 at most',
};

function unmet(refused: Refusal): Error {
  return new errors.CustomOIDCProviderError('unmet_authentication_requirements', unmetBecause[refused]);
}
