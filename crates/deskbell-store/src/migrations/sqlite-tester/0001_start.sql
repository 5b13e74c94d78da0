-- The tester's own file: a flood of captured requests cannot touch the deliveries.

CREATE TABLE inboxes (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  account     TEXT NOT NULL,
  token       TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  script      TEXT NOT NULL,
  relay       INTEGER NOT NULL, -- its requests wait for a program of its owner
  created     INTEGER NOT NULL,
  expires     INTEGER NOT NULL,
  captured    INTEGER NOT NULL,
  script_from INTEGER NOT NULL,
  minute_began INTEGER NOT NULL, -- the minute whose requests are counted
  minute_taken INTEGER NOT NULL
) STRICT;
CREATE INDEX inboxes_account ON inboxes (account);
CREATE INDEX inboxes_expires ON inboxes (expires);

CREATE TABLE captures (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: who follows the stream knows the last one they saw
  id       TEXT NOT NULL,
  inbox    INTEGER NOT NULL REFERENCES inboxes (seq) ON DELETE CASCADE,
  number   INTEGER NOT NULL,
  received INTEGER NOT NULL,
  method   TEXT NOT NULL,
  path     TEXT NOT NULL,
  remote   TEXT,
  answered INTEGER NOT NULL,
  event    TEXT,
  headers  BLOB NOT NULL, -- names and values as they came, each behind its length
  body     BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX captures_id ON captures (inbox, id);
CREATE INDEX captures_inbox ON captures (inbox);

CREATE TABLE shares (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  account  TEXT NOT NULL,
  delivery TEXT NOT NULL,
  hash     BLOB NOT NULL UNIQUE, -- of the token in the link; the token itself is nowhere
  created  INTEGER NOT NULL,
  expires  INTEGER NOT NULL,
  frozen   BLOB NOT NULL -- sealed
) STRICT;
CREATE INDEX shares_account ON shares (account);
CREATE INDEX shares_expires ON shares (expires);
