-- Bytes of events that are kept, by account: of all but those of places behind `counted` and up to `upto`, which an older release accepted
-- and which are counted a part at a time.
CREATE TABLE kept (
  account INTEGER PRIMARY KEY,
  bytes   INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  upto    INTEGER NOT NULL
) STRICT;
CREATE INDEX kept_partial ON kept (account) WHERE counted < upto;
INSERT INTO kept SELECT seq, 0, 0, coalesce((SELECT max(place) FROM events WHERE account = seq), 0) FROM accounts;
-- How many bytes of its events may be kept; nothing is as the instance has it. The operator's account has no quota to begin with.
ALTER TABLE accounts ADD COLUMN quota INTEGER;
UPDATE accounts SET quota = 9223372036854775807 WHERE operator;
