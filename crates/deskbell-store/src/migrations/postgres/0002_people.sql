-- Keys, people, and what they have to book with.

CREATE TABLE keys (
  seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id        text COLLATE "C" NOT NULL UNIQUE,
  account   text COLLATE "C" NOT NULL,
  name      text COLLATE "C" NOT NULL,
  hash      bytea NOT NULL,
  created   bigint NOT NULL,
  expires   bigint,
  revoked   bigint,
  last_used bigint
) WITH (fillfactor = 70);
CREATE INDEX keys_account ON keys (account, seq);

-- The objects an account has to book with, one a row. Of a deleted one nothing but its id is kept.
CREATE TABLE sandbox (
  seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account      text COLLATE "C" NOT NULL,
  kind         text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  deleted      boolean NOT NULL DEFAULT false,
  document     text COLLATE "C" NOT NULL,
  email        text COLLATE "C", -- what a user or a contact is found by, in the form in which it is compared
  mobile_phone text COLLATE "C"
);
CREATE UNIQUE INDEX sandbox_object ON sandbox (account, kind, id);
CREATE INDEX sandbox_list ON sandbox (account, kind, seq) WHERE NOT deleted;
CREATE INDEX sandbox_email ON sandbox (account, kind, email, seq) WHERE email IS NOT NULL;
CREATE INDEX sandbox_mobile_phone ON sandbox (account, kind, mobile_phone, seq) WHERE mobile_phone IS NOT NULL;

-- Who signs in to the dashboard.
CREATE TABLE members (
  seq      bigint GENERATED ALWAYS AS IDENTITY,
  created  bigint NOT NULL,
  id       text COLLATE "C" PRIMARY KEY,
  account  text COLLATE "C" NOT NULL,
  email    text,
  folded   text COLLATE "C" UNIQUE, -- the address in lower case
  password text,                    -- Argon2id, in the PHC form
  role     text NOT NULL            -- owner, member
);
CREATE INDEX members_account ON members (account, seq);
-- Whoever takes an address holds this row: it must be nobody's, be it an account's or a member's.
INSERT INTO changes (kind, generation) VALUES ('addresses', 0);

CREATE TABLE sessions (
  seq     bigint GENERATED ALWAYS AS IDENTITY,
  created bigint NOT NULL,
  seen    bigint NOT NULL,
  hash    bytea PRIMARY KEY, -- keyed hash of the browser's token
  member  text COLLATE "C" NOT NULL REFERENCES members (id)
);
CREATE INDEX sessions_member ON sessions (member, seq);
CREATE INDEX sessions_seen ON sessions (seen);       -- the sweep of the silent
CREATE INDEX sessions_created ON sessions (created); -- the sweep of the old

CREATE TABLE bookings (
  seq       bigint GENERATED ALWAYS AS IDENTITY,
  created   bigint NOT NULL,
  updated   bigint NOT NULL,
  starts    bigint NOT NULL,
  ends      bigint NOT NULL,
  completes bigint,          -- when the passing of time will complete it
  revision  bigint NOT NULL,
  active    boolean NOT NULL, -- whether it takes up its host's time
  id        text COLLATE "C" PRIMARY KEY,
  account   text COLLATE "C" NOT NULL,
  owner     text COLLATE "C" NOT NULL,
  contact   text COLLATE "C",
  calendar  text COLLATE "C" NOT NULL,
  status    text COLLATE "C" NOT NULL,
  booking_page text COLLATE "C", -- with the next two, what it was made with of the vendor's classic product
  master_page  text COLLATE "C",
  event_type   text COLLATE "C",
  document  text NOT NULL
);
CREATE INDEX bookings_account ON bookings (account, seq);
CREATE INDEX bookings_completes ON bookings (completes, seq) WHERE completes IS NOT NULL;
CREATE INDEX bookings_taken ON bookings (account, owner, starts) WHERE active;

-- One-time links: each is spent by one booking.
CREATE TABLE one_time_links (
  created  bigint NOT NULL,
  spent    boolean NOT NULL,
  id       text COLLATE "C" PRIMARY KEY,
  account  text COLLATE "C" NOT NULL,
  document text NOT NULL
);
CREATE INDEX one_time_links_open ON one_time_links (account, created) WHERE NOT spent; -- how many an account has
CREATE INDEX one_time_links_created ON one_time_links (created); -- the sweep of the old

CREATE TABLE conversations (
  seq             bigint GENERATED ALWAYS AS IDENTITY,
  created         bigint NOT NULL,
  last_interacted bigint NOT NULL,
  revision        bigint NOT NULL,
  id              text COLLATE "C" PRIMARY KEY,
  account         text COLLATE "C" NOT NULL,
  contact         text COLLATE "C" NOT NULL,
  bot             text COLLATE "C" NOT NULL,
  status          text COLLATE "C" NOT NULL,
  document        text NOT NULL
);
CREATE INDEX conversations_account ON conversations (account, seq);
CREATE INDEX conversations_open ON conversations (account, contact) WHERE status = 'started';
CREATE INDEX conversations_silent ON conversations (last_interacted, seq) WHERE status = 'started';

-- The tester of each account: how many requests its inboxes ever captured, which numbers them. Whoever captures holds this row, so
-- that the numbers are in the order of the commits; nothing else of the account waits for it.
CREATE TABLE testers (
  account  text COLLATE "C" PRIMARY KEY,
  captured bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE inboxes (
  seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created      bigint NOT NULL,
  expires      bigint NOT NULL,
  captured     bigint NOT NULL,
  script_from  bigint NOT NULL,
  minute_began bigint NOT NULL, -- the minute whose requests are counted
  minute_taken bigint NOT NULL,
  kept_bytes   bigint NOT NULL DEFAULT 0, -- of what it captured and keeps
  relay        boolean NOT NULL, -- its requests wait for a program of its owner
  id           text COLLATE "C" NOT NULL UNIQUE,
  account      text COLLATE "C" NOT NULL,
  token        text COLLATE "C" NOT NULL UNIQUE,
  name         text NOT NULL,
  script       text NOT NULL,
  secret       bytea -- sealed: of a webhook elsewhere, whose deliveries it takes
) WITH (fillfactor = 70);
CREATE INDEX inboxes_account ON inboxes (account, seq);
CREATE INDEX inboxes_expires ON inboxes (expires);

CREATE TABLE captures (
  seq      bigint NOT NULL, -- its account's number: never used twice
  inbox    bigint NOT NULL REFERENCES inboxes (seq) ON DELETE CASCADE,
  number   bigint NOT NULL,
  received bigint NOT NULL,
  bytes    bigint NOT NULL, -- of path, headers and body
  answered bigint NOT NULL,
  account  text COLLATE "C" NOT NULL,
  id       text COLLATE "C" NOT NULL,
  method   text NOT NULL,
  path     text NOT NULL,
  remote   text,
  event    text,
  headers  bytea NOT NULL, -- names and values as they came, each behind its length
  body     bytea NOT NULL,
  PRIMARY KEY (account, seq) -- the change feed
);
ALTER TABLE captures ALTER COLUMN body SET STORAGE EXTERNAL; -- a flood of them costs no compression
CREATE UNIQUE INDEX captures_id ON captures (inbox, id);
CREATE INDEX captures_inbox ON captures (inbox, seq); -- lists, newest first

CREATE TABLE shares (
  seq      bigint GENERATED ALWAYS AS IDENTITY,
  created  bigint NOT NULL,
  expires  bigint NOT NULL,
  id       text COLLATE "C" PRIMARY KEY,
  account  text COLLATE "C" NOT NULL,
  delivery text NOT NULL,
  hash     bytea NOT NULL UNIQUE, -- of the token in the link; the token itself is nowhere
  frozen   bytea NOT NULL -- sealed
);
CREATE INDEX shares_account ON shares (account, seq);
CREATE INDEX shares_live ON shares (account, expires); -- how many an account has
CREATE INDEX shares_expires ON shares (expires); -- the sweep
