-- Accounts, the queue, and what the queue carries.
--
-- What belongs to an account has the account's number in front of its key. `seq` and `place` give the order of lists; what clients see is `id`.
-- Times are milliseconds since the epoch; names of closed lists are kept by their number where there are many rows. Text is compared byte by
-- byte, for the database's own collation may change under it. What strangers send is kept as bytes: text cannot hold a zero.

-- The fingerprint of the master key under which the secrets here are sealed.
CREATE TABLE master (
  one         bigint PRIMARY KEY CHECK (one = 1),
  fingerprint bytea NOT NULL
);

CREATE TABLE accounts (
  seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id            text COLLATE "C" NOT NULL UNIQUE,
  email         text COLLATE "C" NOT NULL,
  folded        text COLLATE "C" NOT NULL UNIQUE, -- the address in lower case
  created       bigint NOT NULL,
  payload_style text COLLATE "C" NOT NULL,        -- current, expanded
  operator      boolean NOT NULL,
  keep_events   bigint, -- for how long events and their bytes are kept, in milliseconds; nothing is as the instance has it
  keep_payloads bigint
);

-- The lock of each account, and the last place that was given to an event or attempt of it.
CREATE TABLE places (
  account bigint PRIMARY KEY,
  last    bigint NOT NULL
) WITH (fillfactor = 50);

-- How often something of a kind changed that is also kept in memory, by any process.
CREATE TABLE changes (
  kind       text COLLATE "C" PRIMARY KEY, -- accounts (with their keys)
  generation bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO changes (kind, generation) VALUES ('accounts', 0);

CREATE TABLE webhooks (
  seq               bigint GENERATED ALWAYS AS IDENTITY,
  account           bigint NOT NULL,
  id                text COLLATE "C" NOT NULL,
  name              text COLLATE "C" NOT NULL,
  url               text COLLATE "C" NOT NULL,
  events            text COLLATE "C" NOT NULL,
  created           bigint NOT NULL,
  secret            bytea NOT NULL,
  status            text COLLATE "C" NOT NULL, -- enabled, disabled, deleted
  status_reason     text COLLATE "C",          -- why it is disabled
  status_at         bigint,                    -- since when it is disabled or deleted
  last_success      bigint,
  failures_in_a_row bigint NOT NULL,
  rest_until        bigint,
  rests_in_a_row    bigint NOT NULL,
  overloads         bigint NOT NULL, -- which of the last attempts were overloads, a bit each
  PRIMARY KEY (account, seq) -- lists, newest first
) WITH (fillfactor = 70);
CREATE INDEX webhooks_seq ON webhooks (seq); -- a webhook by its number
CREATE UNIQUE INDEX webhooks_id ON webhooks (id);
CREATE UNIQUE INDEX webhooks_name ON webhooks (account, name) WHERE status <> 'deleted';
-- The operator's page: who rests, and who was turned off by what receivers did.
CREATE INDEX webhooks_resting ON webhooks (rest_until) WHERE rest_until IS NOT NULL;
CREATE INDEX webhooks_off ON webhooks (status_at) WHERE status = 'disabled' AND status_reason <> 'by_owner';

-- What happened.
CREATE TABLE events (
  account bigint NOT NULL,
  place   bigint NOT NULL,
  created bigint NOT NULL,
  trigger bigint NOT NULL,
  origin  bigint NOT NULL,
  id      text COLLATE "C" NOT NULL,
  subject text COLLATE "C",
  body    bytea NOT NULL,
  PRIMARY KEY (account, place) -- lists, newest first, and the change feed
);
-- They are compressed already.
ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX events_id ON events (id); -- an event by its id
CREATE INDEX events_subject ON events (account, subject, place) WHERE subject IS NOT NULL; -- lists of one booking

CREATE TABLE idempotency (
  account bigint NOT NULL,
  event   bigint NOT NULL,
  key     text COLLATE "C" NOT NULL,
  digest  bytea NOT NULL,
  PRIMARY KEY (account, key)
);
CREATE INDEX idempotency_event ON idempotency (event); -- the oldest keys

-- What each event is owed to.
CREATE TABLE deliveries (
  account       bigint NOT NULL,
  event         bigint NOT NULL, -- events.place
  webhook       bigint NOT NULL, -- webhooks.seq
  created       bigint NOT NULL,
  status        bigint NOT NULL,
  attempts      bigint NOT NULL,
  tries         bigint NOT NULL,
  lost          bigint NOT NULL,
  manual        bigint NOT NULL,
  first_attempt bigint,
  last_outcome  bigint,
  last_status   bigint,
  scheduled     bigint,
  due           bigint,
  leased        bigint NOT NULL, -- when the machine that holds it got it; 0 is nobody's
  epoch         bigint NOT NULL,
  leases        bigint NOT NULL,
  settled       bigint,
  away          bigint NOT NULL, -- how long tries were late because no machine was there
  PRIMARY KEY (account, event, webhook) -- lists, newest first; the deliveries of one event
) WITH (fillfactor = 50);
CREATE INDEX deliveries_webhook ON deliveries (account, webhook, event); -- lists of one webhook
CREATE INDEX deliveries_queue ON deliveries (webhook, due, event) WHERE due IS NOT NULL; -- the queue
-- What machines hold: what ends with an epoch. As small as what is in flight.
CREATE INDEX deliveries_held ON deliveries (epoch) WHERE leased > 0;
-- The same by webhook: what is in flight to it.
CREATE INDEX deliveries_in_flight ON deliveries (webhook) WHERE leased > 0;
-- Lists of what came to a bad end: failed, cancelled, quarantined.
CREATE INDEX deliveries_ended ON deliveries (account, status, event, webhook) WHERE status > 1;

-- Of each webhook for which anything waits: when the first of it is due, and when it may leave, which is not before the end of a rest.
CREATE TABLE queues (
  webhook bigint PRIMARY KEY, -- webhooks.seq
  due     bigint NOT NULL,
  leaves  bigint NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX queues_leaves ON queues (leaves, webhook);

-- Machines that joined, while they are there or hold anything: one number each time, never given twice.
CREATE TABLE machines (
  epoch bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  began bigint NOT NULL,
  until bigint NOT NULL, -- without a further beat, its epoch may be ended from then on
  ended bigint
) WITH (fillfactor = 50);

-- Since when there has been a machine without a pause.
CREATE TABLE presence (
  one   bigint PRIMARY KEY CHECK (one = 1),
  since bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO presence (one, since) VALUES (1, 0);

-- What is the same in every attempt of a webhook until somebody changes it.
CREATE TABLE targets (
  seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook bigint NOT NULL,
  url     text COLLATE "C" NOT NULL,
  agent   text COLLATE "C" NOT NULL
);
-- A URL may be longer than an index takes.
CREATE INDEX targets_webhook ON targets (webhook);

CREATE TABLE attempts (
  account bigint NOT NULL,
  place   bigint NOT NULL, -- when it was recorded, as the place of an event
  event   bigint NOT NULL,
  webhook bigint NOT NULL,
  number  bigint NOT NULL,
  started bigint NOT NULL,
  outcome bigint NOT NULL,
  target  bigint NOT NULL,
  record  bytea NOT NULL, -- all the rest, packed
  PRIMARY KEY (account, place) -- lists, newest first, and the change feed
);
CREATE UNIQUE INDEX attempts_number ON attempts (account, event, webhook, number); -- the attempts of one delivery

-- What was recorded of each webhook in each quarter of an hour, for a day and an hour.
CREATE TABLE quarters (
  webhook   bigint NOT NULL,
  start     bigint NOT NULL,
  delivered bigint NOT NULL,
  first_try bigint NOT NULL,
  failed    bigint NOT NULL,
  gave_up   bigint NOT NULL,
  latencies bytea NOT NULL, -- for each class that is not empty, its number (1 byte) and its count (4, little-endian)
  PRIMARY KEY (webhook, start)
) WITH (fillfactor = 50);
CREATE INDEX quarters_start ON quarters (start);
