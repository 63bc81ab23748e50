/** What a card leaves in verified_claims: a document, and every test it passed as what it was (IDA §5.4.4.1). */
import * as client from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { citizen, makeCard } from '../support/card-factory.ts';
import { readNatively, signer, trustFactory } from '../support/card-reader.ts';
import { agree, setNoFactor, signInWithZalo } from '../support/citizen.ts';
import { browser, configure, prepare, registerClients } from '../support/clients.ts';
import { verifiedClaimsSchema } from '../support/ida-schema.ts';
import { type Product, startProduct } from '../support/product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct({
    env: { TNID_CHIP_PILOT: '1' },
    prepare: async (deps) => {
      await trustFactory(deps);
      await registerClients(deps.db, [{ client_id: 'bank' }]);
    },
  });
});
afterAll(() => product?.close());

const request = {
  verification: { trust_framework: null, time: null, assurance_process: null, evidence: null },
  claims: { name: null, birthdate: null, personal_number: null },
};
const cardOfBinh = () =>
  makeCard(signer, {
    person: {
      ...citizen,
      personalNumber: '072185000102',
      fullName: 'Trần Thị Bình',
      surname: 'TRAN',
      givenNames: 'THI BINH',
      birthDate: '1985-11-02',
      sex: 'female',
    },
  });

/** Asks for it, reads the card at the step-up page, and returns what userinfo says. */
async function ask() {
  const config = await configure(product, 'bank');
  const claims = JSON.stringify({ userinfo: { verified_claims: request } });
  const { parameters, checks } = await prepare({ claims });
  const visitor = browser();
  await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
  await signInWithZalo(visitor, 'binh');
  await visitor.submit('form-card');
  const code = /id="code"[^>]*>([^<]+)</.exec(visitor.page.html)?.[1]?.trim() ?? '';
  const waitingAt = visitor.page.url;
  expect((await readNatively(product, code, cardOfBinh())).status).toBe(202);
  await visitor.open(`${waitingAt}/next`);
  await setNoFactor(visitor);
  expect(visitor.text).toContain('ngày sinh');
  await agree(visitor);
  const tokens = await client.authorizationCodeGrant(config, new URL(visitor.page.url), checks);
  const answer = await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck);
  return answer.verified_claims as Record<string, Record<string, unknown>>;
}

const stamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const passed = (check: Record<string, unknown>) => ({ organization: 'Tây Ninh ID', time: stamp, ...check });

it('a chip under our own challenge: a document, genuine data, a genuine card, and nobody who saw the holder', async () => {
  const told = await ask();
  verifiedClaimsSchema.parse(told);
  const { verification, claims } = told;
  expect(claims).toEqual({
    name: 'Trần Thị Bình',
    birthdate: '1985-11-02',
    personal_number: '072185000102',
  });
  expect(verification).toEqual({
    trust_framework: 'vn_tayninh_id',
    assurance_process: {
      policy: 'vn_tayninh_id',
      procedure: 'chip_without_officer',
      assurance_details: [
        {
          assurance_type: 'evidence_validation',
          assurance_classification: 'icao_active_authentication_server_challenge',
          evidence_ref: [{ check_id: 'card_genuine' }],
        },
        {
          assurance_type: 'evidence_validation',
          assurance_classification: 'icao_passive_authentication',
          evidence_ref: [{ check_id: 'data_genuine' }],
        },
      ],
    },
    time: stamp,
    evidence: [
      {
        type: 'document',
        check_details: [
          passed({ check_method: 'vcrypt', check_id: 'card_genuine' }),
          passed({ check_method: 'vcrypt', check_id: 'data_genuine' }),
        ],
        document_details: {
          type: 'idcard',
          issuer: { country_code: 'VNM' },
          date_of_expiry: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        },
      },
    ],
  });
  expect(JSON.stringify(verification)).not.toMatch(/pvp|pvr/);
});
