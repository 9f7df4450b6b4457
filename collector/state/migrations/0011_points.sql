-- What a round of an IPv6 point came to, as it was known when. A later version
-- does not replace an earlier one. A round that is not here has no data. Record.
CREATE TABLE point_rounds (
    point    TEXT    NOT NULL,   -- node: point.portal
    began    INTEGER NOT NULL,
    ends     INTEGER NOT NULL,
    version  INTEGER NOT NULL,   -- from 1
    made     INTEGER NOT NULL,
    verdict  TEXT    NOT NULL,   -- pass, fail or no_data
    criteria TEXT    NOT NULL,   -- JSON array: each criterion with its verdict and the sites that say so
    PRIMARY KEY (point, began, version)
) STRICT;
CREATE INDEX point_rounds_by_time ON point_rounds (began);

-- How the states of points changed. Rows are only added: one that late data
-- refuted is withdrawn by a row more. What was known at a time are the rows
-- made by then. Record.
CREATE TABLE point_transitions (
    id        INTEGER PRIMARY KEY,
    point     TEXT    NOT NULL,
    at        INTEGER NOT NULL,  -- beginning of the round that changed it, or when the inventory said so
    from_     TEXT    NOT NULL,
    to_       TEXT    NOT NULL,
    withdrawn INTEGER NOT NULL,  -- 1: it is not so after all
    made      INTEGER NOT NULL,  -- since when this is known
    evidence  TEXT    NOT NULL   -- JSON: the criteria of that round as they were known then; [] where the inventory spoke
) STRICT;
CREATE INDEX point_transitions_by_point ON point_transitions (point, id);

-- Whether the inventory said that work on a point has begun. Record.
CREATE TABLE point_declared (
    point   TEXT    NOT NULL,
    made    INTEGER NOT NULL,
    started INTEGER NOT NULL,
    PRIMARY KEY (point, made)
) STRICT;

CREATE TABLE point_rerate (      -- days taken from dirty whose rounds of points are not entered yet
    day   TEXT    PRIMARY KEY,
    marks INTEGER NOT NULL       -- how often it was noted: what is noted while the day is rated is another mark
) STRICT;
