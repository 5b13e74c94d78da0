-- What is listed beside the queue, and what is done with its past.

-- There is a row while nothing is sent: this store was copied, and what it was copied from may have sent it already.
CREATE TABLE pause (
  one    bigint PRIMARY KEY CHECK (one = 1),
  copied bigint NOT NULL -- when the copy was made
);
-- Where each account's past was cut: the last event, and the last attempt, that were deleted for their age; and the last event whose
-- bytes were looked at for theirs.
CREATE TABLE cuts (
  account bigint PRIMARY KEY,
  event   bigint NOT NULL,
  attempt bigint NOT NULL,
  payload bigint NOT NULL
) WITH (fillfactor = 50);

-- Events that were not over when their bytes were looked at: these are looked at again.
CREATE TABLE open_payloads (
  account bigint NOT NULL,
  event   bigint NOT NULL,
  PRIMARY KEY (account, event)
);

-- Events that were deleted and have more deliveries or attempts than one step deletes: nobody finds these, and the next steps
-- delete them.
CREATE TABLE leftovers (
  account bigint NOT NULL,
  event   bigint NOT NULL,
  PRIMARY KEY (account, event)
);

-- Somewhere to write, for who asks whether that works.
CREATE TABLE pulse (
  one    bigint PRIMARY KEY CHECK (one = 1),
  writes bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO pulse (one, writes) VALUES (1, 0);
