/** A relying party of the test's own, made with openid-client as anybody outside would. */
import * as client from 'openid-client';
import { subjectFor } from '../../src/oidc/subjects.ts';
import { Registry } from '../../src/registry/registry.ts';
import type { Product } from './product.ts';
import { Visitor } from './visitor.ts';

export const REDIRECT_URI = 'http://127.0.0.1:65000/cb';

export type Ask = {
  scope?: string;
  acrValues?: string;
  claims?: unknown;
  prompt?: string;
  maxAge?: number;
  resource?: string;
  /** Further parameters, taken as they are. */
  extra?: Record<string, string>;
};

export class RelyingParty {
  readonly #configuration: client.Configuration;

  private constructor(configuration: client.Configuration) {
    this.#configuration = configuration;
  }

  static async register(product: Product, clientId = 'sandbox-web', secret?: string): Promise<RelyingParty> {
    const known = clientId === 'sandbox-web' ? 'sandbox-web-secret' : secret;
    const configuration = await client.discovery(
      new URL(product.issuer),
      clientId,
      undefined,
      known ? client.ClientSecretBasic(known) : client.None(),
      { execute: [client.allowInsecureRequests] },
    );
    return new RelyingParty(configuration);
  }

  /** A browser that stops where this relying party takes over. */
  visitor(): Visitor {
    return new Visitor((url) => url.startsWith(REDIRECT_URI));
  }

  /** Sends the browser to the provider; what comes of it is on `visitor.page`. */
  async ask(visitor: Visitor, ask: Ask = {}): Promise<Attempt> {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(this.#configuration, {
      redirect_uri: REDIRECT_URI,
      scope: ask.scope ?? 'openid',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(ask.acrValues ? { acr_values: ask.acrValues } : {}),
      ...(ask.claims ? { claims: JSON.stringify(ask.claims) } : {}),
      ...(ask.prompt ? { prompt: ask.prompt } : {}),
      ...(ask.maxAge === undefined ? {} : { max_age: String(ask.maxAge) }),
      ...(ask.resource ? { resource: ask.resource } : {}),
      ...ask.extra,
    });
    await visitor.open(url.href);
    return { verifier, state, nonce, maxAge: ask.maxAge };
  }

  /** Redeems what the browser brought back. Throws what openid-client throws. */
  async redeem(
    visitor: Visitor,
    { verifier, state, nonce, maxAge }: Attempt,
    parameters: Record<string, string> = {},
  ) {
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      ...(maxAge === undefined ? {} : { maxAge }),
      idTokenExpected: true,
    };
    const answer = new URL(visitor.page.url);
    return client.authorizationCodeGrant(this.#configuration, answer, checks, parameters);
  }

  refresh(refreshToken: string, parameters: Record<string, string> = {}) {
    return client.refreshTokenGrant(this.#configuration, refreshToken, parameters);
  }

  clientCredentials(parameters: Record<string, string> = {}) {
    return client.clientCredentialsGrant(this.#configuration, parameters);
  }

  userInfo(accessToken: string, sub: string) {
    return client.fetchUserInfo(this.#configuration, accessToken, sub);
  }

  introspect(token: string) {
    return client.tokenIntrospection(this.#configuration, token);
  }

  get metadata() {
    return this.#configuration.serverMetadata();
  }
}

export type Attempt = { verifier: string; state: string; nonce: string; maxAge: number | undefined };

/** The service of the sandbox asks about a token. */
export async function introspectAsService(product: Product, token: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${product.issuer}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('sandbox-api:sandbox-api-secret').toString('base64')}` },
    body: new URLSearchParams({ token }),
  });
  return (await response.json()) as Record<string, unknown>;
}

/** The account behind a `sub`, which is a client's own; '' when there is none. */
export async function accountIdOf(
  { deps }: Product,
  sub: string | undefined,
  clientId = 'sandbox-web',
): Promise<string> {
  const caller = (await Registry.load(deps)).clientMetadata(clientId) ?? {};
  const accounts = await deps.db.selectFrom('accounts').select('id').execute();
  return accounts.find(({ id }) => subjectFor(deps.keyring, caller, id) === sub)?.id ?? '';
}
