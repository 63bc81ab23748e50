-- Looking after accounts: officers' looks and why, codes of error pages, suspensions that end, and who uses what (for "what if").

-- One look of one officer: what was searched for and why, for half an hour. Sealed, because it holds a name or a number.
CREATE TABLE officer_looks (
  id uuid PRIMARY KEY,
  officer_id uuid NOT NULL REFERENCES officers (id),
  sealed bytea NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX officer_looks_by_expiry ON officer_looks (expires_at);

-- Whose the code on an error page was, for thirty days: a citizen reads the code out, an officer finds the account.
CREATE TABLE error_pages (
  code_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  shown_at timestamptz NOT NULL
);
CREATE INDEX error_pages_by_account ON error_pages (account_id);
CREATE INDEX error_pages_by_time ON error_pages (shown_at);

-- One officer may suspend for a time; without an end it takes two. `test` is the account of nobody, for testing services.
ALTER TABLE accounts ADD COLUMN suspended_until timestamptz;
ALTER TABLE accounts ADD COLUMN test boolean NOT NULL DEFAULT false;
CREATE INDEX accounts_suspended_until ON accounts (suspended_until) WHERE suspended_until IS NOT NULL;
CREATE UNIQUE INDEX accounts_one_test ON accounts (test) WHERE test;

-- Coarse, so that counts by commune and age open no sealed person. Unknown where nobody said.
ALTER TABLE verifications ADD COLUMN commune text REFERENCES communes (code);
ALTER TABLE verifications ADD COLUMN birth_year smallint;

-- Officers search by number: of all times, not only what is active. Open reports stand in a list, oldest first.
CREATE INDEX verifications_by_number ON verifications (number_hash) WHERE number_hash IS NOT NULL;
CREATE INDEX cases_by_number ON cases (number_hash) WHERE number_hash IS NOT NULL;
CREATE INDEX cases_open_reports ON cases (opened_at, id) WHERE kind = 'report' AND status IN ('submitted', 'in_review');

-- When an account last used a client, and when it last did so at level2; rolled up from the audit chain, kept 60 days.
CREATE TABLE account_uses (
  client_id text NOT NULL,
  account_id uuid NOT NULL REFERENCES accounts (id),
  used_day date NOT NULL,
  level2_day date,
  PRIMARY KEY (client_id, account_id)
);
CREATE INDEX account_uses_by_account ON account_uses (account_id);
CREATE INDEX account_uses_by_day ON account_uses (used_day);
CREATE TABLE account_uses_cursor (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  seq bigint NOT NULL
);
INSERT INTO account_uses_cursor (seq) VALUES (0);
