-- What a user or a contact is found by, in the form in which it is compared. Objects of the time before may share it, and the
-- letters of their addresses are folded as far as ASCII goes. A damaged row stays what it is.
ALTER TABLE sandbox ADD COLUMN email TEXT;
ALTER TABLE sandbox ADD COLUMN mobile_phone TEXT;
UPDATE sandbox SET email = lower(json_extract(document, '$.email')), mobile_phone = json_extract(document, '$.mobile_phone')
  WHERE kind IN ('user', 'contact') AND deleted = 0 AND json_valid(document);
CREATE INDEX sandbox_email ON sandbox (account, kind, email) WHERE email IS NOT NULL;
CREATE INDEX sandbox_mobile_phone ON sandbox (account, kind, mobile_phone) WHERE mobile_phone IS NOT NULL;
