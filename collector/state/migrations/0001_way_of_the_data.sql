-- Times are Unix nanoseconds, ids are raw bytes, states are 0 up 1 degraded
-- 2 down 3 unable 4 silent.

CREATE TABLE meta (            -- one row
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    collector  BLOB    NOT NULL,
    generation INTEGER NOT NULL,
    created    INTEGER NOT NULL
) STRICT;

-- Identity.
CREATE TABLE codes (           -- one-time enrolment codes
    hash    BLOB    PRIMARY KEY,
    site    TEXT    NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER            -- null: not yet
) STRICT;

CREATE TABLE agents (
    agent    BLOB    PRIMARY KEY,
    site     TEXT    NOT NULL,
    serial   TEXT    NOT NULL,  -- hex, of the certificate in force
    enrolled INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    revoked  INTEGER,           -- null: in force
    reason   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX one_agent_per_site ON agents (site) WHERE revoked IS NULL;

-- Contact.
CREATE TABLE instances (
    agent    BLOB    NOT NULL,
    instance BLOB    NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    superseded INTEGER,         -- null: current
    version  TEXT NOT NULL,
    arch     TEXT NOT NULL,
    boot     BLOB NOT NULL,
    booted   INTEGER NOT NULL,  -- agent's wall clock
    goodbye  INTEGER,
    goodbye_reason TEXT NOT NULL DEFAULT '',
    self_test BLOB NOT NULL,    -- wire.SelfTest
    PRIMARY KEY (agent, instance)
) STRICT;

CREATE TABLE anchors (
    agent  BLOB    NOT NULL,
    boot   BLOB    NOT NULL,
    since  INTEGER NOT NULL,    -- boot clock
    offset INTEGER NOT NULL,
    made   INTEGER NOT NULL,
    PRIMARY KEY (agent, boot, since)
) STRICT;

-- What was received. Ranges say what is held for ever; batches keep digests
-- for the time that agents keep theirs.
CREATE TABLE ranges (
    agent BLOB    NOT NULL,
    epoch BLOB    NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    PRIMARY KEY (agent, epoch, first)
) STRICT;

CREATE TABLE batches (         -- one row for batches that follow one another
    agent    BLOB    NOT NULL,
    epoch    BLOB    NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    cuts     BLOB    NOT NULL,  -- per batch: count as a varint, digest in 8 bytes, big endian
    received INTEGER NOT NULL,
    PRIMARY KEY (agent, epoch, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX batches_by_age ON batches (received);

CREATE TABLE held (            -- batches waiting for their revision
    agent    BLOB    NOT NULL,
    epoch    BLOB    NOT NULL,
    first    INTEGER NOT NULL,
    revision BLOB    NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (agent, epoch, first)
) STRICT;

CREATE TABLE lost (
    agent BLOB    NOT NULL,
    epoch BLOB    NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    told  INTEGER NOT NULL,
    PRIMARY KEY (agent, epoch, first)
) STRICT;

CREATE TABLE refusals (        -- results decided without being stored
    agent BLOB    NOT NULL,
    code  TEXT    NOT NULL,
    count INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    example TEXT  NOT NULL,
    PRIMARY KEY (agent, code)
) STRICT;

-- What was assigned.
CREATE TABLE revisions (
    revision   BLOB    PRIMARY KEY,
    site       TEXT    NOT NULL,
    assignment BLOB    NOT NULL,  -- wire.Assignment
    labels     BLOB    NOT NULL,  -- JSON: labels by check number
    made       INTEGER NOT NULL
) STRICT;

-- What is known. A check that has never succeeded has opened null.
CREATE TABLE checks (
    site   TEXT    NOT NULL,
    check_ TEXT    NOT NULL,
    family INTEGER NOT NULL,      -- 0 pair, 4, 6
    state  INTEGER NOT NULL,
    code   TEXT    NOT NULL,
    args   TEXT    NOT NULL,      -- JSON [[name, value], …]
    at     INTEGER NOT NULL,      -- of the newest result
    since  INTEGER NOT NULL,      -- of (state, code)
    opened INTEGER,
    PRIMARY KEY (site, check_, family)
) STRICT;

CREATE TABLE transitions (     -- record: kept for three years
    id     INTEGER PRIMARY KEY,
    site   TEXT    NOT NULL,
    check_ TEXT    NOT NULL,
    family INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    state  INTEGER NOT NULL,
    code   TEXT    NOT NULL,
    args   TEXT    NOT NULL
) STRICT;
CREATE INDEX transitions_by_check ON transitions (site, check_, at);

CREATE TABLE gaps (            -- long spans without a result, which late ones may still fill
    site   TEXT    NOT NULL,
    check_ TEXT    NOT NULL,
    after  INTEGER NOT NULL,     -- of the last result before
    until  INTEGER NOT NULL,     -- of the first result behind
    PRIMARY KEY (site, check_, until)
) STRICT;

CREATE TABLE findings (        -- record: newest outcome of each criterion
    site     TEXT    NOT NULL,
    check_   TEXT    NOT NULL,
    family   INTEGER NOT NULL,
    rule     TEXT    NOT NULL,
    outcome  INTEGER NOT NULL,
    evidence TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (site, check_, family, rule)
) STRICT;

CREATE TABLE dirty (           -- days whose ledgers must be computed again
    subject TEXT NOT NULL,
    day     TEXT NOT NULL,       -- 2026-11-23, district time
    PRIMARY KEY (subject, day)
) STRICT;

-- Alerting.
CREATE TABLE alerts (          -- open ones, and closed ones as a record
    id       INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    rule     TEXT    NOT NULL,
    labels   TEXT    NOT NULL,     -- JSON object
    annotations TEXT NOT NULL,     -- JSON object
    active   INTEGER NOT NULL,     -- since when the rule's condition holds
    started  INTEGER NOT NULL,     -- since when it fires: active and the rule's "for"
    ended    INTEGER,
    notified INTEGER,              -- last delivery that named it firing; null: none yet
    receiver TEXT    NOT NULL DEFAULT '', -- of that delivery
    told     INTEGER               -- its end was told, or nobody had to be; null: still to do
) STRICT;
CREATE UNIQUE INDEX one_open_alert ON alerts (fingerprint) WHERE ended IS NULL;
CREATE INDEX untold_alerts ON alerts (ended) WHERE ended IS NOT NULL AND told IS NULL;

CREATE TABLE pending (         -- conditions that hold, but not yet for the rule's "for"
    fingerprint TEXT PRIMARY KEY,
    rule     TEXT    NOT NULL,
    labels   TEXT    NOT NULL,     -- JSON object
    active   INTEGER NOT NULL,
    seen     INTEGER NOT NULL      -- last looked at, to the minute
) STRICT;

CREATE TABLE nflog (
    key     TEXT PRIMARY KEY,
    entry   BLOB NOT NULL,         -- as nflog broadcasts it
    expires INTEGER NOT NULL
) STRICT;

CREATE TABLE silences (
    id      TEXT PRIMARY KEY,
    entry   BLOB NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox (          -- notifications: intent before, outcome after
    id       INTEGER PRIMARY KEY,
    uid      TEXT    NOT NULL UNIQUE, -- what the receiver sees, the same at every attempt
    receiver TEXT    NOT NULL,
    group_key TEXT   NOT NULL,
    intended INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    entry    BLOB    NOT NULL,     -- what nflog will say once it is delivered
    attempts INTEGER NOT NULL DEFAULT 0,
    done     INTEGER,
    outcome  TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX one_intent_per_group ON outbox (receiver, group_key) WHERE done IS NULL;
