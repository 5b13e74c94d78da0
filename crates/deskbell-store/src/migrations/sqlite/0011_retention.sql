-- For how long events and their bytes are kept of an account, in milliseconds; nothing is as the instance has it.
ALTER TABLE accounts ADD COLUMN keep_events INTEGER;
ALTER TABLE accounts ADD COLUMN keep_payloads INTEGER;
-- Where each account's past was cut: the last event, and the last attempt, that were deleted for their age; and the last event whose
-- bytes were looked at for theirs.
CREATE TABLE cuts (
  account INTEGER PRIMARY KEY,
  event   INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  payload INTEGER NOT NULL
) STRICT;
CREATE INDEX cuts_event ON cuts (event); -- the last of all
-- Events that were not over when their bytes were looked at: these are looked at again.
CREATE TABLE open_payloads (
  account INTEGER NOT NULL,
  event   INTEGER NOT NULL,
  PRIMARY KEY (account, event)
) STRICT, WITHOUT ROWID;
-- Events that were deleted and have more deliveries or attempts than one step deletes: nobody finds these, and the next steps
-- delete them.
CREATE TABLE leftovers (
  event   INTEGER PRIMARY KEY,
  account INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_event ON idempotency (event); -- the oldest keys
