/**
 * Signatures beside a file: a compact JWS whose payload is left out (RFC 7515, Appendix F) with the provider's own key, so
 * that whoever was given the file can hold it against the published key set. Made while the file is written: a file of any
 * length takes no memory.
 */
import { createPrivateKey, createSign, type Sign } from 'node:crypto';
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWK } from 'jose';

/** What the signature of an export of the audit log is told apart by. */
export const EXPORT_TYPE = 'audit-export';

export type DetachedHeader = { typ: string; iat: number };

export class DetachedSigner {
  readonly #header: string;
  readonly #key: JWK;
  readonly #sign: Sign = createSign('SHA256');
  /** base64url goes by three bytes: what is left over waits for what comes next. */
  #left: Buffer = Buffer.alloc(0);

  /** @param key an ES256 key with its private part and its `kid`. */
  constructor(key: JWK, header: DetachedHeader) {
    this.#key = key;
    const whole = { alg: 'ES256', kid: key.kid, ...header };
    this.#header = Buffer.from(JSON.stringify(whole)).toString('base64url');
    this.#sign.update(`${this.#header}.`);
  }

  update(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#left, bytes]);
    const whole = all.length - (all.length % 3);
    this.#sign.update(all.subarray(0, whole).toString('base64url'));
    this.#left = all.subarray(whole);
  }

  /** The JWS; nothing can be added after it. */
  finish(): string {
    this.#sign.update(this.#left.toString('base64url'));
    const key = createPrivateKey({ key: this.#key as never, format: 'jwk' });
    // JWS wants the two numbers side by side (RFC 7518 §3.4), not in ASN.1.
    const signature = this.#sign.sign({ key, dsaEncoding: 'ieee-p1363' });
    return `${this.#header}..${signature.toString('base64url')}`;
  }
}

export type DetachedResult =
  | { ok: true; kid: string; signedAt: Date }
  | { ok: false; reason: 'not_a_signature' | 'unknown_key' | 'changed' };

/** Holds a file against its signature and a set of public keys. */
export async function verifyDetached(
  jws: string,
  payload: Uint8Array,
  { keys, typ }: { keys: JSONWebKeySet; typ: string },
): Promise<DetachedResult> {
  const [, header, signature] = /^([\w-]+)\.\.([\w-]+)$/.exec(jws.trim()) ?? [];
  if (!header || !signature) return { ok: false, reason: 'not_a_signature' };
  const compact = `${header}.${Buffer.from(payload).toString('base64url')}.${signature}`;
  let told: { kid?: string; typ?: string; iat?: unknown };
  try {
    told = decodeProtectedHeader(compact);
  } catch {
    return { ok: false, reason: 'not_a_signature' };
  }
  const { kid, iat } = told;
  if (told.typ !== typ || !kid || typeof iat !== 'number') return { ok: false, reason: 'not_a_signature' };
  if (!keys.keys.some((key) => key.kid === kid)) return { ok: false, reason: 'unknown_key' };
  try {
    await compactVerify(compact, createLocalJWKSet(keys), { algorithms: ['ES256'] });
  } catch {
    return { ok: false, reason: 'changed' };
  }
  return { ok: true, kid, signedAt: new Date(iat * 1000) };
}
