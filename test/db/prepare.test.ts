/** Which statements are prepared: those that come again, and none whose columns a migration could change. */
import { describe, expect, it } from 'vitest';
import { createNames } from '../../src/db/prepare.ts';

describe('a statement', () => {
  it('is named from its third time on, by one name for good', () => {
    const nameOf = createNames();
    const text = 'SELECT a FROM t WHERE id = $1';
    expect([1, 2, 3, 4].map(() => nameOf(text))).toEqual([undefined, undefined, 'q0', 'q0']);
    for (let time = 0; time < 3; time += 1) nameOf('SELECT b FROM t WHERE id = $1');
    expect(nameOf('SELECT b FROM t WHERE id = $1')).toBe('q1');
    expect(nameOf(text)).toBe('q0');
  });

  it('with a star is never named: another column would break its plan', () => {
    const nameOf = createNames();
    for (let time = 0; time < 10; time += 1) expect(nameOf('SELECT * FROM t WHERE id = $1')).toBeUndefined();
  });

  it('of a form that never comes again takes no room for good', () => {
    const nameOf = createNames();
    const lists = (length: number) => `SELECT a FROM t WHERE id IN (${'$1, '.repeat(length)}$2)`;
    for (let length = 0; length < 5_000; length += 1) expect(nameOf(lists(length))).toBeUndefined();
    for (let one = 0; one < 2_000; one += 1)
      for (let time = 0; time < 3; time += 1) nameOf(`SELECT ${one}, $1`);
    const named = Array.from({ length: 2_000 }, (_, one) => nameOf(`SELECT ${one}, $1`)).filter(Boolean);
    expect(named).toHaveLength(500);
  });
});
