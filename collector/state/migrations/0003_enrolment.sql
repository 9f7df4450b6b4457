-- A new agent is admitted at its first push, which ends the one before it:
-- until then a site may have two.
ALTER TABLE agents ADD COLUMN admitted INTEGER;   -- when it first pushed; null: not yet
ALTER TABLE agents ADD COLUMN begins INTEGER NOT NULL DEFAULT 0; -- of the newest certificate that it used
ALTER TABLE agents ADD COLUMN unacknowledged INTEGER NOT NULL DEFAULT 0; -- results in its spool behind its last push
ALTER TABLE agents ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0; -- of these; 0: there are none
ALTER TABLE agents ADD COLUMN asked INTEGER;      -- since when an expired one asks to renew; null: it does not
ALTER TABLE agents ADD COLUMN approved INTEGER;   -- when a person let it; null: not yet
UPDATE agents SET admitted = enrolled;
DROP INDEX one_agent_per_site;
CREATE UNIQUE INDEX one_agent_per_site ON agents (site) WHERE revoked IS NULL AND admitted IS NOT NULL;
CREATE UNIQUE INDEX one_newcomer_per_site ON agents (site) WHERE revoked IS NULL AND admitted IS NULL;

-- Who used a code, and with which key: the same asks again when the answer
-- was lost.
ALTER TABLE codes ADD COLUMN agent BLOB;
ALTER TABLE codes ADD COLUMN key BLOB;            -- SHA-256 of its SubjectPublicKeyInfo
