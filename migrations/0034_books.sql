-- The books: checks of the whole audit chain that an officer asked for, and how far each has come.

-- A job recomputes the chain in parts, up to where it ended when the check was asked for. `done` is the last line found good.
CREATE TABLE audit_checks (
  id uuid PRIMARY KEY,
  asked_by uuid NOT NULL REFERENCES officers (id),
  asked_at timestamptz NOT NULL,
  until_seq bigint NOT NULL,
  until_hash bytea NOT NULL,
  done_seq bigint NOT NULL,
  done_hash bytea NOT NULL,
  moved_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'whole', 'broken')),
  fault text,
  ended_at timestamptz,
  CHECK ((status = 'running') = (ended_at IS NULL)),
  CHECK ((status = 'broken') = (fault IS NOT NULL))
);
CREATE UNIQUE INDEX audit_checks_one_running ON audit_checks (status) WHERE status = 'running';
CREATE INDEX audit_checks_by_time ON audit_checks (asked_at);
