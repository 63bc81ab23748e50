/** Our cookie signer makes what the cookie library's own makes: nobody is signed out by the change, nor by a new key. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCookieSigner } from '../../src/http/cookie-signer.ts';

/** As the library `keygrip` 1.1 signs. */
const asBefore = (data: string, key: string) =>
  createHmac('sha1', key)
    .update(data)
    .digest('base64')
    .replace(/[/+=]/g, (sign) => ({ '/': '_', '+': '-', '=': '' })[sign] ?? '');

describe('the cookie signer', () => {
  it('signs as the library did', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (data, key) => {
        expect(createCookieSigner([key]).sign(data)).toBe(asBefore(data, key));
      }),
    );
  });

  it('knows the cookies of older keys, and says which key it was', () => {
    const signer = createCookieSigner(['new', 'old']);
    expect(signer.index('a=b', asBefore('a=b', 'new'))).toBe(0);
    expect(signer.index('a=b', asBefore('a=b', 'old'))).toBe(1);
    expect(signer.verify('a=b', asBefore('a=b', 'old'))).toBe(true);
  });

  it('refuses every other signature', () => {
    const signer = createCookieSigner(['key']);
    const good = signer.sign('a=b');
    for (const bad of [
      '',
      good.slice(1),
      `${good}A`,
      `B${good.slice(1)}`,
      asBefore('a=c', 'key'),
      'ü'.repeat(27),
    ])
      if (bad !== good) expect(signer.index('a=b', bad)).toBe(-1);
    expect(() => createCookieSigner([])).toThrow();
  });
});
