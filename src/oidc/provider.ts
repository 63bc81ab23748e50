/**
 * The wiring of oidc-provider: where artefacts live, how accounts, claims, scopes and the rule of levels are answered
 * (oidc/answers), which features are on (oidc/features). No HTML: pages come in as functions. The provider is the Koa
 * application.
 *
 * Standards: OAuth 2.0 (RFC 6749) as narrowed by RFC 9700, PKCE S256 only (RFC 7636), RFC 9207 issuer, OpenID Connect Core.
 */
import Provider, {
  type ClientAuthMethod,
  type Configuration,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { hasFactor } from '../account/factors.ts';
import type { Deps } from '../deps.ts';
import { createCookieSigner } from '../http/cookie-signer.ts';
import { isFapi, REQUIRE_PKCE } from '../registry/client-metadata.ts';
import { openidScopes, scopeClaims } from '../registry/openid-scopes.ts';
import {
  clientMembers,
  extendClientModel,
  isOriginOf,
  keepClients,
  type Registry,
} from '../registry/registry.ts';
import { createAdapterFactory } from './adapter.ts';
import { answerAccount, authenticationClaims, heldOf, needOf } from './answers.ts';
import { paceDevices } from './device-polls.ts';
import { checkClientAssertion, featuresOf, validateMember } from './features.ts';
import { loadExistingGrant } from './grants.ts';
import { encryptedAnswersMetadata } from './introspection.ts';
import { keepJwtTokens, nameSubject } from './jwt-tokens.ts';
import { isSigningKey, replaceSigningKeys } from './key-set.ts';
import { algorithms, loadSigningKeys } from './keys.ts';
import { callService } from './outgoing.ts';
import { leaveOutMissingPhone } from './phone-scope.ts';
import { createPolicy, grantedLevel } from './policy.ts';
import { promptsOf } from './prompts.ts';
import type { ProviderPages } from './provider-pages.ts';
import { rememberProofs } from './replays.ts';
import { nameSuccessors } from './rotation.ts';
import { SigningKey } from './signing-key.ts';
import { askUsForSubjects, subjectFor } from './subjects.ts';
import { signInOfTest } from './test-person.ts';
import { VERIFIED_CLAIMS, verifiedClaimsMetadata } from './verified-claims.ts';

const MINUTE = 60;
const DAY = 24 * 3600;
/** What is read of an answer to a call of ours, at most. */
const FETCHED = 64 * 1024;

const signatures = {
  clientAuthSigningAlgValues: [...algorithms],
  // RFC 9449 names none; FAPI 2.0 (§5.4.1) leaves RS256 out, and no client has it yet.
  dPoPSigningAlgValues: algorithms.filter((alg) => alg !== 'RS256'),
  authorizationSigningAlgValues: [...algorithms],
  idTokenSigningAlgValues: [...algorithms],
  introspectionSigningAlgValues: [...algorithms],
  requestObjectSigningAlgValues: [...algorithms],
  userinfoSigningAlgValues: [...algorithms],
};

export async function createProvider(
  deps: Deps,
  registry: Registry,
  pages: ProviderPages,
): Promise<Provider> {
  const { config, keyring } = deps;
  const need = (ctx: KoaContextWithOIDC) => needOf(ctx, registry);
  const held = (ctx: KoaContextWithOIDC) => heldOf(ctx, deps);
  const lacksFactor = async ({ oidc }: KoaContextWithOIDC) =>
    oidc.account !== undefined && !(await hasFactor(deps.db, oidc.account.accountId));

  const keys = await loadSigningKeys(deps);

  const provider = new Provider(config.issuer, {
    adapter: createAdapterFactory(deps, registry),
    jwks: { keys: keys.filter(isSigningKey).map((jwk) => new SigningKey(jwk)) },
    cookies: {
      // A signer, which the library takes as well; its types know keys only.
      keys: createCookieSigner(
        keyring.secrets('cookie').map((key) => key.toString('base64url')),
      ) as unknown as string[],
      names: { session: 'tnid_session', interaction: 'tnid_interaction', resume: 'tnid_resume' },
      long: { httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    routes: { end_session: '/session/end' },
    scopes: [...openidScopes],
    claims: { ...scopeClaims, [VERIFIED_CLAIMS]: null },
    discovery: metadataOf(config),
    acrValues: ['level1', 'level2'],
    subjectTypes: ['pairwise', 'public'],
    pairwiseIdentifier: (_ctx, accountId, client) => subjectFor(keyring, client, accountId),
    responseTypes: ['code'],
    clientAuthMethods: authMethodsOf(config),
    assertJwtClientAuthClaimsAndHeader: checkClientAssertion,
    // Without only where the operator registered a client so that proves itself otherwise (docs/decisions/0016).
    pkce: { required: (_ctx, client) => client[REQUIRE_PKCE] !== false || isFapi(client) },
    enabledJWA: signatures,
    extraClientMetadata: { properties: Object.values(clientMembers), validator: validateMember },
    interactions: {
      policy: createPolicy(interactionPolicy, { need, held, lacksFactor }),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    findAccount: (ctx, accountId, source) => answerAccount(deps, ctx, accountId, source),
    loadExistingGrant: async (ctx) => {
      await leaveOutMissingPhone(deps, ctx);
      return loadExistingGrant(deps, ctx);
    },
    extraTokenClaims: (ctx, token) =>
      signInOfTest(token) ?? ('accountId' in token ? authenticationClaims(ctx) : undefined),
    issueRefreshToken: async (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    // FAPI 2.0 Security Profile §5.3.2.1 point 9: not for clients whose refresh tokens are bound to their keys anyway.
    rotateRefreshToken: ({ oidc }) => !isFapi(oidc.client),
    clientBasedCORS: (_ctx, origin, client) => isOriginOf(client, origin),
    renderError: pages.renderError,
    fetch: (url: string | URL, options: RequestInit) => callService(deps, url, options),
    fetchResponseBodyLimits: { jwks_uri: FETCHED },
    features: featuresOf(deps, registry, pages),
    formats: { customizers: { jwt: nameSubject(keyring, registry) } },
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 60 * MINUTE,
      AuthorizationCode: MINUTE,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 10 * MINUTE,
      DeviceCode: 10 * MINUTE,
      Grant: 30 * DAY,
      IdToken: 60 * MINUTE,
      Interaction: 60 * MINUTE,
      RefreshToken: 30 * DAY,
      Session: 14 * DAY,
    },
  } as Configuration);

  replaceSigningKeys(provider, keys);
  provider.proxy = config.trustProxy;
  // What a proxy of ours did not write into X-Forwarded-For is the sender's own word.
  provider.maxIpsCount = config.proxies;
  extendClientModel(provider);
  keepClients(provider, registry);
  keepJwtTokens(provider);
  askUsForSubjects(provider);
  rememberProofs(provider, deps);
  paceDevices(provider, deps);
  nameSuccessors(provider, keyring);
  const { OIDCContext } = provider as unknown as { OIDCContext: { prototype: object } };
  Object.defineProperties(OIDCContext.prototype, {
    // Codes and tokens take `acr` from the request's context: there it is what the session holds now (point 1), not
    // what it once proved.
    acr: {
      get(this: { ctx: KoaContextWithOIDC }) {
        return grantedLevel(held(this.ctx), need(this.ctx));
      },
    },
    prompts: {
      get(this: KoaContextWithOIDC['oidc']) {
        return promptsOf(this);
      },
    },
  });
  return provider;
}

/** What the library does not say of itself in discovery. */
function metadataOf(config: Deps['config']) {
  const { issuer, mtls } = config;
  const at = (path: string) => `${mtls?.origin}${path}`;
  const methods = authMethodsOf(config);
  return {
    // RFC 8414 §2: left out, the first would mean client_secret_basic alone. Nobody asks about a token without proof.
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: signatures.clientAuthSigningAlgValues,
    introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: signatures.clientAuthSigningAlgValues,
    claim_types_supported: ['normal'],
    ui_locales_supported: ['vi', 'en'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    ...verifiedClaimsMetadata,
    ...encryptedAnswersMetadata,
    // RFC 8705 §5: where certificates are asked for, if that is another name.
    ...(mtls?.origin && mtls.origin !== issuer
      ? {
          mtls_endpoint_aliases: {
            token_endpoint: at('/token'),
            revocation_endpoint: at('/token/revocation'),
            introspection_endpoint: at('/token/introspection'),
            pushed_authorization_request_endpoint: at('/request'),
            device_authorization_endpoint: at('/device/auth'),
            userinfo_endpoint: at('/me'),
          },
        }
      : {}),
  };
}

function authMethodsOf({ mtls }: Deps['config']): ClientAuthMethod[] {
  return [
    'none',
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    ...(mtls ? (['self_signed_tls_client_auth'] as const) : []),
    ...(mtls?.verifiedHeader ? (['tls_client_auth'] as const) : []),
  ];
}
