-- What an account's inboxes keep, in bytes: captures count themselves in and out, whoever deletes them.

ALTER TABLE captures ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0; -- of path, headers and body
UPDATE captures SET bytes = length(headers) + length(body);
ALTER TABLE inboxes ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE inboxes SET kept_bytes = (SELECT coalesce(sum(bytes), 0) FROM captures WHERE inbox = inboxes.seq);
CREATE INDEX inboxes_kept ON inboxes (account, kept_bytes); -- the sum of an account, and which inbox keeps the most
CREATE TRIGGER captures_in AFTER INSERT ON captures BEGIN
  UPDATE inboxes SET kept_bytes = kept_bytes + new.bytes WHERE seq = new.inbox;
END;
CREATE TRIGGER captures_out AFTER DELETE ON captures BEGIN
  UPDATE inboxes SET kept_bytes = kept_bytes - old.bytes WHERE seq = old.inbox;
END;
