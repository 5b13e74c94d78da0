-- Processes that serve, as they say themselves: for whoever operates them. What they hold is theirs by their epochs, in machines.
CREATE TABLE nodes (
  id        text COLLATE "C" PRIMARY KEY,
  name      text COLLATE "C" NOT NULL,
  host      text COLLATE "C" NOT NULL,
  roles     text COLLATE "C" NOT NULL,
  version   text COLLATE "C" NOT NULL,
  started   bigint NOT NULL, -- by its own clock
  epoch     bigint,          -- machines.epoch, while it has joined
  in_flight bigint NOT NULL,
  in_hand   bigint NOT NULL,
  beat      bigint NOT NULL, -- by this database's clock
  ahead     bigint NOT NULL  -- of that, its own clock
) WITH (fillfactor = 50);
