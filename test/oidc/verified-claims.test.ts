/** How a citizen was verified, for those who ask (OpenID Connect for Identity Assurance 1.0). */
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { browser, configure, prepare, registerClients } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Visitor } from '../support/visitor.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct({
    prepare: ({ db }) =>
      registerClients(db, [{ client_id: 'bank' }, { client_id: 'shop', scopes: ['openid', 'profile'] }]),
  });
});
afterAll(() => product?.close());

type Request = Record<string, unknown>;
const framework = { trust_framework: null };

/** Asks, steps up where the page offers it, and returns what came in ID token and userinfo. */
async function ask(claims: Request, { clientId = 'bank', person = 'an', stepUp = true } = {}) {
  const config = await configure(product, clientId);
  const { parameters, checks } = await prepare({ claims: JSON.stringify(claims) });
  const visitor = browser();
  await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
  await signInWithZalo(visitor, person);
  await step(visitor, person, stepUp);
  const tokens = await client.authorizationCodeGrant(config, new URL(visitor.page.url), checks);
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck);
  return { idToken: tokens.claims() as Request, userinfo: userinfo as Request };
}

async function step(visitor: Visitor, person: string, stepUp: boolean): Promise<void> {
  if (visitor.has('form-vneid') && stepUp) await proveWithVneid(visitor, person);
  else if (visitor.has('form-decline')) await visitor.submit('form-decline');
  await agree(visitor);
}

const userinfo = async (request: unknown, options = {}) =>
  (await ask({ userinfo: { verified_claims: request } }, options)).userinfo.verified_claims;

describe('verified_claims', () => {
  it('say who and how, in the ID token and at userinfo, each where it was asked for (§5)', async () => {
    const request = {
      verification: {
        trust_framework: null,
        time: null,
        assurance_level: null,
        assurance_process: null,
        evidence: null,
      },
      claims: { name: null, personal_number: null },
    };
    const { idToken, userinfo } = await ask({
      id_token: { verified_claims: request },
      userinfo: { name: null },
    });
    expect(userinfo).not.toHaveProperty('verified_claims');
    expect(idToken.verified_claims).toEqual({
      verification: {
        trust_framework: 'vn_tayninh_id',
        assurance_level: 'level2',
        assurance_process: { policy: 'vn_tayninh_id', procedure: 'vneid' },
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        evidence: [
          {
            type: 'electronic_record',
            check_details: [{ check_method: 'auth', organization: 'VNeID', time: expect.any(String) }],
            record: {
              type: 'vn_electronic_identity_account',
              source: { name: 'VNeID', country_code: 'VNM' },
            },
          },
        ],
      },
      claims: { name: 'Nguyễn Văn An', personal_number: '072090000101' },
    });
  });

  it('hold only what was asked for (§5.1: data minimisation)', async () => {
    const request = {
      verification: {
        ...framework,
        evidence: [{ type: { value: 'electronic_record' }, record: { type: null } }],
      },
      claims: { name: null, favourite_colour: null },
    };
    expect(await userinfo(request)).toEqual({
      verification: {
        trust_framework: 'vn_tayninh_id',
        evidence: [{ type: 'electronic_record', record: { type: 'vn_electronic_identity_account' } }],
      },
      claims: { name: 'Nguyễn Văn An' },
    });
  });

  it('are not given below level2, where the citizen may stay', async () => {
    const request = { verification: framework, claims: { name: null } };
    expect(await userinfo(request, { person: 'my', stepUp: false })).toBeUndefined();
  });

  it('that are essential make level2 a requirement', async () => {
    const config = await configure(product, 'bank');
    const claims = {
      userinfo: { verified_claims: { verification: framework, claims: { name: { essential: true } } } },
    };
    const { parameters } = await prepare({ claims: JSON.stringify(claims) });
    const visitor = browser();
    await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
    await signInWithZalo(visitor, 'my');
    expect(visitor.has('form-vneid')).toBe(true);
    expect(visitor.has('form-decline')).toBe(false);
  });

  it('go only to a client that is registered for identity', async () => {
    const request = { verification: framework, claims: { name: null } };
    expect(await userinfo(request, { clientId: 'shop' })).toBeUndefined();
    const { userinfo: answer } = await ask(
      { userinfo: { personal_number: null, verified_name: null } },
      { clientId: 'shop' },
    );
    expect(answer).not.toHaveProperty('personal_number');
  });

  it.each<[string, Request]>([
    [
      'another trust framework',
      { verification: { trust_framework: { value: 'eidas' } }, claims: { name: null } },
    ],
    [
      'none of several',
      { verification: { trust_framework: { values: ['eidas', 'de_aml'] } }, claims: { name: null } },
    ],
    ['newer than it is', { verification: { ...framework, time: { max_age: 10 } }, claims: { name: null } }],
    [
      'evidence that there is not',
      { verification: { ...framework, evidence: [{ type: { value: 'document' } }] }, claims: { name: null } },
    ],
    ['nothing that is known', { verification: framework, claims: { favourite_colour: null } }],
  ])('are left out when the request wants %s (§5.2)', async (_, request) => {
    product.travel(20);
    expect(await userinfo(request)).toBeUndefined();
  });

  it('are given within bounds that hold; a claim that is not the one wanted is left out', async () => {
    const request = {
      verification: {
        trust_framework: { values: ['eidas', 'vn_tayninh_id'] },
        time: { max_age: 3600 },
      },
      claims: { name: { value: 'Trần Thị Bình' }, personal_number: { value: '072090000101' } },
    };
    expect(await userinfo(request)).toMatchObject({ claims: { personal_number: '072090000101' } });
    expect(await userinfo(request)).not.toHaveProperty('claims.name');
  });

  it('may be asked for several times at once: those that fit come back', async () => {
    const list = [
      { verification: { trust_framework: { value: 'eidas' } }, claims: { name: null } },
      { verification: { trust_framework: { value: 'vn_tayninh_id' } }, claims: { personal_number: null } },
    ];
    expect(await userinfo(list)).toEqual([
      { verification: { trust_framework: 'vn_tayninh_id' }, claims: { personal_number: '072090000101' } },
    ]);
  });

  it.each<[string, unknown]>([
    ['without claims', { verification: framework }],
    ['with empty claims', { verification: framework, claims: {} }],
    ['without a verification', { claims: { name: null } }],
    ['without a trust framework', { verification: { time: null }, claims: { name: null } }],
    ['that is empty', []],
    ['that is null', null],
  ])('a request %s is invalid (§6)', async (_, request) => {
    const config = await configure(product, 'bank');
    const claims = JSON.stringify({ userinfo: { verified_claims: request } });
    const visitor = browser();
    await visitor.open(client.buildAuthorizationUrl(config, (await prepare({ claims })).parameters).href);
    expect(new URL(visitor.page.url).searchParams.get('error')).toBe('invalid_request');
  });
});
