/** The writer of DER that certificates and cards of the tests and the sandbox are made with. */
import { expect, it } from 'vitest';
import { integer } from '../../src/sandbox/card-der.ts';

it.each([
  ['00', '020100'],
  ['7f', '02017f'],
  ['80', '02020080'],
  ['007f', '02017f'],
  ['000080', '02020080'],
  ['0000', '020100'],
])('INTEGER of the octets %s is in the fewest (X.690 §8.3.2)', (octets, written) => {
  expect(integer(Buffer.from(octets, 'hex')).toString('hex')).toBe(written);
});
