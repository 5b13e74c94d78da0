-- The main file: everything but the tester's captures.
--
-- A table has an integer key, `seq` or `place`, that gives the order of lists; what clients see is `id`. Times are
-- milliseconds since the epoch, documents are JSON. Each index says which query it serves.

-- The fingerprint of the master key under which the secrets here are sealed.
CREATE TABLE master (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  fingerprint BLOB NOT NULL
) STRICT;

CREATE TABLE accounts (
  seq     INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  email   TEXT NOT NULL,
  folded  TEXT NOT NULL UNIQUE, -- the address in lower case
  created INTEGER NOT NULL,
  payload_style TEXT NOT NULL,  -- current, expanded
  operator      INTEGER NOT NULL
) STRICT;

CREATE TABLE keys (
  seq     INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL REFERENCES accounts (id),
  name    TEXT NOT NULL,
  hash    BLOB NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER,
  revoked INTEGER,
  last_used INTEGER
) STRICT;
CREATE INDEX keys_account ON keys (account);

-- How often something of a kind changed that is also kept in memory, by any process.
CREATE TABLE changes (
  kind       TEXT PRIMARY KEY, -- accounts (with their keys)
  generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO changes (kind, generation) VALUES ('accounts', 0);

-- Who signs in to the dashboard.
CREATE TABLE members (
  seq      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  account  TEXT NOT NULL REFERENCES accounts (id),
  email    TEXT,
  folded   TEXT UNIQUE,   -- the address in lower case
  password TEXT,          -- Argon2id, in the PHC form
  role     TEXT NOT NULL, -- owner, member
  created  INTEGER NOT NULL
) STRICT;
CREATE INDEX members_account ON members (account);

CREATE TABLE sessions (
  seq     INTEGER PRIMARY KEY,
  hash    BLOB NOT NULL UNIQUE, -- keyed hash of the browser's token
  member  TEXT NOT NULL REFERENCES members (id),
  created INTEGER NOT NULL,
  seen    INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_member ON sessions (member);
CREATE INDEX sessions_seen ON sessions (seen); -- the sweep of the silent
CREATE INDEX sessions_created ON sessions (created); -- the sweep of the old

-- The objects an account has to book with, one a row. Of a deleted one nothing but its id is kept.
CREATE TABLE sandbox (
  seq      INTEGER PRIMARY KEY,
  account  TEXT NOT NULL REFERENCES accounts (id),
  kind     TEXT NOT NULL, -- user, calendar, team, contact, bot, website
  id       TEXT NOT NULL,
  deleted  INTEGER NOT NULL DEFAULT 0,
  document TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sandbox_object ON sandbox (account, kind, id);
CREATE INDEX sandbox_list ON sandbox (account, kind) WHERE deleted = 0;

CREATE TABLE webhooks (
  seq               INTEGER PRIMARY KEY,
  id                TEXT NOT NULL UNIQUE,
  account           TEXT NOT NULL,
  name              TEXT NOT NULL,
  url               TEXT NOT NULL,
  events            TEXT NOT NULL,
  created           INTEGER NOT NULL,
  secret            BLOB NOT NULL,
  status            TEXT NOT NULL, -- enabled, disabled, deleted
  status_reason     TEXT,          -- why it is disabled
  status_at         INTEGER,       -- since when it is disabled or deleted
  last_success      INTEGER,
  failures_in_a_row INTEGER NOT NULL,
  rest_until        INTEGER,
  rests_in_a_row    INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_account ON webhooks (account);
CREATE UNIQUE INDEX webhooks_name ON webhooks (account, name) WHERE status <> 'deleted';
-- The operator's page: who rests, and who was turned off by what receivers did.
CREATE INDEX webhooks_resting ON webhooks (rest_until) WHERE rest_until IS NOT NULL;
CREATE INDEX webhooks_off ON webhooks (status_at) WHERE status = 'disabled' AND status_reason <> 'by_owner';

-- What happened. The key is its place: milliseconds, writer, counter; newest last.
CREATE TABLE events (
  place   INTEGER PRIMARY KEY,
  account INTEGER NOT NULL, -- accounts.seq
  id      ANY NOT NULL,     -- the ten characters of EVNT-… as a number of base 36, or the whole text of any other id
  trigger INTEGER NOT NULL, -- names of closed lists are kept by their number
  subject TEXT,
  created INTEGER NOT NULL,
  origin  INTEGER NOT NULL,
  body    BLOB NOT NULL -- last, so that a long one is not read on the way to other columns
) STRICT;
CREATE UNIQUE INDEX events_id ON events (id); -- an event by its id
CREATE INDEX events_account ON events (account); -- lists, newest first, and the change feed
CREATE INDEX events_subject ON events (account, subject) WHERE subject IS NOT NULL; -- lists of one booking

CREATE TABLE idempotency (
  account INTEGER NOT NULL,
  key     TEXT NOT NULL,
  digest  BLOB NOT NULL,
  event   INTEGER NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- What each event is owed to. Its id is made of the event's and the webhook's: no index is needed for it.
CREATE TABLE deliveries (
  account       INTEGER NOT NULL,
  event         INTEGER NOT NULL, -- events.place
  webhook       INTEGER NOT NULL, -- webhooks.seq
  created       INTEGER NOT NULL,
  status        INTEGER NOT NULL,
  attempts      INTEGER NOT NULL,
  tries         INTEGER NOT NULL,
  lost          INTEGER NOT NULL,
  manual        INTEGER NOT NULL,
  first_attempt INTEGER,
  last_outcome  INTEGER,
  last_status   INTEGER,
  scheduled     INTEGER,
  due           INTEGER,
  leased        INTEGER NOT NULL,
  epoch         INTEGER NOT NULL,
  leases        INTEGER NOT NULL,
  settled       INTEGER,
  PRIMARY KEY (account, event, webhook) -- lists, newest first; the deliveries of one event
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_webhook ON deliveries (account, webhook, event); -- lists of one webhook
CREATE INDEX deliveries_queue ON deliveries (webhook, due, event) WHERE due IS NOT NULL; -- the queue
-- What machines hold: what ends with an epoch, and what is in flight to a webhook. As small as what is in flight.
CREATE INDEX deliveries_held ON deliveries (webhook) WHERE leased = 1;
-- Lists of what came to a bad end: failed, cancelled, quarantined.
CREATE INDEX deliveries_ended ON deliveries (account, status, event, webhook) WHERE status > 1;

-- Machines that joined: one number each time, never given twice.
CREATE TABLE epochs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  began  INTEGER NOT NULL,
  ended  INTEGER
) STRICT;
CREATE INDEX epochs_going_on ON epochs (number) WHERE ended IS NULL; -- what the next one ends

-- What is the same in every attempt of a webhook until somebody changes it.
CREATE TABLE targets (
  seq     INTEGER PRIMARY KEY,
  webhook INTEGER NOT NULL,
  url     TEXT NOT NULL,
  agent   TEXT NOT NULL,
  UNIQUE (webhook, url, agent)
) STRICT;

CREATE TABLE attempts (
  account INTEGER NOT NULL,
  place   INTEGER NOT NULL, -- when it was recorded, as the place of an event
  event   INTEGER NOT NULL,
  webhook INTEGER NOT NULL,
  number  INTEGER NOT NULL,
  started INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  target  INTEGER NOT NULL,
  record  BLOB NOT NULL, -- all the rest, packed
  PRIMARY KEY (account, place) -- lists, newest first, and the change feed
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_number ON attempts (account, event, webhook, number); -- the attempts of one delivery

-- What was recorded of each webhook in each quarter of an hour, for a day and an hour.
CREATE TABLE quarters (
  webhook   INTEGER NOT NULL REFERENCES webhooks (seq),
  start     INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  first_try INTEGER NOT NULL,
  failed    INTEGER NOT NULL,
  gave_up   INTEGER NOT NULL,
  latencies BLOB NOT NULL, -- for each class that is not empty, its number (1 byte) and its count (4, little-endian)
  PRIMARY KEY (webhook, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarters_start ON quarters (start);

CREATE TABLE bookings (
  seq       INTEGER PRIMARY KEY,
  id        TEXT NOT NULL UNIQUE,
  account   TEXT NOT NULL,
  owner     TEXT NOT NULL,
  contact   TEXT,
  calendar  TEXT NOT NULL,
  status    TEXT NOT NULL,
  created   INTEGER NOT NULL,
  updated   INTEGER NOT NULL,
  starts    INTEGER NOT NULL,
  ends      INTEGER NOT NULL,
  completes INTEGER,          -- when the passing of time will complete it
  active    INTEGER NOT NULL, -- whether it takes up its host's time
  revision  INTEGER NOT NULL,
  document  TEXT NOT NULL
) STRICT;
CREATE INDEX bookings_account ON bookings (account);
CREATE INDEX bookings_completes ON bookings (completes) WHERE completes IS NOT NULL;
CREATE INDEX bookings_taken ON bookings (account, owner, starts) WHERE active = 1;

CREATE TABLE conversations (
  seq             INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  account         TEXT NOT NULL,
  contact         TEXT NOT NULL,
  bot             TEXT NOT NULL,
  status          TEXT NOT NULL,
  created         INTEGER NOT NULL,
  last_interacted INTEGER NOT NULL,
  revision        INTEGER NOT NULL,
  document        TEXT NOT NULL
) STRICT;
CREATE INDEX conversations_account ON conversations (account);
CREATE INDEX conversations_open ON conversations (account, contact) WHERE status = 'started';
CREATE INDEX conversations_silent ON conversations (last_interacted) WHERE status = 'started';
