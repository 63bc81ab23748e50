/** Sealed values open for their purpose and place only, and outlive the rotation of the master key. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../src/keyring.ts';

const one = { id: 1, key: Buffer.alloc(32, 1) };
const two = { id: 2, key: Buffer.alloc(32, 2) };
const keyring = new Keyring([one]);

describe('sealing', () => {
  it('opens to what was sealed, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, context) => {
        const sealed = keyring.seal('person', context, Buffer.from(text));
        expect(keyring.open('person', context, sealed).equals(Buffer.from(text))).toBe(true);
      }),
    );
  });

  it('never seals the same text to the same bytes', () => {
    expect(keyring.seal('person', 'row', 'x').equals(keyring.seal('person', 'row', 'x'))).toBe(false);
  });

  it('does not open in another row, for another purpose, with another key, or with any bit changed', () => {
    const sealed = keyring.seal('person', 'row-1', 'Nguyễn Văn An');
    expect(() => keyring.open('person', 'row-2', sealed)).toThrow();
    expect(() => keyring.open('evidence', 'row-1', sealed)).toThrow();
    expect(() =>
      new Keyring([{ id: 1, key: Buffer.alloc(32, 9) }]).open('person', 'row-1', sealed),
    ).toThrow();
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => keyring.open('person', 'row-1', changed)).toThrow();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => keyring.open('person', 'row-1', sealed.subarray(0, length))).toThrow();
    }
  });
});

describe('a new master key', () => {
  it('seals what is new, opens what is old, and finds what was hashed', () => {
    const sealed = keyring.seal('person', 'row', 'old');
    const rotated = new Keyring([two, one]);
    expect(rotated.open('person', 'row', sealed).toString()).toBe('old');
    expect(rotated.seal('person', 'row', 'new')[0]).toBe(2);
    expect(rotated.index('person', '072090000101').equals(keyring.index('person', '072090000101'))).toBe(
      true,
    );
    expect(rotated.secrets('cookie')).toHaveLength(2);
  });

  it('hashes for one purpose do not match those of another', () => {
    expect(keyring.index('person', 'x').equals(keyring.index('identity', 'x'))).toBe(false);
  });
});
