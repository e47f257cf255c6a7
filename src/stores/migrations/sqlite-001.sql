-- Users with their aliases, clients, signing keys.
CREATE TABLE users (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL UNIQUE, -- case-folded
  full_name  TEXT,
  email      TEXT,
  disabled   INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  scopes     TEXT NOT NULL,        -- separated by spaces
  created_at INTEGER NOT NULL      -- seconds since the epoch
) STRICT;

CREATE TABLE aliases (
  alias   TEXT PRIMARY KEY,        -- canonical: "user" or "user@REALM"
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_of_user ON aliases (user_id);

CREATE TABLE clients (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  is_public     INTEGER NOT NULL CHECK (is_public IN (0, 1)),
  redirect_uris TEXT NOT NULL,     -- separated by spaces
  scopes        TEXT NOT NULL      -- separated by spaces
) STRICT;

CREATE TABLE signing_keys (
  kid                TEXT PRIMARY KEY,
  algorithm          TEXT NOT NULL,
  public_jwk         TEXT NOT NULL,
  sealed_private_key TEXT NOT NULL,
  created_at         INTEGER NOT NULL
) STRICT;
