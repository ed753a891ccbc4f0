//! What this machine can tell: the ledger, its file system, and the room left on the disks.

use std::path::{Path, PathBuf};

use super::Check;
use crate::ledger::{Reader, network_file_system};
use crate::report::paint::counted;

/// Below this many bytes an import may not get to its end.
const ENOUGH: u64 = 1024 * 1024 * 1024;
/// Below this many it should not begin.
const TOO_LITTLE: u64 = 100 * 1024 * 1024;

/// Ledger and disks.
pub fn checks(ledger: &Path) -> Vec<Check> {
    let folder = existing(ledger);
    vec![
        file_system(&folder),
        state(ledger, &folder),
        private(ledger),
        space("ledger's disk", &folder),
        working_folder(),
        space("working disk", Path::new(".")),
    ]
}

/// The nearest folder above a file that exists.
fn existing(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let mut above = absolute.ancestors().skip(1);
    above
        .find(|folder| folder.is_dir())
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn file_system(folder: &Path) -> Check {
    const NAME: &str = "file system";
    match network_file_system(folder) {
        Some(kind) => Check::failed(NAME, format!("{} lies on a network ({kind})", folder.display()))
            .remedy("put the ledger on a disk of this machine: --ledger PATH, or export CHATTERLOAD_LEDGER=PATH"),
        None => Check::ok(NAME, format!("{} lies on a disk of this machine", folder.display())),
    }
}

fn state(ledger: &Path, folder: &Path) -> Check {
    const NAME: &str = "ledger";
    if !ledger.exists() {
        // Made and removed again: permissions alone do not tell.
        return match tempfile::tempfile_in(folder) {
            Ok(_) => Check::ok(
                NAME,
                format!("{} will be made by the first import", ledger.display()),
            ),
            Err(error) => Check::failed(
                NAME,
                format!("{} cannot be made: {error}", ledger.display()),
            )
            .remedy(
                "give yourself the right to write there, or name another place with --ledger PATH",
            ),
        };
    }
    let looked = Reader::open(ledger).and_then(|reader| {
        let faults = reader.integrity()?;
        Ok((faults, reader.version()?, reader.runs()?))
    });
    let (faults, version, runs) = match looked {
        Ok(looked) => looked,
        Err(error) => return Check::of_error(NAME, &error.to_string()),
    };
    if let Some(first) = faults.first() {
        return Check::failed(NAME, format!("{} is damaged: {first}", ledger.display())).remedy(
            "put it aside with its -wal and -shm, and run `chatterload ledger rebuild`, which takes back from \
             Chattermill what was uploaded",
        );
    }
    let found = format!(
        "{} is sound: version {version}, {}",
        ledger.display(),
        counted(runs.len() as u64, "run", "runs")
    );
    let dead = runs.iter().filter(|run| run.finished_at.is_none()).count();
    if dead == 0 {
        return Check::ok(NAME, found);
    }
    let dead = counted(dead as u64, "run has", "runs have");
    Check::warning(NAME, format!("{found}; {dead} not ended")).remedy(
        "either at work now, or killed: the next import of the same files finds out what became of its responses",
    )
}

/// Mode 0600: ids of people's responses are nobody else's business.
#[cfg(unix)]
fn private(ledger: &Path) -> Check {
    use std::os::unix::fs::PermissionsExt;
    const NAME: &str = "permissions";
    match std::fs::metadata(ledger) {
        Err(_) => Check::skipped(NAME, "there is no ledger yet"),
        Ok(data) if data.permissions().mode().trailing_zeros() >= 6 => {
            Check::ok(NAME, "only you can read the ledger")
        }
        Ok(data) => Check::warning(
            NAME,
            format!(
                "others can read the ledger (mode {:03o})",
                data.permissions().mode() & 0o777
            ),
        )
        .remedy(format!("chmod 600 {}", ledger.display())),
    }
}

#[cfg(not(unix))]
fn private(_: &Path) -> Check {
    Check::skipped("permissions", "not known on this system")
}

/// Failures files are written here unless said otherwise.
fn working_folder() -> Check {
    const NAME: &str = "working folder";
    match tempfile::tempfile_in(".") {
        Ok(_) => Check::ok(NAME, "failures files can be written here"),
        Err(error) => Check::warning(NAME, format!("nothing can be written here: {error}")).remedy(
            "name a place for failures files with --failures PATH, or work in another folder",
        ),
    }
}

fn space(name: &'static str, folder: &Path) -> Check {
    match free(folder) {
        None => Check::skipped(name, "how much room is left is not known"),
        Some(bytes) => room(name, bytes),
    }
}

fn room(name: &'static str, bytes: u64) -> Check {
    let found = format!(
        "{} MB are free",
        crate::report::paint::thousands(bytes / 1_000_000)
    );
    let remedy = "make room: the ledger takes about 200 bytes a response, a failures file as much as its rows";
    match bytes {
        0..TOO_LITTLE => Check::failed(name, found).remedy(remedy),
        TOO_LITTLE..ENOUGH => Check::warning(name, found).remedy(remedy),
        _ => Check::ok(name, found),
    }
}

/// Bytes that are free for us.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn little_room_is_told_before_it_is_too_little() {
        for (bytes, expected) in [
            (0, Health::Failed),
            (TOO_LITTLE - 1, Health::Failed),
            (TOO_LITTLE, Health::Warning),
            (ENOUGH, Health::Ok),
            (u64::MAX, Health::Ok),
        ] {
            assert_eq!(room("disk", bytes).status, expected, "{bytes}");
        }
    }

    #[test]
    fn a_ledger_to_be_is_looked_at_where_it_will_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/ledger.sqlite");
        assert_eq!(existing(&path), folder.path());
        let check = state(&path, folder.path());
        assert_eq!(check.status, Health::Ok, "{check:?}");
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_ledger_is_told_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        std::fs::write(&path, vec![7; 8192]).unwrap();
        let check = state(&path, folder.path());
        assert_eq!(check.status, Health::Failed, "{check:?}");
        assert!(check.remedy.is_some(), "{check:?}");
    }
}
