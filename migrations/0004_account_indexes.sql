-- Every introspection asks for an account's newest verification, every new reading for its open ones.
CREATE INDEX verifications_by_account ON verifications (account_id, verified_at DESC);
CREATE INDEX card_readings_by_account ON card_readings (account_id, created_at DESC);
