/** argon2id behind its bounds. */
import { readdirSync, readFileSync } from 'node:fs';
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

  it('reads what the package argon2 writes, and writes what it reads: hashes outlive the thread that made them', async () => {
    const hasher = new PinHasher();
    expect(await argon2.verify(await hasher.hash('Mật khẩu dài'), 'Mật khẩu dài')).toBe(true);
    const theirs = await argon2.hash('Mật khẩu dài', { memoryCost: 2048, timeCost: 2, parallelism: 2 });
    expect(await hasher.verify(theirs, 'Mật khẩu dài')).toBe(true);
    expect(await hasher.verify(theirs, 'Mật khẩu dái')).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')(
    'hashes behind everybody else: its thread alone steps back',
    async () => {
      const before = priorities();
      await new PinHasher().hash('482915');
      const after = priorities();
      const changed = [...after].filter(([thread, nice]) => nice !== (before.get(thread) ?? 0));
      expect(changed.map(([, nice]) => nice)).toContain(10);
      expect(after.get(String(process.pid))).toBe(before.get(String(process.pid)));
    },
  );

  it('refuses a hash it cannot read, and goes on', async () => {
    const hasher = new PinHasher();
    await expect(hasher.verify('$2b$10$abc', '482915')).rejects.toThrow('not an argon2id hash');
    expect(await hasher.hash('482915')).toMatch(/^\$argon2id/);
  });

  it('tells whoever waits that their secret was not tried when the thread dies, and starts another', async () => {
    const hasher = new PinHasher({ program: new URL('failing-hash-worker.ts', import.meta.url) });
    const asked = [hasher.verify('', 'die'), hasher.verify('', '482915'), hasher.verify('', 'starve')];
    await expect(asked[0]).rejects.toThrow('has ended');
    expect(await asked[1]).toBe(true);
    await expect(asked[2]).rejects.toThrow('no memory');
    expect(await hasher.verify('', '482915')).toBe(true);
  });

  it('takes so many requests at a time and no more, and takes them again when some have left', async () => {
    const hasher = new PinHasher({ most: 3 });
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

/** The priority of each thread of this process: field 19 of /proc/self/task/…/stat, see proc_pid_stat(5). */
function priorities(): Map<string, number> {
  const threads = readdirSync('/proc/self/task');
  return new Map(
    threads.map((thread) => {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
      return [thread, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])];
    }),
  );
}
