-- The officers' console: who may work in it, what they prove themselves with, and what needs a second pair of eyes.

-- Communes by their five-digit code; an operator fills them in. An officer without communes works for the whole province.
CREATE TABLE communes (
  code text PRIMARY KEY CHECK (code ~ '^\d{5}$'),
  name text NOT NULL
);

-- `login` is what the officer types. Nobody is ever deleted: the audit log names them by id.
CREATE TABLE officers (
  id uuid PRIMARY KEY,
  login text NOT NULL UNIQUE CHECK (login = lower(login)),
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('reviewer', 'supervisor', 'client_manager', 'auditor')),
  communes text[] NOT NULL DEFAULT '{}',
  status text NOT NULL DEFAULT 'invited' CHECK (status IN ('invited', 'active', 'suspended')),
  sandbox boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL
);

-- A password's argon2id hash, a TOTP secret or the public key of a passkey, sealed. `counter` is what must only grow:
-- the time step of the last TOTP code, a passkey's own count.
CREATE TABLE officer_credentials (
  id uuid PRIMARY KEY,
  officer_id uuid NOT NULL REFERENCES officers (id),
  kind text NOT NULL CHECK (kind IN ('password', 'totp', 'passkey')),
  name text,
  credential_hash bytea UNIQUE,
  secret_sealed bytea NOT NULL,
  counter bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  CHECK ((kind = 'passkey') = (credential_hash IS NOT NULL))
);
CREATE UNIQUE INDEX officer_credentials_one_password ON officer_credentials (officer_id) WHERE kind = 'password';
CREATE UNIQUE INDEX officer_credentials_one_totp ON officer_credentials (officer_id) WHERE kind = 'totp';
CREATE INDEX officer_credentials_by_officer ON officer_credentials (officer_id);

-- Sessions, by the hash of what the browser holds. Without `factor_at` only the password was right: that opens nothing.
CREATE TABLE officer_sessions (
  id_hash bytea PRIMARY KEY,
  officer_id uuid NOT NULL REFERENCES officers (id),
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  factor_at timestamptz,
  expires_at timestamptz NOT NULL
);
CREATE INDEX officer_sessions_by_officer ON officer_sessions (officer_id);
CREATE INDEX officer_sessions_by_expiry ON officer_sessions (expires_at);

-- One-time links: the first way in, or the way back in after two supervisors agreed. At most one open for an officer.
CREATE TABLE officer_invitations (
  token_hash bytea PRIMARY KEY,
  officer_id uuid NOT NULL REFERENCES officers (id),
  kind text NOT NULL CHECK (kind IN ('invitation', 'recovery')),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE UNIQUE INDEX officer_invitations_one_open ON officer_invitations (officer_id) WHERE used_at IS NULL;

-- Whose cases an officer may not decide: their own number and those of their household, as keyed hashes. `hint` is the
-- last three digits, so that the officer knows which one a line is.
CREATE TABLE officer_household (
  id uuid PRIMARY KEY,
  officer_id uuid NOT NULL REFERENCES officers (id),
  number_hash bytea NOT NULL,
  relation text NOT NULL CHECK (relation IN ('self', 'household')),
  hint text NOT NULL,
  declared_at timestamptz NOT NULL,
  UNIQUE (officer_id, number_hash)
);
CREATE UNIQUE INDEX officer_household_one_self ON officer_household (officer_id) WHERE relation = 'self';

-- Four eyes: one officer asks for an act, another one agrees or not. `subject` is the id of what it is about.
CREATE TABLE proposals (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  subject text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}',
  reason text NOT NULL,
  proposed_by uuid NOT NULL REFERENCES officers (id),
  proposed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'approved', 'refused', 'withdrawn')),
  decided_by uuid REFERENCES officers (id),
  decided_at timestamptz,
  CHECK ((status = 'open') = (decided_by IS NULL)),
  CHECK (decided_by IS NULL OR (decided_by = proposed_by) = (status = 'withdrawn'))
);
CREATE UNIQUE INDEX proposals_one_open ON proposals (kind, subject) WHERE status = 'open';
CREATE INDEX proposals_waiting ON proposals (proposed_at) WHERE status = 'open';

-- Which desk a case belongs to, and which officer opened it at a desk: that one cannot decide it alone.
ALTER TABLE cases ADD COLUMN commune text REFERENCES communes (code);
ALTER TABLE cases ADD COLUMN opened_by uuid REFERENCES officers (id);

-- The log is searched by who did it, on which officer and in which case. Indexes on expressions: a computed column would
-- have the whole log rewritten.
CREATE INDEX audit_events_by_actor ON audit_events ((body ->> 'actor'), seq) WHERE (body ->> 'actor') IS NOT NULL;
CREATE INDEX audit_events_by_officer ON audit_events ((body ->> 'officer'), seq) WHERE (body ->> 'officer') IS NOT NULL;
CREATE INDEX audit_events_by_case ON audit_events ((body ->> 'case'), seq) WHERE (body ->> 'case') IS NOT NULL;
CREATE INDEX audit_events_by_time ON audit_events (at, seq);
