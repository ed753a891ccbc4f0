//! The API key appears in no output at all; the text of comments in none but failures files.

use crate::support::{KEY, World, done};
use std::fmt::Write as _;

const SECRET_COMMENT: &str = "Xylophonquark zu verkaufen";

#[test]
fn neither_key_nor_comment_is_ever_printed() {
    let world = World::with_faults(
        "429=5%:1s,drop-after=5%,500=5%,captive=5%,garbled=5%,413=10%,403=5%,no-id=5%,409=5%",
    )
    .may_refuse();
    let mut text = String::from("id,score,comment,date\n");
    for id in 0..60 {
        // Good rows, and rows that are rejected for several reasons.
        let (score, date) = match id % 6 {
            0 => ("99", "2026-10-01"),
            1 => ("9", "31.31.2026"),
            _ => ("9", "2026-10-01"),
        };
        let _ = writeln!(text, "{id},{score},{SECRET_COMMENT} {id},{date}");
    }
    let _ = writeln!(text, "61,9,{SECRET_COMMENT}");
    world.file("nps.csv", text);
    for args in [
        [
            "import",
            "nps.csv",
            "-m",
            "mapping.toml",
            "-vvv",
            "--rate=unlimited",
            "--settle=300ms",
        ]
        .as_slice(),
        &[
            "import",
            "nps.csv",
            "-m",
            "mapping.toml",
            "-vvv",
            "--json",
            "--rate=unlimited",
            "--settle=300ms",
        ],
        &[
            "import",
            "nps.csv",
            "-m",
            "mapping.toml",
            "-vvv",
            "--log-format=json",
            "--settle=300ms",
        ],
    ] {
        let mut command = world.command(args);
        let done = done(command.env("RUST_BACKTRACE", "1"));
        assert!([0, 1, 5].contains(&done.code), "{done:#?}");
        for text in [&done.out, &done.err] {
            assert!(!text.contains(KEY), "the key shows: {text}");
            assert!(!text.contains("Xylophonquark"), "a comment shows: {text}");
        }
    }
    let mut command = world.command(["import", "nps.csv", "-m", "mapping.toml"]);
    let done = done(command.env("CHATTERLOAD_LOG", "trace"));
    for text in [&done.out, &done.err] {
        assert!(!text.contains(KEY), "the key shows");
        assert!(!text.contains("Xylophonquark"), "a comment shows");
    }
}
