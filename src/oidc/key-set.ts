/**
 * Gives a running provider other signing keys. The library takes keys at construction only; here its own reading of a
 * key set is run once more, and the result is put into the store that its parts already hold. All in one tick: no
 * request sees a half-changed set.
 */
import type { JWK } from 'jose';
import type { Provider } from 'oidc-provider';
import initializeKeyStore from 'oidc-provider/lib/helpers/initialize_keystore.js';
import instance from 'oidc-provider/lib/helpers/weak_cache.js';
import { SigningKey } from './signing-key.ts';

/** Keys the provider can sign with; a retired key has lost its private part. */
export function isSigningKey(key: JWK): boolean {
  return key.d !== undefined;
}

/** In order of preference: the provider signs with the first that fits. Keys without a private part verify only. */
export function replaceSigningKeys(provider: Provider, keys: readonly JWK[]): void {
  const internals = instance(provider);
  const { keystore } = internals;
  const [signing, retired] = [keys.filter(isSigningKey), keys.filter((key) => !isSigningKey(key))];
  // Reads and checks the keys; when one is not right, it throws before anything was changed.
  initializeKeyStore.call(provider, { keys: signing.map((jwk) => new SigningKey(jwk)) });
  const fresh = [...internals.keystore, ...(retired as typeof internals.jwks.keys)];
  internals.keystore = keystore;
  keystore.clear();
  for (const key of fresh) keystore.add(key);
  internals.jwks.keys.push(...(retired as typeof internals.jwks.keys));
}
