-- How long tries were late because no machine was there, in milliseconds.
ALTER TABLE deliveries ADD COLUMN away INTEGER NOT NULL DEFAULT 0;
