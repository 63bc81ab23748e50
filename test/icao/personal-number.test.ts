import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePersonalNumber } from '../../src/icao/personal-number.ts';

describe('the personal number', () => {
  it('says province, sex and birth year', () => {
    expect(parsePersonalNumber('072090000123')).toEqual({
      number: '072090000123',
      provinceCode: '072',
      sex: 'male',
      birthYear: 1990,
    });
    expect(parsePersonalNumber('080301004567')).toMatchObject({ sex: 'female', birthYear: 2001 });
  });

  it.each([
    ['0', 'male', 1985],
    ['1', 'female', 1985],
    ['2', 'male', 2085],
    ['3', 'female', 2085],
    ['4', 'male', 2185],
    ['9', 'female', 2385],
  ])('reads century and sex digit %s', (digit, sex, birthYear) => {
    expect(parsePersonalNumber(`001${digit}85123456`)).toMatchObject({ sex, birthYear });
  });

  it('knows the 63 provinces and the countries, and no other code', () => {
    const known = Array.from({ length: 1000 }, (_, code) => String(code).padStart(3, '0')).filter((code) =>
      parsePersonalNumber(`${code}090000001`),
    );
    expect(known.filter((code) => Number(code) < 101)).toHaveLength(63);
    expect(known).toContain('072');
    expect(known).toContain('101');
    for (const unknown of ['000', '003', '013', '097', '100']) expect(known).not.toContain(unknown);
  });

  it.each([
    '',
    '07209000012',
    '0720900001234',
    ' 072090000123',
    '072090000123\n',
    '07209000012a',
    '٠72090000123',
    '0720-90000123',
  ])('refuses %j', (text) => {
    expect(parsePersonalNumber(text)).toBeUndefined();
  });

  it('takes any text without throwing, and only 12 digits', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parsePersonalNumber(text);
        if (parsed) expect(text).toMatch(/^[0-9]{12}$/);
      }),
    );
  });
});
