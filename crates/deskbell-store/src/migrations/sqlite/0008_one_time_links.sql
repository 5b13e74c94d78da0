-- One-time links: each is spent by one booking.
CREATE TABLE one_time_links (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  account  TEXT NOT NULL,
  created  INTEGER NOT NULL,
  spent    INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT;
CREATE INDEX one_time_links_open ON one_time_links (account, created) WHERE spent = 0; -- how many an account has
CREATE INDEX one_time_links_created ON one_time_links (created); -- the sweep of the old
