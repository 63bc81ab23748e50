/** Two files of oidc-provider that have no types and no public way to: see key-set. The version is pinned. */
declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  type Key = { kid: string; [member: string]: unknown };
  type KeyStore = Iterable<Key> & { add(key: Key): void; clear(): void };
  export default function instance(provider: unknown): { keystore: KeyStore; jwks: { keys: Key[] } };
}
declare module 'oidc-provider/lib/helpers/initialize_keystore.js' {
  export default function initialize(this: unknown, jwks: { keys: unknown[] }): void;
}
