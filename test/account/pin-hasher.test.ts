/** argon2id behind its bounds. */
import argon2 from 'argon2';
import { describe, expect, it } from 'vitest';
import { PinHasher } from '../../src/account/pin-hasher.ts';

describe('the hasher', () => {
  it('makes argon2id hashes that name their parameters, and knows a right PIN from a wrong one', async () => {
    const hasher = new PinHasher();
    const hash = await hasher.hash('482915');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=3\$|^\$argon2id\$v=19\$m=19456,t=3,p=1\$/);
    expect(hash).not.toBe(await hasher.hash('482915'));
    expect(await hasher.verify(hash, '482915')).toBe(true);
    expect(await hasher.verify(hash, '482916')).toBe(false);
    expect(hasher.isOutdated(hash)).toBe(false);
    const weak = await argon2.hash('482915', { memoryCost: 1024, timeCost: 2, parallelism: 1 });
    expect(hasher.isOutdated(weak)).toBe(true);
  });

  it('takes so many requests at a time and no more, and takes them again when some have left', async () => {
    const hasher = new PinHasher(3);
    const leave: (() => void)[] = [];
    const inside = () => hasher.within(() => new Promise<void>((settle) => leave.push(settle)));
    const first = [inside(), inside(), inside()];
    let started = false;
    await expect(
      hasher.within(async () => {
        started = true;
      }),
    ).rejects.toMatchObject({ code: 'busy' });
    expect(started).toBe(false);
    leave.shift()?.();
    await first[0];
    expect(await hasher.within(async () => 'in')).toBe('in');
    for (const settle of leave) settle();
    await Promise.all(first);
  });

  it('rests after each hash for as long as the hash took: half a core at most', async () => {
    const hasher = new PinHasher();
    const before = process.cpuUsage();
    const from = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => hasher.hash('482915')));
    const { user, system } = process.cpuUsage(before);
    // A machine that is busy otherwise gives this process less, never more.
    expect((user + system) / 1000).toBeLessThan((performance.now() - from) * 0.75);
  });

  it('hashes one at a time', async () => {
    const hasher = new PinHasher();
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((turn) => hasher.hash('482915').then(() => order.push(turn))));
    expect(order).toEqual([1, 2, 3]);
  });
});
