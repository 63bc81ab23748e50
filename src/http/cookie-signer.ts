/**
 * Signs cookies, in the place of the cookie library's own signer and in its format (HMAC-SHA-1, base64url): that one
 * makes its keys anew for every signature, and draws random bytes for every comparison.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

export type CookieSigner = {
  sign: (data: string) => string;
  verify: (data: string, signature: string) => boolean;
  /** Which key made it; -1: none. A cookie by an older key is signed anew. */
  index: (data: string, signature: string) => number;
};

/** @param secrets newest first. */
export function createCookieSigner(secrets: readonly string[]): CookieSigner {
  const keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  const signWith = (key: (typeof keys)[number], data: string) =>
    createHmac('sha1', key).update(data).digest('base64url');
  const index = (data: string, signature: string) =>
    keys.findIndex((key) => isSame(signWith(key, data), signature));
  const [newest] = keys;
  if (!newest) throw new Error('a cookie signer needs a key');
  return {
    sign: (data) => signWith(newest, data),
    verify: (data, signature) => index(data, signature) >= 0,
    index,
  };
}

function isSame(one: string, other: string): boolean {
  const [mine, given] = [Buffer.from(one), Buffer.from(other)];
  return mine.length === given.length && timingSafeEqual(mine, given);
}
