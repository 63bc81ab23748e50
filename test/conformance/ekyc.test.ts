/**
 * The modules of ekyc-test-plan-oidccore, by the suite's names (OpenID Connect for Identity Assurance 1.0), for a citizen
 * whom VNeID vouched for. What else there is as evidence stands in test/oidc/verified-chip and verified-evidence.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plansFor } from '../../scripts/conformance-plans.ts';
import { verifiedClaimsSchema } from '../support/ida-schema.ts';
import type { Product } from '../support/product.ts';
import { Requests, ScriptedBrowser, startForSuite } from './suite.ts';

type Json = Record<string, unknown>;

let product: Product;
let one: Requests;
let supported: Json;

beforeAll(async () => {
  product = await startForSuite();
  const client = plansFor(product.issuer).ekyc?.client;
  if (!client) throw new Error('no client');
  one = new Requests(product, client);
  const answer = await fetch(`${product.issuer}/.well-known/openid-configuration`);
  supported = (await answer.json()) as Json;
});
afterAll(() => product?.close());

const framework = { trust_framework: null };

/** One module's request, with the unverified claim that the suite sends beside it; signs in, steps up, agrees. */
async function ask(where: ('id_token' | 'userinfo')[], verified: Json) {
  const beside = { name: { essential: false } };
  const claims = {
    id_token: { ...beside, ...(where.includes('id_token') ? { verified_claims: verified } : {}) },
    userinfo: { ...beside, ...(where.includes('userinfo') ? { verified_claims: verified } : {}) },
  };
  const browser = new ScriptedBrowser('ekyc', product.issuer);
  const answer = await browser.visit(one.authorize({ claims: JSON.stringify(claims) }));
  const { status, body } = await one.redeem(answer.code);
  expect(status, JSON.stringify(answer)).toBe(200);
  const told = {
    idToken: (await one.readIdToken(body.id_token)).verified_claims as Json | undefined,
    userInfo: (await one.userInfo(body.access_token)).verified_claims as Json | undefined,
  };
  for (const answer of Object.values(told)) if (answer) verifiedClaimsSchema.parse(answer);
  return told;
}

const both = ['id_token', 'userinfo'] as ('id_token' | 'userinfo')[];
const everything = (request: unknown) => ({
  verification: framework,
  claims: Object.fromEntries(
    (supported.claims_in_verified_claims_supported as string[]).map((name) => [name, request]),
  ),
});

describe('ekyc-test-plan-oidccore', () => {
  it('metadata (§9): what is required, and what the kinds of evidence require with them', () => {
    expect(supported.verified_claims_supported).toBe(true);
    for (const list of [
      'trust_frameworks_supported',
      'evidence_supported',
      'documents_supported',
      'documents_check_methods_supported',
      'electronic_records_supported',
      'claims_in_verified_claims_supported',
    ])
      expect((supported[list] as string[]).length, list).toBeGreaterThan(0);
  });

  it.each<[string, unknown]>([
    ['ekyc-server-happypath', null],
    ['ekyc-server-happypath with empty objects', {}],
    ['ekyc-server-happypath with essential false', { essential: false }],
  ])('%s: in both places, from a framework that discovery names', async (_, request) => {
    const { idToken, userInfo } = await ask(both, everything(request));
    expect(idToken).toEqual(userInfo);
    expect(userInfo).toEqual({
      verification: { trust_framework: 'vn_tayninh_id' },
      claims: { name: 'Nguyễn Văn An', personal_number: '072090000101' },
    });
  });

  it('ekyc-server-…-in-id-token-only, -in-userinfo-only: where it was asked for, and nowhere else', async () => {
    const inToken = await ask(['id_token'], everything(null));
    expect([inToken.idToken, inToken.userInfo]).toEqual([expect.anything(), undefined]);
    const atUserInfo = await ask(['userinfo'], everything(null));
    expect([atUserInfo.idToken, atUserInfo.userInfo]).toEqual([undefined, expect.anything()]);
  });

  it.each<[string, string, unknown]>([
    ['ekyc-server-unknown-claim-omitted', 'claim-9f2c', null],
    ['ekyc-server-unknown-essential-claim-omitted', 'claim-9f2c', { essential: true }],
    ['ekyc-server-unknown-claim-with-special-chars', '<%\n"\'&>', null],
    ['a name that objects have', '__proto__', null],
  ])('%s: left out, the others are told (Core §5.5.1)', async (_, name, request) => {
    const claims = JSON.parse(
      `{ "name": null, ${JSON.stringify(name)}: ${JSON.stringify(request)} }`,
    ) as Json;
    const { userInfo, idToken } = await ask(both, { verification: framework, claims });
    for (const answer of [userInfo, idToken]) expect(answer?.claims).toEqual({ name: 'Nguyễn Văn An' });
  });

  it('ekyc-server-one-claim-with-random-value-omitted: nothing is told (§5.7.4)', async () => {
    const claims = { name: { value: '7c9e6679-7425-40de-944b-e07fc1f90ae7' } };
    expect(await ask(both, { verification: framework, claims })).toEqual({
      idToken: undefined,
      userInfo: undefined,
    });
  });

  it('ekyc-server-userinfo-…: what was told may be asked for by its values, evidence and all', async () => {
    const told = await ask(both, {
      verification: {
        ...framework,
        assurance_level: null,
        assurance_process: null,
        time: null,
        evidence: null,
      },
      claims: { name: null },
    });
    const { verification } = told.userInfo as {
      verification: Json & { evidence: Json[]; assurance_process: Json };
    };
    const byValue = (value: unknown) => ({ value });
    const again = await ask(['userinfo'], {
      verification: {
        trust_framework: byValue(verification.trust_framework),
        assurance_level: byValue(verification.assurance_level),
        assurance_process: {
          policy: byValue(verification.assurance_process.policy),
          procedure: byValue(verification.assurance_process.procedure),
        },
        evidence: verification.evidence.map(({ type }) => ({ type: byValue(type) })),
      },
      claims: { name: null },
    });
    expect(again.userInfo).toMatchObject({
      verification: { trust_framework: 'vn_tayninh_id', assurance_level: 'level2' },
      claims: { name: 'Nguyễn Văn An' },
    });
    for (const { type } of verification.evidence) expect(supported.evidence_supported).toContain(type);
  });

  it('a framework that is none of ours is told nothing (§5.7.3)', async () => {
    const random = { trust_framework: { value: 'de_aml' } };
    expect((await ask(both, { verification: random, claims: { name: null } })).userInfo).toBeUndefined();
  });
});
