-- Version 2: files that were loaded whole, so that a nightly run need not read them again.

CREATE TABLE loaded_files (
    content BLOB NOT NULL,                   -- a hash of the file's bytes
    loading BLOB NOT NULL,                   -- a hash of all else: its name, the mapping, the project, the API, options
    run     INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (content, loading)
) STRICT, WITHOUT ROWID;
