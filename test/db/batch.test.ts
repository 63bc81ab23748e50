/** Operations of many callers in few statements: who gets what, in which order, and what a failure does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch } from '../../src/db/batch.ts';
import { Unanswered } from '../../src/db/unanswered.ts';

/** A statement that is answered when the test says so. */
function openStatement<Item, Result>(answer: (items: readonly Item[]) => readonly Result[]) {
  const sent: (readonly Item[])[] = [];
  const waiting: (() => void)[] = [];
  const run = async (items: readonly Item[]) => {
    sent.push(items);
    await new Promise<void>((settle) => waiting.push(settle));
    return answer(items);
  };
  const finish = async () => {
    waiting.shift()?.();
    // Callers, the batch and its next statement take their turns.
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { run, sent, finish };
}

describe('a batch', () => {
  it('sends what one turn brings at once, and gathers what comes meanwhile', async () => {
    const { run, sent, finish } = openStatement((items: readonly number[]) => items.map((item) => item * 2));
    const batch = new Batch(run);
    const all = [1, 2].map((item) => batch.add(item));
    await Promise.resolve();
    expect(sent).toEqual([[1, 2]]);
    all.push(...[3, 4, 5].map((item) => batch.add(item)));
    await Promise.resolve();
    expect(sent).toEqual([[1, 2]]);
    await finish();
    expect(sent).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    await finish();
    expect(await Promise.all(all)).toEqual([2, 4, 6, 8, 10]);
  });

  it('is never larger than allowed', async () => {
    const sizes: number[] = [];
    const batch = new Batch(
      async (items: readonly number[]) => {
        sizes.push(items.length);
        await Promise.resolve();
        return items;
      },
      { most: 4 },
    );
    await Promise.all(Array.from({ length: 21 }, (_, item) => batch.add(item)));
    expect(Math.max(...sizes)).toBe(4);
  });

  it('keeps the order of every key, and never puts one twice into one statement', async () => {
    const someKeys = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(someKeys, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        async (works, inFlight, most) => {
          const done: Record<number, number[]> = {};
          let underWay: number[] = [];
          const batch = new Batch(
            async (items: readonly { keys: number[]; turn: number }[]) => {
              const own = items.flatMap(({ keys }) => keys);
              expect(new Set(own).size).toBe(own.length);
              expect(own.some((key) => underWay.includes(key))).toBe(false);
              underWay = [...underWay, ...own];
              await new Promise((settle) => setImmediate(settle));
              for (const { keys, turn } of items) {
                for (const key of keys) done[key] = [...(done[key] ?? []), turn];
              }
              underWay = underWay.filter((key) => !own.includes(key));
              return items;
            },
            { inFlight, most, keysOf: ({ keys }) => keys.map(String) },
          );
          await Promise.all(works.map((keys, turn) => batch.add({ keys, turn })));
          for (const turns of Object.values(done)) expect(turns).toEqual([...turns].sort((a, b) => a - b));
          expect(Object.values(done).flat()).toHaveLength(works.flat().length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not let one bad row fail its neighbours', async () => {
    const batch = new Batch(async (items: readonly number[]) => {
      await Promise.resolve();
      if (items.includes(3)) throw new Error('bad row');
      return items;
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map((item) => batch.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('sends again what was lost only where that does no harm, and tells everybody otherwise', async () => {
    const lose = (again: boolean, times: number) => {
      const sent: (readonly number[])[] = [];
      const run = async (items: readonly number[]) => {
        sent.push(items);
        if (sent.length <= times) throw new Unanswered(new Error('Connection terminated unexpectedly'));
        return items;
      };
      return { sent, batch: new Batch(run, { again }) };
    };
    const act = lose(false, 1);
    const refused = await Promise.allSettled([1, 2, 3].map((item) => act.batch.add(item)));
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(act.sent).toEqual([[1, 2, 3]]);
    const question = lose(true, 1);
    expect(await Promise.all([1, 2, 3].map((item) => question.batch.add(item)))).toEqual([1, 2, 3]);
    const dead = lose(true, 9);
    await Promise.allSettled([1, 2, 3].map((item) => dead.batch.add(item)));
    expect(dead.sent).toHaveLength(2);
  });

  it('does not do again what was done when the answer forgets somebody', async () => {
    const sent: (readonly number[])[] = [];
    const batch = new Batch(async (items: readonly number[]) => {
      sent.push(items);
      return items.slice(1);
    });
    const results = await Promise.allSettled([1, 2, 3].map((item) => batch.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(sent).toHaveLength(1);
  });

  it('refuses a statement that forgets an item, and goes on working', async () => {
    let forgetful = true;
    const batch = new Batch(async (items: readonly number[]) => (forgetful ? [] : items));
    await expect(batch.add(1)).rejects.toThrow('every item');
    forgetful = false;
    expect(await batch.add(2)).toBe(2);
  });
});
