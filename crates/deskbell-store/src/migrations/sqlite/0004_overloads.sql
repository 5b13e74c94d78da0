-- Which of the last attempts were overloads, a bit each: see `Health::overloads`.
ALTER TABLE webhooks ADD COLUMN overloads INTEGER NOT NULL DEFAULT 0;
