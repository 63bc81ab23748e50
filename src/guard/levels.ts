/**
 * The two levels and their order: the one place that knows level2 is more than level1.
 * Used by the provider to compute what a request needs and by services to refuse what a token does not reach.
 */
export const levels = ['level1', 'level2'] as const;
export type Level = (typeof levels)[number];

export function isLevel(value: unknown): value is Level {
  return levels.includes(value as Level);
}

/** Whether `held` is enough where `needed` is asked. */
export function reaches(held: Level | undefined, needed: Level): boolean {
  return held !== undefined && levels.indexOf(held) >= levels.indexOf(needed);
}

/** The lower of two levels. */
export function lower(a: Level, b: Level): Level {
  return reaches(a, b) ? b : a;
}

/** The highest of some levels; level1 when there are none. */
export function highest(values: Iterable<Level>): Level {
  let found: Level = 'level1';
  for (const value of values) if (reaches(value, found)) found = value;
  return found;
}
