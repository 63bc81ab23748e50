/** A provider in miniature for the guard's tests: keys, JWT access tokens, introspection, and clients' DPoP proofs. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const RESOURCE = 'urn:a';
export const NOW = new Date('2030-01-01T00:00:00Z');
export const seconds = NOW.getTime() / 1000;

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

export class TinyProvider {
  issuer = '';
  asked = 0;
  /** What introspection answers. */
  answer: Record<string, unknown> = { active: false };
  keysGone = false;
  readonly #keys: KeyPair;
  readonly #server: Server;

  private constructor(keys: KeyPair) {
    this.#keys = keys;
    this.#server = createServer(async (request, response) => {
      const body = await this.#respond(request.url ?? '');
      response.writeHead(body ? 200 : 500, { 'content-type': 'application/json' });
      response.end(body ? JSON.stringify(body) : '');
    });
  }

  static async start(): Promise<TinyProvider> {
    const provider = new TinyProvider(await generateKeyPair('ES256', { extractable: true }));
    await new Promise<void>((settle) => provider.#server.listen(0, '127.0.0.1', settle));
    provider.issuer = `http://127.0.0.1:${(provider.#server.address() as AddressInfo).port}`;
    return provider;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** A JWT access token (RFC 9068); `claims` and `header` bend it. */
  async accessToken(claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> {
    const payload = {
      iss: this.issuer,
      aud: RESOURCE,
      sub: 'a-citizen',
      client_id: 'an-app',
      jti: randomUUID(),
      iat: seconds - 10,
      exp: seconds + 290,
      acr: 'level2',
      auth_time: seconds - 10,
      amr: ['zalo', 'pin'],
      scope: 'hoso.nop',
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...header })
      .sign(this.#keys.privateKey);
  }

  async #respond(url: string): Promise<unknown> {
    if (url === '/.well-known/openid-configuration') {
      return {
        issuer: this.issuer,
        introspection_endpoint: `${this.issuer}/introspect`,
        jwks_uri: `${this.issuer}/jwks`,
      };
    }
    if (url === '/jwks') {
      if (this.keysGone) return undefined;
      return { keys: [{ ...(await exportJWK(this.#keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
    }
    this.asked += 1;
    return this.answer;
  }
}

/** A client that holds a DPoP key. */
export class KeyHolder {
  readonly #keys: KeyPair;
  readonly jwk: Awaited<ReturnType<typeof exportJWK>>;
  readonly jkt: string;

  private constructor(keys: KeyPair, jwk: Awaited<ReturnType<typeof exportJWK>>, jkt: string) {
    this.#keys = keys;
    this.jwk = jwk;
    this.jkt = jkt;
  }

  static async make(): Promise<KeyHolder> {
    const keys = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(keys.publicKey);
    return new KeyHolder(keys, jwk, await calculateJwkThumbprint(jwk));
  }

  /** A proof for a request with this token (RFC 9449 §4.2); `claims` and `header` bend it. */
  async prove(
    request: { method: string; url: string; token: string },
    claims: JWTPayload = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const ath = createHash('sha256').update(request.token).digest('base64url');
    const payload = {
      htm: request.method,
      htu: request.url,
      jti: randomUUID(),
      iat: seconds,
      ath,
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.jwk, ...header })
      .sign(this.#keys.privateKey);
  }
}
