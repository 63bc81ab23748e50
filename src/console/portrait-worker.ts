/** The thread of portrait.ts: decodes one JPEG 2000 image (ISO/IEC 15444-1) and encodes it as PNG. */
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import openDecoder from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import { encode } from 'fast-png';

export type PortraitJob = { image: Uint8Array };
/** Without `png`: not decodable. */
export type PortraitAnswer = { png?: Uint8Array };

/** A portrait on a chip has some 300 by 400 pixels; a photo of a whole sheet is none. */
const MOST_PIXELS = 4_000_000;

const silent = { print: () => {}, printErr: () => {} };
const wasm = fileURLToPath(import.meta.resolve('@cornerstonejs/codec-openjpeg/decodewasm'));

async function answer({ image }: PortraitJob): Promise<PortraitAnswer> {
  const { J2KDecoder } = await openDecoder({ ...silent, locateFile: () => wasm });
  const decoder = new J2KDecoder();
  decoder.getEncodedBuffer(image.length).set(image);
  decoder.readHeader();
  const announced = decoder.getFrameInfo();
  if (announced.width * announced.height > MOST_PIXELS) return {};
  decoder.decode();
  const { width, height, bitsPerSample, componentCount } = decoder.getFrameInfo();
  const channels = componentCount;
  if (bitsPerSample !== 8 || (channels !== 1 && channels !== 3) || width * height === 0) return {};
  const data = Uint8Array.from(decoder.getDecodedBuffer());
  if (data.length !== width * height * channels) return {};
  return { png: encode({ width, height, data, channels, depth: 8 }) };
}

answer(workerData as PortraitJob)
  .catch(() => ({}))
  .then((message) => parentPort?.postMessage(message));
