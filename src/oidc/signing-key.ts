/**
 * A signing key that is made ready once. The provider would hand each JWK to Web Crypto, through its queue and a thread;
 * an ES256 signature of ours takes a sixth of that, in place. RSA is slow enough to be worth the thread.
 */
import { constants, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { JWK } from 'jose';
import { ExternalSigningKey, type Provider } from 'oidc-provider';
import instance from 'oidc-provider/lib/helpers/weak_cache.js';

/** How each algorithm of RFC 7518 §3 and RFC 8037 §3.1 is said to OpenSSL. */
const ways = {
  ES256: { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
  EdDSA: { hash: null },
  RS256: { hash: 'sha256' },
  PS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
} as const;

export class SigningKey extends ExternalSigningKey {
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #way: (typeof ways)[keyof typeof ways];

  constructor(jwk: JWK) {
    super();
    const way = Object.hasOwn(ways, jwk.alg ?? '') ? ways[jwk.alg as keyof typeof ways] : undefined;
    if (!way || !jwk.kid) throw new Error(`a signing key has the algorithm ${jwk.alg}`);
    // Its types leave the setters out.
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg });
    this.#way = way;
    this.#private = createPrivateKey({ key: jwk as never, format: 'jwk' });
    this.#public = createPublicKey(this.#private);
  }

  override keyObject(): KeyObject {
    return this.#public;
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    const { hash, ...how } = this.#way;
    const key = { key: this.#private, ...how };
    if (this.#private.asymmetricKeyType !== 'rsa') return sign(hash, data, key);
    return new Promise((settle, refuse) => {
      sign(hash, data, key, (error, signature) => (error ? refuse(error) : settle(signature)));
    });
  }
}

/** A token of ours under the active ES256 key, for what the provider has no model of. */
export async function signToken(provider: Provider, typ: string, claims: object): Promise<string> {
  for (const key of instance(provider).keystore as Iterable<unknown>) {
    if (!(key instanceof SigningKey) || key.alg !== 'ES256') continue;
    const parts = [{ alg: key.alg, typ, kid: key.kid }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signature = await key.sign(Buffer.from(parts.join('.')));
    return [...parts, Buffer.from(signature).toString('base64url')].join('.');
  }
  throw new Error('there is no ES256 key');
}
