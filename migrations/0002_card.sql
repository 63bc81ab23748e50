-- The card: chips of CCCD cards, the certificates that vouch for them, readings on the way, and limits on attempts.

ALTER TABLE cases DROP CONSTRAINT cases_method_check;
ALTER TABLE cases ADD CONSTRAINT cases_method_check CHECK (method IN ('vneid', 'chip'));
ALTER TABLE verifications DROP CONSTRAINT verifications_method_check;
ALTER TABLE verifications ADD CONSTRAINT verifications_method_check CHECK (method IN ('vneid', 'chip'));
ALTER TABLE case_evidence DROP CONSTRAINT case_evidence_kind_check;
ALTER TABLE case_evidence ADD CONSTRAINT case_evidence_kind_check CHECK (kind IN ('vneid_claims', 'chip_files'));
ALTER TABLE case_checks DROP CONSTRAINT case_checks_name_check;
ALTER TABLE case_checks ADD CONSTRAINT case_checks_name_check CHECK (name IN
  ('data_genuine', 'card_genuine', 'holder_present', 'citizen_account', 'number_valid', 'same_person', 'revocation'));

-- A case that waits holds the person it would make level2, sealed, until it is decided.
ALTER TABLE cases ADD COLUMN person_sealed bytea;
ALTER TABLE cases ADD COLUMN number_hash bytea;
ALTER TABLE cases ADD COLUMN level2_until timestamptz;
CREATE INDEX cases_waiting ON cases (opened_at) WHERE status IN ('submitted', 'in_review');

-- Certificates an operator pinned, each for one country and for kinds of document (first letters of the MRZ).
CREATE TABLE trust_certificates (
  fingerprint text PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
  country text NOT NULL,
  document_types text[] NOT NULL CHECK (cardinality(document_types) > 0),
  certificate bytea NOT NULL,
  imported_at timestamptz NOT NULL,
  imported_by text NOT NULL
);
CREATE TABLE trust_revocation_lists (
  country text PRIMARY KEY,
  list bytea NOT NULL,
  imported_at timestamptz NOT NULL,
  imported_by text NOT NULL
);

-- One reading of a chip for one account. `code` is what another device types or scans; it lets that device hand in
-- a chip for this account and nothing else. `interaction_hash` is the sign-in that waits for it, if one does.
CREATE TABLE card_readings (
  id uuid PRIMARY KEY,
  code_hash bytea NOT NULL UNIQUE,
  account_id uuid NOT NULL REFERENCES accounts (id),
  interaction_hash bytea,
  device_hash bytea,
  status text NOT NULL CHECK (status IN ('waiting', 'approved', 'in_review', 'refused')),
  reason text,
  case_id uuid REFERENCES cases (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX card_readings_by_interaction ON card_readings (interaction_hash) WHERE interaction_hash IS NOT NULL;
CREATE INDEX card_readings_by_expiry ON card_readings (expires_at);

-- Our challenges for Active Authentication: 8 bytes, one use, two minutes.
CREATE TABLE card_challenges (
  challenge bytea PRIMARY KEY CHECK (octet_length(challenge) = 8),
  reading_id uuid NOT NULL REFERENCES card_readings (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX card_challenges_by_expiry ON card_challenges (expires_at);

-- What a phone's own challenge proved is accepted once, for ever: such an answer can be replayed (facts B6.1, B6.2).
CREATE TABLE card_proofs_seen (
  proof_hash bytea NOT NULL,
  account_id uuid NOT NULL REFERENCES accounts (id),
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (proof_hash, account_id)
);

-- Failed attempts by account, device and personal number (keyed hashes), each with a growing wait.
CREATE TABLE attempt_limits (
  subject_hash bytea PRIMARY KEY,
  failures integer NOT NULL,
  blocked_until timestamptz,
  last_at timestamptz NOT NULL
);
CREATE INDEX attempt_limits_by_time ON attempt_limits (last_at);

-- Clients whose citizens may hand in a chip with their access token (the province's own apps).
ALTER TABLE clients ADD COLUMN card_reader boolean NOT NULL DEFAULT false;
