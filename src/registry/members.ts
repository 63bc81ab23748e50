/**
 * The words of the registry: what a client, a service and a scope are registered with, and of which kind each member is.
 * Names are those of RFC 7591 and its extensions where they have one. What is true of a single member is said here; what
 * members say of each other stands in rules.
 */
import { z } from 'zod';
import { levels } from '../guard/levels.ts';

/** What the provider signs with and takes signatures of: never `none`, never a shared secret (secrets are kept hashed). */
const signatures = z.enum(['ES256', 'RS256', 'PS256', 'EdDSA']);
const keyWrapping = z.enum(['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']);
const encryption = z.enum(['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512']);

const line = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'is longer than 200 characters')
  .regex(/^\P{Cc}*$/u, 'must be one line');
const names = z.strictObject({ vi: line, en: line });
const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, dot, dash, underscore');
const level = z.enum(levels);
const httpsUrl = z
  .string()
  .refine(isHttpsUrl, 'must be an https address without a user, fragment or wildcard');
/** One of our own or of a service: RFC 6749 §3.3, narrowed. */
const scopeName = z
  .string()
  .regex(/^[a-z][a-z0-9._:-]{0,63}$/, 'is no scope: a-z, 0-9, dot, colon, dash, underscore');
const strings = z.array(z.string().min(1).max(2_000)).max(100).refine(isDistinct, 'has a value twice');

/** The SHA-256 of a secret that was made elsewhere, in hexadecimal: the secret itself has no place in a file. */
const secretHash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 hexadecimal digits');

const keySet = z.strictObject({
  keys: z
    .array(z.looseObject({ kty: z.enum(['EC', 'RSA', 'OKP']) }))
    .min(1)
    .refine((keys) => keys.every((key) => !('d' in key)), 'holds a private key: register only public ones'),
});

/** Members that are kept as they are and passed to the provider. */
const standardMembers = {
  jwks: keySet,
  jwks_uri: httpsUrl,
  token_endpoint_auth_signing_alg: signatures,
  id_token_signed_response_alg: signatures,
  userinfo_signed_response_alg: signatures,
  request_object_signing_alg: signatures,
  authorization_signed_response_alg: signatures,
  introspection_signed_response_alg: signatures,
  introspection_encrypted_response_alg: keyWrapping,
  introspection_encrypted_response_enc: encryption,
  dpop_bound_access_tokens: z.boolean(),
  tls_client_certificate_bound_access_tokens: z.boolean(),
  tls_client_auth_subject_dn: line,
  tls_client_auth_san_dns: line,
  tls_client_auth_san_uri: line,
  tls_client_auth_san_ip: line,
  tls_client_auth_san_email: line,
  require_pushed_authorization_requests: z.boolean(),
  require_signed_request_object: z.boolean(),
  require_pkce: z.boolean(),
  require_auth_time: z.boolean(),
  default_max_age: z.int().min(0),
  default_acr_values: z.array(level).min(1),
  response_modes: z
    .array(z.enum(['query', 'fragment', 'form_post', 'jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt']))
    .min(1),
  client_uri: httpsUrl,
  policy_uri: httpsUrl,
  tos_uri: httpsUrl,
};

const serviceMembers = {
  jwks: keySet,
  jwks_uri: httpsUrl,
  introspection_signed_response_alg: signatures,
  introspection_encrypted_response_alg: keyWrapping,
  introspection_encrypted_response_enc: encryption,
  /** Where security events are pushed (RFC 8935). */
  events_endpoint: httpsUrl,
  /** What the integrator's test calls: an address to GET that needs level2. */
  test_uri: z.string().max(500),
};

export const clientMetadataMembers: readonly string[] = Object.keys(standardMembers);
export const serviceMetadataMembers: readonly string[] = Object.keys(serviceMembers);

const owners = {
  owner: line,
  contacts: z.array(z.email('is no e-mail address')).min(1, 'somebody must be reachable').max(20),
  /** Whose subjects are shared: a host or a name. The host of the first redirect address where there is none. */
  sector: line.optional(),
  secret_hash: secretHash.optional(),
  disabled: z.boolean().default(false),
};

export const clientShape = z.strictObject({
  client_id: id,
  name: names,
  ...owners,
  application_type: z.enum(['web', 'native']).default('web'),
  token_endpoint_auth_method: z
    .enum([
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ])
    .default('client_secret_basic'),
  grant_types: z
    .array(
      z.enum([
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ]),
    )
    .min(1, 'must name at least one')
    .refine(isDistinct, 'has a value twice')
    .default(['authorization_code']),
  redirect_uris: strings.default([]),
  post_logout_redirect_uris: strings.default([]),
  scopes: z.array(scopeName).refine(isDistinct, 'has a value twice').default(['openid']),
  minimum_level: level.default('level1'),
  maximum_level: level.default('level2'),
  profile: z.enum(['fapi2_security', 'fapi2_message_signing']).optional(),
  subject_type: z.enum(['pairwise', 'public']).default('pairwise'),
  card_reader: z.boolean().default(false),
  mini_app: z.boolean().default(false),
  /** Origins of its pages beside those of its redirect addresses (CORS). */
  origins: strings.default([]),
  return_uri: httpsUrl.optional(),
  backchannel_logout_uri: z.string().optional(),
  backchannel_logout_session_required: z.boolean().default(false),
  ...z.object(standardMembers).partial().shape,
});

const scopeShape = z.strictObject({
  name: scopeName,
  level: level.default('level1'),
  /** The sentence of the consent page. */
  description: names,
});

export const serviceShape = z.strictObject({
  /** What `aud` of its tokens says: a URI (RFC 8707 §2). */
  resource: z
    .string()
    .max(200)
    .refine((uri) => URL.canParse(uri) && !/[\s#*]/.test(uri), 'must be an absolute URI without fragment'),
  client_id: id,
  name: names,
  ...owners,
  access_token_format: z.enum(['opaque', 'jwt']).default('opaque'),
  scopes: z
    .array(scopeShape)
    .refine((scopes) => isDistinct(scopes.map(({ name }) => name)), 'has a scope twice')
    .default([]),
  ...z.object(serviceMembers).partial().shape,
});

export type ClientEntry = z.output<typeof clientShape>;
export type ServiceEntry = z.output<typeof serviceShape>;
export type ScopeEntry = z.output<typeof scopeShape>;

export function isHttpsUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && isPlainAddress(text);
}

/** Nothing that could stand for more than it says: no wildcard, fragment, user, blank or control character. */
export function isPlainAddress(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && /^[\x21-\x7e]+$/.test(text) && !/[*#\\]/.test(text) && !url.username && !url.password
  );
}

function isDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}
