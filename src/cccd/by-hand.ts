/**
 * Documents checked by hand, for operators: the answers of `cli chip verify` and `cli trust inspect`, one plain
 * object each. They name algorithms, countries, fingerprints and numbers of data groups, never the holder.
 */

import { verifyMasterList } from '../icao/master-list.ts';
import { verifyPassiveAuthentication } from '../icao/passive-authentication.ts';
import type { Reason } from '../icao/reasons.ts';
import { type SodFacts, verifySod } from '../icao/sod.ts';
import { readTrustFiles, type TrustFile } from '../icao/trust-files.ts';

/** Whoever reads it as JSON finds both fields in every answer. */
export type HandAnswer = { verified: true; reason: null } | { verified: false; reason: Reason };

export type HandQuestion = {
  sod: Uint8Array;
  /** Whole files; the number of each is that of its tag. */
  dataGroups: readonly Uint8Array[];
  /** Certificates and revocation lists; each certificate may vouch for any type, but known passport authorities. */
  trust: readonly TrustFile[];
  /** Signature and chain of the EF.SOD alone, any country and document type; else a Vietnamese identity card. */
  sodOnly: boolean;
  at: Date;
};

/** Verifies a chip, or an EF.SOD alone. */
export function verifyByHand({ sod, dataGroups, trust: files, sodOnly, at }: HandQuestion): HandAnswer {
  const read = readTrustFiles(files);
  if (!read.verified) return read;
  const { trust } = read;
  if (sodOnly) {
    const result = verifySod({ sod, trust, at });
    return result.verified ? { verified: true, reason: null, ...describeSod(result.sod) } : result;
  }
  const result = verifyPassiveAuthentication({
    sod,
    dataGroups: dataGroups.map((bytes) => ({ bytes })),
    trust,
    at,
    expected: { issuingState: 'VNM', documentCode: 'I' },
  });
  if (!result.verified) return result;
  const { chip } = result;
  return {
    verified: true,
    reason: null,
    ...describeSod(chip.sod),
    ...{ dataGroupsVerified: [...chip.dataGroups.keys()].sort((one, two) => one - two) },
    ...{ dg13: chip.dg13.state, hasChipKey: chip.activeAuthentication },
  };
}

function describeSod(sod: SodFacts) {
  const { country, revocation, hash, digest, signatureAlgorithm, dataGroups, signer, csca } = sod;
  return {
    country,
    revocation,
    ldsHash: hash,
    digest,
    signatureAlgorithm,
    dataGroupsSigned: dataGroups,
    signer: signer.fingerprint,
    csca: csca.fingerprint,
  };
}

/** Verifies a master list under its anchor. */
export function inspectMasterList(list: Uint8Array, anchor: Uint8Array, at: Date): HandAnswer {
  const result = verifyMasterList({ list, anchor, at });
  if (!result.verified) return result;
  const { certificates, countries, signer, signedAt } = result.masterList;
  return {
    verified: true,
    reason: null,
    ...{ certificates: certificates.length, countries: Object.keys(countries).sort() },
    ...{ signer: signer.fingerprint, anchor: result.masterList.anchor.fingerprint },
    ...(signedAt !== undefined && { signedAt: new Date(signedAt).toISOString() }),
  };
}
