/**
 * VNeID as an upstream: a generic OpenID Connect relying party (openid-client: PKCE S256, state, nonce, ID token
 * signature and claims). No endpoint or claim name of the real VNeID is public (facts E1: unknown), so issuer,
 * endpoints, claim names and accepted `acr` are configuration, and without it VNeID is off.
 */
import * as client from 'openid-client';
import type { VneidConfig } from '../config-upstreams.ts';

/** What VNeID says of the person, by the claim map, not yet checked. */
export type VneidClaims = { subject: string; personalNumber: string; fullName: string; accountType: string };

export type VneidResult =
  | { ok: true; claims: VneidClaims }
  | { ok: false; reason: 'denied' | 'refused' | 'unavailable'; code: string };

export type VneidAttempt = { state: string; nonce: string; verifier: string; redirectUri: string };

const TIMEOUT_SECONDS = 10;

export class VneidClient {
  readonly #config: VneidConfig;
  readonly #fetch: typeof globalThis.fetch;
  #server: Promise<client.Configuration> | undefined;

  constructor(config: VneidConfig, fetch: typeof globalThis.fetch) {
    this.#config = config;
    this.#fetch = fetch;
  }

  /** Where the citizen is sent. */
  async authorizationUrl({ state, nonce, verifier, redirectUri }: VneidAttempt): Promise<string> {
    const { scope, acrValues } = this.#config;
    const url = client.buildAuthorizationUrl(await this.#discover(), {
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(acrValues.length > 0 ? { acr_values: acrValues.join(' ') } : {}),
    });
    return url.href;
  }

  /** Takes the answer at the callback to the claims about the person. Never throws for what the upstream did. */
  async readCallback(
    callback: URL,
    { state, nonce, verifier }: Omit<VneidAttempt, 'redirectUri'>,
  ): Promise<VneidResult> {
    try {
      const server = await this.#discover();
      const tokens = await client.authorizationCodeGrant(server, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const idToken = tokens.claims();
      if (!idToken) return { ok: false, reason: 'refused', code: 'no_id_token' };
      const { acrValues } = this.#config;
      if (acrValues.length > 0 && !acrValues.includes(String(idToken.acr))) {
        return { ok: false, reason: 'refused', code: 'acr_too_low' };
      }
      // openid-client holds the UserInfo `sub` against the ID token's (OpenID Connect Core §5.3.2).
      const userInfo = server.serverMetadata().userinfo_endpoint
        ? await client.fetchUserInfo(server, tokens.access_token, idToken.sub)
        : {};
      return { ok: true, claims: this.#mapClaims({ ...idToken, ...userInfo }) };
    } catch (error) {
      return describeFailure(error);
    }
  }

  #mapClaims(answer: Record<string, unknown>): VneidClaims {
    const { claims } = this.#config;
    const read = (name: string) => {
      const value = answer[name];
      return typeof value === 'string' || typeof value === 'number'
        ? String(value).normalize('NFC').trim()
        : '';
    };
    return {
      subject: read(claims.subject),
      personalNumber: read(claims.personalNumber),
      fullName: read(claims.fullName),
      accountType: read(claims.accountType),
    };
  }

  /** The upstream's metadata, read once; a failure is forgotten, so that the next citizen tries again. */
  #discover(): Promise<client.Configuration> {
    this.#server ??= this.#connect().catch((error) => {
      this.#server = undefined;
      throw error;
    });
    return this.#server;
  }

  async #connect(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret, clientAuth, endpoints } = this.#config;
    // Without the first, openid-client takes TLS for proof enough and leaves the ID token's signature unchecked.
    const extensions = [
      client.enableNonRepudiationChecks,
      ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
    ];
    const customFetch = this.#fetch as client.CustomFetch;
    const auth =
      clientAuth === 'client_secret_post'
        ? client.ClientSecretPost(clientSecret)
        : client.ClientSecretBasic(clientSecret);
    if (!endpoints) {
      return client.discovery(new URL(issuer), clientId, undefined, auth, {
        execute: extensions,
        [client.customFetch]: customFetch,
        timeout: TIMEOUT_SECONDS,
      });
    }
    const server = new client.Configuration(
      {
        issuer,
        authorization_endpoint: endpoints.authorization,
        token_endpoint: endpoints.token,
        jwks_uri: endpoints.jwks,
        ...(endpoints.userinfo ? { userinfo_endpoint: endpoints.userinfo } : {}),
      },
      clientId,
      undefined,
      auth,
    );
    server[client.customFetch] = customFetch;
    server.timeout = TIMEOUT_SECONDS;
    for (const extend of extensions) extend(server);
    return server;
  }
}

/** Error codes only: an upstream's message may hold what was sent. */
function describeFailure(error: unknown): VneidResult {
  if (error instanceof client.AuthorizationResponseError) {
    const denied = error.error === 'access_denied';
    return { ok: false, reason: denied ? 'denied' : 'refused', code: codeOnly(error.error) };
  }
  if (error instanceof client.ResponseBodyError)
    return { ok: false, reason: 'refused', code: codeOnly(error.error) };
  const code = (error as { code?: string }).code ?? 'unknown';
  return { ok: false, reason: 'unavailable', code };
}

/** An error code of OAuth is a word; whatever else stands in its place may be about a person, and is not logged. */
function codeOnly(error: string): string {
  return /^[a-z_]{1,60}$/.test(error) ? error : 'not_a_code';
}
