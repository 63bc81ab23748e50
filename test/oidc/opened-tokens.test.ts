/** What is kept of tokens that were opened: by their hash, no more than there is room for, those that are asked about longest. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { OpenedTokens, type TokenPayload } from '../../src/oidc/opened-tokens.ts';

const payload = (more: object = {}): TokenPayload => ({
  clientId: 'app',
  iat: 1_764_000_000,
  exp: 1_764_003_600,
  accountId: 'a',
  scope: 'hoso.xem',
  extra: { acr: 'level1', amr: ['zalo'], auth_time: 1_764_000_000 },
  ...more,
});

function fill(tokens: OpenedTokens, names: readonly string[]): void {
  for (const name of names) tokens.keep(name, 'AccessToken', payload(), randomBytes(64));
}

const kept = (tokens: OpenedTokens, names: readonly string[]) => names.filter((name) => tokens.find(name));

describe('opened tokens', () => {
  it('are kept under the end of what they were sealed in, and told by a newer one when there is', () => {
    const tokens = new OpenedTokens(2);
    const sealed = randomBytes(64);
    tokens.keep('one', 'AccessToken', payload(), sealed);
    expect(tokens.find('one')?.seal).toBe(sealed.toString('latin1', 48));
    tokens.keep('one', 'AccessToken', payload({ scope: 'hoso.nop' }), randomBytes(64));
    expect(tokens.find('one')?.terms.scope).toBe('hoso.nop');
    expect(tokens.find('two')).toBeUndefined();
  });

  it('share what they say in the same words, and nothing else', () => {
    const tokens = new OpenedTokens();
    const [one, two, other] = [
      tokens.keep('1', 'AccessToken', payload(), randomBytes(64)),
      tokens.keep('2', 'AccessToken', payload({ accountId: 'b' }), randomBytes(64)),
      tokens.keep('3', 'RefreshToken', payload({ acr: 'level1', amr: ['zalo'] }), randomBytes(64)),
    ];
    expect(two.terms).toBe(one.terms);
    expect(two.accountId).toBe('b');
    // Of another kind: not meant for services.
    expect(other.terms).toEqual({ ...one.terms, kind: 'RefreshToken' });
    expect(other.terms).not.toBe(one.terms);
  });

  it('leave when there is no room, oldest first, but for those that were asked about', () => {
    const tokens = new OpenedTokens(4);
    fill(tokens, ['a', 'b', 'c', 'd']);
    tokens.find('a');
    fill(tokens, ['e']);
    expect(kept(tokens, ['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'c', 'd', 'e']);
    // All were asked about now: it still ends, and one leaves.
    fill(tokens, ['f']);
    expect(kept(tokens, ['a', 'b', 'c', 'd', 'e', 'f'])).toHaveLength(4);
    expect(tokens.find('f')).toBeDefined();
  });

  it('never are more than there is room for, however many come and in whatever order', () => {
    const tokens = new OpenedTokens(50);
    const names = Array.from({ length: 1_000 }, (_, n) => String(n));
    for (const [n, name] of names.entries()) {
      fill(tokens, [name]);
      if (n % 3 === 0) tokens.find(String(n >> 1));
    }
    expect(kept(tokens, names)).toHaveLength(50);
    expect(tokens.find('999')).toBeDefined();
  });
});
