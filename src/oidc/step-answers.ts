/**
 * What the last step of an interaction was answered, kept sealed in the place of the interaction for two minutes. A step
 * is done once, but a button is tapped twice, and on a slow network a page is loaded again before it has come: whoever
 * sends it again gets the same answer, with the same cookies and the same code, from any node.
 *
 * Invariant: the interaction ends, and its answer is kept, by the statement that writes what the step has brought. Of two
 * at the same moment one writes everything and the other nothing.
 */
import type { Deps } from '../deps.ts';
import type { AppError } from '../errors.ts';
import type { Keyring } from '../keyring.ts';
import { contextOf, hash } from './artefact-rows.ts';
import type { ProviderContext } from './request-memory.ts';

const REPEATED_MS = 2 * 60 * 1000;
const NOTHING = Buffer.alloc(0);
/** Of one sign-in: more are none. */
const MOST_STEPS = 8;

export type StepAnswer = {
  /** The path of the step. */
  step: string;
  location: string;
  cookies: string[];
  /** What it stands on: the session it began or went on with, and the code that the app was given. */
  session?: string | undefined;
  code?: string | undefined;
  /** The interaction it led to. */
  next?: string | undefined;
};

/** A step was sent to an interaction that has ended. `otherwise`: what to say when there is no answer to repeat. */
export class StepOver extends Error {
  readonly uid: string;
  readonly otherwise: AppError;

  constructor(uid: string, otherwise: AppError) {
    super('the interaction has ended', { cause: otherwise });
    this.uid = uid;
    this.otherwise = otherwise;
  }
}

/** Of an answer that leads on; a page is not kept. */
export function sealAnswer(
  keyring: Keyring,
  idHash: Buffer,
  { originalUrl, status, response, oidc }: ProviderContext,
): Buffer {
  if (status !== 303) return NOTHING;
  const next = oidc?.entities?.Interaction?.uid ?? '';
  const answer: StepAnswer = {
    step: originalUrl.split('?', 1)[0] as string,
    location: response.get('Location'),
    cookies: [response.get('Set-Cookie') as string | string[]].flat(),
    session: oidc?.session?.accountId ? oidc.session.id : undefined,
    code: oidc?.entities?.AuthorizationCode?.jti,
    next: idHash.equals(hash(next)) ? undefined : next,
  };
  return keyring.seal('artefact', contextOf('StepAnswer', idHash), JSON.stringify(answer));
}

/**
 * What an interaction that has just ended was answered, or, where the sign-in went further, the last step of it. Undefined
 * when it stands no more: the app has redeemed the code, or the session has ended or goes by another name, and its cookie would
 * sign the citizen out. Whoever asks must have shown that the interaction was theirs.
 */
export async function findAnswer(
  deps: Pick<Deps, 'db' | 'keyring' | 'clock'>,
  uid: string,
): Promise<StepAnswer | undefined> {
  let answer = await readAnswer(deps, uid);
  for (let steps = 0; answer?.next && steps < MOST_STEPS; steps += 1) {
    if (await stands(deps.db, 'Interaction', answer.next)) break;
    answer = await readAnswer(deps, answer.next);
  }
  if (answer?.session && !(await stands(deps.db, 'Session', answer.session))) return undefined;
  if (answer?.code && !(await stands(deps.db, 'AuthorizationCode', answer.code))) return undefined;
  return answer;
}

async function readAnswer(
  { db, keyring, clock }: Pick<Deps, 'db' | 'keyring' | 'clock'>,
  uid: string,
): Promise<StepAnswer | undefined> {
  const idHash = hash(uid);
  const ended = await db
    .selectFrom('oidc_artefacts')
    .select('payload')
    .where('id_hash', '=', idHash)
    .where('model', '=', 'Interaction')
    .where('consumed_at', '>', new Date(clock().getTime() - REPEATED_MS))
    .where('ended_at', 'is not', null)
    .executeTakeFirst();
  if (!ended || ended.payload.length === 0) return undefined;
  const opened = keyring.open('artefact', contextOf('StepAnswer', idHash), ended.payload);
  return JSON.parse(opened.toString()) as StepAnswer;
}

async function stands(db: Deps['db'], model: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('oidc_artefacts')
    .select('id_hash')
    .where('id_hash', '=', hash(id))
    .where('model', '=', model)
    .where('consumed_at', 'is', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}
