/**
 * What OpenID Connect for Identity Assurance 1.0 says of verified_claims in an answer (its schema verified_claims.json): the
 * members that are named there, and none besides where the list is closed.
 */
import { z } from 'zod';

const text = z.string();
const date = z.iso.date();
const time = z.iso.datetime({ offset: true });
const place = z.strictObject({
  name: text.optional(),
  formatted: text.optional(),
  street_address: text.optional(),
  locality: text.optional(),
  region: text.optional(),
  postal_code: text.optional(),
  country: text.optional(),
  country_code: text.optional(),
  jurisdiction: text.optional(),
});
const checks = z
  .array(
    z.strictObject({
      check_method: text,
      organization: text.optional(),
      check_id: text.optional(),
      time: time.optional(),
    }),
  )
  .min(1);

const evidence = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('document'),
    check_details: checks.optional(),
    document_details: z
      .strictObject({
        type: text,
        document_number: text.optional(),
        serial_number: text.optional(),
        date_of_issuance: date.optional(),
        date_of_expiry: date.optional(),
        issuer: place.optional(),
      })
      .optional(),
  }),
  z.object({
    type: z.literal('electronic_record'),
    check_details: checks.optional(),
    record: z
      .strictObject({
        type: text,
        created_at: time.optional(),
        date_of_expiry: date.optional(),
        source: place.optional(),
      })
      .optional(),
  }),
]);

const details = z
  .array(
    z.strictObject({
      assurance_type: text.optional(),
      assurance_classification: text.optional(),
      evidence_ref: z
        .array(
          z.strictObject({
            check_id: text,
            evidence_metadata: z.strictObject({ evidence_classification: text.optional() }).optional(),
          }),
        )
        .optional(),
    }),
  )
  .min(1);

export const verifiedClaimsSchema = z.strictObject({
  verification: z.strictObject({
    trust_framework: text,
    assurance_level: text.optional(),
    assurance_process: z
      .strictObject({
        policy: text.optional(),
        procedure: text.optional(),
        assurance_details: details.optional(),
      })
      .optional(),
    time: time.optional(),
    verification_process: text.optional(),
    evidence: z.array(evidence).min(1).optional(),
  }),
  claims: z.record(text, z.unknown()),
});
