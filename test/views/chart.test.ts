/** Charts: numbers become heights, texts say what is seen, and nothing that was given breaks out of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DayChart, drawChart, drawSpark, saySpan } from '../../views/chart.ts';

const chart: DayChart = {
  kind: 'bars',
  id: 'x',
  title: 'Theo ngày',
  description: 'Bốn lượt.',
  days: ['2026-11-23', '2026-11-24'],
  step: 'day',
  unit: 'count',
  series: [
    { label: 'Mức 1', values: [2, 0] },
    { label: 'Mức 2', values: [1, 4] },
  ],
};
const draw = (changed: Partial<DayChart> = {}) => String(drawChart('vi', { ...chart, ...changed }));

describe('bars', () => {
  it('stand on each other, from the ground up to a round number', () => {
    // The highest day is 4, so the top is 4: two of it are half of 200 units.
    const [first, second] = [...draw().matchAll(/<path class="tone-\d" d="([^"]*)"/g)].map(
      ([, path]) => path,
    );
    expect(first).toBe('M0.12 200V100h.76V200z');
    expect(second).toBe('M0.12 100V50h.76V100zM1.12 200V0h.76V200z');
  });

  it('have a name, a description, a text for each day, and their numbers in a table', () => {
    const drawn = draw();
    expect(drawn).toContain('role="img"');
    expect(drawn).toMatch(
      /aria-labelledby="x-name x-desc"><title id="x-name">Theo ngày<\/title><desc id="x-desc">Bốn/,
    );
    expect(drawn).toContain('<title>23/11/2026 · Mức 1: 2 · Mức 2: 1</title>');
    expect(drawn).toMatch(/<th scope="row">24\/11\/2026<\/th><td[^>]*>0<\/td><td[^>]*>4<\/td>/);
  });

  it('never leave their frame, whatever the numbers', () => {
    const values = fc.array(fc.nat({ max: 3_000_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, (given) => {
        const days = given.map((_, index) =>
          new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
        );
        const drawn = draw({ days, series: [{ label: 'a', values: given }] });
        const heights = [...drawn.matchAll(/V([\d.]+)h/g)].map(([, y]) => Number(y));
        expect(heights.every((y) => y >= 0 && y <= 200)).toBe(true);
        expect(heights).toHaveLength(given.filter((value) => value > 0).length);
        expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 60 },
    );
  });
});

describe('lines', () => {
  it('end where a day has no value, and go on behind it', () => {
    const drawn = draw({
      kind: 'lines',
      unit: 'seconds',
      days: ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23', '2026-11-24'],
      series: [{ label: 'a', values: [60, 120, Number.NaN, 60, Number.NaN] }],
    });
    expect(/<path class="line tone-1" d="([^"]*)"/.exec(drawn)?.[1]).toBe('M0.5 100L1.5 0M3.3 100h.4');
    expect(drawn).toContain('>2 phút<');
    expect(drawn).toContain('22/11/2026 · a: –');
  });
});

it('a spark of nothing is a line on the ground', () => {
  expect(String(drawSpark([0, 0]))).toContain('M0.1 30v-0.5h.8v0.5zM1.1 30v-0.5h.8v0.5z');
});

it.each([
  [0, '0 giây', '0 s'],
  [59, '59 giây', '59 s'],
  [60, '1 phút', '1 min'],
  [3_599, '1 giờ', '1 h'],
  [12_000, '3 giờ 20 phút', '3 h 20 min'],
  [86_400, '1 ngày', '1 day'],
  [180_000, '2 ngày 2 giờ', '2 days 2 h'],
])('%d seconds are said as people say them', (seconds, vi, en) => {
  expect([saySpan('vi', seconds), saySpan('en', seconds)]).toEqual([vi, en]);
});
