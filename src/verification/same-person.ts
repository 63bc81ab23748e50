/**
 * The same-person guard: is the name that level1 knew (Zalo's, chosen by the citizen) one of the person on the card?
 * Knows how Vietnamese names are written: composed or decomposed Unicode, with or without marks, tone on either
 * vowel (hoà, hòa), family name first or last, the given name alone, a form of address in front.
 * A name that matches proves nothing; a name that differs is shown to an officer and never relinks anything.
 */

const addresses = new Set(['ong', 'ba', 'anh', 'chi', 'em', 'co', 'chu', 'bac', 'cau', 'mo', 'di', 'thay']);

/** @param known the name of level1. @param official the name on the card, family name first. */
export function compareNames(known: string | undefined, official: string): 'match' | 'differs' | 'unknown' {
  const card = wordsOf(official);
  const given = card.at(-1);
  const said = withoutAddress(wordsOf(known ?? ''), card);
  if (said.length === 0 || !given) return 'unknown';
  // Every word said must be one of the card's, each used once, and the given name must be among them.
  const left = [...card];
  for (const word of said) {
    const at = left.findIndex((other) => isSameWord(word, other));
    if (at < 0) return 'differs';
    left.splice(at, 1);
  }
  return said.some((word) => isSameWord(word, given)) ? 'match' : 'differs';
}

/** Whether a name that the citizen chose themselves is now another person's: neither is a way to write the other. */
export function isRenamed(before: string | undefined, after: string | undefined): boolean {
  if (!before || !after) return false;
  return compareNames(before, after) === 'differs' && compareNames(after, before) === 'differs';
}

export type MarkedWord = { text: string; same: boolean };

/** Both names word by word, as they are written, for an officer: which words the other one has, too. */
export function markNames(
  known: string | undefined,
  official: string,
): { known: MarkedWord[]; official: MarkedWord[] } {
  const one = splitName(known ?? '');
  const other = splitName(official);
  const card = other.flatMap(({ words }) => words);
  const said = withoutAddress(
    one.flatMap(({ words }) => words),
    card,
  );
  return { known: mark(one, card, said), official: mark(other, said, card) };
}

/** `counted`: the words of these pieces that are part of the name; a form of address and a picture differ from nothing. */
function mark(pieces: Piece[], others: readonly Word[], counted: readonly Word[]): MarkedWord[] {
  const left = [...others];
  return pieces.map(({ text, words }) => {
    const named = words.filter((word) => counted.includes(word));
    const same = named.every((word) => {
      const at = left.findIndex((other) => isSameWord(word, other));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
    return { text, same };
  });
}

type Piece = { text: string; words: Word[] };

function splitName(name: string): Piece[] {
  const pieces = name.normalize('NFC').split(/\s+/).filter(Boolean);
  return pieces.map((text) => ({ text, words: wordsOf(text) }));
}

type Word = { letters: string; marks: string };

/** Letters without marks, and the marks of the word in a fixed order, so that the tone's place does not matter. */
function wordsOf(name: string): Word[] {
  return name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('đ', 'd\u0335')
    .split(/[^\p{L}\p{M}]+/u)
    .filter(Boolean)
    .map((word) => ({
      letters: word.replace(/\p{M}/gu, ''),
      marks: [...word.matchAll(/\p{M}/gu)]
        .map(([mark]) => mark)
        .sort()
        .join(''),
    }));
}

/** Whoever writes without marks says nothing about them; whoever writes them means them. */
function isSameWord(one: Word, other: Word): boolean {
  return (
    one.letters === other.letters && (one.marks === '' || other.marks === '' || one.marks === other.marks)
  );
}

/** "Bà Bảy" is Bảy; but a word of the card's own name is no address ("Chu Thị Bà"). */
function withoutAddress(said: Word[], card: Word[]): Word[] {
  const [first, ...rest] = said;
  if (!first || rest.length === 0 || !addresses.has(first.letters)) return said;
  return card.some((word) => isSameWord(first, word)) ? said : rest;
}
