-- Cases before officers: who holds one and until when, what was decided and from when it counts, and the citizen's photo.

-- Why the rule wants an officer. `held_by` works on the case until `held_until`; after that anybody may take it. A case that is
-- asked again (`draft`) waits for the citizen: for a new photo, for the card once more, or for them to come to a desk.
ALTER TABLE cases ADD COLUMN waits_for text;
ALTER TABLE cases ADD COLUMN held_by uuid REFERENCES officers (id);
ALTER TABLE cases ADD COLUMN held_until timestamptz;
ALTER TABLE cases ADD COLUMN asked_for text CHECK (asked_for IN ('photo', 'card', 'desk'));
ALTER TABLE cases ADD COLUMN asked_at timestamptz;
ALTER TABLE cases ADD CONSTRAINT cases_held_until_a_time CHECK ((held_by IS NULL) = (held_until IS NULL));

-- The queue, oldest first: of the province, and of a commune.
CREATE INDEX cases_queue ON cases (opened_at, id) WHERE kind = 'verification' AND status = 'submitted';
CREATE INDEX cases_queue_by_commune ON cases (commune, opened_at, id) WHERE kind = 'verification' AND status = 'submitted';
CREATE INDEX cases_held ON cases (held_by) WHERE held_by IS NOT NULL;
CREATE INDEX cases_asked ON cases (asked_at) WHERE asked_at IS NOT NULL;
-- Whom an officer may not decide about: also whoever was verified with a number once. The active ones have their index.
CREATE INDEX verifications_ended_by_number ON verifications (number_hash) WHERE status <> 'active';
CREATE INDEX cases_verified_number ON cases (number_hash) WHERE kind = 'verification' AND number_hash IS NOT NULL;

-- What officers decided. Nothing comes of it before `counts_at`, and until then it can be undone; `void`: the case went another
-- way meanwhile. The note is sealed; it leaves with the evidence.
CREATE TABLE case_decisions (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES cases (id),
  officer_id uuid NOT NULL REFERENCES officers (id),
  outcome text NOT NULL CHECK (outcome IN ('approve', 'reject', 'ask')),
  reason text NOT NULL,
  note_sealed bytea,
  decided_at timestamptz NOT NULL,
  counts_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'counts', 'undone', 'void'))
);
CREATE UNIQUE INDEX case_decisions_one_pending ON case_decisions (case_id) WHERE status = 'pending';
CREATE INDEX case_decisions_due ON case_decisions (counts_at) WHERE status = 'pending';
CREATE INDEX case_decisions_by_case ON case_decisions (case_id, decided_at);
CREATE INDEX case_decisions_noted ON case_decisions (decided_at) WHERE note_sealed IS NOT NULL;

ALTER TABLE case_evidence DROP CONSTRAINT case_evidence_kind_check;
ALTER TABLE case_evidence ADD CONSTRAINT case_evidence_kind_check CHECK (kind IN ('vneid_claims', 'chip_files', 'live_photo'));
