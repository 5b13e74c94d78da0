-- Bytes of events that are kept, by account, beside its lock: of all but those of places behind `counted` and up to `upto`, which an older
-- release accepted and which are counted a part at a time.
ALTER TABLE places
  ADD COLUMN bytes   bigint NOT NULL DEFAULT 0,
  ADD COLUMN counted bigint NOT NULL DEFAULT 0,
  ADD COLUMN upto    bigint NOT NULL DEFAULT 0;
UPDATE places SET upto = last;
CREATE INDEX places_partial ON places (account) WHERE counted < upto;
-- How many bytes of its events may be kept; nothing is as the instance has it. The operator's account has no quota to begin with.
ALTER TABLE accounts ADD COLUMN quota bigint;
UPDATE accounts SET quota = 9223372036854775807 WHERE operator;
