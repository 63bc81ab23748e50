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

/** Scans of about 500 KiB: noise, a bomb of empty elements, and a genuine card with one changed portrait. */
function makeGarbage(card: Card): ChipFiles[] {
  const noise = randomBytes(480 * 1024);
  const crowded = Buffer.concat([Buffer.from('7780', 'hex'), Buffer.alloc(65_000, '0500', 'hex')]);
  const groups = [...card.dataGroups].map(([number, bytes]) => ({ number, bytes }));
  const changed = Buffer.concat([Buffer.from('7583030d40', 'hex'), randomBytes(200_000)]);
  return [
    { sod: noise.subarray(0, 60_000), dataGroups: [{ number: 2, bytes: noise.subarray(0, 200_000) }] },
    {
      sod: crowded,
      dataGroups: [
        { number: 2, bytes: noise.subarray(0, 250_000) },
        { number: 13, bytes: noise.subarray(0, 150_000) },
      ],
    },
    {
      sod: card.sod,
      dataGroups: [...groups.filter(({ number }) => number !== 2), { number: 2, bytes: changed }],
    },
    { sod: noise, dataGroups: [] },
  ];
}

const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** What a sign-in asks of the event loop besides waiting: a few hashes, some JSON, one ES256 signature. */
function signInOnce(): void {
  const payload = JSON.stringify({ sub: randomBytes(16).toString('hex'), acr: 'level1', iat: 1_800_000_000 });
  createHash('sha256').update(payload).digest();
  sign('sha256', Buffer.from(JSON.parse(payload).sub), { key: signingKey, dsaEncoding: 'ieee-p1363' });
}

/** Milliseconds each turn of the loop took that had one sign-in in it, while `load` runs beside. */
async function timeTurns(millis: number, load: () => void): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + millis;
  for (let began = performance.now(); began < end; began = performance.now()) {
    load();
    signInOnce();
    await nextTurn();
    times.push(performance.now() - began);
  }
  return times;
}

export type Flood = { megabytes: number; scans: number; busy: number; judged: number };

/** Sign-in's turns of the event loop, quiet and with a flood of garbage at the verifier. */
export async function benchGarbage(): Promise<{ rows: Row[]; flood: Flood }> {
  const made = makeBenchCard('ecdsa', 'ec');
  const garbage = makeGarbage(made.card);
  const verifier = new ChipVerifier();
  await verifier.verify(filesOf(made.card), trustBytes, now);
  const flood: Flood = { megabytes: 0, scans: 0, busy: 0, judged: 0 };
  let nextScan = 0;
  const throwScan = () => {
    // A gigabit line's worth: 500 KiB about every 4 ms.
    if (performance.now() < nextScan) return;
    nextScan = performance.now() + 4;
    const files = garbage[flood.scans % garbage.length] as ChipFiles;
    flood.scans += 1;
    flood.megabytes += [files.sod, ...files.dataGroups.map(({ bytes }) => bytes)].reduce(
      (sum, { length }) => sum + length / 2 ** 20,
      0,
    );
    void verifier.verify(files, trustBytes, now).then((answer) => {
      if ('busy' in answer) flood.busy += 1;
      else flood.judged += 1;
    });
  };
  await timeTurns(1_000, () => {});
  const quiet: number[] = [];
  const flooded: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    quiet.push(...(await timeTurns(1_500, () => {})));
    flooded.push(...(await timeTurns(1_500, throwScan)));
  }
  await verifier.close();
  flood.megabytes = Math.round(flood.megabytes);
  const rows = [0.5, 0.99].map((part) =>
    makeRow(
      `sign-in turn p${part * 100}, garbage beside / quiet`,
      'µs',
      percentile(flooded, part) * 1000,
      percentile(quiet, part) * 1000,
    ),
  );
  return { rows, flood };
}
