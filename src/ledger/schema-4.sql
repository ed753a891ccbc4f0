-- Version 4: what a run's files said below their headers, in rows that are left out: their failures files cannot say it.
-- And what those files held: another file of the same name has other failures.

CREATE TABLE below_headers (
    run      INTEGER NOT NULL REFERENCES runs,
    file     TEXT NOT NULL,                  -- its name, as in the run's files
    timezone TEXT,                           -- of its dates
    texts    TEXT NOT NULL,                  -- JSON: questions' texts by column
    PRIMARY KEY (run, file)
) STRICT, WITHOUT ROWID;

ALTER TABLE failures_files ADD COLUMN inputs TEXT;   -- JSON: size, time and hash of each. NULL: not to be told

-- Under which attribute the run sent tokens; '' under none. NULL: an earlier version's run.
ALTER TABLE runs ADD COLUMN token_attribute TEXT;
