/**
 * Each kind of evidence as it really was (OpenID Connect for Identity Assurance 1.0 §5.4): VNeID; a chip and an officer who
 * compared the portrait; a card, a face and two officers at a desk. A chip alone stands in verified-chip.
 */
import * as client from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleCases } from '../../src/officer/case-decisions.ts';
import { readVerifiedClaims } from '../../src/oidc/verified-claims.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { browser, configure, prepare, registerClients } from '../support/clients.ts';
import { beginVisit, decideAs, idOf, readCard, scanLink, seeFace } from '../support/desk.ts';
import { verifiedClaimsSchema } from '../support/ida-schema.ts';
import { confirm, signInOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import type { Visitor } from '../support/visitor.ts';
import { numberOf, openWaitingCase } from '../support/waiting-case.ts';

const PIN = '482915';
const MINUTE = 60;
let product: Product;

beforeAll(async () => {
  product = await startProduct({
    prepare: ({ db }) => registerClients(db, [{ client_id: 'bank' }]),
  });
});
afterAll(() => product?.close());

const request = {
  verification: {
    trust_framework: null,
    assurance_level: null,
    assurance_process: null,
    time: null,
    evidence: null,
  },
  claims: { name: null, birthdate: null, personal_number: null },
};

type Told = { verification: Record<string, unknown>; claims: Record<string, unknown> };

function read(answer: unknown): Told {
  verifiedClaimsSchema.parse(answer);
  return answer as Told;
}

/** What userinfo tells of a citizen who proves level2 in this way. */
async function ask(person: string, prove: (visitor: Visitor) => Promise<unknown>): Promise<Told> {
  const config = await configure(product, 'bank');
  const claims = JSON.stringify({ userinfo: { verified_claims: request } });
  const { parameters, checks } = await prepare({ claims });
  const visitor = browser();
  await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
  await signInWithZalo(visitor, person);
  await prove(visitor);
  await agree(visitor);
  const tokens = await client.authorizationCodeGrant(config, new URL(visitor.page.url), checks);
  const answer = await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck);
  return read(answer.verified_claims);
}

const stamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const check = (check_id: string, check_method: string) => ({
  check_method,
  organization: 'Tây Ninh ID',
  check_id,
  time: stamp,
});
const genuine = [check('card_genuine', 'vcrypt'), check('data_genuine', 'vcrypt')];
const detail = (assurance_type: string, assurance_classification: string, check_id: string) => ({
  assurance_type,
  assurance_classification,
  evidence_ref: [{ check_id }],
});
const validated = [
  detail('evidence_validation', 'icao_active_authentication_server_challenge', 'card_genuine'),
  detail('evidence_validation', 'icao_passive_authentication', 'data_genuine'),
];
const details = {
  type: 'idcard',
  issuer: { country_code: 'VNM' },
  date_of_expiry: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
};

it('VNeID is an electronic record, and no document (§5.4.4.2)', async () => {
  const { verification, claims } = await ask('an', (visitor) => proveWithVneid(visitor, 'an'));
  expect(verification).toMatchObject({
    assurance_process: { policy: 'vn_tayninh_id', procedure: 'vneid' },
    evidence: [
      {
        type: 'electronic_record',
        check_details: [{ check_method: 'auth', organization: 'VNeID', time: stamp }],
        record: {
          type: 'vn_electronic_identity_account',
          source: { name: 'VNeID', country_code: 'VNM' },
        },
      },
    ],
  });
  expect(JSON.stringify(verification)).not.toMatch(/vcrypt|pvp|pvr|assurance_details/);
  expect(claims).toEqual({ name: 'Nguyễn Văn An', personal_number: '072090000101' });
});

it('a chip, and an officer who compared the portrait from it: a document, genuine, and pvr (§5.4.4.1)', async () => {
  const number = numberOf(1);
  const { accountId, caseId } = await openWaitingCase(product, { number });
  expect(await readVerifiedClaims(product.deps, accountId, request)).toBeUndefined();
  const officer = await signInOfficer(product, 'hanh');
  await officer.open(`${product.issuer}/console/cases/${caseId}`);
  await officer.submit('form-take');
  await officer.submit('form-decide', { decision: 'approve:same_face', note: '' });
  await confirm(product, 'hanh', officer);
  // Not before the decision counts.
  expect(await readVerifiedClaims(product.deps, accountId, request)).toBeUndefined();
  product.travel(3 * MINUTE);
  await settleCases(product.deps);

  const { verification, claims } = read(await readVerifiedClaims(product.deps, accountId, request));
  expect(verification).toEqual({
    trust_framework: 'vn_tayninh_id',
    assurance_level: 'level2',
    assurance_process: {
      policy: 'vn_tayninh_id',
      procedure: 'chip_with_officer',
      assurance_details: [...validated, detail('verification', 'officer_by_portrait', 'holder_present')],
    },
    time: stamp,
    evidence: [
      {
        type: 'document',
        check_details: [...genuine, check('holder_present', 'pvr')],
        document_details: expect.objectContaining({ type: 'idcard', issuer: { country_code: 'VNM' } }),
      },
    ],
  });
  expect(claims).toMatchObject({ name: 'Nguyễn Văn An', personal_number: number });
});

it('a card and a face at a desk: a document, genuine, and pvp; with nothing of who the officers are', async () => {
  const officer = await beginVisit(product);
  const visitId = idOf(officer);
  const citizen = await scanLink(product, officer, 'duom');
  await officer.submit('form-same');
  await readCard(product, officer, 'duom');
  await seeFace(product, 'hanh', officer);
  await decideAs(product, 'lien', visitId);
  await citizen.open(citizen.page.url);
  await citizen.submit('form-pin', { pin: PIN, again: PIN });

  const told = await ask('duom', (visitor) => visitor.submit('form-pin', { pin: PIN }));
  expect(told.verification).toMatchObject({
    assurance_process: {
      policy: 'vn_tayninh_id',
      procedure: 'chip_with_officer',
      assurance_details: [...validated, detail('verification', 'officer_in_person', 'holder_present')],
    },
    evidence: [
      {
        type: 'document',
        check_details: [...genuine, check('holder_present', 'pvp')],
        document_details: details,
      },
    ],
  });
  expect(JSON.stringify(told)).not.toMatch(/Hạnh|Liên|hanh|lien|99001/);

  // Asked for by its parts, each test still says which it is.
  const parts = {
    verification: {
      trust_framework: null,
      assurance_process: {
        assurance_details: [{ assurance_classification: { value: 'officer_in_person' } }],
      },
      evidence: [{ type: { value: 'document' }, check_details: [{ check_method: { value: 'pvp' } }] }],
    },
    claims: { name: null },
  };
  const { accountId } = await findVisitOf(visitId);
  expect(read(await readVerifiedClaims(product.deps, accountId, parts)).verification).toEqual({
    trust_framework: 'vn_tayninh_id',
    assurance_process: {
      assurance_details: [{ assurance_type: 'verification', assurance_classification: 'officer_in_person' }],
    },
    evidence: [{ type: 'document', check_details: [{ check_method: 'pvp', check_id: 'holder_present' }] }],
  });
});

async function findVisitOf(id: string): Promise<{ accountId: string }> {
  const row = await product.deps.db
    .selectFrom('desk_visits')
    .select('account_id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return { accountId: row.account_id ?? '' };
}
