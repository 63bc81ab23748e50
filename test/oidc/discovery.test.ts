/** What is supported is in discovery, and nothing else is: the whole document, member by member. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from '../support/product.ts';

const SIGNATURES = ['ES256', 'RS256', 'PS256', 'EdDSA'];
let product: Product;
let plain: Record<string, unknown>;

beforeAll(async () => {
  product = await startProduct();
  plain = await discover(product);
});
afterAll(() => product?.close());

async function discover({ issuer }: Product): Promise<Record<string, unknown>> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  return sorted(await answer.json()) as Record<string, unknown>;
}

/** Lists are sets here. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return [...value].sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sorted(inner)]));
}

describe('discovery', () => {
  it('says exactly this (OpenID Connect Discovery §3, RFC 8414 §2)', () => {
    const { issuer } = product;
    expect(plain).toEqual(
      sorted({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        userinfo_endpoint: `${issuer}/me`,
        introspection_endpoint: `${issuer}/token/introspection`,
        revocation_endpoint: `${issuer}/token/revocation`,
        pushed_authorization_request_endpoint: `${issuer}/request`,
        device_authorization_endpoint: `${issuer}/device/auth`,
        end_session_endpoint: `${issuer}/session/end`,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        authorization_response_iss_parameter_supported: true,
        claims_parameter_supported: true,
        request_parameter_supported: true,
        request_uri_parameter_supported: false,
        response_types_supported: ['code'],
        response_modes_supported: [
          'query',
          'fragment',
          'form_post',
          'jwt',
          'query.jwt',
          'fragment.jwt',
          'form_post.jwt',
        ],
        grant_types_supported: [
          'authorization_code',
          'refresh_token',
          'client_credentials',
          'urn:ietf:params:oauth:grant-type:device_code',
          'urn:ietf:params:oauth:grant-type:token-exchange',
        ],
        code_challenge_methods_supported: ['S256'],
        prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
        subject_types_supported: ['pairwise', 'public'],
        acr_values_supported: ['level1', 'level2'],
        scopes_supported: ['openid', 'profile', 'phone', 'identity', 'offline_access'],
        claim_types_supported: ['normal'],
        claims_supported: [
          'sub',
          'iss',
          'sid',
          'acr',
          'amr',
          'auth_time',
          'name',
          'picture',
          'phone_number',
          'phone_number_verified',
          'personal_number',
          'verified_name',
          'verified_claims',
        ],
        ui_locales_supported: ['vi', 'en'],
        token_endpoint_auth_methods_supported: [
          'none',
          'client_secret_basic',
          'client_secret_post',
          'private_key_jwt',
        ],
        token_endpoint_auth_signing_alg_values_supported: SIGNATURES,
        revocation_endpoint_auth_methods_supported: [
          'none',
          'client_secret_basic',
          'client_secret_post',
          'private_key_jwt',
        ],
        revocation_endpoint_auth_signing_alg_values_supported: SIGNATURES,
        introspection_endpoint_auth_methods_supported: [
          'client_secret_basic',
          'client_secret_post',
          'private_key_jwt',
        ],
        introspection_endpoint_auth_signing_alg_values_supported: SIGNATURES,
        id_token_signing_alg_values_supported: SIGNATURES,
        userinfo_signing_alg_values_supported: SIGNATURES,
        request_object_signing_alg_values_supported: SIGNATURES,
        authorization_signing_alg_values_supported: SIGNATURES,
        introspection_signing_alg_values_supported: SIGNATURES,
        introspection_encryption_alg_values_supported: [
          'RSA-OAEP-256',
          'ECDH-ES',
          'ECDH-ES+A128KW',
          'ECDH-ES+A256KW',
        ],
        introspection_encryption_enc_values_supported: [
          'A128GCM',
          'A256GCM',
          'A128CBC-HS256',
          'A256CBC-HS512',
        ],
        dpop_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA'],
        verified_claims_supported: true,
        trust_frameworks_supported: ['vn_tayninh_id'],
        evidence_supported: ['document', 'electronic_record'],
        documents_supported: ['idcard'],
        documents_check_methods_supported: ['vcrypt', 'pvp', 'pvr'],
        electronic_records_supported: ['vn_electronic_identity_account'],
        claims_in_verified_claims_supported: ['name', 'birthdate', 'personal_number'],
      }),
    );
  });

  it('is the same at RFC 8414’s address', async () => {
    const answer = await fetch(`${product.issuer}/.well-known/oauth-authorization-server`);
    expect(sorted(await answer.json())).toEqual(plain);
  });

  it('names certificates only where the operator set them up (RFC 8705 §2.1, §3.3, §5)', async () => {
    const with_ = await startProduct({
      env: {
        TNID_MTLS_HEADER: 'Client-Cert',
        TNID_MTLS_VERIFIED_HEADER: 'X-Client-Verify',
        TNID_TRUSTED_PROXIES: '10.0.0.0/8',
        TNID_MTLS_ORIGIN: 'https://mtls.id.example',
      },
    });
    try {
      const document = await discover(with_);
      for (const endpoint of ['token', 'revocation', 'introspection'])
        expect(document[`${endpoint}_endpoint_auth_methods_supported`]).toEqual(
          expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
        );
      expect(document.tls_client_certificate_bound_access_tokens).toBe(true);
      expect(document.mtls_endpoint_aliases).toMatchObject({
        token_endpoint: 'https://mtls.id.example/token',
        pushed_authorization_request_endpoint: 'https://mtls.id.example/request',
      });
    } finally {
      await with_.close();
    }
  });

  it('publishes one key in use and one to come for each algorithm (RFC 7517), and nothing private', async () => {
    const { keys } = (await (await fetch(`${product.issuer}/jwks`)).json()) as {
      keys: Record<string, string>[];
    };
    expect(keys.map(({ alg }) => alg).sort()).toEqual([...SIGNATURES, ...SIGNATURES].sort());
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(8);
    for (const key of keys) expect(Object.keys(key)).not.toContain('d');
  });
});
