-- Version 3: whose request made a further copy, and what the power may have taken.

CREATE TABLE earlier_posts (
    token BLOB NOT NULL,
    run   INTEGER NOT NULL REFERENCES runs,  -- sent it without a clear answer, before another run sent it again
    PRIMARY KEY (token, run)
) STRICT, WITHOUT ROWID;

-- A hash of all that the run was to load: files with size and time, mapping, limit. NULL: not to be told.
ALTER TABLE runs ADD COLUMN inputs BLOB;

-- 1: something that the run sent is known to be missing here.
ALTER TABLE runs ADD COLUMN lost INTEGER;
