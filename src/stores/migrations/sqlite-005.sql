-- Whom users are in Entra ID; who used what only one may use again; sign-ins that a tenant vouched for.
CREATE TABLE entra_ids (
  tenant  TEXT NOT NULL,           -- with `object`: GUIDs in lower case
  object  TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (tenant, object)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entra_ids_of_user ON entra_ids (user_id, tenant);
CREATE INDEX users_by_sid ON users (sid) WHERE sid IS NOT NULL;

ALTER TABLE marks ADD COLUMN owner TEXT;             -- null: nobody may use it again
ALTER TABLE grants ADD COLUMN entra_tenant TEXT;
ALTER TABLE grants ADD COLUMN entra_at INTEGER CHECK ((entra_at IS NULL) = (entra_tenant IS NULL)); -- seconds since the epoch
ALTER TABLE sessions ADD COLUMN entra_tenant TEXT;
ALTER TABLE sessions ADD COLUMN entra_at INTEGER CHECK ((entra_at IS NULL) = (entra_tenant IS NULL)); -- seconds since the epoch
