/** Clients of a test's own, with what each registers, and openid-client set up as each of them. */
import { createHash } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import * as client from 'openid-client';
import type { Db } from '../../src/db/database.ts';
import type { Product } from './product.ts';
import { REDIRECT_URI } from './relying-party.ts';
import { Visitor } from './visitor.ts';

export const SECRET = 'a-secret-of-the-tests';

export type Registration = {
  client_id: string;
  /** client_secret_basic when nothing is said. */
  method?: string;
  metadata?: Record<string, unknown>;
  profile?: 'fapi2_security' | 'fapi2_message_signing';
  grant_types?: string[];
  scopes?: string[];
  redirect_uris?: string[];
  backchannel_logout_uri?: string;
};

export async function registerClients(db: Db, list: Registration[]): Promise<void> {
  for (const { method = 'client_secret_basic', metadata = {}, ...given } of list) {
    const secret = method.startsWith('client_secret') ? createHash('sha256').update(SECRET).digest() : null;
    await db
      .insertInto('clients')
      .values({
        name: `Ứng dụng ${given.client_id}`,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [REDIRECT_URI],
        scopes: ['openid', 'profile', 'identity', 'offline_access', 'hoso.xem', 'hoso.nop'],
        ...given,
        secret_hash: secret,
        token_endpoint_auth_method: method,
        metadata: JSON.stringify(metadata),
        created_at: new Date(),
      })
      .execute();
  }
}

export type KeyPair = { privateKey: CryptoKey; jwk: JWK };

/** A key pair, and its public half as it is registered. */
export async function makeKeys(alg = 'ES256', kid = 'key-1'): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** openid-client as this client. */
export function configure(
  product: Product,
  clientId: string,
  auth: client.ClientAuth = client.ClientSecretBasic(SECRET),
  metadata: Partial<client.ClientMetadata> = {},
): Promise<client.Configuration> {
  return client.discovery(new URL(product.issuer), clientId, metadata, auth, {
    execute: [client.allowInsecureRequests],
  });
}

/** A browser that stops where the relying party takes over. */
export function browser(): Visitor {
  return new Visitor((url) => url.startsWith(REDIRECT_URI));
}

/** The parameters of an authorization request, and what is needed to redeem its answer. */
export async function prepare(extra: Record<string, string> = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const parameters: Record<string, string> = {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  };
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  return { parameters, checks };
}
