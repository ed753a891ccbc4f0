//! The ledger's schema through its versions: forward only, whole or not at all.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::error::{LedgerError, Trouble};

/// Step N leads from version N to N + 1. A step that was released never changes.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema-2.sql"),
    include_str!("schema-3.sql"),
    include_str!("schema-4.sql"),
];

/// `chtl`: tells a ledger from any other SQLite file.
const APPLICATION_ID: i64 = 0x6368_746c;

/// Brings a ledger to the version of this program; a file without tables becomes a ledger.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    run(connection, path, STEPS)
}

/// Whether a file is a ledger that this program knows, or empty; writes nothing.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    version(connection, path, STEPS.len()).map(|_| ())
}

/// Whether a file is a ledger of this program's version; writes nothing.
pub(super) fn is_current(connection: &Connection, path: &Path) -> Result<bool, LedgerError> {
    Ok(version(connection, path, STEPS.len())? == STEPS.len())
}

fn run(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), LedgerError> {
    let sqlite = |error: rusqlite::Error| LedgerError::from_sqlite(path, &error);
    if version(connection, path, steps.len())? == steps.len() {
        return Ok(());
    }
    // Looked at again with the lock in hand: another process may be doing the same.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sqlite)?;
    let from = version(&transaction, path, steps.len())?;
    for step in steps.get(from..).unwrap_or_default() {
        transaction.execute_batch(step).map_err(sqlite)?;
    }
    let to = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(sqlite)?;
    transaction
        .pragma_update(None, "user_version", to)
        .map_err(sqlite)?;
    transaction.commit().map_err(sqlite)
}

/// The version of the file; 0 for one without tables.
fn version(connection: &Connection, path: &Path, known: usize) -> Result<usize, LedgerError> {
    // In one statement: another process may be making the ledger between two.
    let (tables, application, version) = connection
        .query_row(
            "SELECT (SELECT count(*) FROM sqlite_schema), application_id, user_version
             FROM pragma_application_id, pragma_user_version",
            [],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, i64>(2)?,
                ))
            },
        )
        .map_err(|error| LedgerError::from_sqlite(path, &error))?;
    if tables == 0 && application == 0 && version == 0 {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        return Err(LedgerError::new(
            path,
            Trouble::Foreign,
            "another program made this database",
        ));
    }
    match usize::try_from(version) {
        Ok(version) if (1..=known).contains(&version) => Ok(version),
        Ok(0) | Err(_) => Err(LedgerError::new(
            path,
            Trouble::Corrupt,
            format!("version {version} is none"),
        )),
        Ok(_) => {
            let detail = format!("version {version}; this one knows versions up to {known}");
            Err(LedgerError::new(path, Trouble::Newer, detail))
        }
    }
}

/// The version of this program's ledgers.
#[cfg(test)]
pub(super) const CURRENT: usize = STEPS.len();

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Connection {
        Connection::open_in_memory().unwrap()
    }

    fn path() -> &'static Path {
        Path::new("ledger.sqlite")
    }

    /// A ledger as version 1 wrote it, with a response in it.
    fn version_1() -> Connection {
        let mut connection = memory();
        run(&mut connection, path(), &STEPS[..1]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO runs (number, id, command, version, origin, project, files, durability, started_at)
                 VALUES (1, '2026-11-23T02-15-00Z-7f3a', 'import', '0.1.0', 'https://api.chattermill.com', 'acme',
                         '[\"nps.csv\"]', 'normal', 1795400100000);
                 INSERT INTO responses (token, state, run, api_id, row)
                 VALUES (x'00112233445566778899aabbccddeeff', 1, 1, '77', 2);",
            )
            .unwrap();
        connection
    }

    #[test]
    fn version_1_is_brought_forward_with_what_it_holds() {
        let mut connection = version_1();
        migrate(&mut connection, path()).unwrap();
        assert_eq!(version(&connection, path(), CURRENT).unwrap(), CURRENT);
        let id: String = connection
            .query_row("SELECT api_id FROM responses WHERE run = 1", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(id, "77");
        connection
            .execute("INSERT INTO loaded_files (content, loading, run) VALUES (zeroblob(16), zeroblob(16), 1)", [])
            .unwrap();
    }

    #[test]
    fn later_steps_are_applied_once_and_in_order() {
        let mut connection = version_1();
        let steps = [
            STEPS[0],
            "ALTER TABLE runs ADD COLUMN a INTEGER",
            "ALTER TABLE runs RENAME COLUMN a TO b",
        ];
        run(&mut connection, path(), &steps).unwrap();
        run(&mut connection, path(), &steps).unwrap();
        assert_eq!(version(&connection, path(), 3).unwrap(), 3);
        connection
            .query_row("SELECT b FROM runs", [], |row| row.get::<_, Option<i64>>(0))
            .unwrap();
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before() {
        let mut connection = version_1();
        let steps = [
            STEPS[0],
            "ALTER TABLE runs ADD COLUMN a INTEGER; ALTER TABLE nothing ADD COLUMN a INTEGER",
        ];
        run(&mut connection, path(), &steps).unwrap_err();
        assert_eq!(version(&connection, path(), 2).unwrap(), 1);
        assert!(connection.prepare("SELECT a FROM runs").is_err());
    }

    #[test]
    fn a_later_version_is_refused() {
        let mut connection = version_1();
        connection
            .pragma_update(None, "user_version", i64::try_from(CURRENT + 1).unwrap())
            .unwrap();
        let error = migrate(&mut connection, path()).unwrap_err();
        assert_eq!(error.trouble, Trouble::Newer);
        insta::assert_snapshot!(error, @r#"
        the ledger ledger.sqlite was written by a later version of chatterload (version 5; this one knows versions up to 4)
          help: use that version, or another ledger with `--ledger PATH`
        "#);
    }

    #[test]
    fn another_programs_database_is_refused() {
        let mut connection = memory();
        connection
            .execute_batch("CREATE TABLE contacts (name TEXT)")
            .unwrap();
        assert_eq!(
            migrate(&mut connection, path()).unwrap_err().trouble,
            Trouble::Foreign
        );
    }
}
