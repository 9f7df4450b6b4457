-- What an access point's day came to, as it was known when. A later version
-- does not replace an earlier one: what was published stays readable. Record.
CREATE TABLE access_days (
    access   TEXT    NOT NULL,   -- node: access.caizheng/main
    day      TEXT    NOT NULL,   -- 2026-11-23, district time
    version  INTEGER NOT NULL,   -- from 1
    made     INTEGER NOT NULL,
    rounds   BLOB    NOT NULL,   -- a byte each from midnight on: outcome 0 no data 1 ok 2 fail 3 excluded, and 16 times the grade
    ok       INTEGER NOT NULL,   -- rounds within the counted hours
    fail     INTEGER NOT NULL,
    no_data  INTEGER NOT NULL,
    excluded INTEGER NOT NULL,
    PRIMARY KEY (access, day, version)
) STRICT;
CREATE INDEX access_days_by_day ON access_days (day);

CREATE TABLE access_rerate (   -- days taken from dirty whose rounds are not entered yet
    day TEXT PRIMARY KEY
) STRICT;
