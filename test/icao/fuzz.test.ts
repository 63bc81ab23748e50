/**
 * Bounded fuzz: files broken in every way a generator thinks of. Whatever is fed in, the answer is a value within
 * 50 ms, is never "verified" for anything but the signed truth, and no bug hides behind `input_unreadable`.
 */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyActiveAuthentication } from '../../src/icao/active-authentication.ts';
import { verifyMasterList } from '../../src/icao/master-list.ts';
import { inspectSod, verifySod } from '../../src/icao/sod.ts';
import { readTrustFiles } from '../../src/icao/trust-files.ts';
import { makeCard, now } from '../support/card-factory.ts';
import { challenge, csca, ecSigner, trust, verifyCard } from './tampering.ts';

const folder = new URL('../fixtures/icao/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder));
const genuine = ['AT', 'DE', 'FR', 'ID', 'MY', 'US'].map((country) => read(`sod/sod_${country}.bin`));
const anchors = readTrustFiles(
  [
    'AT_a14e95ebf0b5aa4e',
    'DE_66b09a816ff5c76d',
    'FR_5ba9a2069f34cd93',
    'ID_7fa32cd7257d6e09',
    'MY_db191ae6176483f7',
    'US_f14133b234df67e6',
  ].map((name) => ({ name: `${name}.der`, bytes: read(`csca/${name}.der`) })),
);
if (!anchors.verified) throw new Error(anchors.reason);
const world = anchors.trust;

type Change = {
  at: number;
  kind: 'set' | 'flip' | 'insert' | 'remove' | 'cut' | 'copy';
  value: number;
  length: number;
};
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(5000),
  kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'cut', 'copy'),
  value: fc.nat(255),
  length: fc.integer({ min: 1, max: 12 }),
});

function apply(bytes: Buffer, changes: readonly Change[]): Buffer {
  let changed = Buffer.from(bytes);
  for (const { at: place, kind, value, length } of changes) {
    const at = changed.length > 0 ? place % changed.length : 0;
    const [before, after] = [changed.subarray(0, at), changed.subarray(at)];
    if (kind === 'cut') changed = Buffer.from(before);
    else if (kind === 'remove') changed = Buffer.concat([before, after.subarray(length)]);
    else if (kind === 'insert') changed = Buffer.concat([before, Buffer.alloc(length, value), after]);
    else if (kind === 'copy') changed = Buffer.concat([before, after.subarray(0, length), after]);
    else if (changed.length > 0)
      changed.writeUInt8(kind === 'set' ? value : changed.readUInt8(at) ^ (1 << (value & 7)), at);
  }
  return changed;
}

let slowest = 0;

/** Runs within the limit. A shared machine may pause us, so only a repeatable delay counts as a hang. */
function timed<T>(run: () => T): T {
  const measure = () => {
    const started = performance.now();
    const result = run();
    return { result, elapsed: performance.now() - started };
  };
  const first = measure();
  const elapsed = first.elapsed > 50 ? Math.min(measure().elapsed, measure().elapsed) : first.elapsed;
  slowest = Math.max(slowest, elapsed);
  expect(elapsed).toBeLessThan(50);
  return first.result;
}

describe('fuzz', () => {
  it('no broken SOD is accepted, unless what the state signed is untouched', () => {
    const originals = genuine.map((sod) => inspectSod(sod));
    fc.assert(
      fc.property(
        fc.nat(genuine.length - 1),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (index, changes) => {
          const sod = apply(genuine[index] ?? Buffer.alloc(0), changes);
          const result = timed(() => verifySod({ sod, trust: world, at: now }));
          if (!result.verified) {
            expect(result.reason).not.toBe('input_unreadable');
            return;
          }
          // Versions, digestAlgorithms and the like are not signed; the hashes must be the state's all the same.
          const [before, after] = [originals[index], inspectSod(sod)];
          if (!before?.verified || !after.verified) throw new Error('a verified SOD cannot be read');
          expect(after.description.dataGroupHashes).toEqual(before.description.dataGroupHashes);
          expect(after.description.signer.fingerprint).toBe(before.description.signer.fingerprint);
        },
      ),
      { numRuns: 6000 },
    );
  });

  it('no broken data group is accepted', () => {
    const card = makeCard(ecSigner, { chip: 'none' });
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 13, 14),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (number, changes) => {
          const original = card.dataGroups.get(number) ?? Buffer.alloc(0);
          const bytes = apply(original, changes);
          const dataGroups = new Map([...card.dataGroups, [number, bytes] as const]);
          const result = timed(() => verifyCard({ ...card, dataGroups }));
          expect(result.verified).toBe(bytes.equals(original));
          if (!result.verified) expect(result.reason).not.toBe('input_unreadable');
        },
      ),
      { numRuns: 400 },
    );
  });

  it('signed nonsense is refused as such: DG1, DG13, DG14 and DG15 of any content', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 13, 14, 15),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (number, changes) => {
          const card = makeCard(ecSigner, {
            files: (files) => files.set(number, apply(files.get(number) ?? Buffer.alloc(0), changes)),
          });
          const result = timed(() => verifyCard(card));
          if (!result.verified) {
            expect(result.reason).not.toBe('input_unreadable');
            return;
          }
          const { dataGroups } = result.chip;
          const active = timed(() =>
            verifyActiveAuthentication({ chip: { dataGroups }, challenge, response: Buffer.alloc(256, 1) }),
          );
          expect(active.verified).toBe(false);
          if (!active.verified) expect(active.reason).not.toBe('input_unreadable');
        },
      ),
      { numRuns: 200 },
    );
  });

  it('no Active Authentication answer is accepted but the right one', () => {
    const card = makeCard(ecSigner);
    const right = card.answer(challenge);
    const dataGroups = card.dataGroups;
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.array(change, { minLength: 1, maxLength: 2 })),
        (input) => {
          const response = input instanceof Uint8Array ? Buffer.from(input) : apply(right, input);
          const result = timed(() =>
            verifyActiveAuthentication({ chip: { dataGroups }, challenge, response }),
          );
          expect(result.verified).toBe(response.equals(right));
          if (!result.verified) expect(result.reason).not.toBe('input_unreadable');
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('any bytes at all are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(0x77, 0x30, 0x61), (bytes, tag) => {
        const sod = Buffer.concat([Buffer.of(tag, 0x80), bytes, Buffer.alloc(2)]);
        for (const input of [bytes, sod]) {
          expect(timed(() => verifySod({ sod: input, trust, at: now })).verified).toBe(false);
          const list = timed(() => verifyMasterList({ list: input, anchor: csca.certificate, at: now }));
          expect(list.verified).toBe(false);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('the worst that fits the limits takes no longer: nested and crowded structures of full size', () => {
    const crowded = Buffer.alloc(64 * 1024 - 8, Buffer.from('0500', 'hex'));
    const bombs = [
      Buffer.concat([Buffer.from('7780', 'hex'), crowded, Buffer.alloc(2)]),
      Buffer.concat([Buffer.from('7780', 'hex'), Buffer.alloc(60_000, Buffer.from('3080', 'hex'))]),
      Buffer.concat([Buffer.from('7783', 'hex'), Buffer.from('00fff0', 'hex'), crowded]).subarray(0, 65_525),
      Buffer.concat([
        Buffer.from('7780', 'hex'),
        Buffer.alloc(40_000, Buffer.from('30800000', 'hex')),
        Buffer.alloc(2),
      ]),
    ];
    for (const sod of bombs) {
      expect(timed(() => verifySod({ sod, trust, at: now }))).toMatchObject({ verified: false });
    }
    expect(slowest).toBeLessThan(50);
  });
});
