/** Chips verified in other threads: the verdicts, and that nothing thrown at them reaches the process. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ChipVerifier, type ChipVerifierOptions } from '../../src/cccd/chip-verifier.ts';
import { type ChipFiles, judgeChip } from '../../src/cccd/judge-chip.ts';
import type { TrustBytes } from '../../src/verification/trust-store.ts';
import { challenge, csca, ecSigner, flip, signer, trust } from '../icao/tampering.ts';
import { type Card, citizen, makeCard, makeCsca, makeSigner, now } from '../support/card-factory.ts';
import { testKey } from '../support/card-factory-certificates.ts';
import { makeZone } from '../support/card-factory-files.ts';

const open: ChipVerifier[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((verifier) => verifier.close()));
});

function start(options: ChipVerifierOptions = {}): ChipVerifier {
  const verifier = new ChipVerifier({ threads: 1, ...options });
  open.push(verifier);
  return verifier;
}

const bytes: TrustBytes = {
  version: '1',
  anchors: [{ bytes: csca.certificate, documentTypes: ['ID'] }],
  revocationLists: [],
};

function filesOf(card: Card, response?: Buffer | false): ChipFiles {
  const dataGroups = Array.from(card.dataGroups, ([number, file]) => ({ number, bytes: file }));
  if (response === false) return { sod: card.sod, dataGroups };
  const activeAuthentication = { challenge, response: response ?? card.answer(challenge) };
  return { sod: card.sod, dataGroups, activeAuthentication };
}

const person = {
  personalNumber: '072090000123',
  residence: 'Phường Tân Ninh, Tây Ninh',
  fullName: 'Nguyễn Văn An',
  latinName: 'NGUYEN VAN AN',
  birthDate: '1990-01-15',
  sex: 'male',
};

describe('the verdict', () => {
  const card = makeCard(signer);
  const judge = (files: ChipFiles, at = now) => judgeChip(files, trust, at);

  it.each([
    ['RSA', card],
    ['EC', makeCard(ecSigner, { chip: 'ec' })],
  ])('on a card with an %s key that answered', (_kind, one) => {
    expect(judge(filesOf(one))).toEqual({
      verified: true,
      person,
      expiresOn: '2030-01-15',
      revocation: 'not_checked',
      activeAuthentication: 'verified',
      hasChipKey: true,
      chipIdentity: expect.stringMatching(/^[\da-f]{64}$/),
      onceKey: expect.stringMatching(/^[\da-f]{64}$/),
    });
  });

  it('on a copied chip: genuine data, a key that is not the card’s', () => {
    const thief = makeCard(signer, { chipKeys: testKey('rsa 2048', 'thief') });
    expect(judge(filesOf(card, thief.answer(challenge)))).toMatchObject({
      verified: true,
      activeAuthentication: 'failed',
      activeAuthenticationReason: 'aa_signature_invalid',
    });
  });

  it('on a chip that was not asked, that did not answer, that has no key', () => {
    const without = makeCard(signer, { chip: 'none' });
    const reasons = [
      filesOf(card, false),
      filesOf(card, Buffer.alloc(0)),
      filesOf(without, Buffer.alloc(256)),
    ].map((files) => judge(files));
    expect(reasons).toMatchObject([
      { activeAuthentication: 'absent', hasChipKey: true },
      { activeAuthentication: 'absent', activeAuthenticationReason: 'aa_response_missing' },
      { activeAuthentication: 'absent', activeAuthenticationReason: 'aa_not_supported', hasChipKey: false },
    ]);
    expect(reasons.every((verdict) => !('onceKey' in verdict))).toBe(true);
  });

  it('names a card with an opaque DG13 by its zone, and one without expiry by no day', () => {
    const files = (groups: Map<number, Buffer>) => groups.set(13, Buffer.from('6d03040100', 'hex'));
    const opaque = judge(filesOf(makeCard(signer, { files })));
    expect(opaque).toMatchObject({ person: { fullName: 'NGUYEN VAN AN' } });
    const forever = judge(filesOf(makeCard(signer, { person: { ...citizen, expiryDate: undefined } })));
    expect(forever).toMatchObject({ verified: true });
    expect(forever).not.toHaveProperty('expiresOn');
  });

  it('on an expired card, a passport, another country’s card, an unknown authority, a changed file', () => {
    const foreign = makeCsca({}, testKey('ec brainpoolP384r1 explicit', 'stranger'));
    const otherZone = (zone: string) =>
      filesOf(makeCard(makeSigner(csca, { without: '2.23.136.1.1.6.2' }), { zone }));
    const refusals = {
      expired: judge(filesOf(card), new Date('2030-01-16T00:00:00+07:00')),
      passport: judge(otherZone(makeZone(citizen, { documentCode: 'P<' }))),
      resident: judge(otherZone(makeZone(citizen, { issuingState: 'LAO' }))),
      unknown: judge(filesOf(makeCard(makeSigner(foreign)))),
      changed: judge({ ...filesOf(card), sod: flip(card.sod, -1) }),
    };
    expect(refusals).toEqual({
      expired: { verified: false, reason: 'document_expired' },
      passport: { verified: false, reason: 'csca_not_for_document_type' },
      resident: { verified: false, reason: 'issuing_state_mismatch' },
      unknown: { verified: false, reason: 'signer_signature_invalid' },
      changed: { verified: false, reason: 'signature_invalid' },
    });
  });
});

describe('the threads', () => {
  const card = makeCard(signer);

  it('answer as the function does, for many at a time and each its own', async () => {
    const verifier = start({ threads: 2 });
    const wrong = { ...filesOf(card), sod: flip(card.sod, -1) };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        verifier.verify(index % 2 ? wrong : filesOf(card), bytes, now),
      ),
    );
    const [good, bad] = [judgeChip(filesOf(card), trust, now), judgeChip(wrong, trust, now)];
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => (index % 2 ? bad : good)));
  });

  it('leave the caller’s bytes alone, and are not moved by what the caller does to them later', async () => {
    const verifier = start();
    const files = filesOf(card);
    const mine = { ...files, sod: Buffer.from(files.sod) };
    const answer = verifier.verify(mine, bytes, now);
    mine.sod.fill(0);
    expect(await answer).toMatchObject({ verified: true });
    expect(mine.sod).toHaveLength(card.sod.length);
    expect(card.dataGroups.get(1)?.length).toBeGreaterThan(0);
  });

  it('follow the trust when it changes', async () => {
    const verifier = start();
    const none = { ...bytes, version: '2', anchors: [] };
    const broken = { ...bytes, version: '3', anchors: [{ bytes: Buffer.of(1), documentTypes: ['I'] }] };
    const answers = [];
    for (const one of [bytes, none, broken, bytes])
      answers.push(await verifier.verify(filesOf(card), one, now));
    expect(answers).toMatchObject([
      { verified: true },
      { reason: 'trust_empty' },
      { reason: 'certificate_malformed' },
      { verified: true },
    ]);
  });
});

describe('what misbehaves', () => {
  const program = new URL('./misbehaving-worker.ts', import.meta.url);
  const order = (first: number): ChipFiles => ({ sod: Uint8Array.of(first), dataGroups: [] });
  const unreadable = { verified: false, reason: 'input_unreadable' };
  const alive = { verified: false, reason: 'trusts 1' };

  it('a thread that dies costs its own job, and the next job gets a new one', async () => {
    const onFault = vi.fn();
    const verifier = start({ program, onFault });
    const answers = await Promise.all([0, 1, 0, 1, 0].map((one) => verifier.verify(order(one), bytes, now)));
    expect(answers).toEqual([alive, unreadable, alive, unreadable, alive]);
    expect(onFault.mock.calls).toEqual([['died'], ['died']]);
  });

  it('a thread that takes too long is ended', async () => {
    const onFault = vi.fn();
    const verifier = start({ program, timeoutMillis: 200, onFault });
    await verifier.verify(order(0), bytes, now);
    const began = performance.now();
    const answers = await Promise.all([2, 0].map((one) => verifier.verify(order(one), bytes, now)));
    expect(answers).toEqual([unreadable, alive]);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(onFault.mock.calls).toEqual([['too_slow']]);
  });

  it('a thread that takes too much memory dies alone', async () => {
    const verifier = start({ program, timeoutMillis: 20_000 });
    const answers = await Promise.all([3, 0].map((one) => verifier.verify(order(one), bytes, now)));
    expect(answers).toEqual([unreadable, alive]);
  });

  it('a program that is not there', async () => {
    const verifier = start({ program: new URL('./nowhere.ts', import.meta.url) });
    expect(await verifier.verify(order(0), bytes, now)).toEqual(unreadable);
  });

  it('the trust goes to each thread once, not with every job', async () => {
    const verifier = start({ program });
    const answers = [];
    for (const version of ['1', '1', '1', '2', '2'])
      answers.push(await verifier.verify(order(0), { ...bytes, version }, now));
    expect(answers.map((answer) => 'reason' in answer && answer.reason)).toEqual(
      [1, 1, 1, 2, 2].map((count) => `trusts ${count}`),
    );
  });

  it('a queue that is full answers busy at once; so does one that was closed', async () => {
    const verifier = start({ program, maxQueue: 2, timeoutMillis: 60_000 });
    await verifier.verify(order(0), bytes, now);
    const jobs = [2, 0, 0, 0].map((one) => verifier.verify(order(one), bytes, now));
    expect(await jobs[3]).toEqual({ busy: true });
    await verifier.close();
    expect(await Promise.all(jobs)).toEqual(Array.from({ length: 4 }, () => ({ busy: true })));
    expect(await verifier.verify(order(0), bytes, now)).toEqual({ busy: true });
  });

  it('too much is refused before it is queued', async () => {
    const verifier = start({ program, threads: 0, maxQueue: 0 });
    const file = { number: 2, bytes: new Uint8Array(200 * 1024) };
    const tooLarge = { verified: false, reason: 'dg_too_large' };
    const large = { ...order(0), dataGroups: [file, file, file] };
    expect(await verifier.verify(large, bytes, now)).toEqual(tooLarge);
    expect(await verifier.verify({ sod: new Uint8Array(65_537), dataGroups: [] }, bytes, now)).toEqual({
      verified: false,
      reason: 'cms_too_large',
    });
    const small = { number: 2, bytes: new Uint8Array(1) };
    const many = { ...order(0), dataGroups: Array.from({ length: 17 }, () => small) };
    expect(await verifier.verify(many, bytes, now)).toEqual(tooLarge);
    expect(await verifier.verify({ ...order(0), dataGroups: [file] }, bytes, now)).toEqual({ busy: true });
  });
});
