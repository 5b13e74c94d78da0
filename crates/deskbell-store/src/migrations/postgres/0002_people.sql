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
