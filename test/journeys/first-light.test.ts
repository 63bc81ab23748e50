/** The main line: a citizen signs in through Zalo, steps up through VNeID, and a service reads the level. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';

let product: Product;
let party: RelyingParty;

beforeAll(async () => {
  product = await startProduct();
  party = await RelyingParty.register(product);
});
afterAll(() => product?.close());

describe('level1 through Zalo', () => {
  it('ends in tokens that say level1, how and when', async () => {
    const visitor = party.visitor();
    const attempt = await party.ask(visitor, { scope: 'openid profile hoso.xem' });
    expect(visitor.text).toContain('Cổng dịch vụ mẫu');
    await signInWithZalo(visitor, 'an');
    expect(visitor.has('form-consent')).toBe(true);
    await agree(visitor);
    const tokens = await party.redeem(visitor, attempt);
    const claims = tokens.claims();
    expect(claims).toMatchObject({ acr: 'level1', amr: ['zalo'], name: 'Nguyễn Văn An' });
    expect(Math.abs((claims?.auth_time as number) - Date.now() / 1000)).toBeLessThan(10);

    const answer = await introspectAsService(product, tokens.access_token);
    expect(answer).toMatchObject({
      active: true,
      acr: 'level1',
      amr: ['zalo'],
      scope: 'hoso.xem',
      aud: 'urn:sandbox:ho-so',
    });
    expect(answer.auth_time).toBe(claims?.auth_time);
  });
});

describe('level2 through VNeID', () => {
  it('verifies the account and lifts the session', async () => {
    const visitor = party.visitor();
    const attempt = await party.ask(visitor, { scope: 'openid hoso.xem hoso.nop', acrValues: 'level2' });
    await signInWithZalo(visitor, 'binh');
    await proveWithVneid(visitor, 'binh');
    await agree(visitor);
    const tokens = await party.redeem(visitor, attempt);
    expect(tokens.claims()).toMatchObject({ acr: 'level2', amr: ['zalo', 'vneid'] });
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({
      active: true,
      acr: 'level2',
      scope: 'hoso.xem hoso.nop',
    });
  });
});

describe('under the loopback address instead of the name', () => {
  it('the sandbox signs in and steps up all the same', async () => {
    const address = product.issuer.replace('localhost', '127.0.0.1');
    const visitor = party.visitor();
    const query = new URLSearchParams({
      client_id: 'sandbox-app',
      redirect_uri: 'http://127.0.0.1:65000/cb',
      response_type: 'code',
      scope: 'openid',
      acr_values: 'level2',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    await visitor.open(`${address}/auth?${query}`);
    await signInWithZalo(visitor, 'khanh');
    await proveWithVneid(visitor, 'khanh');
    await agree(visitor);
    expect(new URL(visitor.page.url).searchParams.get('code')).toBeTruthy();
  });
});
