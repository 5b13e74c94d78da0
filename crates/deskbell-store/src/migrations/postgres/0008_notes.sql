-- What a person wrote beside a captured request; it counts into the bytes of both.
ALTER TABLE captures ADD COLUMN note text COLLATE "C";
