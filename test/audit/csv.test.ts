/** Tables: what was written is read again, and a broken one is told. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvLine, readCsv } from '../../src/audit/csv.ts';

it('are read as they were written, whatever stands in a cell', () => {
  // A cell that would be a formula is made text for spreadsheets: no export has one.
  const cell = fc.string({ unit: 'grapheme' }).filter((text) => !/^[=+\-@\t\r]/.test(text));
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 5 });
  fc.assert(
    fc.property(rows, (given) => {
      expect([...readCsv(given.map(csvLine).join(''))]).toEqual(given);
    }),
  );
});

it.each(['a,b', 'a,"b\r\n', 'a,b"c\r\n', 'a\nb\r\n', '"a"b\r\n'])(
  'that are none end in undefined: %j',
  (text) => {
    expect([...readCsv(text)].at(-1)).toBeUndefined();
  },
);
