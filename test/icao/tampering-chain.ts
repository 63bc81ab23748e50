/** Tamperings with trust: false authorities, unfit signers, times, countries, document types, revocation. */

import { readTrust } from '../../src/icao/trust.ts';
import { citizen, cscaName, makeCard, makeCsca, makeSigner } from '../support/card-factory.ts';
import {
  type Attribute,
  extension,
  keyIdOf,
  keyInfoOf,
  makeCertificate,
  makeRevocationList,
  testKey,
  usage,
} from '../support/card-factory-certificates.ts';
import { integer, nothing } from '../support/card-factory-der.ts';
import { makeZone } from '../support/card-factory-files.ts';
import { type Case, csca, signer, trustIn, verifyCard, withCard, withCsca, withSigner } from './tampering.ts';

const day = (text: string) => new Date(`${text}T00:00:00Z`);
const thief = () => makeCsca({}, testKey('ec brainpoolP512r1 explicit', 'thief'));
const laos: readonly Attribute[] = [
  ['C', 'LA'],
  ['O', 'Another state'],
  ['CN', 'Another CSCA'],
];
const laosSigner: readonly Attribute[] = [
  ['C', 'LA'],
  ['CN', 'Another signer'],
];

/** A document signer that certifies a further one: three levels where there are two. */
function makeGrandchild(issuer: readonly Attribute[]) {
  const keys = testKey('rsa 2048', 'grandchild');
  const middle = makeSigner(csca, { kind: 'rsa' });
  const keyInfo = keyInfoOf(keys.publicKey);
  const plan = {
    ...middle.plan,
    issuer,
    keyInfo,
    extensions: [extension.keyUsage(usage.sign), extension.subjectKeyId(keyIdOf(keyInfo))],
    algorithm: { scheme: 'rsa' as const, hash: 'sha256' as const },
    signWith: middle.keys.privateKey,
  };
  const certificate = makeCertificate(plan);
  const child = { plan, keys, algorithm: middle.algorithm, certificate };
  return makeCard(child, { cms: { certificates: [certificate, middle.certificate, csca.certificate] } });
}

const authorities: Case[] = [
  {
    reason: 'trust_empty',
    name: 'nobody is trusted yet',
    run: () =>
      verifyCard(makeCard(signer), { trust: { anchors: [], revocationLists: [], bySubject: new Map() } }),
  },
  {
    reason: 'csca_unknown',
    name: 'a self-made authority, carried along in the SOD',
    run: () => {
      const own = makeCsca({
        subject: [
          ['C', 'VN'],
          ['CN', 'Thief'],
        ],
        issuer: [
          ['C', 'VN'],
          ['CN', 'Thief'],
        ],
      });
      const made = makeSigner(own);
      return verifyCard(makeCard(made, { cms: { certificates: [made.certificate, own.certificate] } }));
    },
  },
  {
    reason: 'signer_signature_invalid',
    name: 'a self-made authority under the name of the right one',
    run: () => verifyCard(makeCard(makeSigner(thief()))),
  },
  {
    reason: 'csca_unknown',
    name: 'a signer that certified itself',
    run: () => {
      const keys = testKey('rsa 2048', 'document signer');
      const own = {
        subject: [['C', 'VN']] as const,
        issuer: [['C', 'VN']] as const,
        signWith: keys.privateKey,
      };
      return verifyCard(
        makeCard(makeSigner(csca, { plan: { ...own, algorithm: { scheme: 'rsa', hash: 'sha256' } } })),
      );
    },
  },
  {
    reason: 'csca_unknown',
    name: 'a signer of a signer',
    run: () => verifyCard(makeGrandchild(signer.plan.subject)),
  },
  {
    reason: 'signature_algorithm_mismatch',
    name: 'a signer of a signer that names the authority',
    run: () => verifyCard(makeGrandchild(cscaName)),
  },
  withCsca('csca_not_a_ca', 'an anchor that may not certify', () =>
    makeCsca({ extensions: [extension.basicConstraints(true), extension.keyUsage(usage.sign)] }),
  ),
  withCsca('csca_not_a_ca', 'an anchor that is no authority at all', () => makeCsca({ extensions: [] })),
  withCsca('csca_not_yet_valid', 'an anchor of next year', () => makeCsca({ notBefore: day('2027-01-01') })),
  withCsca('csca_expired', 'an anchor that ended', () => makeCsca({ notAfter: day('2026-01-01') })),
  withCsca('csca_usage_period', 'a signer certified after the key of its authority was retired', () =>
    makeCsca({
      extensions: [
        extension.basicConstraints(true),
        extension.keyUsage(usage.certify),
        extension.usagePeriod(day('2022-06-29'), day('2024-07-01')),
      ],
    }),
  ),
  withCsca('csca_not_for_document_type', 'the passport authority for an identity card', () => makeCsca(), [
    'P',
  ]),
  withCsca(
    'csca_not_for_document_type',
    'a link certificate of the passport authority',
    () => makeCsca(),
    [],
  ),
];

const signers: Case[] = [
  withSigner('signer_not_allowed', 'a signer that is an authority', {
    extensions: [extension.basicConstraints(true)],
  }),
  withSigner('signer_not_allowed', 'a certificate for TLS', {
    extensions: [extension.extendedKeyUsage('1.3.6.1.5.5.7.3.1')],
  }),
  withSigner('signer_not_allowed', 'a master list signer', {
    extensions: [extension.extendedKeyUsage('2.23.136.1.1.3')],
  }),
  withSigner('signer_not_allowed', 'a key for encryption', { extensions: [extension.keyUsage(0x20)] }),
  withSigner('signer_not_allowed', 'a key for nothing in particular', { without: '2.5.29.15' }),
  withSigner('signer_extension_unknown', 'a critical extension nobody knows', {
    extensions: [{ id: '1.2.3.4', critical: true, value: nothing }],
  }),
  withSigner('signer_malformed', 'an extension given twice', {
    extensions: [extension.documentTypes('P'), extension.documentTypes('ID')],
  }),
  withSigner('signer_malformed', 'a key usage that is no bit string', {
    extensions: [{ id: '2.5.29.15', critical: true, value: nothing }],
  }),
  withSigner('signer_country_mismatch', 'a signer of another country', { plan: { subject: laosSigner } }),
  withSigner('signer_document_type', 'a signer of passports', { extensions: [extension.documentTypes('P')] }),
  withSigner('signer_not_yet_valid', 'before the signer begins', {}, { at: day('2024-12-31') }),
  withSigner('signer_expired', 'after the signer ended', { plan: { notAfter: day('2026-05-31') } }),
  withSigner(
    'signing_time_outside_signer',
    'signed after the key was retired',
    {},
    {},
    { cms: { signedAt: day('2025-08-01') } },
  ),
  withSigner(
    'signing_time_outside_signer',
    'signed before the key existed',
    {},
    {},
    { cms: { signedAt: day('2024-08-01') } },
  ),
  withSigner(
    'signing_time_outside_signer',
    'signed in the future',
    { without: '2.5.29.16' },
    {},
    { cms: { signedAt: day('2026-08-01') } },
  ),
  withSigner(
    'issue_date_outside_signer',
    'a card printed as issued years before its signer',
    {},
    {},
    { person: { ...citizen, issueDate: '2021-03-10' } },
  ),
];

const countries: Case[] = [
  {
    reason: 'issuing_state_mismatch',
    name: 'the authority of another country vouches for a Vietnamese card',
    run: () => {
      const other = makeCsca({ subject: laos, issuer: laos });
      const made = makeSigner(other, { plan: { subject: laosSigner } });
      return verifyCard(makeCard(made), { trust: trustIn(other) });
    },
  },
  withCard('issuing_state_mismatch', 'a state that does not exist', {
    zone: makeZone(citizen, { issuingState: 'XYZ' }),
  }),
];

const list = (
  serials: number[],
  signWith = csca.keys.privateKey,
  extensions: readonly { id: string; critical: boolean; value: Buffer }[] = [],
) =>
  makeRevocationList({
    issuer: csca.plan.subject,
    thisUpdate: day('2026-05-01'),
    nextUpdate: day('2026-07-30'),
    serials,
    algorithm: csca.plan.algorithm,
    signWith,
    extensions,
  });
const anchors = [{ bytes: csca.certificate, documentTypes: ['ID'] }];
const withLists = (...revocationLists: Buffer[]) => readTrust({ anchors, revocationLists });

const revocation: Case[] = [
  {
    reason: 'signer_revoked',
    name: 'a revoked signer',
    run: () => verifyCard(makeCard(signer), { trust: trustIn(csca, { revocationLists: [list([0x2001])] }) }),
  },
  {
    reason: 'signer_revoked',
    name: 'a signer revoked by a list that is out of date',
    run: () =>
      verifyCard(makeCard(signer), {
        trust: trustIn(csca, { revocationLists: [list([5, 0x2001])] }),
        at: day('2026-12-01'),
      }),
  },
  {
    reason: 'csca_revoked',
    name: 'a revoked authority',
    run: () => verifyCard(makeCard(signer), { trust: trustIn(csca, { revocationLists: [list([0x1001])] }) }),
  },
  { reason: 'crl_malformed', name: 'a list that is none', run: () => withLists(integer(1)) },
  {
    reason: 'crl_malformed',
    name: 'a delta list, which leaves the older revocations out',
    run: () =>
      withLists(list([], csca.keys.privateKey, [{ id: '2.5.29.27', critical: true, value: integer(1) }])),
  },
  {
    reason: 'crl_signature_invalid',
    name: 'a list signed by a thief',
    run: () => withLists(list([], thief().keys.privateKey)),
  },
];

const imports: Case[] = [
  {
    reason: 'certificate_malformed',
    name: 'an anchor that is no certificate',
    run: () => readTrust({ anchors: [{ bytes: Buffer.from('hello'), documentTypes: ['ID'] }] }),
  },
  {
    reason: 'certificate_malformed',
    name: 'an anchor followed by more',
    run: () =>
      readTrust({ anchors: [{ bytes: Buffer.concat([csca.certificate, nothing]), documentTypes: ['ID'] }] }),
  },
  {
    reason: 'link_unanchored',
    name: 'a link certificate nobody trusted signed',
    run: () => readTrust({ anchors, links: [thief().certificate] }),
  },
];

export const chainCases: Case[] = [...authorities, ...signers, ...countries, ...revocation, ...imports];
