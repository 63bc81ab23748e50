/**
 * The one word `profile` in a registration, which stands for all that FAPI 2.0 asks of a client (Security Profile and
 * Message Signing); what that means for a single signature. The library is not loaded here: commands read this, too.
 */
import type { AdapterPayload } from 'oidc-provider';

/** Our own among them, which the provider must be told to keep. */
export const PROFILE = 'profile';
export const REQUIRE_PKCE = 'require_pkce';

type Profile = 'fapi2_security' | 'fapi2_message_signing';

/** FAPI 2.0 Security Profile §5.4.1: what may sign. */
const strong = ['ES256', 'PS256', 'EdDSA'];

/** What a client is registered with, and what its profile adds to that. */
export function profileMembers(
  profile: string | null,
  members: Record<string, unknown>,
): Partial<AdapterPayload> {
  const fapi = profile === 'fapi2_security' || profile === 'fapi2_message_signing';
  return fapi ? withProfile(profile, members) : members;
}

function withProfile(profile: Profile, members: Record<string, unknown>): Partial<AdapterPayload> {
  const signing = {
    authorization_signed_response_alg: 'ES256',
    id_token_signed_response_alg: 'ES256',
    introspection_signed_response_alg: 'ES256',
    ...members,
  } as const;
  const messages = profile === 'fapi2_message_signing';
  return {
    ...signing,
    [PROFILE]: profile,
    [REQUIRE_PKCE]: true,
    // Security Profile §5.3.2.2: pushed requests only; §5.3.2.1: sender-constrained tokens only.
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: members.tls_client_certificate_bound_access_tokens !== true,
    // Message Signing §5.3.1 and §5.4.1: the request is a signed object, the answer a signed response.
    ...(messages
      ? {
          require_signed_request_object: true,
          response_modes: ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'],
        }
      : {}),
  };
}

/** Whether this client is bound by FAPI 2.0. */
export function isFapi(client: { readonly [member: string]: unknown } | undefined): boolean {
  return client?.[PROFILE] !== undefined;
}

/** Whether a signature of this client may be of this algorithm. */
export function maySignBy(client: { readonly [member: string]: unknown }, alg: unknown): boolean {
  return !isFapi(client) || strong.includes(alg as string);
}
