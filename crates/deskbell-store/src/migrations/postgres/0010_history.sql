-- What was changed of a webhook and when: its last 50 revisions.
CREATE TABLE history (
  webhook bigint NOT NULL,
  number  bigint NOT NULL, -- 1 is its first revision
  at      bigint NOT NULL,
  changes text NOT NULL, -- JSON, of each change the field, and what it was and is
  PRIMARY KEY (webhook, number)
);
