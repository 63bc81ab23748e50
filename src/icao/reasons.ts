/**
 * Why a chip, a certificate or a list was refused: the closed union that every public function of icao/ answers with.
 *
 * Inside the folder a refusal travels as a thrown `Refusal`, because a parser a dozen calls deep has nobody to
 * hand a value to; `settle` at the public boundary turns it into a value. Whatever else is thrown there counts as
 * `input_unreadable`, never as success: a bug fails closed. Codes name the check that failed and carry no data.
 */

import { BerError } from './ber.ts';

export const reasons = [
  // What was handed in.
  'input_unreadable',
  'certificate_malformed',
  'crl_malformed',
  'crl_signature_invalid',
  'trust_empty',
  'link_unanchored',
  // CMS SignedData: EF.SOD (Doc 9303-10 §4.6.2) and master lists (Doc 9303-12 §9).
  'cms_too_large',
  'cms_malformed',
  'cms_surplus_bytes',
  'cms_content_type',
  'cms_signer_count',
  'signed_attributes_missing',
  'signed_attributes_invalid',
  'message_digest_mismatch',
  'signature_invalid',
  // Algorithms and keys (Doc 9303-12 §4.1.6, RFC 8017, RFC 5480).
  'hash_refused',
  'signature_algorithm_refused',
  'signature_algorithm_mismatch',
  'key_refused',
  'curve_refused',
  // The one who signed: document signer or master list signer (Doc 9303-12 §7.1).
  'signer_missing',
  'signer_malformed',
  'signer_not_allowed',
  'signer_extension_unknown',
  'signer_country_mismatch',
  'signer_document_type',
  'signer_not_yet_valid',
  'signer_expired',
  'signer_revoked',
  'signer_signature_invalid',
  'signing_time_outside_signer',
  'issue_date_outside_signer',
  // The country's authority.
  'csca_unknown',
  'csca_not_a_ca',
  'csca_not_yet_valid',
  'csca_expired',
  'csca_usage_period',
  'csca_revoked',
  'csca_not_for_document_type',
  // LDS security object and data groups (Doc 9303-10 §4.6, 9303-11 §5.1).
  'lds_malformed',
  'lds_data_group_repeated',
  'dg_number_invalid',
  'dg_repeated',
  'dg_not_listed',
  'dg_too_large',
  'dg_surplus_bytes',
  'dg_tag_mismatch',
  'dg_hash_mismatch',
  'dg_malformed',
  'dg1_missing',
  'dg15_missing',
  // What the document says of itself (Doc 9303-3, 9303-5) and the CCCD's own rules.
  'mrz_invalid',
  'issuing_state_mismatch',
  'document_not_expected',
  'document_expired',
  'personal_number_invalid',
  'document_number_mismatch',
  'personal_number_contradicts_mrz',
  'dg13_mismatch',
  // Active Authentication (Doc 9303-11 §6.1).
  'aa_not_supported',
  'aa_response_missing',
  'aa_challenge_invalid',
  'aa_key_refused',
  'aa_hash_unknown',
  'aa_response_malformed',
  'aa_signature_invalid',
  // Master lists (Doc 9303-12 §9).
  'master_list_malformed',
] as const;

export type Reason = (typeof reasons)[number];
export type Refused = { verified: false; reason: Reason };

/** A refusal on its way to the public boundary. */
export class Refusal extends Error {
  readonly reason: Reason;
  constructor(reason: Reason, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** Stops with a reason. */
export function refuse(reason: Reason): never {
  throw new Refusal(reason);
}

/** Runs a check; the answer is a refusal until the check has run to its end. */
export function settle<T extends { verified: true }>(check: () => T): T | Refused {
  let outcome: T | Refused = { verified: false, reason: 'input_unreadable' };
  try {
    outcome = check();
  } catch (error) {
    if (error instanceof Refusal) outcome = { verified: false, reason: error.reason };
  }
  return outcome;
}

/** Runs a reader; a broken encoding becomes the given reason. */
export function readingAs<T>(reason: Reason, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BerError) throw new Refusal(reason, { cause: error });
    throw error;
  }
}
