-- By what an alert is held back: its cause is told in its place.

ALTER TABLE alerts ADD COLUMN held_by TEXT NOT NULL DEFAULT '';  -- a node; '': it is told itself
ALTER TABLE alerts ADD COLUMN held_since INTEGER;
ALTER TABLE alerts ADD COLUMN freed INTEGER;                     -- since when the cause is over; null: it is not
