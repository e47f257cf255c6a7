-- Users mirrored from directories and files; groups of a sign-in; who still uses NTLM.
ALTER TABLE users ADD COLUMN directory TEXT;         -- with `sid`: the account that he is mirrored from
ALTER TABLE users ADD COLUMN sid TEXT CHECK ((sid IS NULL) = (directory IS NULL));
CREATE UNIQUE INDEX users_by_account ON users (directory, sid) WHERE sid IS NOT NULL;
-- `disabled` is an admin's own word; each of the three is enough.
ALTER TABLE users ADD COLUMN directory_disabled INTEGER NOT NULL DEFAULT 0 CHECK (directory_disabled IN (0, 1));
ALTER TABLE users ADD COLUMN file_disabled INTEGER NOT NULL DEFAULT 0 CHECK (file_disabled IN (0, 1));
ALTER TABLE users ADD COLUMN personal_number TEXT;
-- Who gave it; null: an admin.
ALTER TABLE users ADD COLUMN pin_source TEXT CHECK (pin_source IN ('directory', 'file'));
ALTER TABLE aliases ADD COLUMN source TEXT CHECK (source IN ('directory', 'file', 'sign-in'));
ALTER TABLE cards ADD COLUMN source TEXT CHECK (source IN ('directory', 'file'));

ALTER TABLE grants ADD COLUMN groups TEXT;           -- separated by spaces; null: nothing vouched for any
ALTER TABLE sessions ADD COLUMN groups TEXT;         -- separated by spaces; null: nothing vouched for any

CREATE TABLE ntlm_uses (
  id                      INTEGER PRIMARY KEY,
  outcome                 TEXT NOT NULL CHECK (outcome IN ('granted', 'refused')),
  user_name               TEXT NOT NULL,
  address                 TEXT NOT NULL,
  workstation             TEXT NOT NULL,
  is_workstation_verified INTEGER NOT NULL CHECK (is_workstation_verified IN (0, 1)),
  target                  TEXT NOT NULL,
  reason                  TEXT NOT NULL,
  count                   INTEGER NOT NULL,
  first_at                INTEGER NOT NULL,  -- seconds since the epoch
  last_at                 INTEGER NOT NULL,
  expires_at              INTEGER NOT NULL,
  owner                   TEXT NOT NULL,     -- whose rows are bounded together: of a sign-in the user, of a refused try the network
  is_further              INTEGER NOT NULL CHECK (is_further IN (0, 1))  -- the one row of an owner whose others are full
) STRICT;
CREATE UNIQUE INDEX ntlm_uses_by_use ON ntlm_uses (outcome, user_name, address, workstation, is_workstation_verified, target, reason)
  WHERE is_further = 0;
CREATE UNIQUE INDEX ntlm_uses_further ON ntlm_uses (outcome, owner) WHERE is_further = 1;
CREATE INDEX ntlm_uses_by_owner ON ntlm_uses (outcome, owner) WHERE is_further = 0;
CREATE INDEX ntlm_uses_by_expiry ON ntlm_uses (expires_at, outcome);

CREATE TABLE ntlm_unlisted (
  outcome    TEXT PRIMARY KEY CHECK (outcome IN ('granted', 'refused')),
  count      INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ntlm_watch (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  began_at INTEGER NOT NULL
) STRICT;
