/** DG14, security options of the chip (Doc 9303-10 §4.7.14, 9303-11 §9.2): which protocols it speaks. */

import type { HashName } from './algorithms.ts';
import { BerError, childrenOf, openElement, readWhole, tags } from './ber.ts';
import { readOid, readSmallInteger } from './ber-values.ts';

export type SecurityOptions = {
  /** Object identifiers of every SecurityInfo, in the order written. */
  protocols: string[];
  /** Hash of ECDSA Active Authentication (Doc 9303-11 §6.1.2.3), if stated; `unknown` for an OID that is none. */
  activeAuthenticationHash?: HashName | 'unknown';
  chipAuthentication: boolean;
};

const dg14Tag = 0x6e;
const activeAuthentication = '2.23.136.1.1.5';
// id-PK and id-CA (TR-03110-3 §A.1.1.1–2).
const chipAuthenticationPrefix = '0.4.0.127.0.7.2.2.3';
// ecdsa-plain-signatures (TR-03111 §5.2.1.1).
const plainEcdsa: Readonly<Record<string, HashName>> = {
  '0.4.0.127.0.7.1.1.4.1.1': 'sha1',
  '0.4.0.127.0.7.1.1.4.1.2': 'sha224',
  '0.4.0.127.0.7.1.1.4.1.3': 'sha256',
  '0.4.0.127.0.7.1.1.4.1.4': 'sha384',
  '0.4.0.127.0.7.1.1.4.1.5': 'sha512',
};
const maximumInfos = 64;

/** Reads DG14; `undefined` if it is none. */
export function readDg14(bytes: Uint8Array): SecurityOptions | undefined {
  try {
    const infos = openElement(readWhole(bytes), dg14Tag);
    const options: SecurityOptions = { protocols: [], chipAuthentication: false };
    for (const info of childrenOf(infos.next(tags.set), maximumInfos)) {
      const fields = openElement(info, tags.sequence);
      const protocol = readOid(fields.next());
      options.protocols.push(protocol);
      if (protocol.startsWith(`${chipAuthenticationPrefix}.`)) options.chipAuthentication = true;
      if (protocol !== activeAuthentication) continue;
      // Two answers to one question are none.
      if (options.activeAuthenticationHash) throw new BerError('repeated');
      const version = readSmallInteger(fields.next());
      options.activeAuthenticationHash = (version === 1 && plainEcdsa[readOid(fields.next())]) || 'unknown';
    }
    infos.close();
    return options;
  } catch {
    return undefined;
  }
}
