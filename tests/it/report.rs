//! The report of a run: what it holds, what it must not hold, and where it may be written.

use crate::support::{KEY, World};

#[test]
fn a_run_is_reported_without_what_people_wrote() {
    let world = World::new();
    let mut table = crate::support::table(1..=60);
    table.push_str("61,99,Secret <words>,2026-10-01\n62,no&number,x,2026-10-01\n");
    world.file("<b>nps.csv", table);
    let summary = world.import("<b>nps.csv", &[]).expect_code(1).json();
    world
        .run(["report", "last", "-o", "report.html"])
        .expect_code(0)
        .expect_err(&["report.html"]);
    let page = world.read("report.html");
    let run = summary["run"].as_str().unwrap();
    for part in [
        run,
        "&lt;b&gt;nps.csv row 62",
        "score_out_of_range",
        "60 uploaded",
        "Uploaded responses by score",
        "2026-10-28",
        "Answers of the API",
        "Slowest moments",
        "unlimited",
        "role=\"img\"",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    for part in [
        "Secret",
        "no&amp;number",
        "Comment number",
        "<b>",
        "<script",
        "http-equiv=\"refresh",
        KEY,
    ] {
        assert!(!page.contains(part), "{part} in {page}");
    }
    // The contract: below 300 KB, and nothing to be fetched.
    assert!(page.len() < 300_000, "{}", page.len());
    assert!(!page.contains("src=") && !page.contains("href="), "{page}");
}

#[test]
fn a_report_gives_way_to_a_report_alone() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    let printed = world.run(["report", "last"]).expect_code(0);
    assert!(printed.out.starts_with("<!DOCTYPE html>"), "{printed:?}");
    for _ in 0..2 {
        world.run(["report", "last", "-o", "r.html"]).expect_code(0);
    }
    assert_eq!(world.read("r.html").trim_end(), printed.out.trim_end());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.path("r.html"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = world.read("nps.csv");
    world
        .run(["report", "last", "-o", "nps.csv"])
        .expect_code(2)
        .expect_err(&["left as it is"]);
    assert_eq!(world.read("nps.csv"), before);
    let told = world
        .run(["report", "last", "--json"])
        .expect_code(0)
        .json();
    assert!(
        told["html"]
            .as_str()
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
    world
        .run(["report", "1999"])
        .expect_code(2)
        .expect_err(&["no run '1999'"]);
}

#[test]
fn a_run_without_figures_is_reported_too() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    world
        .run(["undo", "last", "--yes", "--json"])
        .expect_code(0);
    let runs = world.run(["runs", "--json"]).expect_code(0).json();
    let undo = runs["runs"][0]["run"].as_str().unwrap();
    assert_eq!(runs["runs"][0]["command"], "undo");
    let done = world.run(["report", undo]).expect_code(0);
    assert!(
        done.out.contains("deleted") && done.out.ends_with("</html>\n"),
        "{done:?}"
    );
}
