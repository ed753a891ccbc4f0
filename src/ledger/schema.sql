-- Version 1. Times are milliseconds since 1970, hashes 16 bytes. Explained in mod.rs.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE scopes (
    number  INTEGER PRIMARY KEY,
    origin  TEXT NOT NULL,
    project TEXT NOT NULL,
    name    TEXT NOT NULL,
    used_at INTEGER,                        -- first used, its tokens searched; NULL: not yet
    UNIQUE (origin, project, name)
) STRICT;

CREATE TABLE header_sets (
    scope INTEGER NOT NULL REFERENCES scopes,
    hash  BLOB NOT NULL,
    PRIMARY KEY (scope, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    command      TEXT NOT NULL,
    version      TEXT NOT NULL,
    origin       TEXT NOT NULL,
    project      TEXT NOT NULL,
    scope        INTEGER REFERENCES scopes, -- NULL: all of the project
    shard        TEXT,
    mapping      TEXT,
    mapping_hash BLOB,
    files        TEXT NOT NULL,             -- a JSON list of names
    durability   TEXT NOT NULL,             -- normal, full
    boot_id      TEXT,
    started_at   INTEGER NOT NULL,
    finished_at  INTEGER,                   -- NULL: at work, or dead
    status       TEXT,                      -- as in the summary; died
    exit_code    INTEGER,
    summary      TEXT,                      -- JSON
    aggregates   TEXT                       -- JSON: counts by score and day, latencies
) STRICT;

CREATE INDEX runs_by_scope ON runs (scope);

CREATE TABLE responses (
    number     INTEGER PRIMARY KEY,
    token      BLOB NOT NULL UNIQUE,
    state      INTEGER NOT NULL,
    run        INTEGER NOT NULL REFERENCES runs, -- whose POST it is, or the rebuild's
    changed_by INTEGER REFERENCES runs,          -- who last updated it, or deletes it
    api_id     TEXT,
    raw        BLOB,
    payload    BLOB,
    echo       BLOB,
    version    TEXT,
    name       TEXT,                             -- NULL: main
    file       INTEGER,                          -- its place in the run's files
    row        INTEGER,
    code       TEXT,
    attempts   INTEGER NOT NULL DEFAULT 0,
    began_at   INTEGER,
    settled_at INTEGER,
    recheck    INTEGER                           -- sent again after a doubt: search it once more, from then on
) STRICT;

CREATE INDEX responses_by_run ON responses (run);
CREATE INDEX responses_open ON responses (state) WHERE state >= 10;
CREATE INDEX responses_to_recheck ON responses (number) WHERE recheck IS NOT NULL;

CREATE TABLE updates (
    run      INTEGER NOT NULL REFERENCES runs,
    response INTEGER NOT NULL REFERENCES responses,
    PRIMARY KEY (run, response)
) STRICT, WITHOUT ROWID;

CREATE TABLE undone (
    api_id TEXT NOT NULL,
    token  BLOB NOT NULL,
    run    INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (token, api_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE doubles (
    run    INTEGER NOT NULL REFERENCES runs,
    token  BLOB NOT NULL,
    api_id TEXT NOT NULL,
    PRIMARY KEY (run, token, api_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejections (
    run    INTEGER NOT NULL REFERENCES runs,
    token  BLOB,                             -- NULL: the row as a whole, or a row without a key
    status TEXT NOT NULL,                    -- rejected, failed, in_doubt
    code   TEXT NOT NULL,
    file   INTEGER NOT NULL,
    row    INTEGER NOT NULL,
    raw    BLOB
) STRICT;

CREATE INDEX rejections_by_raw ON rejections (raw);
CREATE INDEX rejections_by_run ON rejections (run);

CREATE TABLE failures_files (
    run  INTEGER NOT NULL REFERENCES runs,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (path, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE remembered (
    origin  TEXT NOT NULL,
    project TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   ANY NOT NULL,
    PRIMARY KEY (origin, project, name)
) STRICT, WITHOUT ROWID;
