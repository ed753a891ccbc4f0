-- Version 4: what a run's files said below their headers, in rows that are left out: their failures files cannot say it.

CREATE TABLE below_headers (
    run      INTEGER NOT NULL REFERENCES runs,
    file     TEXT NOT NULL,                  -- its name, as in the run's files
    timezone TEXT,                           -- of its dates
    texts    TEXT NOT NULL,                  -- JSON: questions' texts by column
    PRIMARY KEY (run, file)
) STRICT, WITHOUT ROWID;
