-- Officers find citizens by name, but names are sealed: so keyed hashes of a name's parts, as one writes it with and without marks.
CREATE TABLE name_index (
  part_hash bytea NOT NULL,
  account_id uuid NOT NULL REFERENCES accounts (id),
  source text NOT NULL CHECK (source IN ('zalo', 'verified')),
  PRIMARY KEY (part_hash, account_id, source)
);
CREATE INDEX name_index_by_account ON name_index (account_id, source);
