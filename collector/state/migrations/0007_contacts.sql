-- Whom to call. People's names and numbers are kept here only: never in the
-- configuration, the logs or the metrics.
CREATE TABLE contacts (
	node     TEXT NOT NULL,    -- site.qingfu
	position INTEGER NOT NULL, -- in the order of the file
	role     TEXT NOT NULL,
	name     TEXT NOT NULL,
	phone    TEXT NOT NULL,
	hours    TEXT NOT NULL,    -- as written; '': at any time
	PRIMARY KEY (node, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE carriers (
	circuit   TEXT PRIMARY KEY, -- circuit.hub-qingfu/telecom
	name      TEXT NOT NULL,
	hotline   TEXT NOT NULL,
	number    TEXT NOT NULL,    -- of the circuit, as the carrier knows it
	contract  TEXT NOT NULL,
	repair_ns INTEGER NOT NULL  -- promised; 0: not told
) STRICT, WITHOUT ROWID;
