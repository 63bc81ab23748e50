/** Trust from the files of a folder, already read into memory: DER or PEM certificates and revocation lists. */

import { createHash } from 'node:crypto';
import type { Policy } from './algorithms.ts';
import type { Refused } from './reasons.ts';
import { readTrust, type Trust } from './trust.ts';

/**
 * The one public Vietnamese CSCA: "CSCA ePassport Vietnam", serial 506F1357A3A196C24DC32CF464140CAE. It signs
 * passports and is not shown to sign CCCD, so it vouches for passports unless the operator pins it otherwise.
 */
const passportOnly = new Set(['6b5fa6fe45cc4e855a73760413e08b7a9ac50a27722c702f3909a90facc991bd']);

export type TrustFile = { name: string; bytes: Uint8Array };

/**
 * Builds the trust from files `*.der *.cer *.crt *.pem` (certificates) and `*.crl` (revocation lists). Other names
 * are left alone, so a folder may hold its own README.
 *
 * @param pins document types by certificate fingerprint (SHA-256, hexadecimal); unlisted certificates vouch for
 *   any type, but passport CSCAs known as such.
 * @returns the trust and the names left alone, or the first reason, as `readTrust`.
 */
export function readTrustFiles(
  files: readonly TrustFile[],
  options: { pins?: Readonly<Record<string, readonly string[]>>; policy?: Policy } = {},
): { verified: true; trust: Trust; ignored: string[] } | Refused {
  const anchors: { bytes: Uint8Array; documentTypes: readonly string[] }[] = [];
  const revocationLists: Uint8Array[] = [];
  const ignored: string[] = [];
  for (const { name, bytes } of files) {
    if (/\.(?:der|cer|crt|pem)$/i.test(name)) {
      for (const der of decodePem(bytes, 'CERTIFICATE')) {
        anchors.push({ bytes: der, documentTypes: findPin(der, options.pins ?? {}) });
      }
    } else if (/\.crl$/i.test(name)) revocationLists.push(...decodePem(bytes, 'X509 CRL'));
    else ignored.push(name);
  }
  const result = readTrust({ anchors, revocationLists, ...(options.policy && { policy: options.policy }) });
  return result.verified ? { verified: true, trust: result.trust, ignored } : result;
}

function findPin(der: Uint8Array, pins: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const fingerprint = createHash('sha256').update(der).digest('hex');
  const pinned = Object.hasOwn(pins, fingerprint) ? pins[fingerprint] : undefined;
  return pinned ?? (passportOnly.has(fingerprint) ? ['P'] : ['*']);
}

/** The DER blocks of a PEM file with this label (RFC 7468); a file that is not PEM is its own DER. */
export function decodePem(bytes: Uint8Array, label: string): Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes('-----BEGIN ')) return [bytes];
  const blocks = text.matchAll(new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`, 'g'));
  return Array.from(blocks, ([, base64 = '']) => Buffer.from(base64, 'base64'));
}
