-- Verification in person: visits to a desk, the slip a citizen takes home, and approvals that come back to another officer.

-- One citizen before one officer. The account is found or opened by a phone number and a code sent to it, by a Zalo
-- sign-in through a link that the console shows, or, where there is no phone at all, opened without one. `link_number` is
-- what both screens show, so that nobody far away can take the citizen's place.
CREATE TABLE desk_visits (
  id uuid PRIMARY KEY,
  officer_id uuid NOT NULL REFERENCES officers (id),
  commune text REFERENCES communes (code),
  started_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  phone_sealed bytea,
  code_hash bytea,
  code_expires_at timestamptz,
  code_tries integer NOT NULL DEFAULT 0,
  number_shown_at timestamptz,
  link_hash bytea UNIQUE,
  link_expires_at timestamptz,
  link_account_id uuid REFERENCES accounts (id),
  link_session_hash bytea,
  link_number text,
  way text CHECK (way IN ('phone', 'zalo', 'none')),
  account_id uuid REFERENCES accounts (id),
  case_id uuid REFERENCES cases (id),
  seen_at timestamptz,
  CHECK ((way IS NULL) = (account_id IS NULL))
);
CREATE INDEX desk_visits_by_officer ON desk_visits (officer_id, started_at DESC);
CREATE INDEX desk_visits_waiting ON desk_visits (seen_at) WHERE seen_at IS NOT NULL AND ended_at IS NULL;
CREATE UNIQUE INDEX desk_visits_by_case ON desk_visits (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX desk_visits_by_time ON desk_visits (started_at);
ALTER TABLE card_readings ADD COLUMN visit_id uuid REFERENCES desk_visits (id);
CREATE INDEX card_readings_by_visit ON card_readings (visit_id, created_at DESC) WHERE visit_id IS NOT NULL;

-- A number shown at a desk: of an account that nobody signs in to yet.
ALTER TABLE phones DROP CONSTRAINT phones_source_check;
ALTER TABLE phones ADD CONSTRAINT phones_source_check CHECK (source IN ('zalo', 'desk'));

ALTER TABLE case_checks DROP CONSTRAINT case_checks_name_check;
ALTER TABLE case_checks ADD CONSTRAINT case_checks_name_check CHECK (name IN
  ('data_genuine', 'card_genuine', 'holder_present', 'second_officer', 'citizen_account', 'number_valid', 'same_person',
   'revocation'));

-- What a citizen took home on paper. Of the signed text only its hash is kept; the text itself is on the paper.
CREATE TABLE proof_slips (
  id text PRIMARY KEY CHECK (id ~ '^[0-9A-HJKMNP-TV-Z]{12}$'),
  case_id uuid NOT NULL UNIQUE REFERENCES cases (id),
  verification_id uuid NOT NULL REFERENCES verifications (id),
  account_id uuid NOT NULL REFERENCES accounts (id),
  office text REFERENCES communes (code),
  signed_hash bytea NOT NULL,
  signed_sealed bytea NOT NULL,
  issued_by uuid NOT NULL REFERENCES officers (id),
  issued_at timestamptz NOT NULL
);

-- Approvals drawn at random, each for another officer to look at anew. `re_audit_head` is the line of the audit chain up
-- to which was drawn.
CREATE TABLE re_audits (
  case_id uuid PRIMARY KEY REFERENCES cases (id),
  account_id uuid NOT NULL REFERENCES accounts (id),
  decided_by uuid NOT NULL REFERENCES officers (id),
  officer_id uuid REFERENCES officers (id),
  drawn_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  outcome text CHECK (outcome IN ('agreed', 'objected')),
  reason text,
  answered_by uuid REFERENCES officers (id),
  answered_at timestamptz,
  settled text CHECK (settled IN ('upheld', 'suspended')),
  settled_by uuid REFERENCES officers (id),
  settled_at timestamptz,
  CHECK ((outcome IS NULL) = (answered_by IS NULL)),
  CHECK (answered_by IS NULL OR answered_by <> decided_by),
  CHECK ((settled IS NULL) = (settled_by IS NULL)),
  CHECK (settled IS NULL OR outcome = 'objected'),
  CHECK (settled_by IS NULL OR settled_by NOT IN (decided_by, answered_by))
);
CREATE INDEX re_audits_open ON re_audits (due_at) WHERE outcome IS NULL;
CREATE INDEX re_audits_objected ON re_audits (answered_at) WHERE outcome = 'objected' AND settled IS NULL;
CREATE TABLE re_audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  seq bigint NOT NULL
);
INSERT INTO re_audit_head (seq) SELECT seq FROM audit_head;

-- Suspicions that two accounts are one person, oldest first, and who is on the other side of one.
CREATE INDEX cases_open_duplicates ON cases (opened_at, id) WHERE kind = 'duplicate' AND status IN ('submitted', 'in_review');
CREATE INDEX cases_by_other_account ON cases (other_account_id) WHERE other_account_id IS NOT NULL;
