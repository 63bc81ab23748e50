-- The main line: citizens, how they were identified and verified, who may ask, what was issued, and the audit chain.

-- Citizens. The id is random and is the `sub` that relying parties see; it says nothing about the person.
CREATE TABLE accounts (
  id uuid PRIMARY KEY,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'closed')),
  created_at timestamptz NOT NULL
);

-- How an account is recognised by an upstream. The upstream's subject is found by its keyed hash and kept sealed.
CREATE TABLE identities (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  provider text NOT NULL CHECK (provider IN ('zalo', 'vneid')),
  subject_hash bytea NOT NULL,
  profile_sealed bytea NOT NULL,
  linked_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  UNIQUE (provider, subject_hash),
  UNIQUE (account_id, provider)
);

-- One attempt to reach level2, or one suspicion that two accounts are one person.
CREATE TABLE cases (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('verification', 'duplicate')),
  account_id uuid NOT NULL REFERENCES accounts (id),
  other_account_id uuid REFERENCES accounts (id),
  method text NOT NULL CHECK (method IN ('vneid')),
  status text NOT NULL CHECK (status IN ('draft', 'submitted', 'in_review', 'approved', 'rejected', 'withdrawn', 'expired', 'revoked', 'superseded')),
  reason text,
  opened_at timestamptz NOT NULL,
  decided_at timestamptz,
  CHECK ((kind = 'duplicate') = (other_account_id IS NOT NULL))
);
CREATE INDEX cases_by_account ON cases (account_id, opened_at);
-- The same two accounts leave one open duplicate case, however often it is tried.
CREATE UNIQUE INDEX cases_one_open_duplicate ON cases (account_id, other_account_id)
  WHERE kind = 'duplicate' AND status IN ('submitted', 'in_review');

-- The tests of the evidence, one by one, so that the rule can be tightened without asking everybody again.
CREATE TABLE case_checks (
  case_id uuid NOT NULL REFERENCES cases (id),
  name text NOT NULL CHECK (name IN ('data_genuine', 'card_genuine', 'holder_present', 'citizen_account', 'number_valid')),
  result text NOT NULL,
  checked_at timestamptz NOT NULL,
  PRIMARY KEY (case_id, name)
);

-- What was shown, sealed, with the day it must be gone.
CREATE TABLE case_evidence (
  case_id uuid NOT NULL REFERENCES cases (id),
  kind text NOT NULL CHECK (kind IN ('vneid_claims')),
  sealed bytea NOT NULL,
  purge_after timestamptz NOT NULL,
  PRIMARY KEY (case_id, kind)
);
CREATE INDEX case_evidence_by_purge ON case_evidence (purge_after);

-- What level2 rests on. Rows are ended, never edited: at most one active for an account, and one for a personal number.
CREATE TABLE verifications (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  case_id uuid NOT NULL REFERENCES cases (id),
  method text NOT NULL CHECK (method IN ('vneid')),
  status text NOT NULL CHECK (status IN ('active', 'superseded', 'revoked', 'expired')),
  number_hash bytea NOT NULL,
  person_sealed bytea NOT NULL,
  verified_at timestamptz NOT NULL,
  expires_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  CHECK ((status = 'active') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX verifications_one_active_per_account ON verifications (account_id) WHERE status = 'active';
CREATE UNIQUE INDEX verifications_one_active_per_person ON verifications (number_hash) WHERE status = 'active';

-- Services that receive tokens, the scopes they offer and the level each scope needs.
CREATE TABLE resource_servers (
  resource text PRIMARY KEY,
  client_id text NOT NULL UNIQUE,
  secret_hash bytea NOT NULL,
  name text NOT NULL,
  sandbox boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  disabled_at timestamptz
);
CREATE TABLE scopes (
  name text PRIMARY KEY,
  resource text NOT NULL REFERENCES resource_servers (resource),
  minimum_level text NOT NULL CHECK (minimum_level IN ('level1', 'level2')),
  description_vi text NOT NULL,
  description_en text NOT NULL
);

-- Clients that sign people in. A secret is 256 random bits, kept as SHA-256. `any_loopback_redirect` is for the sandbox only.
CREATE TABLE clients (
  client_id text PRIMARY KEY,
  name text NOT NULL,
  secret_hash bytea,
  token_endpoint_auth_method text NOT NULL CHECK (token_endpoint_auth_method IN ('none', 'client_secret_basic', 'client_secret_post')),
  grant_types text[] NOT NULL,
  redirect_uris text[] NOT NULL,
  post_logout_redirect_uris text[] NOT NULL DEFAULT '{}',
  scopes text[] NOT NULL,
  minimum_level text NOT NULL DEFAULT 'level1' CHECK (minimum_level IN ('level1', 'level2')),
  any_loopback_redirect boolean NOT NULL DEFAULT false,
  sandbox boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  disabled_at timestamptz,
  CHECK ((token_endpoint_auth_method = 'none') = (secret_hash IS NULL)),
  CHECK (NOT any_loopback_redirect OR sandbox)
);

-- What a citizen allowed a client, when, and by which text; the proof the law asks for. Withdrawn, never edited.
CREATE TABLE consents (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  client_id text NOT NULL,
  scopes text[] NOT NULL,
  claims text[] NOT NULL,
  text_version text NOT NULL,
  language text NOT NULL,
  granted_at timestamptz NOT NULL,
  withdrawn_at timestamptz
);
CREATE INDEX consents_in_force ON consents (account_id, client_id) WHERE withdrawn_at IS NULL;

-- A citizen on their way to an upstream and back: found by the hash of `state`, used once, bound to the browser that left.
CREATE TABLE upstream_logins (
  state_hash bytea PRIMARY KEY,
  provider text NOT NULL CHECK (provider IN ('zalo', 'vneid')),
  browser_hash bytea NOT NULL,
  sealed bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX upstream_logins_by_expiry ON upstream_logins (expires_at);

-- Codes, tokens, grants, sessions and interactions of the provider. Ids are SHA-256 only and payloads are sealed:
-- this table, leaked, opens nothing and names nobody.
CREATE TABLE oidc_artefacts (
  model text NOT NULL,
  id_hash bytea NOT NULL,
  grant_hash bytea,
  uid_hash bytea,
  user_code_hash bytea,
  account_id uuid,
  client_id text,
  payload bytea NOT NULL,
  expires_at timestamptz,
  consumed_at timestamptz,
  PRIMARY KEY (id_hash, model)
);
CREATE INDEX oidc_artefacts_by_grant ON oidc_artefacts (grant_hash) WHERE grant_hash IS NOT NULL;
CREATE UNIQUE INDEX oidc_artefacts_by_uid ON oidc_artefacts (uid_hash, model) WHERE uid_hash IS NOT NULL;
CREATE UNIQUE INDEX oidc_artefacts_by_user_code ON oidc_artefacts (user_code_hash, model) WHERE user_code_hash IS NOT NULL;
CREATE INDEX oidc_artefacts_by_account ON oidc_artefacts (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX oidc_artefacts_by_expiry ON oidc_artefacts (expires_at) WHERE expires_at IS NOT NULL;

-- Signing keys, sealed. One `active` and one `next` for each algorithm; both are published.
CREATE TABLE signing_keys (
  kid text PRIMARY KEY,
  alg text NOT NULL CHECK (alg IN ('ES256', 'RS256')),
  status text NOT NULL CHECK (status IN ('next', 'active', 'retired')),
  jwk_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  activated_at timestamptz,
  retired_at timestamptz
);
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (alg) WHERE status = 'active';
CREATE UNIQUE INDEX signing_keys_one_next ON signing_keys (alg) WHERE status = 'next';

-- The audit chain. `body` is the event exactly as it was hashed; the columns beside it are computed from it, so they
-- cannot say something else. hash = SHA-256(previous hash ‖ seq ‖ body); the head row makes a cut-off tail visible.
CREATE TABLE audit_events (
  seq bigint PRIMARY KEY,
  hash bytea NOT NULL,
  body json NOT NULL,
  event text NOT NULL GENERATED ALWAYS AS (body ->> 'event') STORED,
  at timestamptz NOT NULL GENERATED ALWAYS AS (to_timestamp((body ->> 'at')::double precision / 1000)) STORED,
  account_id uuid GENERATED ALWAYS AS ((body ->> 'account')::uuid) STORED,
  client_id text GENERATED ALWAYS AS (body ->> 'client') STORED
);
CREATE INDEX audit_events_by_account ON audit_events (account_id, seq) WHERE account_id IS NOT NULL;
CREATE INDEX audit_events_by_event ON audit_events (event, seq);

CREATE TABLE audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  seq bigint NOT NULL,
  hash bytea NOT NULL
);
INSERT INTO audit_head (seq, hash) VALUES (0, sha256('tay-ninh-id audit chain'::bytea));

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_events is append-only';
END $$;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
