/** Files of oidc-provider that have no types and no public way to: see key-set, security-events, request-memory. The version is pinned. */
declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  type Key = { kid: string; [member: string]: unknown };
  type KeyStore = Iterable<Key> & { add(key: Key): void; clear(): void };
  export default function instance(provider: unknown): { keystore: KeyStore; jwks: { keys: Key[] } };
}
declare module 'oidc-provider/lib/helpers/initialize_keystore.js' {
  export default function initialize(this: unknown, jwks: { keys: unknown[] }): void;
}
declare module 'oidc-provider/lib/helpers/fetch_request.js' {
  /** Calls by the provider's `fetch`, with the dispatcher that drops private addresses: see test-person, security-events. */
  export default function fetchRequest(
    provider: unknown,
    url: string,
    options: RequestInit,
  ): Promise<Response>;
}
declare module 'oidc-provider/lib/shared/error_handler.js' {
  /** Answers an error as the library does, and reports it under this name. */
  export default function errorHandler(
    event: string,
  ): (ctx: import('koa').Context, next: () => Promise<unknown>) => Promise<void>;
}
