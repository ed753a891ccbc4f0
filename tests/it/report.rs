//! The report of a run: what it holds, what it must not hold, and where it may be written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use chatterload::sandbox::Options;

use crate::support::{KEY, World};

/// A table of the page as pairs of texts.
fn pairs(page: &str, title: &str) -> BTreeMap<String, String> {
    let section = page
        .split(&format!("<h2>{title}</h2>"))
        .nth(1)
        .and_then(|rest| rest.split("</section>").next())
        .unwrap_or_else(|| panic!("no {title} in {page}"));
    let lines = section.split("<tr><th scope=\"row\">").skip(1);
    lines
        .map(|line| {
            let (name, rest) = line.split_once("</th>").unwrap();
            let value = rest.split('>').nth(1).unwrap().split('<').next().unwrap();
            (name.to_owned(), value.replace(',', ""))
        })
        .collect()
}

/// A large run in which much goes wrong: what the page says is what the summary says, and it fits into its bounds.
#[test]
fn the_figures_of_a_large_run_are_those_of_its_summary() {
    let world = World::with(Options {
        faults: "429=0.05%:1s,500=0.3%,drop-after=0.2%,slow=0.3%:300ms"
            .parse()
            .unwrap(),
        search_lag: Duration::from_millis(100),
        ..Options::default()
    })
    .may_refuse();
    let mut table = String::from("id,score,comment,date\n");
    let long = "x".repeat(100_100);
    for id in 1..=10_000 {
        let (score, comment) = match id % 1_000 {
            1 => ("99".to_owned(), "x"),
            2 | 3 => ("many".to_owned(), "x"),
            4 => (String::new(), "x"),
            5 => ("9".to_owned(), &*long),
            rest => ((rest % 11).to_string(), "x"),
        };
        let (month, day) = (1 + id % 12, 1 + id % 28);
        let _ = writeln!(table, "{id},{score},{comment},2026-{month:02}-{day:02}");
    }
    world.file("nps.csv", table);
    let done = world
        .import("nps.csv", &["--settle", "300ms"])
        .expect_code(1);
    let summary = done.json();
    assert_eq!(summary["rows"], 10_000);
    world
        .run(["report", "last", "-o", "report.html"])
        .expect_code(0);
    let page = world.read("report.html");
    assert!(page.len() < 300_000, "{}", page.len());
    let figures = pairs(&page, "All figures");
    let told = summary.as_object().unwrap().iter();
    let numbers: Vec<(String, String)> = told
        .filter(|(name, value)| value.is_u64() && *name != "exit_code")
        .map(|(name, value)| (name.replace('_', " "), value.to_string()))
        .collect();
    assert!(numbers.len() > 12, "{numbers:?}");
    assert_eq!(figures, numbers.into_iter().collect());
    let reasons: BTreeMap<&str, u64> = summary["reasons"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(code, count)| (code.as_str(), count.as_u64().unwrap()))
        .collect();
    assert!(reasons.len() >= 4, "{reasons:?}");
    for (code, count) in reasons {
        let line = page.split(&format!("<code>{code}</code>")).nth(1).unwrap();
        let line = line.split("</tr>").next().unwrap();
        let cell = format!("<td class=\"number\">{count}</td>");
        assert!(line.contains(&cell), "{code}: {line}");
    }
    // What was uploaded, by score, is all that was uploaded.
    let by_score: u64 = pairs(&page, "Uploaded responses by score")
        .values()
        .map(|count| count.parse::<u64>().unwrap())
        .sum();
    assert_eq!(by_score, summary["uploaded"]);
    // Every picture has a name, and nothing is run or fetched.
    assert_eq!(
        page.matches("role=\"img\"><title>").count(),
        page.matches("<svg ").count() - page.matches("aria-hidden=\"true\"").count()
    );
    for part in [
        "<script", "src=", "href=", "url(", "@import", "<link", "onload",
    ] {
        assert!(!page.contains(part), "{part}");
    }
}

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
