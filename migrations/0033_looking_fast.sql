-- What if asks of every user of a service whether level2 is on hold: of the few that are, not of a million rows.
CREATE INDEX accounts_level2_held ON accounts (id) WHERE level2_held_at IS NOT NULL;
CREATE INDEX verifications_past ON verifications (account_id, verified_at DESC) INCLUDE (commune, birth_year) WHERE status <> 'active';
