/**
 * The card: what a full verification costs beside the bare signature verifications that nobody can leave out, and
 * whether garbage thrown at the chip route slows the rest of the process (design §8).
 */

import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  publicDecrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChipVerifier } from '../src/cccd/chip-verifier.ts';
import { type ChipFiles, judgeChip } from '../src/cccd/judge-chip.ts';
import { readTrust } from '../src/icao/trust.ts';
import type { TrustBytes } from '../src/verification/trust-store.ts';
import {
  type Card,
  makeCard,
  makeCsca,
  makeSigner,
  now,
  type SignerKind,
} from '../test/support/card-factory.ts';
import { signBytes } from '../test/support/card-factory-certificates.ts';
import { makeDg2 } from '../test/support/card-factory-files.ts';
import { makeRow, measureInTurns, percentile, type Row } from './measure.ts';

const challenge = Buffer.from('0102030405060708', 'hex');
const csca = makeCsca();
const trustBytes: TrustBytes = {
  version: '1',
  anchors: [{ bytes: csca.certificate, documentTypes: ['ID'] }],
  revocationLists: [],
};

function openTrust() {
  const result = readTrust(trustBytes);
  if (!result.verified) throw new Error(result.reason);
  return result.trust;
}

function filesOf(card: Card): ChipFiles {
  const dataGroups = Array.from(card.dataGroups, ([number, bytes]) => ({ number, bytes }));
  const activeAuthentication = { challenge, response: card.answer(challenge) };
  return { sod: card.sod, dataGroups, activeAuthentication };
}

/** A portrait as large as real ones, so that hashing the data groups is in the figures. */
const portrait = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), randomBytes(20_000)]);

function makeBenchCard(kind: SignerKind, chip: 'rsa' | 'ec') {
  const signer = makeSigner(csca, { kind });
  const withPortrait = (files: Map<number, Buffer>) => files.set(2, makeDg2(portrait));
  return { signer, card: makeCard(signer, { chip, files: withPortrait }) };
}

/** The three verifications alone, with keys made ready beforehand and nothing read, hashed twice or compared. */
function prepareBare({ signer, card }: ReturnType<typeof makeBenchCard>): () => void {
  const attributes = randomBytes(150);
  const sodSignature = signBytes(signer.keys.privateKey, signer.algorithm, attributes);
  const body = randomBytes(600);
  const certificateSignature = signBytes(csca.keys.privateKey, csca.plan.algorithm, body);
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const sodKey = { key: signer.keys.publicKey, ...(signer.algorithm.scheme === 'pss' && pss) };
  const chipKey = createPublicKey(card.chipKeys?.publicKey.export({ type: 'spki', format: 'pem' }) ?? '');
  const response = card.answer(challenge);
  const rsa = chipKey.asymmetricKeyType === 'rsa';
  const { hash } = signer.algorithm;
  return () => {
    const good =
      verify(hash, attributes, sodKey, sodSignature) &&
      verify(csca.plan.algorithm.hash, body, csca.keys.publicKey, certificateSignature) &&
      (rsa
        ? publicDecrypt({ key: chipKey, padding: constants.RSA_NO_PADDING }, response).length > 0
        : verify('sha256', challenge, { key: chipKey, dsaEncoding: 'ieee-p1363' }, response));
    if (!good) throw new Error('the baseline does not verify');
  };
}

/** Full verification, in this thread, against the bare verifications. */
export function benchVerification(): Row[] {
  const trust = openTrust();
  const kinds: [string, SignerKind, 'rsa' | 'ec'][] = [
    ['ECDSA P-256 signer, EC chip key', 'ecdsa', 'ec'],
    ['ECDSA explicit brainpoolP384r1 signer, EC chip key', 'ecdsa-explicit', 'ec'],
    ['RSA-PSS 2048 signer, RSA chip key', 'pss', 'rsa'],
  ];
  return kinds.map(([name, kind, chip]) => {
    const made = makeBenchCard(kind, chip);
    const files = filesOf(made.card);
    const full = () => {
      const verdict = judgeChip(files, trust, now);
      if (!verdict.verified || verdict.activeAuthentication !== 'verified') throw new Error('refused');
    };
    const [value = 0, baseline = 0] = measureInTurns([full, prepareBare(made)]);
    return makeRow(`full verification with AA: ${name}`, 'µs', value, baseline);
  });
}

/** Scans of up to 400 KiB: noise, a bomb, a card with a changed portrait, and a copied card that answers wrongly. */
function makeGarbage(card: Card): ChipFiles[] {
  const noise = (length: number, number: number) => ({ number, bytes: randomBytes(length) });
  const crowded = Buffer.concat([Buffer.from('7780', 'hex'), Buffer.alloc(65_000, '0500', 'hex')]);
  const rest = [...card.dataGroups]
    .filter(([number]) => number !== 2)
    .map(([number, bytes]) => ({ number, bytes }));
  const changed = Buffer.concat([Buffer.from('7583030d40', 'hex'), randomBytes(200_000)]);
  return [
    { sod: randomBytes(60_000), dataGroups: [noise(200_000, 2), noise(150_000, 13)] },
    { sod: crowded, dataGroups: [noise(200_000, 2), noise(150_000, 13)] },
    { sod: card.sod, dataGroups: [...rest, { number: 2, bytes: changed }, noise(200_000, 4)] },
    { ...filesOf(card), activeAuthentication: { challenge, response: randomBytes(64) } },
  ];
}

const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** What a sign-in asks of the event loop besides waiting: a hash, some JSON, one ES256 signature. */
function signInOnce(): void {
  const payload = JSON.stringify({ sub: randomBytes(16).toString('hex'), acr: 'level1', iat: 1_800_000_000 });
  createHash('sha256').update(payload).digest();
  sign('sha256', Buffer.from(JSON.parse(payload).sub), { key: signingKey, dsaEncoding: 'ieee-p1363' });
}

/** Microseconds each turn of the loop took that had one sign-in in it, while `load` runs beside. */
async function timeTurns(millis: number, load: () => void): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + millis;
  for (let began = performance.now(); began < end; began = performance.now()) {
    load();
    signInOnce();
    await nextTurn();
    times.push((performance.now() - began) * 1000);
  }
  return times;
}

export type Flood = { load: string; mebibytes: number; scans: number; busy: number; judged: number };

/** Throws the next scan no more often than every `millis`, and counts what became of it. */
function makeFlood(load: string, millis: number, judge: (files: ChipFiles) => unknown) {
  const garbage = makeGarbage(makeBenchCard('ecdsa', 'ec').card);
  const flood: Flood = { load, mebibytes: 0, scans: 0, busy: 0, judged: 0 };
  let next = 0;
  const throwScan = () => {
    if (performance.now() < next) return;
    next = performance.now() + millis;
    const files = garbage[flood.scans % garbage.length] as ChipFiles;
    flood.scans += 1;
    for (const { length } of [files.sod, ...files.dataGroups.map(({ bytes }) => bytes)])
      flood.mebibytes += length / 2 ** 20;
    void Promise.resolve(judge(files)).then((answer) => {
      if (typeof answer === 'object' && answer && 'busy' in answer) flood.busy += 1;
      else flood.judged += 1;
    });
  };
  return { flood, throwScan };
}

const figures = {
  mean: (times: readonly number[]) => times.reduce((sum, time) => sum + time, 0) / times.length,
  p99: (times: readonly number[]) => percentile(times, 0.99),
  'p99.9': (times: readonly number[]) => percentile(times, 0.999),
};

/** Sign-in's turns of the event loop: quiet, with garbage at the verifier, and (for comparison) judged in the loop. */
export async function benchGarbage(): Promise<{ rows: Row[]; floods: Flood[] }> {
  const verifier = new ChipVerifier();
  await verifier.verify(filesOf(makeBenchCard('ecdsa', 'ec').card), trustBytes, now);
  const trust = openTrust();
  const inThread = (files: ChipFiles) => verifier.verify(files, trustBytes, now);
  const loads = [
    makeFlood('a scan every 4 ms', 4, inThread),
    makeFlood('a scan every turn', 0, inThread),
    makeFlood('a scan every 4 ms, were it judged in the loop', 4, (files) => judgeChip(files, trust, now)),
  ];
  const quiet: number[] = [];
  const times = loads.map(() => [] as number[]);
  await timeTurns(1_000, () => {});
  for (let round = 0; round < 4; round += 1) {
    quiet.push(...(await timeTurns(1_000, () => {})));
    for (const [index, { throwScan }] of loads.entries())
      times[index]?.push(...(await timeTurns(1_000, throwScan)));
  }
  await verifier.close();
  const rows = loads.flatMap(({ flood }, index) =>
    Object.entries(figures).map(([figure, take]) => {
      const name = `turn of the loop with a sign-in, ${figure}: ${flood.load}`;
      return makeRow(name, 'µs', take(times[index] ?? []), take(quiet));
    }),
  );
  return { rows, floods: loads.map(({ flood }) => ({ ...flood, mebibytes: Math.round(flood.mebibytes) })) };
}
