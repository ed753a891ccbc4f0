//! A month of nights with nobody watching: exports grow, come late, half or not at all, the API is down, the mapping
//! is spoilt, a run is killed, two overlap. In the end every row is there once, and every night is told of truly.

use std::process::Stdio;
use std::time::Duration;

use chatterload::sandbox::Options;
use serde_json::Value;

use crate::support::hook::Hook;
use crate::support::{Done, Running, World, done, table, wait_until};

const CONFIG: &str = r#"
[defaults]
rate = "unlimited"
concurrency = 4
settle = "500ms"
ledger = "state/ledger.sqlite"
failures_folder = "failures"

[jobs.nps]                      # one export that grows
input = "exports/nps.csv"
mapping = "mapping.toml"

[jobs.csat]                     # a file a night
input = "exports/csat-*.csv"
mapping = "csat.toml"
min_age = "2m"
after = { success = "loaded", failure = "rejected" }

[history]
file = "state/history.ndjson"

[notify]
webhook_env = "HOOK"
"#;

/// Rows that the growing export gains a night, and rows of the other a night.
const GAIN: usize = 4;
const FILE: usize = 3;
/// Rows that it gains in a night in which something has to happen while it is loaded.
const MANY: usize = 150;

struct Month {
    world: World,
    hook: Hook,
    /// Rows of the growing export; one more of them is spoilt from night 3 on.
    rows: usize,
    spoilt: bool,
    files: usize,
    /// What was told: night, job, event.
    told: Vec<(usize, String, String)>,
}

impl Month {
    fn begin() -> Self {
        let world = World::with(Options {
            search_lag: Duration::from_millis(100),
            latency: Duration::from_millis(4),
            ..Options::default()
        });
        world.file("chatterload.toml", CONFIG);
        let csat = world
            .read("mapping.toml")
            .replace("[key]", "[key]\nscope = \"csat\"");
        world.file("csat.toml", csat);
        Self {
            world,
            hook: Hook::start(),
            rows: 0,
            spoilt: false,
            files: 0,
            told: Vec::new(),
        }
    }

    fn grow(&mut self, more: usize) {
        self.rows += more;
        let mut text = table(1..=self.rows);
        if self.spoilt {
            text.push_str("900000,99,not a score,2026-10-01\n");
        }
        self.world.old_file("exports/nps.csv", text);
    }

    /// The next file of the other export.
    fn arrive(&mut self) {
        self.files += 1;
        let first = 100_000 + self.files * FILE;
        let name = format!("exports/csat-{:02}.csv", self.files);
        self.world.old_file(&name, table(first..first + FILE));
    }

    fn command(&self) -> std::process::Command {
        let mut command = self.world.command(["run", "--json"]);
        command.env("HOOK", &self.hook.url);
        command
    }

    fn note(&mut self, night: usize) {
        for told in self.hook.take() {
            let text = |key: &str| told[key].as_str().unwrap().to_owned();
            self.told.push((night, text("job"), text("event")));
        }
    }

    fn run(&mut self, night: usize) -> Done {
        let done = done(&mut self.command());
        self.note(night);
        done
    }

    /// A run that is at work: it has posted something of its own.
    fn at_work(&self) -> Running {
        let before = self.world.state().count("acme");
        let child = self
            .command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let child = Running(child);
        wait_until("the run posts", || {
            self.world.state().count("acme") > before + 5
        });
        child
    }

    fn night(&mut self, night: usize) {
        match night {
            3 => self.spoilt = true,
            21 | 25 => self.grow(MANY - GAIN),
            _ => {}
        }
        // Nothing is new in night 28.
        if night != 28 {
            self.grow(GAIN);
        }
        if ![5, 9, 28].contains(&night) {
            self.arrive();
        }
        match night {
            3 => drop(self.run(night).expect_code(1)),
            6 => {
                self.arrive();
                self.run(night).expect_code(0);
            }
            9 => self.half_written(night),
            13 => {
                let url = "http://127.0.0.1:1/v1";
                done(self.command().env("CHATTERMILL_API_URL", url)).expect_code(4);
                self.note(night);
            }
            17 => self.bad_mapping(night),
            21 => drop(self.at_work()),
            25 => self.overlap(night),
            28 => {
                let posts = self.world.state().log().posts();
                self.run(night).expect_code(0);
                assert_eq!(self.world.state().log().posts(), posts);
            }
            _ => drop(self.run(night).expect_code(0)),
        }
    }

    /// A file of which half is there, and being written: it comes whole the night after.
    fn half_written(&mut self, night: usize) {
        self.arrive();
        let name = format!("exports/csat-{:02}.csv", self.files);
        let whole = self.world.read(&name);
        self.world.file(&name, &whole[..whole.len() / 2]);
        let done = self.run(night).expect_code(0);
        assert!(done.out.contains("waits for the next run"), "{done:?}");
        assert!(self.world.exists(&name));
        self.world.old_file(&name, whole);
    }

    fn bad_mapping(&mut self, night: usize) {
        let good = self.world.read("mapping.toml");
        self.world
            .file("mapping.toml", good.replace("score =", "scroe ="));
        let all = self.run(night).expect_code(2).json();
        assert_eq!(all["jobs"]["csat"]["exit_code"], 0);
        self.world.file("mapping.toml", good);
    }

    fn overlap(&mut self, night: usize) {
        let mut first = self.at_work();
        done(&mut self.command()).expect_code(6);
        assert!(first.0.wait().unwrap().success());
        self.note(night);
    }
}

#[test]
fn a_month_with_nobody_watching() {
    let mut month = Month::begin();
    for night in 1..=30 {
        month.night(night);
    }
    let world = &month.world;
    let tokens = world.state().tokens("acme");
    let twice = tokens.values().filter(|count| **count > 1).count();
    assert_eq!(twice, 0, "doubles");
    assert_eq!(tokens.len(), month.rows + month.files * FILE, "losses");
    assert_eq!(world.state().count("acme"), tokens.len());

    let text = world.read("state/history.ndjson");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let codes = |job: &str| -> Vec<Option<u64>> {
        let own = lines.iter().filter(|line| line["job"] == job);
        own.map(|line| line["exit_code"].as_u64()).collect()
    };
    let expected: Vec<Option<u64>> = (1..=30)
        .map(|night| match night {
            3 => Some(1),
            13 => Some(4),
            17 => Some(2),
            21 => None,
            _ => Some(0),
        })
        .collect();
    assert_eq!(codes("nps"), expected);
    // The run of night 21 was killed before its turn.
    assert_eq!(codes("csat").len(), 29);
    // What the lines say adds up to what is there, but for what the killed run had sent and could not tell.
    let uploaded: u64 = lines
        .iter()
        .map(|line| line["uploaded"].as_u64().unwrap())
        .sum();
    let already = lines.iter().filter(|line| line["status"] == "died").count();
    assert_eq!(already, 1);
    assert!(
        uploaded <= tokens.len() as u64 && uploaded + 8 >= tokens.len() as u64,
        "{uploaded} of {}",
        tokens.len()
    );

    let told: Vec<(usize, &str, &str)> = month
        .told
        .iter()
        .map(|(night, job, event)| (*night, job.as_str(), event.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (3, "nps", "failure"),
            (4, "nps", "recovery"),
            (5, "csat", "missing"),
            (13, "nps", "failure"),
            (13, "csat", "failure"),
            (14, "nps", "recovery"),
            (14, "csat", "recovery"),
            (17, "nps", "failure"),
            (18, "nps", "recovery"),
            // Of the run that was killed the night before.
            (22, "nps", "failure"),
            (22, "nps", "recovery"),
            (28, "csat", "missing"),
        ]
    );
    assert!(!text.contains("Comment number"));
}
