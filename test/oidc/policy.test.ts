/** The rule of levels as a table: what a request needs, what a session holds, what a token says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelOfProof } from '../../src/account/level.ts';
import { highest, isLevel, type Level, levels, lower, reaches } from '../../src/guard/levels.ts';
import { computeNeed, grantedLevel, heldLevel, type LevelRequest } from '../../src/oidc/policy.ts';

describe('what a request needs', () => {
  const cases: [string, LevelRequest, Level, Level][] = [
    ['nothing asked', {}, 'level1', 'level1'],
    ['a wish for level1', { acrValues: 'level1' }, 'level1', 'level1'],
    ['a wish for level2', { acrValues: 'level2' }, 'level1', 'level2'],
    ['a wish in order of preference', { acrValues: 'level2 level1' }, 'level1', 'level2'],
    ['a wish that is content with level1', { acrValues: 'level1 level2' }, 'level1', 'level1'],
    ['a voluntary claim is a wish', { acrClaim: { value: 'level2' } }, 'level1', 'level2'],
    ['voluntary claims are wishes', { acrClaim: { values: ['level2', 'level1'] } }, 'level1', 'level2'],
    ['an essential claim', { acrClaim: { essential: true, value: 'level2' } }, 'level2', 'level2'],
    [
      'an essential choice',
      { acrClaim: { essential: true, values: ['level2', 'level1'] } },
      'level1',
      'level1',
    ],
    ['an essential claim without a value', { acrClaim: { essential: true } }, 'level1', 'level1'],
    ['the client minimum', { clientMinimum: 'level2' }, 'level2', 'level2'],
    ['the highest scope minimum', { scopeMinimums: ['level1', 'level2', 'level1'] }, 'level2', 'level2'],
    [
      'a wish below the minimum does not lower it',
      { acrValues: 'level1', clientMinimum: 'level2' },
      'level2',
      'level2',
    ],
    [
      'a wish beside an essential choice',
      { acrValues: 'level2', acrClaim: { essential: true, values: ['level1', 'level2'] } },
      'level1',
      'level2',
    ],
    [
      'an essential choice is lifted by the scope minimum',
      { scopeMinimums: ['level2'], acrClaim: { essential: true, values: ['level1', 'level2'] } },
      'level2',
      'level2',
    ],
  ];
  it.each(cases)('%s', (_name, request, required, wished) => {
    expect(computeNeed(request)).toMatchObject({ required, wished });
  });

  it.each([
    [{ acrValues: 'level3' }],
    [{ acrValues: 'level1 level3' }],
    [{ acrValues: 'LEVEL2' }],
    [{ acrClaim: { value: 'urn:mace:incommon:iap:silver' } }],
    [{ acrClaim: { essential: true, values: ['level2', 'level9'] } }],
    [{ acrClaim: { essential: true, value: 2 } }],
    [{ acrClaim: { essential: true, values: 'level2' } }],
    [{ acrClaim: { essential: true, values: [] } }],
  ] as [LevelRequest][])('an unknown acr is refused, not ignored: %j', (request) => {
    expect(computeNeed(request)).toEqual({ refused: 'unknown_acr' });
  });

  it('an essential level1 under a level2 minimum contradicts itself', () => {
    const acrClaim = { essential: true, value: 'level1' };
    expect(computeNeed({ acrClaim, clientMinimum: 'level2' })).toEqual({ refused: 'contradiction' });
    expect(computeNeed({ acrClaim, scopeMinimums: ['level2'] })).toEqual({ refused: 'contradiction' });
  });

  it('is never below any minimum, whatever else is asked', () => {
    const level = fc.constantFrom(...levels);
    const arbitrary = fc.record({
      acrValues: fc.array(level).map((values) => values.join(' ')),
      acrClaim: fc.record({ essential: fc.boolean(), values: fc.array(level, { minLength: 1 }) }),
      clientMinimum: level,
      scopeMinimums: fc.array(level),
    });
    fc.assert(
      fc.property(arbitrary, (request) => {
        const need = computeNeed(request);
        if (need.refused) return;
        for (const minimum of [request.clientMinimum, ...request.scopeMinimums]) {
          expect(reaches(need.required, minimum)).toBe(true);
        }
        expect(reaches(need.wished, need.required)).toBe(true);
        if (need.allowed) expect(need.allowed).toContain(need.required);
      }),
    );
  });
});

describe('what a session holds', () => {
  const fresh = { proved: 'level2', age: 60, maxAge: 1800 } as const;
  it('level2 only when it proved it and that is fresh', () => {
    expect(heldLevel(fresh)).toBe('level2');
    expect(heldLevel({ ...fresh, proved: 'level1' })).toBe('level1');
    expect(heldLevel({ ...fresh, proved: undefined })).toBe('level1');
    expect(heldLevel({ ...fresh, age: 1800 })).toBe('level2');
    expect(heldLevel({ ...fresh, age: 1801 })).toBe('level1');
  });
});

describe('what a proof is worth', () => {
  const proof = { acr: 'level2', authTime: 1_800_000_000 };
  it('never more than the account, and nothing from before level2 last ended', () => {
    expect(levelOfProof({ level: 'level2' }, proof)).toBe('level2');
    expect(levelOfProof({ level: 'level1' }, proof)).toBe('level1');
    expect(levelOfProof({ level: 'level2' }, { ...proof, acr: 'level1' })).toBe('level1');
    expect(levelOfProof({ level: 'level2' }, {})).toBe('level1');
    const ended = (seconds: number) => ({ level: 'level2' as const, level2After: new Date(seconds * 1000) });
    expect(levelOfProof(ended(1_799_999_999), proof)).toBe('level2');
    expect(levelOfProof(ended(1_800_000_001), proof)).toBe('level1');
    expect(levelOfProof(ended(1_700_000_000), { acr: 'level2' })).toBe('level1');
  });
});

describe('what a token says', () => {
  it('what is held, though less was asked', () => {
    expect(grantedLevel('level2', computeNeed({ acrValues: 'level1' }))).toBe('level2');
    expect(grantedLevel('level1', computeNeed({ acrValues: 'level2' }))).toBe('level1');
  });
  it('one of the values an essential acr names (OpenID Connect Core section 5.5.1.1)', () => {
    const only1 = computeNeed({ acrClaim: { essential: true, value: 'level1' } });
    const either = computeNeed({ acrClaim: { essential: true, values: ['level1', 'level2'] } });
    expect(grantedLevel('level2', only1)).toBe('level1');
    expect(grantedLevel('level2', either)).toBe('level2');
    expect(grantedLevel('level1', either)).toBe('level1');
  });
});

describe('the order of levels', () => {
  it('has level2 above level1 and knows no others', () => {
    expect(reaches('level2', 'level1')).toBe(true);
    expect(reaches('level1', 'level2')).toBe(false);
    expect(reaches(undefined, 'level1')).toBe(false);
    expect(lower('level1', 'level2')).toBe('level1');
    expect(lower('level2', 'level2')).toBe('level2');
    expect(highest([])).toBe('level1');
    expect(isLevel('level3')).toBe(false);
    expect(isLevel(undefined)).toBe(false);
  });
});
