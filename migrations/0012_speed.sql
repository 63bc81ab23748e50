-- Which session an artefact lives in, and which grants a session holds, so that introspection asks one query.

-- Null: it does not end with its session, or a version before this column wrote it; the sealed payload says which.
ALTER TABLE oidc_artefacts ADD COLUMN session_hash bytea;
-- Of a session: the last 16 bytes of its payload, then the hashes of the grants in it. Bytes that are not the payload's
-- are another version's, which wrote the one and not the other: then the payload is opened.
ALTER TABLE oidc_artefacts ADD COLUMN session_grants bytea[];
