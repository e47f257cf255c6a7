-- Secrets of users; what clients may do; grants, sessions, revoked tokens; tries at secrets; the gateway's own secrets.
ALTER TABLE users ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN password_hash TEXT;     -- PHC string
ALTER TABLE users ADD COLUMN pin_digest TEXT;
CREATE UNIQUE INDEX users_by_pin ON users (pin_digest) WHERE pin_digest IS NOT NULL;

CREATE TABLE cards (
  digest  TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX cards_of_user ON cards (user_id);

ALTER TABLE clients ADD COLUMN grants TEXT NOT NULL DEFAULT '';                    -- separated by spaces
ALTER TABLE clients ADD COLUMN post_logout_redirect_uris TEXT NOT NULL DEFAULT ''; -- separated by spaces
ALTER TABLE clients ADD COLUMN jwks TEXT;
ALTER TABLE clients ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;              -- seconds since the epoch
-- Until now there was the Desktop Client alone, made together with the first key.
UPDATE clients SET
  grants = 'authorization_code refresh_token urn:ietf:params:oauth:grant-type:token-exchange',
  created_at = coalesce((SELECT min(created_at) FROM signing_keys), 0);

CREATE TABLE client_origins (
  origin    TEXT NOT NULL,
  client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  position  INTEGER NOT NULL,      -- in the client's list
  PRIMARY KEY (origin, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX origins_of_client ON client_origins (client_id, position);

CREATE TABLE client_secrets (
  id         INTEGER PRIMARY KEY,  -- rises: the latest is the newest
  client_id  TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  digest     TEXT NOT NULL,
  expires_at INTEGER               -- seconds since the epoch; null: never
) STRICT;
CREATE INDEX secrets_of_client ON client_secrets (client_id);

CREATE TABLE grants (
  id              TEXT PRIMARY KEY,
  client_id       TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  epoch           INTEGER NOT NULL,
  scopes          TEXT NOT NULL,   -- separated by spaces
  auth_time       INTEGER NOT NULL,
  amr             TEXT NOT NULL,   -- separated by spaces
  channel_binding TEXT CHECK (channel_binding IN ('bound', 'none')),
  session_id      TEXT,            -- no reference: an expired session's row goes, and its grants still know where they came from
  redirect_uri    TEXT,            -- null: no code was given
  challenge       TEXT,
  nonce           TEXT,
  code_used       INTEGER NOT NULL DEFAULT 0 CHECK (code_used IN (0, 1)),
  revoked         INTEGER NOT NULL CHECK (revoked IN (0, 1)),
  generation      INTEGER NOT NULL,
  idle_until      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX grants_of_client ON grants (client_id);
CREATE INDEX grants_of_user ON grants (user_id);
CREATE INDEX grants_of_session ON grants (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE sessions (
  id              TEXT PRIMARY KEY,
  user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  epoch           INTEGER NOT NULL,
  auth_time       INTEGER NOT NULL,
  amr             TEXT NOT NULL,   -- separated by spaces
  channel_binding TEXT CHECK (channel_binding IN ('bound', 'none')),
  expires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE revoked_tokens (
  token_id   TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);

CREATE TABLE attempts (
  key        TEXT PRIMARY KEY,
  count      INTEGER NOT NULL CHECK (count >= 0),
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_expiry ON attempts (expires_at);

CREATE TABLE gateway_secrets (
  name   TEXT PRIMARY KEY,
  sealed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
