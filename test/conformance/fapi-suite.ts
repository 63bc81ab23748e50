/**
 * The requests of the suite's FAPI 2.0 plans, for its static clients: pushed, proven by private_key_jwt, bound by DPoP. As
 * the suite does it: where a nonce is asked for, the same once more.
 */
import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose';
import { expect } from 'vitest';
import { type Client, plansFor } from '../../scripts/conformance-plans.ts';
import type { Product } from '../support/product.ts';
import { CALLBACK, type Params, Requests, ScriptedBrowser } from './suite.ts';

export type Claims = Record<string, unknown>;
export type FapiPlan = 'fapi2_security' | 'fapi2_message_signing' | 'fapi2_mtls';

// RFC 7636 Appendix B.
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const MODULE = 'fapi2-security-profile-final-';

export const now = () => Math.floor(Date.now() / 1000);

/** The parameters of a request of this client. */
export const parameters = (client: Client, more: Params = {}): Params => ({
  client_id: client.client_id,
  response_type: 'code',
  redirect_uri: CALLBACK,
  scope: 'openid offline_access',
  state: 'a-state-of-the-suite',
  nonce: 'a-nonce-of-the-suite',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
  ...more,
});

export async function sign(client: Client, claims: Claims, header: Claims = {}): Promise<string> {
  const [jwk] = client.jwks?.keys ?? [];
  const all = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(all)
    .setProtectedHeader({ alg: 'ES256', kid: String(jwk?.kid), ...header })
    .sign((await importJWK(jwk as JWK, 'ES256')) as CryptoKey);
}

type How = { dpop?: boolean; more?: Claims };

export class FapiSuite {
  readonly product: Product;
  readonly plan: FapiPlan;
  readonly #key: { privateKey: CryptoKey; jwk: JWK };
  #nonce: string | undefined;

  private constructor(product: Product, plan: FapiPlan, key: { privateKey: CryptoKey; jwk: JWK }) {
    this.product = product;
    this.plan = plan;
    this.#key = key;
  }

  static async open(product: Product, plan: FapiPlan = 'fapi2_security'): Promise<FapiSuite> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return new FapiSuite(product, plan, { privateKey, jwk: await exportJWK(publicKey) });
  }

  /** Of the key that its proofs are made with. */
  thumbprint(): Promise<string> {
    return calculateJwkThumbprint(this.#key.jwk);
  }

  client(which: 'client' | 'client2' = 'client'): Client {
    const client = plansFor(this.product.issuer)[this.plan]?.[which];
    if (!client) throw new Error('no client');
    return client;
  }

  async assertion(client: Client, more: Claims = {}): Promise<Params> {
    const { client_id: id } = client;
    const times = { jti: randomUUID(), iat: now(), exp: now() + 60 };
    return {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await sign(client, { iss: id, sub: id, aud: this.product.issuer, ...times, ...more }),
    };
  }

  /** The key that its proofs are made with, which no proof may show. */
  privateKey(): Promise<JWK> {
    return exportJWK(this.#key.privateKey);
  }

  proof(htm: string, path: string, more: Claims = {}, header: Claims = {}): Promise<string> {
    const htu = `${this.product.issuer}${path}`;
    const claims = { jti: randomUUID(), htm, htu, iat: now(), nonce: this.#nonce, ...more };
    const all = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
    return new SignJWT(all)
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.#key.jwk, ...header })
      .sign(this.#key.privateKey);
  }

  async send(client: Client, path: string, params: Params, { dpop = true, more = {} }: How = {}) {
    const requests = new Requests(this.product, client);
    const form = { ...(await this.assertion(client)), ...params };
    for (let attempt = 0; ; attempt += 1) {
      const headers: Record<string, string> = dpop ? { dpop: await this.proof('POST', path, more) } : {};
      const answer = await requests.post(path, form, headers);
      this.#nonce = answer.headers.get('dpop-nonce') ?? this.#nonce;
      if (answer.body.error !== 'use_dpop_nonce' || attempt > 0) return answer;
    }
  }

  push(client: Client, more: Params = {}, how: How = { dpop: false }) {
    return this.send(client, '/request', parameters(client, more), how);
  }

  authorize({ client_id }: Client, request_uri: string | undefined): string {
    return `${this.product.issuer}/auth?${new URLSearchParams({ client_id, request_uri: request_uri ?? '' })}`;
  }

  redeem(client: Client, code: string | undefined, more: Params = {}, how: How = {}) {
    const grant = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: VERIFIER };
    return this.send(client, '/token', { ...grant, code, ...more }, how);
  }

  browser(module?: string): ScriptedBrowser {
    return new ScriptedBrowser(this.plan, this.product.issuer, module && `${MODULE}${module}`);
  }

  async signIn(more: Params = {}) {
    const client = this.client();
    const { body } = await this.push(client, more);
    const browser = this.browser();
    const answer = await browser.visit(this.authorize(client, body.request_uri));
    const tokens = await this.redeem(client, answer.code);
    expect(tokens.status, JSON.stringify([answer, tokens.body])).toBe(200);
    return { client, answer, tokens: tokens.body, requestUri: body.request_uri, browser };
  }

  /** One call of userinfo, with as many proofs as are given. */
  callUserInfo(authorization: string, dpop: string[]): Promise<number> {
    const headers = { authorization, ...(dpop.length > 0 ? { dpop } : {}) };
    return new Promise((settle, refuse) => {
      get(`${this.product.issuer}/me`, { headers }, (response) => {
        response.resume();
        settle(response.statusCode ?? 0);
      }).on('error', refuse);
    });
  }
}
