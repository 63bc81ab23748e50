-- Every minute two timed jobs ask which verifications end soon or have ended: without an index each reads all of them.
CREATE INDEX verifications_by_end ON verifications (expires_at) WHERE status = 'active';
