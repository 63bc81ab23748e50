/**
 * Codes from an authenticator app (TOTP, RFC 6238): six digits, 30 seconds, SHA-1, because that is what every app can.
 * One step early or late is borne. A step that was used, or one before it, is never taken again (§5.2).
 */
import { Secret, TOTP } from 'otpauth';
import type { Deps } from '../deps.ts';

const PERIOD = 30;

/** A new secret, in base32. */
export function newTotpSecret(random: Deps['random']): string {
  return new Secret({ buffer: Uint8Array.from(random(20)).buffer }).base32;
}

/** What the QR code says, and what a person types who cannot scan it. */
export function totpAddress(secret: string, login: string): string {
  return new TOTP({ issuer: 'Tây Ninh ID', label: login, secret }).toString();
}

/** The time step a code belongs to; undefined when it is wrong. */
export function readTotpStep(secret: string, code: string, now: Date): bigint | undefined {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const timestamp = now.getTime();
  const delta = TOTP.validate({ token, secret: Secret.fromBase32(secret), timestamp, window: 1 });
  return delta === null ? undefined : BigInt(TOTP.counter({ period: PERIOD, timestamp }) + delta);
}
