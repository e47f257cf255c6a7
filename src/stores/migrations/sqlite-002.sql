-- What was used and must not be used again, until it would be refused for its age anyway.
CREATE TABLE marks (
  mark       BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL      -- seconds since the epoch
) STRICT, WITHOUT ROWID;
CREATE INDEX marks_by_expiry ON marks (expires_at);
