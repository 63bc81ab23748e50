-- A session that has ended leaves its bare id behind, so that a request still under way cannot write it again.
ALTER TABLE oidc_artefacts ADD COLUMN ended_at timestamptz;
