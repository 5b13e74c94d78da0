-- What this store was transferred from, if it was.
CREATE TABLE transfer (
  one      bigint PRIMARY KEY CHECK (one = 1),
  lineage  bytea NOT NULL,                -- which store it was
  state    text COLLATE "C" NOT NULL,     -- as it was then: it must not be used before all is here
  began    bigint NOT NULL,
  ended    bigint                         -- since when all of it is here; nobody serves this store before
);

-- How far each of its tables is. A row moves on in the transaction that brings what it counts.
CREATE TABLE transfers (
  name     text COLLATE "C" PRIMARY KEY,
  behind   bytea,                         -- the key of the last row that was looked at; nothing before the first
  rows     bigint NOT NULL,               -- that are here
  bytes    bigint NOT NULL,               -- of these, about
  left_out bigint NOT NULL,               -- that cannot be kept here
  named    text NOT NULL,                 -- the first of these, a line each
  refused  bigint NOT NULL,               -- how many of these the database refused
  hashes   bigint NOT NULL,               -- and the sum of their hashes
  ended    boolean NOT NULL
) WITH (fillfactor = 50);
