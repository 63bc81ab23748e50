/**
 * Which features of the library are on, and how each is narrowed. What is on here is in discovery, and nothing else is
 * (test/oidc/discovery).
 *
 * PAR (RFC 9126), JAR (RFC 9101; by value or pushed, never fetched), JARM, DPoP (RFC 9449), mutual TLS (RFC 8705),
 * resource indicators (RFC 8707), introspection (RFC 7662) and revocation (RFC 7009), device flow (RFC 8628), RP-initiated
 * and back-channel logout, FAPI 2.0 for clients that are registered so.
 */
import { type Configuration, errors, type TokenEndpointGrantContext } from 'oidc-provider';
import { validateDpop } from 'oidc-provider/lib/helpers/grants.js';
import type { Deps } from '../deps.ts';
import { isFapi, maySignBy, PROFILE, REQUIRE_PKCE } from '../registry/client-metadata.ts';
import type { Registry } from '../registry/registry.ts';
import { describeResource, resourcesOf } from './answers.ts';
import { readCertificates } from './certificates.ts';
import { mayUse } from './grants.ts';
import type { ProviderPages } from './provider-pages.ts';
import { mayRevoke } from './revocation.ts';
import { normaliseRequest, VERIFIED_CLAIMS } from './verified-claims.ts';

type Features = NonNullable<Configuration['features']>;

export function featuresOf(deps: Deps, registry: Registry, pages: ProviderPages): Features {
  const { config, keyring } = deps;
  const certificates = readCertificates(config);
  return {
    devInteractions: { enabled: false },
    dPoP: {
      enabled: true,
      nonceSecret: keyring.secrets('dpop-nonce')[0],
      // RFC 9449 §8: a proof cannot be made ahead. Asked of those whose keys live on people's devices, and of FAPI clients.
      requireNonce: ({ oidc }) => oidc.client?.clientAuthMethod === 'none' || isFapi(oidc.client),
    },
    pushedAuthorizationRequests: { enabled: true },
    requestObjects: { enabled: true, assertJwtClaimsAndHeader: checkRequestObject },
    jwtResponseModes: { enabled: true },
    jwtUserinfo: { enabled: true },
    fapi: { enabled: true, profile: (_ctx, client) => (isFapi(client) ? '2.0' : undefined) },
    mTLS: {
      enabled: config.mtls !== undefined,
      certificateBoundAccessTokens: true,
      selfSignedTlsClientAuth: true,
      tlsClientAuth: config.mtls?.verifiedHeader !== undefined,
      getCertificate: (ctx) => certificates.read(ctx) as string,
      certificateAuthorized: (ctx) => certificates.isAuthorized(ctx),
      certificateSubjectMatches: (ctx, member, expected) => certificates.names(ctx, member, expected),
    },
    deviceFlow: {
      enabled: true,
      deviceInfo: () => ({ askedAt: Math.floor(deps.clock().getTime() / 1000) }),
      ...pages.device,
    },
    claimsParameter: { enabled: true, assertClaimsParameter: checkClaims },
    clientCredentials: { enabled: true },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => mayRevoke(client, token),
    },
    // Answered in front of the provider (oidc/introspection); here those who ask are authenticated.
    introspection: { enabled: true, allowedPolicy: () => false },
    jwtIntrospection: { enabled: true },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx, _client, oneOf) => chooseResource(resourcesOf(ctx, registry), oneOf) as string,
      useGrantedResource: ({ oidc }, { resource }) =>
        meansService(oidc.params, registry) && mayUse(oidc.entities.Grant, resource),
      getResourceServerInfo: (ctx, resource, client) => describeResource(ctx, registry, resource, client),
    },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: pages.logoutSource,
      postLogoutSuccessSource: pages.postLogoutSuccessSource,
    },
  };
}

/** What the scopes of this request name; of several that were granted, the one that they name alone. */
function chooseResource(named: string | string[] | undefined, oneOf: readonly string[] | undefined) {
  if (!oneOf) return named;
  return typeof named === 'string' && oneOf.includes(named) ? named : oneOf;
}

/** Not a refresh that names scopes and none of a service's: it asks for a token for userinfo (RFC 6749 §6). */
function meansService(params: Record<string, unknown> | undefined, registry: Registry): boolean {
  if (params?.grant_type !== 'refresh_token' || !params.scope) return true;
  return String(params.scope)
    .split(' ')
    .some((name) => registry.scope(name) !== undefined);
}

type ClaimsCheck = NonNullable<NonNullable<Features['claimsParameter']>['assertClaimsParameter']>;

/** Every claim is asked for by null or by an object (OpenID Connect Core §5.5.1); verified_claims by a list, too. */
const checkClaims: ClaimsCheck = async ({ oidc }, claims) => {
  for (const part of ['userinfo', 'id_token'] as const) {
    const asked = claims[part] as Record<string, unknown> | undefined;
    for (const [name, value] of Object.entries(asked ?? {})) {
      if (asked && name === VERIFIED_CLAIMS) {
        const request = normaliseRequest(value);
        if (!request)
          throw new errors.InvalidRequest(
            'verified_claims must have verification.trust_framework and claims',
          );
        asked[name] = request;
      } else if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
        throw new errors.InvalidRequest(`claims.${part} members must be null or objects`);
    }
  }
  if (oidc.params) oidc.params.claims = JSON.stringify(claims);
};

type RequestObjectCheck = NonNullable<NonNullable<Features['requestObjects']>['assertJwtClaimsAndHeader']>;

/**
 * FAPI 2.0 Message Signing §5.3.1: `exp` at most 60 minutes after `nbf`. For every client: the object says until when it
 * is good, so that one that leaked does not stay good for ever.
 */
const checkRequestObject: RequestObjectCheck = async ({ oidc }, claims, header, client) => {
  // What was pushed without a signature is wrapped by the library itself; it was checked when it was pushed.
  if (oidc.entities.PushedAuthorizationRequest) return;
  const { exp, nbf, iat } = claims as { exp?: unknown; nbf?: unknown; iat?: unknown };
  if (!maySignBy(client, header.alg))
    throw new errors.InvalidRequestObject('FAPI 2.0 does not allow this alg');
  if (!isFapi(client)) return;
  if (typeof exp !== 'number' || typeof nbf !== 'number')
    throw new errors.InvalidRequestObject("Request Object is missing 'exp' or 'nbf'");
  if (exp - nbf > 3600 || exp <= nbf)
    throw new errors.InvalidRequestObject("Request Object 'exp' claim too far from 'nbf' claim");
  if (iat !== undefined && typeof iat !== 'number') throw new errors.InvalidRequestObject("wrong 'iat'");
};

type AssertionCheck = NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']>;

/** Where a proof of the same request says to which key its tokens are bound. */
const proven: ReadonlySet<string | undefined> = new Set(['token', 'pushed_authorization_request']);

/**
 * FAPI 2.0 Security Profile §5.3.2.1: `aud` is our issuer, as a single string, and the signature is a strong one.
 *
 * Asked before an assertion counts as used. So the DPoP proof is read here already: who is told `use_dpop_nonce` (RFC 9449
 * §8) sends the same request again with another proof, and many do so with the same assertion.
 */
export const checkClientAssertion: AssertionCheck = async (ctx, claims, header, client) => {
  const { oidc } = ctx;
  if (isFapi(client)) {
    if (claims.aud !== oidc.issuer)
      throw new errors.InvalidClientAuth('audience (aud) must equal the issuer identifier');
    if (!maySignBy(client, header.alg))
      throw new errors.InvalidClientAuth('FAPI 2.0 does not allow this alg');
  }
  if (proven.has(oidc.route)) await validateDpop(oidc.provider, ctx as TokenEndpointGrantContext);
};

const signedBy = [
  'authorization_signed_response_alg',
  'id_token_signed_response_alg',
  'introspection_signed_response_alg',
  'request_object_signing_alg',
  'token_endpoint_auth_signing_alg',
  'userinfo_signed_response_alg',
] as const;

type Validator = NonNullable<NonNullable<Configuration['extraClientMetadata']>['validator']>;

/** Refuses a client whose registration does not keep what its profile promises. The provider asks at every load. */
export const validateMember: Validator = (_ctx, name, value, metadata) => {
  const client = metadata as Record<string, unknown>;
  const method = client.token_endpoint_auth_method;
  const proves = !['none', 'client_secret_basic', 'client_secret_post', undefined].includes(method as string);
  if (name === REQUIRE_PKCE && value === false && method === 'none')
    throw new errors.InvalidClientMetadata('a public client cannot go without PKCE');
  if (name !== PROFILE || value === undefined) return;
  if (!proves)
    throw new errors.InvalidClientMetadata('FAPI 2.0 asks for private_key_jwt or a client certificate');
  for (const member of signedBy) {
    const alg = client[member];
    if (alg !== undefined && !maySignBy(client, alg))
      throw new errors.InvalidClientMetadata(`FAPI 2.0 allows ES256, PS256 and EdDSA, not ${member}`);
  }
};
