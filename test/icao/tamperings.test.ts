import { describe, expect, it } from 'vitest';
import { reasons } from '../../src/icao/reasons.ts';
import { makeCard } from '../support/card-factory.ts';
import { ecSigner, signer, verifyCard } from './tampering.ts';
import { chainCases } from './tampering-chain.ts';
import { chipCases } from './tampering-chip.ts';
import { cmsCases } from './tampering-cms.ts';

const cases = [...cmsCases, ...chainCases, ...chipCases];

describe('tamperings', () => {
  it('start from cards that verify', () => {
    expect(verifyCard(makeCard(signer))).toMatchObject({ verified: true });
    expect(verifyCard(makeCard(ecSigner, { chip: 'ec' }))).toMatchObject({ verified: true });
  });

  it.each(cases)('$reason: $name', ({ run, reason }) => {
    expect(run()).toEqual({ verified: false, reason });
  });

  it('number at least 40 and produce every reason there is', () => {
    expect(cases.length).toBeGreaterThanOrEqual(40);
    const produced = new Set(cases.map(({ reason }) => reason));
    expect(reasons.filter((reason) => !produced.has(reason))).toEqual([]);
  });
});
