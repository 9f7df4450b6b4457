-- Record: from which address the agent of a site was heard, and at which
-- address of the collector. One row for as long as it stayed so.
CREATE TABLE origins (
    site    TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    dest    TEXT    NOT NULL,   -- '' when not known
    began   INTEGER NOT NULL,   -- first and last call
    ended   INTEGER NOT NULL,
    PRIMARY KEY (site, source, dest, began)
) STRICT;
CREATE INDEX origins_by_time ON origins (ended);

-- Until when everything that the agent of a site saw is in.
CREATE TABLE drained (
    site  TEXT PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

-- Record: by which list, hours and bounds a day was rated, as it was known
-- when. What was published is told by these again, whatever the inventory
-- says by then.
CREATE TABLE access_terms (
    hash  TEXT PRIMARY KEY,
    terms TEXT NOT NULL         -- JSON
) STRICT;
CREATE TABLE access_day_terms (
    day   TEXT    NOT NULL,
    made  INTEGER NOT NULL,
    hash  TEXT    NOT NULL REFERENCES access_terms,
    PRIMARY KEY (day, made)
) STRICT;
