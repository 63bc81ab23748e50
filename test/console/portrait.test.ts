/** A chip's portrait on an officer's screen: what is genuine is shown, what is not costs nobody anything. */
import { createRequire } from 'node:module';
import { decode as decodePng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { PortraitDecoder } from '../../src/console/portrait.ts';

const require = createRequire(import.meta.url);

/** A JPEG 2000 image of a gradient, by OpenJPEG's own encoder, without loss. */
async function draw(width: number, height: number, channels: 1 | 3): Promise<Uint8Array> {
  const open = require('@cornerstonejs/codec-openjpeg/wasmjs');
  const wasm = require.resolve('@cornerstonejs/codec-openjpeg/wasm');
  const { J2KEncoder } = await open({ locateFile: () => wasm, print: () => {}, printErr: () => {} });
  const encoder = new J2KEncoder();
  const frame = { width, height, bitsPerSample: 8, componentCount: channels, isSigned: false };
  const pixels: Uint8Array = encoder.getDecodedBuffer(frame);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = (at * 7) % 256;
  encoder.setQuality(true, 0);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}

describe('a portrait', () => {
  it.each([1, 3] as const)(
    'of JPEG 2000 with %i components becomes a PNG of the same pixels',
    async (channels) => {
      const image = await draw(60, 80, channels);
      const shown = await new PortraitDecoder().show({ format: 'jpeg2000', image });
      expect(shown?.type).toBe('image/png');
      const png = decodePng(shown?.bytes ?? Buffer.alloc(0));
      expect({ width: png.width, height: png.height, channels: png.channels }).toEqual({
        width: 60,
        height: 80,
        channels,
      });
      expect([...png.data.slice(0, 500)]).toEqual(Array.from({ length: 500 }, (_, at) => (at * 7) % 256));
    },
  );

  it('of JPEG is shown as it is', async () => {
    const image = Buffer.from('ffd8ffe000', 'hex');
    expect(await new PortraitDecoder().show({ format: 'jpeg', image })).toEqual({
      type: 'image/jpeg',
      bytes: image,
    });
  });

  it('that is none, is cut off, or has bytes turned, is not shown, and others still are', async () => {
    const decoder = new PortraitDecoder();
    const image = await draw(60, 80, 3);
    const cut = image.subarray(0, 90);
    const turned = Uint8Array.from(image, (byte, at) => (at > 20 && at < 60 ? byte ^ 0xff : byte));
    for (const bad of [Buffer.from('ff4fff51'), Buffer.alloc(2_000, 0x42), cut, turned])
      expect(await decoder.show({ format: 'jpeg2000', image: bad })).toBeUndefined();
    expect((await decoder.show({ format: 'jpeg2000', image }))?.type).toBe('image/png');
  });

  it('that announces more pixels than a portrait has is not decoded', async () => {
    const image = Buffer.from(await draw(60, 80, 1));
    // SIZ (ISO/IEC 15444-1 §A.5.1): the width stands 8 octets into the codestream.
    image.writeUInt32BE(60_000, 8);
    image.writeUInt32BE(60_000, 12);
    expect(await new PortraitDecoder().show({ format: 'jpeg2000', image })).toBeUndefined();
  });

  it('waits its turn when many come at once, and all are answered', async () => {
    const decoder = new PortraitDecoder();
    const image = await draw(60, 80, 1);
    const all = await Promise.all(
      Array.from({ length: 6 }, () => decoder.show({ format: 'jpeg2000', image })),
    );
    expect(all.map((shown) => shown?.type)).toEqual(Array(6).fill('image/png'));
  });

  it('that takes too long is given up', async () => {
    const image = await draw(60, 80, 1);
    expect(await new PortraitDecoder(1).show({ format: 'jpeg2000', image })).toBeUndefined();
  });
});
