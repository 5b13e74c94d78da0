-- What was changed of a webhook and when: its last 50 revisions.
CREATE TABLE history (
  webhook INTEGER NOT NULL REFERENCES webhooks (seq),
  number  INTEGER NOT NULL, -- 1 is its first revision
  at      INTEGER NOT NULL,
  changes TEXT NOT NULL, -- JSON, of each change the field, and what it was and is
  PRIMARY KEY (webhook, number)
) STRICT, WITHOUT ROWID;
