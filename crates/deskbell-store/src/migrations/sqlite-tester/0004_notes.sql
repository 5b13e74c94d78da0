-- What a person wrote beside a captured request; it counts into the bytes of both.

ALTER TABLE captures ADD COLUMN note TEXT;
CREATE TRIGGER captures_bytes AFTER UPDATE OF bytes ON captures BEGIN
  UPDATE inboxes SET kept_bytes = kept_bytes + new.bytes - old.bytes WHERE seq = new.inbox;
END;
