-- The trace that an event belongs to (W3C Trace Context): there is a row for each event whose call came with one.
CREATE TABLE traces (
  event   INTEGER PRIMARY KEY, -- events.place
  account INTEGER NOT NULL,
  context BLOB NOT NULL        -- the ids of the trace and of the span above, the flags, and the state as it came
) STRICT;
