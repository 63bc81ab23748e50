/** A citizen's photo: the picture stays, whatever else is in the file goes; what is no photo is refused. */

import fc from 'fast-check';
import { decode as decodePng, encode as encodePng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { cleanPhoto } from '../../src/cccd/photo-file.ts';
import { drawPortrait } from '../../src/sandbox/card-portrait.ts';

const jpeg = Buffer.from(drawPortrait('072090000101').image);
const SECRET = 'GPS 11.3352N 106.1099E';

function segment(marker: number, content: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length + 2);
  return Buffer.concat([Buffer.of(0xff, marker), length, content]);
}

/** EXIF with which side is up, and with a secret beside it, in one of the two byte orders. */
function exif(turn: number, order: 'II' | 'MM'): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 24 + 4);
  const little = order === 'II';
  const write16 = (value: number, at: number) =>
    little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const write32 = (value: number, at: number) =>
    little ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(order, 0, 'latin1');
  write16(42, 2);
  write32(8, 4);
  write16(2, 8);
  write16(0x010f, 10);
  write16(2, 12);
  write16(0x0112, 22);
  write16(3, 24);
  write32(1, 26);
  write16(turn, 30);
  return segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff, Buffer.from(SECRET)]));
}

const withParts = (...parts: Buffer[]) => Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(2)]);

/** Markers of a JPEG, in order. */
function markersOf(file: Buffer): number[] {
  const found: number[] = [];
  for (let at = 2; at < file.length - 1; at += 1) {
    if (file[at] !== 0xff || (file[at + 1] ?? 0) < 0xc0) continue;
    found.push(file[at + 1] ?? 0);
    if (file[at + 1] === 0xda) break;
    at += 1 + file.readUInt16BE(at + 2);
  }
  return found;
}

describe('a JPEG', () => {
  it('stays as it is where there is nothing to take', () => {
    expect(cleanPhoto(jpeg)).toEqual({ type: 'image/jpeg', bytes: jpeg });
  });

  it.each(['II', 'MM'] as const)(
    'loses place, device, comment and what hangs on, and keeps its way up: %s',
    (order) => {
      const full = Buffer.concat([
        withParts(
          exif(6, order),
          segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${SECRET}`)),
          segment(0xe2, Buffer.from(`MPF\0${SECRET}`)),
          segment(0xed, Buffer.from(`Photoshop 3.0\0${SECRET}`)),
          segment(0xfe, Buffer.from(SECRET)),
          segment(0xf3, Buffer.from(SECRET)),
        ),
        Buffer.from(`ftypmp42${SECRET}`),
      ]);
      const clean = cleanPhoto(full);
      expect(clean?.bytes.includes('GPS')).toBe(false);
      expect(clean?.bytes.includes('Photoshop')).toBe(false);
      const exifAt = clean?.bytes.indexOf('Exif') ?? -1;
      expect(clean?.bytes.subarray(exifAt, exifAt + 32).toString('hex')).toBe(
        '457869660000' + '4d4d002a00000008' + '0001' + '0112000300000001' + '00060000' + '00000000',
      );
      // Cleaned once more it is the same.
      expect(cleanPhoto(clean?.bytes ?? Buffer.alloc(0))).toEqual(clean);
    },
  );

  it('without a turn has no EXIF left, and keeps what colours need', () => {
    const adobe = segment(0xee, Buffer.from('Adobe\0dabcdef', 'latin1').subarray(0, 12));
    const clean = cleanPhoto(withParts(exif(1, 'MM'), adobe));
    expect(markersOf(clean?.bytes ?? Buffer.alloc(0))).not.toContain(0xe1);
    expect(markersOf(clean?.bytes ?? Buffer.alloc(0))).toContain(0xee);
  });

  it('cut off, with two frames, or as large as a poster is none', () => {
    for (let length = 0; length < jpeg.length; length += 1)
      expect(cleanPhoto(jpeg.subarray(0, length))).toBeUndefined();
    const frameAt = jpeg.indexOf(Buffer.of(0xff, 0xc0));
    const huge = Buffer.from(jpeg);
    huge.writeUInt32BE(0xffffffff, frameAt + 5);
    expect(cleanPhoto(huge)).toBeUndefined();
    const frame = jpeg.subarray(frameAt, frameAt + 2 + jpeg.readUInt16BE(frameAt + 2));
    expect(cleanPhoto(withParts(frame))).toBeUndefined();
  });
});

describe('a PNG', () => {
  const png = Buffer.from(
    encodePng({
      width: 3,
      height: 2,
      channels: 3,
      data: new Uint8Array(18).fill(90),
      text: { Comment: SECRET },
    }),
  );

  it('loses its texts and what hangs on, and shows the same', () => {
    expect(png.includes(SECRET)).toBe(true);
    const clean = cleanPhoto(Buffer.concat([png, Buffer.from(SECRET)]));
    expect(clean?.type).toBe('image/png');
    expect(clean?.bytes.includes('GPS')).toBe(false);
    expect(decodePng(clean?.bytes ?? Buffer.alloc(0)).data).toEqual(decodePng(png).data);
  });

  it('cut off, too large, or with an unknown part that it needs is none', () => {
    for (let length = 0; length < png.length; length += 1)
      expect(cleanPhoto(png.subarray(0, length))).toBeUndefined();
    const huge = Buffer.from(png);
    huge.writeUInt32BE(60_000, 16);
    huge.writeUInt32BE(60_000, 20);
    expect(cleanPhoto(huge)).toBeUndefined();
    const unknown = Buffer.concat([
      png.subarray(0, 33),
      Buffer.from('00000000', 'hex'),
      Buffer.from('XXXX'),
      Buffer.alloc(4),
      png.subarray(33),
    ]);
    expect(cleanPhoto(unknown)).toBeUndefined();
  });
});

describe('anything else', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a GIF', Buffer.from('GIF89a')],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ['a HEIC', Buffer.from('00000018667479706865696300000000', 'hex')],
    [
      'a page that begins like a photo',
      Buffer.concat([Buffer.of(0xff, 0xd8, 0xff), Buffer.from('<script>')]),
    ],
  ])('is no photo: %s', (_name, bytes) => {
    expect(cleanPhoto(bytes)).toBeUndefined();
  });

  it('never throws, whatever is turned; what comes out is clean already', () => {
    const source = withParts(exif(6, 'II'), segment(0xfe, Buffer.from(SECRET)));
    fc.assert(
      fc.property(fc.nat(source.length - 1), fc.nat(255), fc.nat(source.length), (at, byte, cut) => {
        const turned = Buffer.from(source.subarray(0, Math.max(at + 1, cut)));
        turned[at] = byte;
        const clean = cleanPhoto(turned);
        if (clean) expect(cleanPhoto(clean.bytes)).toEqual(clean);
      }),
      { numRuns: 3_000 },
    );
  });
});
