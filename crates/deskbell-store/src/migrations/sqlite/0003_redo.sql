-- How far the tables are with what the redo log holds.
CREATE TABLE redo (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  lineage BLOB NOT NULL, -- 16 random bytes: whose log it is
  applied INTEGER NOT NULL -- the last record that is in the tables
) STRICT;
INSERT INTO redo (one, lineage, applied) VALUES (1, randomblob(16), 0);
