/** The operator's command about signing keys: cli.ts parses the words, opens the database and prints the lines. */
import type { Deps } from '../deps.ts';
import { type Rotated, rotateSigningKeys } from './keys.ts';

type Store = Pick<Deps, 'db' | 'clock' | 'keyring'>;
type Args = { values: Readonly<Record<string, unknown>> };

export const keysRotate = {
  help: 'let the next signing keys take over',
  usage: '[--now] [--compromised]',
  options: { now: { type: 'boolean' }, compromised: { type: 'boolean' } },
  async run({ values }: Args, store: Store) {
    const { now: atOnce, compromised } = values as { now?: boolean; compromised?: boolean };
    const results = await rotateSigningKeys(store, {
      actor: 'cli',
      atOnce: atOnce === true,
      compromised: compromised === true,
    });
    return {
      said: results.map(sayRotated),
      code: results.length > 0 && results.every(({ rotated }) => rotated) ? 0 : 1,
    };
  },
} as const;

function sayRotated(result: Rotated): string {
  if (result.rotated) return `${result.alg}: ${result.kid} signs now, ${result.retired} is retired`;
  if (result.reason === 'rotated_meanwhile') return `${result.alg}: somebody else rotated at this moment`;
  return `${result.alg}: the next key is published since less than a day; due ${result.dueAt?.toISOString()} (--now does not wait)`;
}
