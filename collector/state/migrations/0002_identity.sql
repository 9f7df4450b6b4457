-- Lives: which process spoke with which numbering. One that comes back to a
-- life that it left is two machines.
ALTER TABLE instances ADD COLUMN returned INTEGER;  -- said Hello again after it was superseded
ALTER TABLE instances ADD COLUMN barred INTEGER;    -- a person kept another one of the clones
ALTER TABLE instances ADD COLUMN epoch BLOB;        -- of its last Hello
ALTER TABLE instances ADD COLUMN boot_ns INTEGER NOT NULL DEFAULT 0; -- boot clock of its last Hello
ALTER TABLE instances ADD COLUMN went_back INTEGER; -- when its numbering last went back

CREATE TABLE lives (
    agent    BLOB NOT NULL,
    instance BLOB NOT NULL,
    epoch    BLOB NOT NULL,
    PRIMARY KEY (agent, instance, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE clones (          -- agents that were proved to be two machines
    agent    BLOB    PRIMARY KEY,
    since    INTEGER NOT NULL,
    one      BLOB    NOT NULL,  -- the instance that spoke
    other    BLOB    NOT NULL,  -- the one that proved it; the same when a running machine was copied
    kept     BLOB,              -- the instance that a person decided for
    ended    INTEGER            -- null: pushes of both are refused
) STRICT;
