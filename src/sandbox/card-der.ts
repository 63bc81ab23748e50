/** DER by hand, for the card factory: written apart from src/icao, so that one cannot hide the other's mistakes. */

export type Der = Buffer;

export function der(tag: number, ...parts: Uint8Array[]): Der {
  const content = Buffer.concat(parts);
  const identifier =
    tag > 0xffff ? [tag >> 16, (tag >> 8) & 255, tag & 255] : tag > 0xff ? [tag >> 8, tag & 255] : [tag];
  const { length } = content;
  return Buffer.concat([Buffer.from([...identifier, ...lengthOctets(length)]), content]);
}

/** Short form below 128, else the fewest octets (X.690 §10.1). */
function lengthOctets(length: number): number[] {
  if (length < 128) return [length];
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left & 255);
  return [0x80 + octets.length, ...octets];
}

/** The same content under the indefinite form (X.690 §8.1.3.6). */
export function indefinite(tag: number, ...parts: Uint8Array[]): Der {
  return Buffer.concat([Buffer.from([tag, 0x80]), ...parts, Buffer.from([0, 0])]);
}

export const sequence = (...parts: Uint8Array[]): Der => der(0x30, ...parts);
export const setOf = (...parts: Uint8Array[]): Der => der(0x31, ...[...parts].sort(Buffer.compare));
export const octets = (...parts: Uint8Array[]): Der => der(0x04, ...parts);
export const bits = (content: Uint8Array): Der => der(0x03, Buffer.of(0), content);
export const nothing: Der = der(0x05);
export const context = (number: number, ...parts: Uint8Array[]): Der => der(0xa0 + number, ...parts);
export const boolean = (value: boolean): Der => der(0x01, Buffer.of(value ? 255 : 0));
export const utf8 = (text: string): Der => der(0x0c, Buffer.from(text, 'utf8'));
export const printable = (text: string): Der => der(0x13, Buffer.from(text, 'latin1'));
export const t61 = (text: string): Der => der(0x14, Buffer.from(text, 'latin1'));

/** INTEGER, non-negative, from a number or from octets; in the fewest octets (X.690 §8.3.2). */
export function integer(value: number | Uint8Array): Der {
  if (typeof value === 'number') {
    const hex = value.toString(16);
    return integer(Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex'));
  }
  let zeros = 0;
  while (zeros < value.length - 1 && value[zeros] === 0) zeros += 1;
  const least = value.subarray(zeros);
  return der(0x02, ...((least[0] ?? 0) & 0x80 ? [Buffer.of(0)] : []), least);
}

export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const content = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc & 127];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift(128 | (left & 127));
    return septets;
  });
  return der(0x06, Buffer.from(content));
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5). */
export function time(date: Date): Der {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(digits.slice(2)))
    : der(0x18, Buffer.from(digits));
}

export function generalizedTime(date: Date): Buffer {
  return Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, ''));
}
