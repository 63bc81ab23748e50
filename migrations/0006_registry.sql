-- What relying parties and services register beyond the first light: sectors, profiles, levels, owners, and the standard rest.

-- `metadata` holds members of RFC 7591 and its extensions that need no column: keys, algorithms, certificate names.
-- `sector` names whose subjects a client shares (OpenID Connect Core §8.1); null: the host of its first redirect address.
ALTER TABLE clients
  ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN profile text CHECK (profile IN ('fapi2_security', 'fapi2_message_signing')),
  ADD COLUMN subject_type text NOT NULL DEFAULT 'pairwise' CHECK (subject_type IN ('pairwise', 'public')),
  ADD COLUMN sector text,
  ADD COLUMN maximum_level text NOT NULL DEFAULT 'level2' CHECK (maximum_level IN ('level1', 'level2')),
  ADD COLUMN owner text,
  ADD COLUMN contacts text[] NOT NULL DEFAULT '{}';
ALTER TABLE clients DROP CONSTRAINT clients_token_endpoint_auth_method_check;
ALTER TABLE clients ADD CONSTRAINT clients_token_endpoint_auth_method_check CHECK (token_endpoint_auth_method IN
  ('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'));
ALTER TABLE clients DROP CONSTRAINT clients_check;
ALTER TABLE clients ADD CONSTRAINT clients_secret CHECK
  ((token_endpoint_auth_method IN ('client_secret_basic', 'client_secret_post')) = (secret_hash IS NOT NULL));
ALTER TABLE clients ADD CONSTRAINT clients_levels CHECK (minimum_level <= maximum_level);

-- Services: opaque tokens are asked about, JWT ones (RFC 9068) are for those that cannot call back.
ALTER TABLE resource_servers
  ADD COLUMN access_token_format text NOT NULL DEFAULT 'opaque' CHECK (access_token_format IN ('opaque', 'jwt')),
  ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN sector text,
  ADD COLUMN owner text,
  ADD COLUMN contacts text[] NOT NULL DEFAULT '{}';

ALTER TABLE signing_keys DROP CONSTRAINT signing_keys_alg_check;
ALTER TABLE signing_keys ADD CONSTRAINT signing_keys_alg_check CHECK (alg IN ('ES256', 'RS256', 'PS256', 'EdDSA'));
