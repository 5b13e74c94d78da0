-- Where each account's past was cut: the last event, and the last attempt, that were deleted for their age.
CREATE TABLE cuts (
  account INTEGER PRIMARY KEY,
  event   INTEGER NOT NULL,
  attempt INTEGER NOT NULL
) STRICT;
CREATE INDEX cuts_event ON cuts (event); -- the last of all
-- Events that were deleted and have more deliveries or attempts than one step deletes: nobody finds these, and the next steps
-- delete them.
CREATE TABLE leftovers (
  event   INTEGER PRIMARY KEY,
  account INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_event ON idempotency (event); -- the oldest keys
