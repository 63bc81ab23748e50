-- A closed account keeps no trace of its person: the fact of a verification stays, the keyed hash of the number goes.
ALTER TABLE verifications ALTER COLUMN number_hash DROP NOT NULL;
ALTER TABLE verifications ADD CONSTRAINT verifications_active_has_number CHECK (status <> 'active' OR number_hash IS NOT NULL);
-- One report at a time about one entry of the ledger.
CREATE UNIQUE INDEX cases_one_open_report ON cases (account_id, audit_seq)
  WHERE kind = 'report' AND status IN ('submitted', 'in_review');
