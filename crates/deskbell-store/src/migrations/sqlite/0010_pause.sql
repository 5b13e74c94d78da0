-- There is a row while nothing is sent: this store was restored, and what it was copied from may have sent it already.
CREATE TABLE pause (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  copied INTEGER NOT NULL -- when the copy was made
) STRICT;
