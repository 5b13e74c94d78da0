-- What is listed beside the queue, and what is done with its past.

-- There is a row while nothing is sent: this store was copied, and what it was copied from may have sent it already.
CREATE TABLE pause (
  one    bigint PRIMARY KEY CHECK (one = 1),
  copied bigint NOT NULL -- when the copy was made
);
