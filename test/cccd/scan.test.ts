/** What readers write: hex or base64 as encoders make them, and nothing that was cut off. */
import { describe, expect, it } from 'vitest';
import { readScan, scanSchema } from '../../src/cccd/scan.ts';

const sod = Buffer.concat([Buffer.from('778200c8', 'hex'), Buffer.alloc(200, 0xa5)]);
const dg1 = Buffer.from('6103020101', 'hex');
const challenge = Buffer.from('0102030405060708', 'hex');
const answer = Buffer.alloc(64, 0x3c);

const write = (encode: (bytes: Buffer) => string) => ({
  sod: encode(sod),
  dg1: encode(dg1),
  challenge: encode(challenge),
  aAResult: encode(answer),
});
const base64 = (bytes: Buffer) => bytes.toString('base64');
const read = (scan: Record<string, string>) => readScan(scanSchema.parse(scan));
const whole = {
  sod,
  dataGroups: [{ number: 1, bytes: dg1 }],
  activeAuthentication: { challenge, response: answer },
};

describe('a scan', () => {
  it.each<[string, (bytes: Buffer) => string]>([
    ['hex', (bytes) => bytes.toString('hex')],
    ['hex in capitals', (bytes) => bytes.toString('hex').toUpperCase()],
    ['base64', base64],
    ['base64 without padding', (bytes) => base64(bytes).replace(/=+$/, '')],
    ['base64 for addresses', (bytes) => bytes.toString('base64url')],
    ['base64 in lines, as Android writes it', (bytes) => `${base64(bytes).replace(/.{76}/g, '$&\n')}\n`],
    ['base64 in lines with carriage returns', (bytes) => base64(bytes).replace(/.{76}/g, '$&\r\n')],
  ])('in %s', (_name, encode) => {
    expect(read(write(encode))).toEqual(whole);
  });

  it.each<[string, Record<string, string>]>([
    ['an answer cut off within four characters', { aAResult: base64(answer).slice(0, -3) }],
    ['padding in the middle of four', { aAResult: `${base64(answer).slice(0, -4)}A=` }],
    ['a stray character', { aAResult: `${base64(answer)}!` }],
    ['a space', { dg1: base64(dg1).replace('A', ' A') }],
    ['a file with more behind it', { dg1: base64(Buffer.concat([dg1, Buffer.alloc(3)])) }],
    ['a file that ends too soon', { sod: base64(sod.subarray(0, 120)) }],
    ['a file of another tag', { dg1: base64(sod) }],
    ['no EF.SOD', { sod: '' }],
    ['a challenge that is not 8 octets', { challenge: base64(challenge.subarray(1)) }],
  ])('is broken by %s', (_name, change) => {
    expect(read({ ...write(base64), ...change })).toBeUndefined();
  });
});
