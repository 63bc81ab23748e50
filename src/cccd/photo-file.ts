/**
 * A photo from a stranger's phone, made fit to be kept: JPEG (ITU-T T.81, JFIF) or PNG (W3C PNG, third edition), walked part
 * by part, and only the parts that make the picture are copied. Where it was taken, by which device, when, thumbnails,
 * comments, films appended to the file: all of it stays behind. The way up of a JPEG is kept, as the one tag that says it.
 *
 * Pure; decodes nothing. What does not walk through to its end is no photo.
 */
export type CleanPhoto = { type: 'image/jpeg' | 'image/png'; bytes: Buffer };

const MOST_PIXELS = 80_000_000;
const MOST_PARTS = 20_000;

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Of the others none is needed to see the picture; of texts, times and EXIF the standard itself calls them ancillary. */
const pngChunks: ReadonlySet<string> = new Set([
  'IHDR',
  'PLTE',
  'IDAT',
  'IEND',
  'tRNS',
  'gAMA',
  'cHRM',
  'sRGB',
]);

/** The photo without what it says besides; undefined when it is none of the two kinds, broken, or far too large to show. */
export function cleanPhoto(bytes: Uint8Array): CleanPhoto | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (file.subarray(0, 3).equals(Buffer.of(0xff, 0xd8, 0xff)))
      return { type: 'image/jpeg', bytes: cleanJpeg(file) };
    if (file.subarray(0, 8).equals(PNG_SIGNATURE)) return { type: 'image/png', bytes: cleanPng(file) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

function broken(): never {
  throw new RangeError('not a photo');
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;

/** T.81 §B.1: segments of marker, length and content; after SOS entropy-coded data up to the next marker. */
function cleanJpeg(file: Buffer): Buffer {
  const kept: Buffer[] = [Buffer.of(0xff, SOI)];
  let frames = 0;
  let scans = 0;
  let at = 2;
  for (let parts = 0; parts < MOST_PARTS; parts += 1) {
    const marker = readMarker(file, at);
    at = marker.after;
    if (marker.code === EOI) {
      if (frames !== 1 || scans === 0) broken();
      return Buffer.concat([...kept, Buffer.of(0xff, EOI)]);
    }
    const length = file.readUInt16BE(at);
    const content = file.subarray(at + 2, at + length);
    if (length < 2 || at + length > file.length) broken();
    if (isFrame(marker.code)) {
      frames += 1;
      checkSize(content.readUInt16BE(3), content.readUInt16BE(1));
    }
    if (marker.code === APP1) kept.push(...keepTurn(content));
    else if (isKept(marker.code, content))
      kept.push(Buffer.of(0xff, marker.code), file.subarray(at, at + length));
    at += length;
    if (marker.code !== SOS) continue;
    scans += 1;
    const end = endOfScan(file, at);
    kept.push(file.subarray(at, end));
    at = end;
  }
  return broken();
}

/** Fill bytes may stand before a marker. */
function readMarker(file: Buffer, at: number): { code: number; after: number } {
  if (file.readUInt8(at) !== 0xff) broken();
  let end = at + 1;
  while (file.readUInt8(end) === 0xff) end += 1;
  const code = file.readUInt8(end);
  // Standalone markers have no place between segments, and there is one picture to a file.
  if (code < 0xc0 || code === SOI || isRestart(code)) broken();
  return { code, after: end + 1 };
}

const isRestart = (code: number) => code >= 0xd0 && code <= 0xd7;

/** SOF0 to SOF15, without DHT, JPG and DAC. */
const isFrame = (code: number) => code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);

/** JFIF says what a pixel is, Adobe's says how colours are coded; what else applications write is not the picture. */
function isKept(code: number, content: Buffer): boolean {
  const name = content.toString('latin1', 0, 5);
  if (code === APP0) return name === 'JFIF\0' && content.length === 14;
  if (code === APP14) return name === 'Adobe' && content.length === 12;
  return !(code > APP0 && code <= APP15) && code !== COM && !(code >= 0xf0 && code <= 0xfd);
}

/** The marker after the scan; 0xFF00 is a byte of the picture, restart markers belong to it. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const next = file.readUInt8(at + 1);
    if (next !== 0 && next !== 0xff && !isRestart(next)) return at;
  }
  return broken();
}

/** Of EXIF only which side is up (tag 0112), written anew: without it a face may lie on its side. */
function keepTurn(content: Buffer): Buffer[] {
  const turn = readTurn(content);
  if (!turn || turn === 1) return [];
  const exif = Buffer.from(
    '457869660000' + '4d4d002a00000008' + '0001' + '0112000300000001' + '00000000' + '00000000',
    'hex',
  );
  exif.writeUInt16BE(turn, 24);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(exif.length + 2);
  return [Buffer.of(0xff, APP1), length, exif];
}

/** TIFF 6.0 §2: the first directory's entries are 12 octets each. 1 to 8, or undefined where it is not said. */
function readTurn(content: Buffer): number | undefined {
  if (content.toString('latin1', 0, 6) !== 'Exif\0\0') return undefined;
  const tiff = content.subarray(6);
  const order = tiff.toString('latin1', 0, 2);
  if ((order !== 'II' && order !== 'MM') || tiff.length < 14) return undefined;
  const read16 = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return undefined;
  const count = Math.min(read16(directory), 200);
  for (let index = 0; index < count; index += 1) {
    const entry = directory + 2 + index * 12;
    if (entry + 12 > tiff.length) return undefined;
    if (read16(entry) !== 0x0112) continue;
    const turn = read16(entry + 8);
    return turn >= 1 && turn <= 8 ? turn : undefined;
  }
  return undefined;
}

/** Chunks of length, type, content and CRC, from IHDR to IEND. */
function cleanPng(file: Buffer): Buffer {
  const kept: Buffer[] = [PNG_SIGNATURE];
  let at = PNG_SIGNATURE.length;
  let pictures = 0;
  for (let parts = 0; parts < MOST_PARTS; parts += 1) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const end = at + 12 + length;
    if (end > file.length || !/^[A-Za-z]{4}$/.test(type)) broken();
    if ((parts === 0) !== (type === 'IHDR')) broken();
    if (type === 'IHDR') checkSize(file.readUInt32BE(at + 8), file.readUInt32BE(at + 12));
    if (type === 'IDAT') pictures += 1;
    if (pngChunks.has(type)) kept.push(file.subarray(at, end));
    // Capitals say that a picture cannot be shown without it (§5.4): one that we do not know is none of ours.
    else if (/^[A-Z]/.test(type)) broken();
    at = end;
    if (type !== 'IEND') continue;
    return pictures > 0 ? Buffer.concat(kept) : broken();
  }
  return broken();
}

function checkSize(width: number, height: number): void {
  if (width < 1 || height < 1 || width * height > MOST_PIXELS) broken();
}
