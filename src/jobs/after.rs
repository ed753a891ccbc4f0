//! Where an input goes when it was dealt with: into a folder, never over a file that is there.

use std::io;
use std::path::{Path, PathBuf};

/// Moves a file into a folder, which is made where there is none. Where the name is taken a number is added:
/// `nps-2.csv`. Gives where it is now.
///
/// # Errors
/// The folder cannot be made or written, or the file cannot be read or taken away.
pub fn take(file: &Path, folder: &Path) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let name = file
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it has no name"))?;
    if file.parent().is_some_and(|parent| is_same(parent, folder)) {
        return Ok(file.to_owned());
    }
    for number in 1..=MOST {
        let target = folder.join(numbered(Path::new(name), number));
        match place(file, &target) {
            Ok(()) => return Ok(target),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        "there are too many files of its name",
    ))
}

/// So many files of one name: beyond it something is wrong with the folder.
const MOST: u32 = 100_000;

fn is_same(parent: &Path, folder: &Path) -> bool {
    let real = |path: &Path| {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        path.canonicalize()
    };
    matches!((real(parent), real(folder)), (Ok(one), Ok(other)) if one == other)
}

/// `nps.csv`, `nps-2.csv`, … ; what stands behind the first point stays together, as in `nps.csv.gz`.
fn numbered(name: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return name.to_owned();
    }
    let text = name.to_string_lossy();
    match text
        .char_indices()
        .skip(1)
        .find(|(_, character)| *character == '.')
    {
        Some((point, _)) => format!("{}-{number}{}", &text[..point], &text[point..]).into(),
        None => format!("{text}-{number}").into(),
    }
}

/// A rename would overwrite what is there: a second name is made first, which fails where it is taken.
fn place(file: &Path, target: &Path) -> io::Result<()> {
    match std::fs::hard_link(file, target) {
        Ok(()) => std::fs::remove_file(file).inspect_err(|_| {
            // Two names of one file would be two inputs.
            let _ = std::fs::remove_file(target);
        }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
        // Another file system, or one without hard links.
        Err(_) => copy(file, target),
    }
}

fn copy(file: &Path, target: &Path) -> io::Result<()> {
    let mut from = std::fs::File::open(file)?;
    let mut to = create(target)?;
    let copied = io::copy(&mut from, &mut to)
        .and_then(|_| to.set_permissions(from.metadata()?.permissions()))
        .and_then(|()| to.sync_all())
        .and_then(|()| std::fs::remove_file(file));
    copied.inspect_err(|_| {
        let _ = std::fs::remove_file(target);
    })
}

/// Makes a file that nobody else may read before it is whole: who may then, the original says.
fn create(target: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_moved_and_nothing_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let loaded = folder.path().join("loaded/2026");
        let mut places = Vec::new();
        for text in ["one", "two", "three"] {
            let file = folder.path().join("nps.csv.gz");
            std::fs::write(&file, text).unwrap();
            let target = take(&file, &loaded).unwrap();
            assert!(!file.exists());
            assert_eq!(std::fs::read_to_string(&target).unwrap(), text);
            places.push(target.file_name().unwrap().to_string_lossy().into_owned());
        }
        assert_eq!(places, ["nps.csv.gz", "nps-2.csv.gz", "nps-3.csv.gz"]);
    }

    #[test]
    fn a_file_that_is_there_already_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nps.csv");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(take(&file, folder.path()).unwrap(), file);
        assert!(file.exists());
    }

    #[test]
    fn another_file_system_gets_a_copy_and_never_over_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let (file, target) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        std::fs::write(&file, "a").unwrap();
        std::fs::write(&target, "b").unwrap();
        assert_eq!(
            copy(&file, &target).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "b");
        std::fs::remove_file(&target).unwrap();
        copy(&file, &target).unwrap();
        assert!(!file.exists());
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "a");
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_is_nobodys_to_read_before_it_is_whole() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let (file, target) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        drop(create(&target).unwrap());
        assert_eq!(mode(&target), 0o600);
        std::fs::remove_file(&target).unwrap();
        std::fs::write(&file, "a").unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        copy(&file, &target).unwrap();
        assert_eq!(mode(&target), 0o640);
    }

    #[test]
    fn numbers_stand_before_the_endings() {
        assert_eq!(numbered(Path::new("nps"), 2), Path::new("nps-2"));
        assert_eq!(numbered(Path::new(".hidden"), 2), Path::new(".hidden-2"));
        assert_eq!(numbered(Path::new("nps.csv"), 1), Path::new("nps.csv"));
    }

    #[test]
    fn what_is_gone_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = take(&folder.path().join("gone.csv"), &folder.path().join("to")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
