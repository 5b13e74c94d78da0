-- The secret of a webhook elsewhere, whose deliveries an inbox takes.

ALTER TABLE inboxes ADD COLUMN secret BLOB; -- sealed
