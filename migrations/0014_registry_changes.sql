-- The registry and the signing keys change while nodes run: they are told at once, and can see what they were not told.

ALTER TABLE clients
  ADD COLUMN name_en text,
  ADD COLUMN application_type text NOT NULL DEFAULT 'web' CHECK (application_type IN ('web', 'native'));
ALTER TABLE resource_servers ADD COLUMN name_en text;

-- A retired key stays in the key set until then: what it signed may still be shown to somebody.
ALTER TABLE signing_keys ADD COLUMN published_until timestamptz;

-- Goes up with every change. A node that was not told (its connection was gone) reads it and knows.
-- Whoever changes several rows takes this row first, so that two of them wait for each other in one order.
CREATE TABLE registry_version (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  version bigint NOT NULL
);
INSERT INTO registry_version (version) VALUES (1);

CREATE FUNCTION tell_registry_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE registry_version SET version = version + 1;
  PERFORM pg_notify('tnid_registry', '');
  RETURN NULL;
END $$;
CREATE TRIGGER clients_tell AFTER INSERT OR UPDATE OR DELETE ON clients
  FOR EACH ROW EXECUTE FUNCTION tell_registry_change();
CREATE TRIGGER resource_servers_tell AFTER INSERT OR UPDATE OR DELETE ON resource_servers
  FOR EACH ROW EXECUTE FUNCTION tell_registry_change();
CREATE TRIGGER scopes_tell AFTER INSERT OR UPDATE OR DELETE ON scopes
  FOR EACH ROW EXECUTE FUNCTION tell_registry_change();
CREATE TRIGGER signing_keys_tell AFTER INSERT OR UPDATE OR DELETE ON signing_keys
  FOR EACH ROW EXECUTE FUNCTION tell_registry_change();
