//! `doctor`: what an import needs, checked one by one, each with its remedy. Posts nothing, changes nothing.

mod local;
mod remote;

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::runtime;
use crate::cli::DoctorArgs;
use crate::console::Console;
use crate::error::Error;
use crate::report::paint::{Paint, Tone};
use crate::settings::{Connection, Environment, ledger_path, required_project};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    /// As it should be.
    Ok,
    /// An import works, and there is something to know.
    Warning,
    /// An import would not work, or not keep its promise.
    Failed,
    /// Could not be looked at, because another check failed or something was not given.
    Skipped,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Check {
    /// Of what.
    #[serde(rename = "check")]
    name: &'static str,
    status: Health,
    /// What was found.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Check {
    fn new(name: &'static str, status: Health, found: impl Into<String>) -> Self {
        Self {
            name,
            status,
            found: found.into(),
            remedy: None,
        }
    }

    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Health::Ok, found)
    }

    fn warning(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Health::Warning, found)
    }

    fn failed(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Health::Failed, found)
    }

    fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Health::Skipped, found)
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// A failure as an error tells it: its last lines are the help.
    fn of_error(check: &'static str, error: &str) -> Self {
        match error.split_once("\n  help: ") {
            Some((found, remedy)) => Self::failed(check, found).remedy(remedy),
            None => Self::failed(check, error),
        }
    }
}

/// Runs all checks, and gives the exit code.
pub fn run(args: &DoctorArgs, console: &Console, environment: &Environment) -> u8 {
    let mut checks = vec![Check::ok(
        "version",
        format!(
            "chatterload {} on {} {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
    )];
    let usage = match asked(args, environment, &mut checks) {
        Ok(()) => false,
        Err(error) => {
            let wrong = matches!(error, Error::Usage(_));
            checks.push(Check::of_error("settings", &error.to_string()));
            checks.push(Check::skipped("API", "not asked: something is not given"));
            wrong
        }
    };
    match ledger_path(args.ledger.ledger.as_deref(), environment) {
        Ok(path) => checks.extend(local::checks(&path)),
        Err(error) => checks.push(Check::of_error("ledger", &error.to_string())),
    }
    let code = exit_code(&checks, usage);
    if console.json {
        let status = if code == 0 {
            "complete"
        } else {
            "complete_with_failures"
        };
        let status = if usage { "aborted" } else { status };
        console.json(&json!({
            "status": status, "exit_code": code, "error": error(&checks), "checks": checks,
        }));
    } else {
        console.result(&table(&checks, Paint::new(console.colour)));
    }
    code
}

/// What only the API can tell.
fn asked(
    args: &DoctorArgs,
    environment: &Environment,
    checks: &mut Vec<Check>,
) -> Result<(), Error> {
    let connection = Connection::resolve(&args.api.connection, environment)?;
    let project = required_project(args.api.project.as_deref(), environment)?;
    let client = connection.client()?;
    checks.push(Check::ok(
        "settings",
        format!(
            "a key is given, for project '{project}' at {}",
            connection.url
        ),
    ));
    checks.extend(runtime()?.block_on(remote::checks(&client, &connection.url, &project)));
    Ok(())
}

fn exit_code(checks: &[Check], usage: bool) -> u8 {
    if usage {
        2
    } else {
        u8::from(checks.iter().any(|one| one.status == Health::Failed))
    }
}

/// The first failure, for those who read no list.
fn error(checks: &[Check]) -> Option<String> {
    let failed = checks.iter().find(|one| one.status == Health::Failed)?;
    Some(format!("{}: {}", failed.name, failed.found))
}

fn table(checks: &[Check], paint: Paint) -> String {
    let wide = checks.iter().map(|one| one.name.chars().count()).max();
    let wide = wide.unwrap_or_default();
    let mut text = String::new();
    for one in checks {
        let (tone, word) = match one.status {
            Health::Ok => (Tone::Good, "ok"),
            Health::Warning => (Tone::Care, "warning"),
            Health::Failed => (Tone::Bad, "failed"),
            Health::Skipped => (Tone::Quiet, "skipped"),
        };
        let word = paint.as_tone(tone, &format!("{word:<7}"));
        let indent = " ".repeat(wide + 11);
        let found = one.found.replace('\n', &format!("\n{indent}"));
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{:<wide$}  {word}  {found}", one.name);
        if let Some(remedy) = &one.remedy {
            let remedy = remedy.replace('\n', &format!("\n{indent}  "));
            let _ = writeln!(text, "{indent}→ {remedy}");
        }
    }
    let failed = checks.iter().filter(|one| one.status == Health::Failed);
    let end = match failed.count() {
        0 => paint.as_tone(Tone::Good, "An import can run."),
        1 => paint.as_tone(Tone::Bad, "1 check failed: its remedy stands below it."),
        many => paint.as_tone(
            Tone::Bad,
            &format!("{many} checks failed: their remedies stand below them."),
        ),
    };
    text.push('\n');
    text.push_str(&end);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_a_table_with_remedies() {
        let checks = [
            Check::ok("version", "chatterload 0.1.0 on linux"),
            Check::of_error(
                "project",
                "there is no 'amce'\n  help: did you mean 'acme'?",
            ),
            Check::skipped("search", "not asked"),
        ];
        insta::assert_snapshot!(table(&checks, Paint::new(false)), @r"
        version  ok       chatterload 0.1.0 on linux
        project  failed   there is no 'amce'
                          → did you mean 'acme'?
        search   skipped  not asked

        1 check failed: its remedy stands below it.
        ");
        assert_eq!(exit_code(&checks, false), 1);
        assert_eq!(exit_code(&checks, true), 2);
        assert_eq!(exit_code(&checks[..1], false), 0);
        assert_eq!(
            error(&checks).as_deref(),
            Some("project: there is no 'amce'")
        );
    }
}
