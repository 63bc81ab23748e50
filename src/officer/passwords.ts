/**
 * What an officer's password must be: long, and nothing that is tried first. Common passwords, keyboard walks, repeats
 * and what is known of the officer are found by zxcvbn; its word lists are loaded when the first password is set.
 */
export type PasswordFault = 'too_short' | 'too_long' | 'too_common' | 'not_the_same_twice';

const SHORTEST = 12;
const LONGEST = 200;
/** zxcvbn's scale runs from 0 to 4; 3 is more than ten to the eighth guesses. */
const LEAST_SCORE = 3;
const OURS = ['tayninh', 'longan', 'cancuoc', 'canbo', 'vneid', 'zalo'];
/** What must be left of a password when the words somebody would try for this officer are taken out of it. */
const LEAST_OWN = 8;

type Judge = (password: string, known: string[]) => number;
let judge: Promise<Judge> | undefined;

/** Why a password is refused; undefined when it is good. `known` are words somebody would try for this officer. */
export async function findPasswordFault(
  { password, again }: { password: string; again: string },
  known: readonly string[],
): Promise<PasswordFault | undefined> {
  if ([...password].length < SHORTEST) return 'too_short';
  if (password.length > LONGEST) return 'too_long';
  const words = [...known, ...OURS].map(fold).filter((word) => word.length > 2);
  const own = words.reduce((rest, word) => rest.replaceAll(word, ''), fold(password));
  if (own.length < LEAST_OWN) return 'too_common';
  judge ??= loadJudge();
  if ((await judge)(password, words) < LEAST_SCORE) return 'too_common';
  return password === again ? undefined : 'not_the_same_twice';
}

/** Letters and digits without their marks: Đinh Văn is tried as dinhvan. */
function fold(text: string): string {
  const bare = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('đ', 'd');
  return bare.replace(/[^\p{L}\p{N}]/gu, '');
}

async function loadJudge(): Promise<Judge> {
  const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return (password, known) => zxcvbn.check(password, known).score;
}
