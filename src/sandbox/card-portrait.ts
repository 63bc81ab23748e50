/**
 * Portraits of nobody: a grey JPEG of 96 by 128 pixels, drawn in squares of eight from the digits of a number, so
 * that two cards look different and one card always looks the same.
 *
 * Baseline JPEG (ITU-T T.81) with the least it can have: one component, and of each block only its mean.
 */

import { createHash } from 'node:crypto';
import type { Portrait } from './card-files.ts';

const COLUMNS = 12;
const ROWS = 16;

/** The portrait on the card with this number. */
export function drawPortrait(personalNumber: string): Portrait {
  const seed = createHash('sha256').update(`portrait/${personalNumber}`).digest();
  return { image: encode(paint(seed)), width: COLUMNS * 8, height: ROWS * 8 };
}

/** Shades from 0 to 255, row by row: background, shoulders, hair, face, eyes and mouth. */
function paint(seed: Buffer): number[] {
  const between = (index: number, low: number, high: number) => low + ((seed[index] ?? 0) % (high - low + 1));
  const shade = {
    background: between(0, 205, 245),
    clothes: between(1, 50, 130),
    hair: between(2, 15, 80),
    skin: between(3, 150, 195),
  };
  const hairline = between(4, 4, 5);
  const hairEnd = between(5, 5, 11);
  const width = between(6, 28, 34) / 10;
  const isWithin = (x: number, y: number, centre: number, across: number, down: number) =>
    ((x - 5.5) / across) ** 2 + ((y - centre) / down) ** 2 <= 1;
  const colour = (x: number, y: number): number => {
    if (isWithin(x, y, 6.5, width, 4)) {
      if (y < hairline) return shade.hair;
      if (y === 6 && (x === 4 || x === 7)) return shade.hair;
      return y === 9 && (x === 5 || x === 6) ? shade.skin - 50 : shade.skin;
    }
    if (y <= hairEnd && isWithin(x, y, 6.5, width + 1, 5)) return shade.hair;
    if (isWithin(x, y, 16, 5.6, 4.6)) return shade.clothes;
    return y > 9 && (x === 5 || x === 6) ? shade.skin : shade.background;
  };
  return Array.from({ length: COLUMNS * ROWS }, (_, at) => colour(at % COLUMNS, Math.floor(at / COLUMNS)));
}

function segment(marker: number, ...content: number[]): number[] {
  const length = content.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...content];
}

// Table K.3: how many codes there are of 1 to 16 bits, and the codes of the sizes 0 to 11 in order.
const dcCounts = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const dcCodes = ['00', '010', '011', '100', '101', '110', '1110', '11110', '111110', '1111110', '11111110'];
const dcSizes = Array.from({ length: 12 }, (_, size) => size);
// One code of one bit: the block ends here.
const acCounts = [1, ...Array.from({ length: 15 }, () => 0)];
const END_OF_BLOCK = '0';

function encode(shades: readonly number[]): Buffer {
  const [height, width] = [ROWS * 8, COLUMNS * 8];
  // Divided by eight everywhere, the first coefficient of a plain block is its shade (A.3.3), counted from the middle.
  const quantisation = Array.from({ length: 64 }, () => 8);
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0),
    ...segment(0xdb, 0, ...quantisation),
    ...segment(0xc0, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0),
    ...segment(0xc4, 0x00, ...dcCounts, ...dcSizes),
    ...segment(0xc4, 0x10, ...acCounts, 0),
    ...segment(0xda, 1, 1, 0x00, 0, 63, 0),
    ...stuff(encodeBlocks(shades)),
    ...[0xff, 0xd9],
  ]);
}

/** Each block's difference from the one before: its size in bits, then the bits (F.1.2.1). */
function encodeBlocks(shades: readonly number[]): string {
  let before = 0;
  let bits = '';
  for (const shade of shades) {
    const difference = shade - 128 - before;
    before = shade - 128;
    const size = difference === 0 ? 0 : Math.abs(difference).toString(2).length;
    const value = difference < 0 ? difference + 2 ** size - 1 : difference;
    bits += `${dcCodes[size]}${size === 0 ? '' : value.toString(2).padStart(size, '0')}${END_OF_BLOCK}`;
  }
  return bits;
}

/** Bits to octets, filled up with ones; an octet FF is followed by 00 (F.1.2.3). */
function stuff(bits: string): number[] {
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return (whole.match(/.{8}/g) ?? [])
    .map((octet) => Number.parseInt(octet, 2))
    .flatMap((octet) => (octet === 0xff ? [octet, 0] : [octet]));
}
