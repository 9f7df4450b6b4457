-- Record: when sites were not heard, and why so far as is known.
CREATE TABLE outages (
    id       INTEGER PRIMARY KEY,
    site     TEXT    NOT NULL,
    agent    BLOB,               -- that spoke last; null: not known
    instance BLOB,
    began    INTEGER NOT NULL,   -- of the last contact before
    ended    INTEGER,            -- of the first contact after; null: it lasts
    class    TEXT    NOT NULL DEFAULT 'unknown',
    code     TEXT    NOT NULL DEFAULT 'lasts', -- of the evidence
    args     TEXT    NOT NULL DEFAULT '[]',    -- JSON array of text
    guessed  TEXT    NOT NULL DEFAULT '',      -- the class at the return
    revised  INTEGER,            -- when the class was changed after that; null: never
    settled  INTEGER             -- when all evidence was in; null: not yet
) STRICT;
CREATE UNIQUE INDEX one_outage_per_site ON outages (site) WHERE ended IS NULL;
CREATE INDEX outages_unsettled ON outages (site) WHERE settled IS NULL;
CREATE INDEX outages_by_site ON outages (site, began);
