-- What all processes did in each quarter of an hour, for eight days: a row for each thing that was counted.
CREATE TABLE throughput (
  start INTEGER NOT NULL,
  kind  INTEGER NOT NULL, -- 0 events accepted, 1 the longest wait of the oldest due delivery, 100 + an outcome, 1000 + a bucket of times
  value INTEGER NOT NULL,
  PRIMARY KEY (start, kind)
) STRICT, WITHOUT ROWID;
