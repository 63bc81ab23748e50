/** Which PINs are refused, and that most are not. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { findPinFault } from '../../src/account/pin-rules.ts';

const known = { birthDate: '1990-03-15', phone: '+84912345670', personalNumber: '072090000101' };

describe('a PIN', () => {
  test.each([
    ['', 'not_six_digits'],
    ['12345', 'not_six_digits'],
    ['1234567', 'not_six_digits'],
    ['12345a', 'not_six_digits'],
    ['１２３４５６', 'not_six_digits'],
    ['111111', 'repeated'],
    ['121212', 'repeated'],
    ['123123', 'repeated'],
    ['100100', 'repeated'],
    ['112211', 'repeated'],
    ['123456', 'in_order'],
    ['987654', 'in_order'],
    ['567890', 'in_order'],
    ['098765', 'in_order'],
    ['112233', 'in_order'],
    ['998877', 'in_order'],
    ['150390', 'birth_date'],
    ['031590', 'birth_date'],
    ['900315', 'birth_date'],
    ['901503', 'birth_date'],
    ['031990', 'birth_date'],
    ['199003', 'birth_date'],
    ['151990', 'birth_date'],
    ['912345', 'phone'],
    ['345670', 'phone'],
    ['076543', 'phone'],
    ['072090', 'personal_number'],
    ['209000', 'personal_number'],
    ['090270', 'personal_number'],
  ])('%s is refused: %s', (pin, fault) => {
    expect(findPinFault(pin, known)).toBe(fault);
  });

  it('that says nothing of the person is taken, also when nothing is known of them', () => {
    for (const pin of ['482915', '730164', '150391']) {
      expect(findPinFault(pin, known)).toBeUndefined();
      expect(findPinFault(pin, {})).toBeUndefined();
    }
  });

  it('is refused whenever it stands in the phone or the personal number', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 9, maxLength: 12 });
    fc.assert(
      fc.property(digits, fc.nat(6), (number, at) => {
        const pin = number.slice(at, at + 6);
        fc.pre(pin.length === 6);
        expect(findPinFault(pin, { phone: number })).toBeDefined();
        expect(findPinFault(pin, { personalNumber: number })).toBeDefined();
      }),
    );
  });

  it('is one of nearly a million', () => {
    let taken = 0;
    for (let value = 0; value < 1_000_000; value += 1) {
      if (!findPinFault(String(value).padStart(6, '0'), known)) taken += 1;
    }
    expect(taken).toBeGreaterThan(990_000);
  });
});
