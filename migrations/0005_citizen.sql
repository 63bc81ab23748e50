-- The citizen's side: phone, factors, devices, notices, the ledger, Mini App sign-in, and the way out.

-- A phone number that an upstream vouched for. At most one account holds a number: when another Zalo account shows
-- it, the first one's row becomes `moved`, and nothing of the first account goes with the number.
CREATE TABLE phones (
  account_id uuid PRIMARY KEY REFERENCES accounts (id),
  number_hash bytea NOT NULL,
  sealed bytea NOT NULL,
  source text NOT NULL CHECK (source IN ('zalo')),
  verified_at timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'quarantined', 'moved')),
  reason text,
  changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX phones_one_holder ON phones (number_hash) WHERE status IN ('active', 'quarantined');

-- What a citizen proves level2 with again: one PIN, several passkeys. `secret` is sealed: a PIN's argon2id hash, or
-- the public key of a passkey.
CREATE TABLE factors (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  kind text NOT NULL CHECK (kind IN ('pin', 'passkey')),
  name text,
  credential_hash bytea UNIQUE,
  secret_sealed bytea NOT NULL,
  counter bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  CHECK ((kind = 'passkey') = (credential_hash IS NOT NULL))
);
CREATE UNIQUE INDEX factors_one_pin ON factors (account_id) WHERE kind = 'pin';
CREATE INDEX factors_by_account ON factors (account_id);

-- Challenges for passkeys: one use, five minutes, bound to the page that asked.
CREATE TABLE webauthn_challenges (
  challenge_hash bytea PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('register', 'authenticate')),
  bound_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX webauthn_challenges_by_expiry ON webauthn_challenges (expires_at);

-- Browsers an account was used in. `device_hash` is the hash of the browser's own cookie.
CREATE TABLE devices (
  account_id uuid NOT NULL REFERENCES accounts (id),
  device_hash bytea NOT NULL,
  label text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, device_hash)
);
CREATE INDEX devices_by_time ON devices (last_seen_at);
ALTER TABLE oidc_artefacts ADD COLUMN device_hash bytea;

-- "Not me" puts level2 on hold until the citizen has proved who they are again, or an officer lifts it.
ALTER TABLE accounts ADD COLUMN level2_held_at timestamptz;
ALTER TABLE accounts ADD COLUMN level2_held_reason text;
ALTER TABLE accounts ADD COLUMN level2_released_at timestamptz;
-- An account that its citizen closes ends a week later.
ALTER TABLE accounts ADD COLUMN closing_at timestamptz;
ALTER TABLE accounts ADD COLUMN closed_at timestamptz;
CREATE INDEX accounts_closing ON accounts (closing_at) WHERE closing_at IS NOT NULL AND closed_at IS NULL;
-- Of a closed account the fact of a verification stays, the person goes.
ALTER TABLE verifications ALTER COLUMN person_sealed DROP NOT NULL;

-- A citizen's report about an entry of the ledger is a case, too.
ALTER TABLE cases DROP CONSTRAINT cases_kind_check;
ALTER TABLE cases ADD CONSTRAINT cases_kind_check CHECK (kind IN ('verification', 'duplicate', 'report'));
ALTER TABLE cases ALTER COLUMN method DROP NOT NULL;
ALTER TABLE cases ADD CONSTRAINT cases_method_given CHECK ((kind = 'report') = (method IS NULL));
ALTER TABLE cases ADD COLUMN audit_seq bigint;

-- What citizens are told: written in the transaction of the act, sent by a job, shown on the account page.
-- `event_key` makes a notice unique for its event. No names and no numbers in `params`.
CREATE TABLE notices (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  kind text NOT NULL,
  params jsonb NOT NULL,
  event_key text UNIQUE,
  created_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'kept')),
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  sent_at timestamptz
);
CREATE INDEX notices_by_account ON notices (account_id, created_at DESC);

-- The token of the province's Zalo OA. Each refresh token serves once, so what comes back must be kept.
CREATE TABLE zalo_oa_tokens (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  sealed bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  rotated_at timestamptz NOT NULL
);

-- How often a service asked about a citizen's token, by day in Viet Nam.
CREATE TABLE introspection_counts (
  account_id uuid NOT NULL REFERENCES accounts (id),
  client_id text NOT NULL,
  day date NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (account_id, client_id, day)
);
CREATE INDEX introspection_counts_by_day ON introspection_counts (day);

-- Zalo tokens a Mini App has exchanged: each is accepted once.
CREATE TABLE zalo_tokens_seen (
  token_hash bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX zalo_tokens_seen_by_expiry ON zalo_tokens_seen (expires_at);

-- A step out of a Mini App onto our pages and back. `handle_hash` opens the page (a minute, once); `id_hash` is what
-- the Mini App keeps, and exchanges for tokens when the citizen is done.
CREATE TABLE mini_app_steps (
  id_hash bytea PRIMARY KEY,
  handle_hash bytea NOT NULL UNIQUE,
  state_hash bytea UNIQUE,
  account_id uuid NOT NULL REFERENCES accounts (id),
  client_id text NOT NULL,
  page text NOT NULL CHECK (page IN ('step_up', 'account')),
  browser_hash bytea,
  status text NOT NULL CHECK (status IN ('new', 'opened', 'done', 'denied', 'used')),
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  handle_expires_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX mini_app_steps_by_expiry ON mini_app_steps (expires_at);

-- Mini Apps and where a client hears that a session ended (OpenID Connect Back-Channel Logout 1.0 §2.2).
ALTER TABLE clients ADD COLUMN mini_app boolean NOT NULL DEFAULT false;
ALTER TABLE clients ADD COLUMN origins text[] NOT NULL DEFAULT '{}';
ALTER TABLE clients ADD COLUMN return_uri text;
ALTER TABLE clients ADD COLUMN backchannel_logout_uri text;
ALTER TABLE clients ADD COLUMN backchannel_logout_session_required boolean NOT NULL DEFAULT false;

-- Which purposes a citizen was shown and did not allow.
ALTER TABLE consents ADD COLUMN refused text[] NOT NULL DEFAULT '{}';
