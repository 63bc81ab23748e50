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
import type { Context } from '../http/state.ts';
import type { Keyring } from '../keyring.ts';
import { contextOf, hash } from './artefact-rows.ts';

const REPEATED_MS = 2 * 60 * 1000;
const NOTHING = Buffer.alloc(0);

export type StepAnswer = {
  /** The path of the step. */
  step: string;
  location: string;
  cookies: string[];
  /** The code that the app was given in it. */
  code?: string | undefined;
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

type Answered = Pick<Context, 'originalUrl' | 'status' | 'response'> & {
  oidc?: { entities?: { AuthorizationCode?: { jti: string } } };
};

/** Of an answer that leads on; a page is not kept. */
export function sealAnswer(
  keyring: Keyring,
  idHash: Buffer,
  { originalUrl, status, response, oidc }: Answered,
): Buffer {
  if (status !== 303) return NOTHING;
  const answer: StepAnswer = {
    step: originalUrl.split('?', 1)[0] as string,
    location: response.get('Location'),
    cookies: [response.get('Set-Cookie') as string | string[]].flat(),
    code: oidc?.entities?.AuthorizationCode?.jti,
  };
  return keyring.seal('artefact', contextOf('StepAnswer', idHash), JSON.stringify(answer));
}

/**
 * What an interaction that has just ended was answered; undefined when the app has made use of it. Whoever asks must have
 * shown that the interaction was theirs.
 */
export async function findAnswer(
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
  const answer: StepAnswer = JSON.parse(opened.toString());
  if (!answer.code) return answer;
  const unused = await db
    .selectFrom('oidc_artefacts')
    .select('id_hash')
    .where('id_hash', '=', hash(answer.code))
    .where('model', '=', 'AuthorizationCode')
    .where('consumed_at', 'is', null)
    .executeTakeFirst();
  return unused && answer;
}
