-- Under which authority an agent was enrolled: it trusts no other.
ALTER TABLE agents ADD COLUMN authority TEXT NOT NULL DEFAULT ''; -- its pin; '': the built-in one, there was no other
