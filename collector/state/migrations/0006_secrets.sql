-- The key of the digests that are the versions of secrets. The secrets
-- themselves are not stored.
CREATE TABLE secret_key (      -- one row
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key BLOB    NOT NULL
) STRICT;
