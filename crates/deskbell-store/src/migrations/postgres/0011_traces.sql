-- The trace that an event belongs to (W3C Trace Context): there is a row for each event whose call came with one.
CREATE TABLE traces (
  account bigint NOT NULL,
  event   bigint NOT NULL, -- events.place
  context bytea NOT NULL,  -- the ids of the trace and of the span above, the flags, and the state as it came
  PRIMARY KEY (account, event)
);
