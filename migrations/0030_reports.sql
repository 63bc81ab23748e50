-- The books: what reports count, by day, so that none of them reads the audit chain; and the chain's head of each day.

-- `day` is a day in Viet Nam. `key` and `detail` are ids and reason codes: an app, a method, a level. No citizens.
CREATE TABLE report_counts (
  name text NOT NULL,
  day date NOT NULL,
  key text NOT NULL,
  detail text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (name, day, key, detail)
);
-- How far into the chain the counts have come.
CREATE TABLE report_cursor (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  seq bigint NOT NULL
);
INSERT INTO report_cursor (seq) VALUES (0);

-- The last number and hash of each day, published: whoever kept one can prove that the chain before it is the same.
CREATE TABLE audit_heads (
  day date PRIMARY KEY,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  taken_at timestamptz NOT NULL
);

-- What auditors search by, besides account, event, officer, case and time.
CREATE INDEX audit_events_by_client ON audit_events (client_id, seq) WHERE client_id IS NOT NULL;
CREATE INDEX cases_by_decision ON cases (decided_at) WHERE decided_at IS NOT NULL;
