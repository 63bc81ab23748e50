import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyActiveAuthentication } from '../../src/icao/active-authentication.ts';
import { answerWithRsa, makeCard } from '../support/card-factory.ts';
import { keyInfoOf, testKey } from '../support/card-factory-certificates.ts';
import { makeDg14, makeDg15 } from '../support/card-factory-files.ts';
import { challenge, signer, verifyCard } from './tampering.ts';

const groups = (keys: { publicKey: Parameters<typeof keyInfoOf>[0] }, dg14?: Buffer) =>
  new Map([[15, makeDg15(keyInfoOf(keys.publicKey))], ...(dg14 ? [[14, dg14] as const] : [])]);

function activeOf(outcome: ReturnType<typeof verifyActiveAuthentication>) {
  if (!outcome.verified) throw new Error(outcome.reason);
  return outcome.active;
}

describe('Active Authentication with RSA', () => {
  const keys = testKey('rsa 2048', 'chip');

  it.each(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const)('takes the trailer of %s', (hash) => {
    const response = answerWithRsa(keys.privateKey, challenge, { hash });
    const active = activeOf(
      verifyActiveAuthentication({ chip: { dataGroups: groups(keys) }, challenge, response }),
    );
    expect(active).toMatchObject({ scheme: 'rsa-iso9796-2', hash, keyBits: 2048, weak: hash === 'sha1' });
  });

  it('takes n − s for s, and names both alike so that one challenge is spent once', () => {
    const response = answerWithRsa(keys.privateKey, challenge);
    const { n = '' } = keys.publicKey.export({ format: 'jwk' });
    const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
    const other = Buffer.from(
      (modulus - BigInt(`0x${response.toString('hex')}`)).toString(16).padStart(512, '0'),
      'hex',
    );
    const first = activeOf(
      verifyActiveAuthentication({ chip: { dataGroups: groups(keys) }, challenge, response }),
    );
    const second = activeOf(
      verifyActiveAuthentication({ chip: { dataGroups: groups(keys) }, challenge, response: other }),
    );
    expect(second.onceKey).toBe(first.onceKey);
    const later = answerWithRsa(keys.privateKey, Buffer.alloc(8, 7));
    const third = activeOf(
      verifyActiveAuthentication({
        chip: { dataGroups: groups(keys) },
        challenge: Buffer.alloc(8, 7),
        response: later,
      }),
    );
    expect(third.onceKey).not.toBe(first.onceKey);
  });

  it('takes a key of 1024 bits and calls it weak', () => {
    const small = testKey('rsa 1024', 'chip');
    const response = answerWithRsa(small.privateKey, challenge);
    expect(
      activeOf(verifyActiveAuthentication({ chip: { dataGroups: groups(small) }, challenge, response })).weak,
    ).toBe(true);
  });
});

describe('Active Authentication with ECDSA', () => {
  const curves = ['brainpoolP256r1', 'prime256v1', 'secp384r1', 'secp521r1', 'brainpoolP512r1'];

  it.each(curves)('takes plain r ‖ s, and strict DER, on %s', (curve) => {
    const keys = testKey(`ec ${curve}`, 'chip');
    const dataGroups = groups(keys, makeDg14('sha256'));
    const plain = sign('sha256', challenge, { key: keys.privateKey, dsaEncoding: 'ieee-p1363' });
    const strict = sign('sha256', challenge, { key: keys.privateKey, dsaEncoding: 'der' });
    for (const response of [plain, strict]) {
      expect(
        activeOf(verifyActiveAuthentication({ chip: { dataGroups }, challenge, response })),
      ).toMatchObject({
        scheme: 'ecdsa',
        hash: 'sha256',
      });
    }
  });

  it('takes no DER with padded integers', () => {
    const keys = testKey('ec prime256v1', 'chip');
    const strict = sign('sha256', challenge, { key: keys.privateKey, dsaEncoding: 'der' });
    const length = strict.readUInt8(3);
    const padded = Buffer.concat([
      Buffer.of(0x30, strict.readUInt8(1) + 1, 0x02, length + 1, 0),
      strict.subarray(4),
    ]);
    const dataGroups = groups(keys, makeDg14('sha256'));
    expect(verifyActiveAuthentication({ chip: { dataGroups }, challenge, response: padded }).verified).toBe(
      false,
    );
  });

  it('uses the hash DG14 states, and no other', () => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const response = sign('sha384', challenge, { key: keys.privateKey, dsaEncoding: 'ieee-p1363' });
    expect(verify('sha384', challenge, { key: keys.publicKey, dsaEncoding: 'ieee-p1363' }, response)).toBe(
      true,
    );
    const right = verifyActiveAuthentication({
      chip: { dataGroups: groups(keys, makeDg14('sha384')) },
      challenge,
      response,
    });
    const wrong = verifyActiveAuthentication({
      chip: { dataGroups: groups(keys, makeDg14('sha256')) },
      challenge,
      response,
    });
    expect([right.verified, wrong.verified]).toEqual([true, false]);
  });
});

describe('Active Authentication after passive authentication', () => {
  it.each(['rsa', 'ec'] as const)('binds the %s key to what the state signed', (kind) => {
    const card = makeCard(signer, { chip: kind });
    const chip = verifyCard(card);
    if (!chip.verified) throw new Error(chip.reason);
    const { dataGroups } = chip.chip;
    const active = activeOf(
      verifyActiveAuthentication({ chip: { dataGroups }, challenge, response: card.answer(challenge) }),
    );
    const info = keyInfoOf(card.chipKeys?.publicKey ?? testKey('rsa 2048').publicKey);
    expect(active.onceKey).toBe(createHash('sha256').update(info).update(challenge).digest('hex'));
  });
});
