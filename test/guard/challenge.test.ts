import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildChallenge, type Challenge, parseChallenge } from '../../src/guard/index.ts';

/** RFC 6750 section 3: what may stand in error and error_description. */
const safeText = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
  })
  .map((text) => text.replace(/["\\]/g, '-'));
const words = fc.array(fc.stringMatching(/^[!#-[\]-~]{1,12}$/), { minLength: 1, maxLength: 4 });

describe('the challenge', () => {
  test('no credentials: the bare scheme', () => {
    expect(buildChallenge({})).toBe('Bearer');
    expect(parseChallenge('Bearer')).toEqual({});
  });

  test('RFC 9470 section 3, as the service sends it', () => {
    const header = buildChallenge({
      error: 'insufficient_user_authentication',
      errorDescription: 'More',
      acrValues: ['level2'],
      maxAge: 300,
      scope: ['hoso.nop'],
    });
    expect(header).toBe(
      'Bearer error="insufficient_user_authentication", error_description="More", acr_values="level2", max_age="300", scope="hoso.nop"',
    );
  });

  test('the example of RFC 9470 section 3.1, folded line and all', () => {
    const header =
      'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR"';
    expect(parseChallenge(header)).toEqual({
      error: 'insufficient_user_authentication',
      errorDescription: 'A different authentication level is required',
      acrValues: ['myACR'],
    });
  });

  test.each([
    [
      'other schemes before',
      'Basic realm="a, b=\\"c\\"", Bearer error="invalid_token"',
      { error: 'invalid_token' },
    ],
    ['other schemes after', 'Bearer max_age=60, DPoP algs="ES256", error="x"', { maxAge: 60 }],
    ['token68 of another scheme', 'Negotiate oRQwEqADCgEB==, Bearer scope="a b"', { scope: ['a', 'b'] }],
    [
      'token values and odd spaces',
      'bEaReR   ERROR = invalid_token ,, max_age="0"',
      { error: 'invalid_token', maxAge: 0 },
    ],
    ['DPoP when there is no Bearer', 'DPoP error="invalid_token", algs="ES256"', { error: 'invalid_token' }],
    ['a negative max_age is none', 'Bearer max_age="-1"', {}],
    ['no bearer at all', 'Basic realm="x"', undefined],
    ['an open quote', 'Bearer error="invalid_token', undefined],
    ['a parameter twice', 'Bearer error="a", error="b"', undefined],
    ['a parameter before any scheme', 'error="a"', undefined],
    ['empty', '', undefined],
  ])('reads %s', (_name, header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });

  test('what is built is read back', () => {
    const challenges: fc.Arbitrary<Challenge> = fc.record(
      {
        error: safeText,
        errorDescription: safeText,
        acrValues: words,
        maxAge: fc.integer({ min: 0, max: 1e9 }),
        scope: words,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(challenges, (challenge) => {
        expect(parseChallenge(buildChallenge(challenge))).toEqual(challenge);
      }),
    );
  });

  test('no text, however hostile, breaks out of its quotes or its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const header = buildChallenge({ error: 'invalid_token', errorDescription: text, maxAge: 7 });
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        expect(parseChallenge(header)).toMatchObject({ error: 'invalid_token', maxAge: 7 });
      }),
    );
  });

  test('any header is read in linear time and without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aB="\\, \t=é') }), (text) => {
        parseChallenge(`Bearer ${text}`);
      }),
    );
    expect(parseChallenge(`Bearer a="${'\\"'.repeat(100_000)}`)).toBeUndefined();
  });
});
