/** Finds the provider's endpoints (OpenID Connect Discovery 1.0 §4) at the first question, and again after a failure. */
import { GuardError } from './errors.ts';
import { type JwtKeys, openKeys } from './jwt.ts';

/** What the document names; an endpoint that is not there throws when it is needed. */
export type Endpoints = { introspectionEndpoint?: string; keys?: JwtKeys };

type Options = { issuer: string; fetch: typeof globalThis.fetch; timeout: number };

export function discoverLazily(options: Options): () => Promise<Endpoints> {
  let found: Promise<Endpoints> | undefined;
  return () => {
    found ??= discover(options).catch((cause) => {
      // Not remembered: the provider need not be up before the service.
      found = undefined;
      throw new GuardError('provider_unavailable', { cause });
    });
    return found;
  };
}

async function discover({ issuer, fetch, timeout }: Options): Promise<Endpoints> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  });
  const metadata = (await response.json()) as Record<string, unknown>;
  // §4.3: a document that names another issuer is somebody else's.
  if (metadata.issuer !== issuer) throw new Error('the discovery document names another issuer');
  const { introspection_endpoint: introspectionEndpoint, jwks_uri: jwksUri } = metadata;
  return {
    ...(typeof introspectionEndpoint === 'string' ? { introspectionEndpoint } : {}),
    ...(typeof jwksUri === 'string' ? { keys: openKeys(jwksUri, fetch, timeout) } : {}),
  };
}
