//! What is ready to be copied: the config of docs/jobs.md, units, YAML, the options they give.

use std::path::{Path, PathBuf};
use std::process::Command;

use chatterload::jobs::Config;

use crate::support::World;

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(docs(name)).unwrap()
}

/// Whether a program is there: what can be checked is checked where it is.
#[expect(clippy::print_stderr, reason = "what was not checked is said")]
fn has(program: &str, args: &[&str]) -> bool {
    let is_there = Command::new(program)
        .args(args)
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("{program} is not there: not checked");
    }
    is_there
}

#[test]
fn the_config_of_the_documentation_is_one() {
    let text = read("jobs.md");
    let blocks: Vec<&str> = text
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 1);
    let config = Config::parse(Path::new("chatterload.toml"), blocks[0])
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.jobs.len(), 1);
}

#[test]
fn the_files_that_the_documentation_names_are_there() {
    let text = read("jobs.md");
    let mut named: Vec<&str> = text
        .split("](deploy/")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .collect();
    named.sort_unstable();
    let mut there: Vec<String> = std::fs::read_dir(docs("deploy"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(named, there);
}

/// All words behind the program's name, wherever a command stands.
#[test]
fn the_commands_are_taken() {
    let world = World::new();
    let units = [
        (
            "deploy/chatterload.service",
            "ExecStart=/usr/local/bin/chatterload ",
        ),
        ("deploy/crontab", "/chatterload --quiet "),
    ];
    for (file, before) in units {
        let text = read(file);
        let rest = text.split(before).nth(1).unwrap();
        let words = rest.lines().next().unwrap().split(" >").next().unwrap();
        let done = world.run(words.split(' '));
        // The command line is taken; the config is not there.
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.err.contains("chatterload.toml"), "{file}: {done:?}");
    }
    world.table("exports/backfill.csv", 40);
    world.file("nps.toml", world.read("mapping.toml"));
    std::fs::create_dir(world.path("failures")).unwrap();
    for shard in 0..4 {
        let args = sharded_arguments(&shard.to_string());
        assert_eq!(args[0], "import");
        world.run(args).expect_code(0);
    }
    assert_eq!(world.state().count("acme"), 40);
    assert_eq!(world.state().tokens("acme").len(), 40);
    assert!(
        read("deploy/airflow.py")
            .contains("--shard $SHARD/{SHARDS} --ledger state/ledger-$SHARD.sqlite")
    );
}

fn sharded_arguments(shard: &str) -> Vec<String> {
    let text = read("deploy/sharded-job.yaml");
    let rest = text.split("args:\n").nth(1).unwrap();
    rest.lines()
        .map_while(|line| line.trim().strip_prefix("- "))
        // So that the test need not wait for a quota.
        .map(|word| word.replace("$(SHARD)", shard).replace("40/s", "unlimited"))
        .collect()
}

#[test]
fn the_image_is_made_as_it_should_be() {
    let path = docs("deploy/Dockerfile");
    if has("hadolint", &["--version"]) {
        assert!(has("hadolint", &[path.to_str().unwrap()]));
    }
    let text = read("deploy/Dockerfile");
    let stages: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("FROM "))
        .collect();
    assert_eq!(stages.len(), 2, "what builds is not what runs");
    // The toolchain that Cargo.toml asks for.
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(stages[0].contains(&format!("rust:{version}-")), "{version}");
    let user = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("USER "));
    assert_eq!(user, Some("65532:65532"), "and not root");
    assert!(text.contains("ENTRYPOINT [\"/usr/local/bin/chatterload\"]"));
}

#[test]
fn the_units_are_valid() {
    if !has("systemd-analyze", &["--version"]) {
        return;
    }
    let timer = read("deploy/chatterload.timer");
    let when = timer
        .lines()
        .find_map(|line| line.strip_prefix("OnCalendar="))
        .unwrap();
    assert!(has("systemd-analyze", &["calendar", when]), "{when}");
    let folder = tempfile::tempdir().unwrap();
    for name in ["chatterload.service", "chatterload.timer"] {
        // The program, and a user, that are there.
        let text = read(&format!("deploy/{name}"))
            .replace(
                "/usr/local/bin/chatterload",
                env!("CARGO_BIN_EXE_chatterload"),
            )
            .replace("User=chatterload", "User=root");
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args([
            folder.path().join("chatterload.service"),
            folder.path().join("chatterload.timer"),
        ])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    // Other units of the machine are no affair of ours.
    let ours: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("/chatterload."))
        .collect();
    assert!(ours.is_empty(), "{told}");
}

/// What Kubernetes asks of these objects, and what ties their parts together.
const KUBERNETES: &str = r#"
import sys, yaml

KINDS = {"PersistentVolumeClaim": "v1", "CronJob": "batch/v1", "Job": "batch/v1"}

def must(holds, what):
    if not holds:
        sys.exit(what)

def pod(spec):
    must(spec["restartPolicy"] in ("Never", "OnFailure"), "a job's pods do not restart always")
    names = [volume["name"] for volume in spec["volumes"]]
    must(len(set(names)) == len(names), "a volume stands twice")
    for container in spec["containers"]:
        must(container["name"] and container["image"], "a container has a name and an image")
        must(all(isinstance(word, str) for word in container["args"]), "arguments are texts")
        must(all(isinstance(var.get("value", ""), str) for var in container["env"]), "variables are texts")
        for var in container["env"]:
            must(("value" in var) != ("valueFrom" in var), "a variable has one value")
        for mount in container["volumeMounts"]:
            must(mount["name"] in names and mount["mountPath"].startswith("/"), "a mount is of a volume")

for thing in yaml.safe_load_all(open(sys.argv[1])):
    must(KINDS.get(thing["kind"]) == thing["apiVersion"], "kind and version")
    must(thing["metadata"]["name"], "a name")
    spec = thing["spec"]
    if thing["kind"] == "PersistentVolumeClaim":
        must(spec["accessModes"] and spec["resources"]["requests"]["storage"], "how much of what")
        continue
    if thing["kind"] == "CronJob":
        must(len(spec["schedule"].split()) == 5, "a schedule has five fields")
        must(spec["concurrencyPolicy"] == "Forbid", "two runs never overlap")
        spec = spec["jobTemplate"]["spec"]
    else:
        must(spec["completionMode"] == "Indexed" and spec["completions"] == 4, "as many as there are shards")
    pod(spec["template"]["spec"])
"#;

#[test]
fn the_line_of_cron_is_one() {
    let text = read("deploy/crontab");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 1, "cron knows no line that goes on");
    let fields: Vec<&str> = lines[0].split_whitespace().take(5).collect();
    let most = [59, 23, 31, 12, 7];
    for (field, most) in fields.iter().zip(most) {
        let is_number = field.parse::<u8>().is_ok_and(|number| number <= most);
        assert!(*field == "*" || is_number, "{field}");
    }
    // To cron a percent sign is the end of the line.
    assert!(!lines[0].contains('%'));
    assert_eq!(lines[0].matches("&&").count(), 1);
}

#[test]
fn yaml_and_python_can_be_read() {
    for name in ["deploy/cronjob.yaml", "deploy/sharded-job.yaml"] {
        let text = read(name);
        for line in text.lines() {
            assert!(!line.contains('\t'), "{name}: a tab in {line}");
            let indent = line.len() - line.trim_start().len();
            assert_eq!(indent % 2, 0, "{name}: {line}");
        }
        assert!(
            text.contains("readOnlyRootFilesystem: true") && text.contains("runAsNonRoot: true"),
            "{name}"
        );
        if has("python3", &["-c", "import yaml"]) {
            let path = docs(name);
            let output = Command::new("python3")
                .args(["-c", KUBERNETES, path.to_str().unwrap()])
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}: {told}");
        }
    }
    if has("python3", &["--version"]) {
        let script = "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')";
        let path = docs("deploy/airflow.py");
        assert!(has("python3", &["-c", script, path.to_str().unwrap()]));
    }
}
