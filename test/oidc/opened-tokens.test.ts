/** What is kept of tokens that were opened: by their hash, no more than there is room for, those that are asked about longest. */
import { randomBytes, randomUUID } from 'node:crypto';
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

  it('are told as they were sealed', () => {
    const tokens = new OpenedTokens();
    const [thumbprint, person] = ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', randomUUID()];
    const own = { clientId: 'app', iat: 1_764_000_000, exp: 1_764_003_600 } as TokenPayload;
    const made = [
      tokens.keep('1', 'AccessToken', payload({ accountId: person, sid: 's'.repeat(43) }), randomBytes(64)),
      tokens.keep('2', 'AccessToken', payload({ jkt: thumbprint }), randomBytes(64)),
      tokens.keep('3', 'RefreshToken', payload({ 'x5t#S256': thumbprint, authTime: 5 }), randomBytes(64)),
      tokens.keep('4', 'ClientCredentials', own, randomBytes(64)),
    ];
    expect(made[0]).toMatchObject({ accountId: person, sid: 's'.repeat(43), authTime: 1_764_000_000 });
    expect(made[1]).toMatchObject({ cnf: { jkt: thumbprint }, sid: undefined });
    expect(made[2]).toMatchObject({ cnf: { 'x5t#S256': thumbprint }, authTime: 5 });
    expect(made[3]).toMatchObject({ accountId: undefined, authTime: undefined, cnf: undefined });
    expect(['1', '2', '3', '4'].map((name) => tokens.find(name))).toEqual(made);
  });

  it('that are not shaped as usual are told, and not kept', () => {
    const tokens = new OpenedTokens();
    for (const more of [{ accountId: 'Đào' }, { sid: 's'.repeat(200) }, { exp: 2 ** 40 }, { iat: 0.5 }]) {
      expect(tokens.keep('1', 'AccessToken', payload(more), randomBytes(64))).toMatchObject(more);
      expect(tokens.find('1')).toBeUndefined();
    }
  });

  it('keep who the citizen is to those of one sector, for as long as they have their place', () => {
    const tokens = new OpenedTokens(1);
    const one = tokens.keep('one', 'AccessToken', payload({ sid: 'session' }), randomBytes(64));
    tokens.keepSubject(one, 'a.vn', 'abc');
    tokens.keepSubject(one, 'b.vn', 'defg');
    expect(tokens.find('one')).toMatchObject({ accountId: 'a', sid: 'session', sector: 'b.vn', sub: 'defg' });
    const two = tokens.keep('two', 'AccessToken', payload(), randomBytes(64));
    // What was asked of the first comes back when its place is another's.
    tokens.keepSubject(one, 'a.vn', 'abc');
    tokens.keepSubject(two, 'a.vn', 'x'.repeat(200));
    expect(tokens.find('two')).toEqual(two);
    expect(two).toMatchObject({ sub: undefined, sector: undefined });
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
