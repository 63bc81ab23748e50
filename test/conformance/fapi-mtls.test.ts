/**
 * fapi2-security-profile-final with client certificates (client_auth_type mtls, sender_constrain mtls; RFC 8705), by the
 * suite's names: through a real TLS proxy in front, at the addresses that discovery names for it.
 */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, plansFor } from '../../scripts/conformance-plans.ts';
import { certificateOf } from '../support/client-certificates.ts';
import { type MtlsProxy, type Shown, startMtlsProxy } from '../support/mtls-proxy.ts';
import type { Product } from '../support/product.ts';
import { now, parameters, sign, VERIFIER } from './fapi-suite.ts';
import { CALLBACK, type Params, present, Requests, ScriptedBrowser, startForSuite } from './suite.ts';

let product: Product;
let proxy: MtlsProxy;
let aliases: Record<string, string>;
let [one, two]: (Client & { shown: Shown })[] = [];

beforeAll(async () => {
  const { client, client2, mtls, mtls2 } = plansFor('').fapi2_mtls ?? {};
  if (!client || !client2 || !mtls || !mtls2) throw new Error('no clients');
  proxy = await startMtlsProxy(mtls.ca);
  product = await startForSuite({ env: proxy.env }, 'registry-mtls.yaml');
  proxy.target(product.issuer.replace('localhost', '127.0.0.1'));
  [one, two] = [
    { ...client, shown: mtls },
    { ...client2, shown: mtls2 },
  ];
  const discovery = await fetch(`${product.issuer}/.well-known/openid-configuration`);
  aliases = ((await discovery.json()) as { mtls_endpoint_aliases: Record<string, string> })
    .mtls_endpoint_aliases;
});
afterAll(async () => {
  await product?.close();
  await proxy?.close();
});

type Party = Client & { shown?: Shown | undefined };
const first = () => one as Party;
const plan = (name: string) => {
  const found = plansFor('')[name];
  if (!found) throw new Error(`no plan ${name}`);
  return found;
};
const second = () => two as Party;

/** A request to an endpoint at the address for certificates. */
function send({ client_id, shown }: Party, endpoint: string, form: Params, headers = {}) {
  const path = new URL(aliases[endpoint] ?? '').pathname;
  return proxy.ask(path, { form: present({ client_id, ...form }), shown, headers });
}

const push = (party: Party, more: Params = {}) =>
  send(party, 'pushed_authorization_request_endpoint', parameters(party, more));
const redeem = (party: Party, code: string | undefined, more: Params = {}) => {
  const grant = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: VERIFIER };
  return send(party, 'token_endpoint', { ...grant, code, ...more });
};
const refresh = (party: Party, refresh_token: string | undefined) =>
  send(party, 'token_endpoint', { grant_type: 'refresh_token', refresh_token });
const callUserInfo = (access_token: string | undefined, shown: Shown | undefined, scheme = 'Bearer') =>
  proxy.ask('/me', { shown, headers: { authorization: `${scheme} ${access_token}` } });

async function fetchCode(party = first()) {
  const { status, body } = await push(party);
  expect([status, body]).toEqual([201, { request_uri: expect.any(String), expires_in: 60 }]);
  const asked = { client_id: party.client_id, request_uri: String(body.request_uri) };
  const browser = new ScriptedBrowser('fapi2_mtls', product.issuer);
  const answer = await browser.visit(`${product.issuer}/auth?${new URLSearchParams(asked)}`);
  expect(answer).toMatchObject({ iss: product.issuer, state: 'a-state-of-the-suite' });
  return answer.code;
}

async function signIn() {
  const { status, body } = await redeem(first(), await fetchCode());
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

/** What an introspection by its own client says. */
const introspect = async (token: string | undefined) =>
  (await send(first(), 'introspection_endpoint', { token })).body as Record<string, unknown>;

describe('fapi2-security-profile-final, with certificates', () => {
  it('…-discovery-end-point-verification: the method, the binding, and where certificates are asked for', async () => {
    const answer = await fetch(`${product.issuer}/.well-known/openid-configuration`);
    expect(await answer.json()).toMatchObject({
      issuer: product.issuer,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['tls_client_auth']),
      tls_client_certificate_bound_access_tokens: true,
    });
    for (const address of Object.values(aliases)) expect(new URL(address).origin).toBe(proxy.origin);
  });

  it('…-happy-flow: a bearer token that is bound to the certificate (RFC 8705 §3, §3.1)', async () => {
    const tokens = await signIn();
    expect(tokens).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) });
    const idToken = await new Requests(product, first()).readIdToken(tokens.id_token);
    expect(idToken.nonce).toBe('a-nonce-of-the-suite');
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect((await callUserInfo(tokens.access_token, first().shown, scheme)).status).toBe(200);
    expect(await introspect(tokens.access_token)).toMatchObject({
      active: true,
      cnf: { 'x5t#S256': expect.stringMatching(/^[\w-]{43}$/) },
    });
  });

  it('…-ensure-mtls-holder-of-key-required: nothing without the certificate, nor by somebody else’s (§3)', async () => {
    const { access_token } = await signIn();
    for (const shown of [undefined, second().shown]) {
      const { status, headers } = await callUserInfo(access_token, shown);
      expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining('invalid_token')]);
    }
    const code = await fetchCode();
    const bare = await redeem({ ...first(), shown: undefined }, code);
    expect([bare.status, bare.body.error]).toEqual([401, 'invalid_client']);
    expect((await redeem(first(), code)).status).toBe(200);
  });

  it('…-ensure-client-id-in-token-endpoint, and a certificate that names another client (§2.1.1)', async () => {
    const code = await fetchCode();
    const mismatched = await redeem(first(), code, { client_id: second().client_id });
    expect([mismatched.status, mismatched.body.error]).toEqual([401, 'invalid_client']);
    const nobody = await redeem(first(), code, { client_id: undefined });
    expect([nobody.status, nobody.body.error]).toEqual([400, 'invalid_request']);
    const pushed = await push({ ...first(), shown: second().shown });
    expect([pushed.status, pushed.body.error]).toEqual([401, 'invalid_client']);
  });

  it('…-ensure-authorization-code-is-bound-to-client', async () => {
    const { status, body } = await redeem(second(), await fetchCode());
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('…-par-attempt-to-use-request_uri-for-different-client', async () => {
    const { body } = await push(first());
    const asked = { client_id: second().client_id, request_uri: String(body.request_uri) };
    const module = 'fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client';
    const browser = new ScriptedBrowser('fapi2_mtls', product.issuer, module);
    await browser.visit(`${product.issuer}/auth?${new URLSearchParams(asked)}`);
    expect([browser.visitor.page.status, browser.pictures.length]).toEqual([400, 1]);
  });

  it('…-refresh-token: for its client alone, and not rotated (§5.3.2.1)', async () => {
    const { refresh_token } = await signIn();
    const again = await refresh(first(), refresh_token);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token ?? refresh_token).toBe(refresh_token);
    expect((await callUserInfo(again.body.access_token, first().shown)).status).toBe(200);
    expect((await callUserInfo(again.body.access_token, second().shown)).status).toBe(401);
    expect((await refresh({ ...first(), shown: undefined }, refresh_token)).body.error).toBe(
      'invalid_client',
    );
    expect((await refresh(second(), refresh_token)).body.error).toBe('invalid_grant');
  });

  it('a certificate that no known authority issued is nobody’s, whatever it says and whatever headers say', async () => {
    const forged = certificateOf('C=VN,O=Sandbox,CN=conformance-mtls-1', undefined);
    const key = forged.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const thief = { ...first(), shown: { cert: forged.pem, key } };
    const lies = {
      'client-cert': encodeURIComponent(first().shown?.cert ?? ''),
      'x-client-verify': 'SUCCESS',
    };
    for (const party of [thief, { ...first(), shown: undefined }])
      for (const headers of [{}, lies]) {
        const endpoint = 'pushed_authorization_request_endpoint';
        const { status, body } = await send(party, endpoint, parameters(first()), headers);
        expect([status, body.error]).toEqual([401, 'invalid_client']);
      }
  });

  it('…-ensure-unsigned-authorization-request-without-using-par-fails', async () => {
    const browser = new ScriptedBrowser('fapi2_mtls', product.issuer);
    await browser.visitor.open(`${product.issuer}/auth?${new URLSearchParams(present(parameters(first())))}`);
    expect(browser.visitor.page.url).toContain('error=invalid_request');
  });
});

it('a certificate for the client and DPoP for its tokens (client_auth_type mtls, sender_constrain dpop)', async () => {
  const both: Party = { ...plan('fapi2_mtls_dpop').client, shown: first().shown };
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  // The address that the client used, which is the proxy's (RFC 9449 §4.3 point 9).
  const proof = (nonce?: string) =>
    new SignJWT({
      jti: randomUUID(),
      htm: 'POST',
      htu: aliases.token_endpoint,
      iat: now(),
      ...(nonce ? { nonce } : {}),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey);
  const code = await fetchCode(both);
  const grant = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: VERIFIER, code };
  const ask = async (nonce?: string) => send(both, 'token_endpoint', grant, { dpop: await proof(nonce) });
  const refused = await ask();
  expect(refused.body.error).toBe('use_dpop_nonce');
  const { status, body } = await ask(String(refused.headers['dpop-nonce']));
  expect([status, body.token_type]).toEqual([200, 'DPoP']);
});

it('a key for the client and a certificate for its tokens (client_auth_type private_key_jwt, sender_constrain mtls)', async () => {
  const { client } = plan('fapi2_key_mtls');
  const { shown } = first();
  const assertion = async () => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await sign(client, {
      iss: client.client_id,
      sub: client.client_id,
      aud: product.issuer,
      jti: randomUUID(),
      iat: now(),
      exp: now() + 60,
    }),
  });
  // The certificate is shown where tokens are, not where a request is pushed.
  const pushed = await push(client, await assertion());
  expect(pushed.status).toBe(201);
  expect((await push({ ...client, shown })).body.error).toBe('invalid_client');
  const asked = { client_id: client.client_id, request_uri: String(pushed.body.request_uri) };
  const browser = new ScriptedBrowser('fapi2_key_mtls', product.issuer);
  const { code } = await browser.visit(`${product.issuer}/auth?${new URLSearchParams(asked)}`);
  const bare = await redeem(client, code, await assertion());
  expect([bare.status, bare.body.error]).toEqual([400, 'invalid_grant']);
  const { status, body } = await redeem({ ...client, shown }, code, await assertion());
  expect([status, body.token_type]).toEqual([200, 'Bearer']);
  const statuses = [];
  for (const who of [shown, second().shown, undefined])
    statuses.push((await callUserInfo(body.access_token, who)).status);
  expect(statuses).toEqual([200, 401, 401]);
});
