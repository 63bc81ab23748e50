/** Measuring for every bench: times of many runs, medians, and the rows that are printed and kept. */

export type Row = {
  name: string;
  value: number;
  unit: string;
  /** What `value` is held against, in the same unit. */
  baseline: number;
  /** value / baseline. */
  ratio: number;
};

export function makeRow(name: string, unit: string, value: number, baseline: number): Row {
  const round = (number: number) => Number(number.toPrecision(4));
  return { name, value: round(value), unit, baseline: round(baseline), ratio: round(value / baseline) };
}

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}

export function percentile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/**
 * Microseconds a call, of several works measured in turns, so that all of them meet the machine in the same moods.
 * Each round runs every work for about `millis`; the result is the median of the rounds.
 */
export function measureInTurns(works: readonly (() => void)[], rounds = 15, millis = 120): number[] {
  for (const work of works) runFor(work, millis);
  const times = works.map(() => [] as number[]);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, work] of works.entries()) times[index]?.push(runFor(work, millis));
  }
  return times.map(median);
}

function runFor(work: () => void, millis: number): number {
  const began = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < millis) {
    work();
    calls += 1;
    elapsed = performance.now() - began;
  }
  return (elapsed / calls) * 1000;
}
