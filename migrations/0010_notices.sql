-- Every minute two timed jobs ask which verifications end soon or have ended: without an index each reads all of them.
CREATE INDEX verifications_by_end ON verifications (expires_at) WHERE status = 'active';

-- Attempts that all nodes count together; the columns are those of rate-limiter-flexible. `key` is a keyed hash.
CREATE TABLE rate_limits (
  key varchar(255) PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint
);
CREATE INDEX rate_limits_by_expiry ON rate_limits (expire);
