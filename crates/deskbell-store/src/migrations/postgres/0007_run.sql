-- The run of the database, by which the numbers of its transactions are told from those that it gives again after a crash, and another one
-- in its place: both empty this table.
CREATE UNLOGGED TABLE run (
  one  bigint PRIMARY KEY CHECK (one = 1),
  name text COLLATE "C" NOT NULL
);
