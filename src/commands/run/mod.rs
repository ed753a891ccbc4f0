//! `run`: the jobs of `chatterload.toml`, one after the other; and what is left behind of them.

mod check;
mod evidence;
mod interrupt;
mod job;
mod order;
mod plan;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use super::runtime;
use crate::cli::RunArgs;
use crate::console::Console;
use crate::error::Error;
use crate::jobs::history::History;
use crate::jobs::lock::Lock;
use crate::jobs::options::Known;
use crate::jobs::{Config, Job, metrics};
use crate::ledger::run_id;
use crate::mapping::nearest;
use crate::settings::Environment;
use interrupt::Interrupt;
use job::Done;

/// Exit codes from the worst.
const WORST: [u8; 7] = [2, 4, 3, 5, 1, 6, 0];

/// What all jobs of a run share.
struct Night<'a> {
    config: &'a Config,
    known: Known,
    history: Option<History>,
    args: &'a RunArgs,
    console: &'a Console,
    environment: &'a Environment,
    /// For what is asked and told beside the uploads, which have runtimes of their own.
    runtime: &'a Runtime,
    /// Ends the job at work; the next is not begun.
    interrupt: Arc<Interrupt>,
}

/// Runs `run` to its end.
pub fn run(
    args: &RunArgs,
    config: Option<&Path>,
    console: &Console,
    environment: &Environment,
) -> u8 {
    match all(args, config, console, environment) {
        Ok(code) => code,
        Err(error) => {
            console.error(&error);
            error.exit_code()
        }
    }
}

fn all(
    args: &RunArgs,
    config: Option<&Path>,
    console: &Console,
    environment: &Environment,
) -> Result<u8, Error> {
    let path = Config::find(config, environment).ok_or_else(|| {
        Error::Usage(
            "there is no chatterload.toml in this folder\n  help: --config PATH or CHATTERLOAD_CONFIG names one; \
             docs/jobs.md shows how to write it"
                .to_owned(),
        )
    })?;
    let config = Config::read(&path, console.diagnostics())?;
    let jobs = wanted(&config, &args.jobs)?;
    let runtime = runtime()?;
    let night = Night {
        known: Known::default(),
        history: config.history.file.as_deref().map(History::at),
        config: &config,
        args,
        console,
        environment,
        runtime: &runtime,
        interrupt: Arc::default(),
    };
    let code = if args.check {
        night.check(&jobs)
    } else {
        night.run(&jobs)?
    };
    runtime.shutdown_background();
    Ok(code)
}

/// The jobs that were asked for, in the order of the file.
fn wanted<'c>(config: &'c Config, names: &[String]) -> Result<Vec<&'c Job>, Error> {
    let known = || config.jobs.iter().map(|job| job.name.as_str());
    for name in names {
        if !known().any(|known| known == name) {
            let near = nearest(name, known())
                .map_or_else(String::new, |near| format!("did you mean '{near}'? "));
            let all: Vec<&str> = known().collect();
            return Err(Error::Usage(format!(
                "{} has no job '{name}'\n  help: {near}its jobs are: {}",
                config.path.display(),
                all.join(", ")
            )));
        }
    }
    let jobs: Vec<&Job> = config
        .jobs
        .iter()
        .filter(|job| names.is_empty() || names.contains(&job.name))
        .collect();
    if jobs.is_empty() {
        return Err(Error::Usage(format!(
            "{} has no jobs\n  help: begin one with [jobs.NAME]; docs/jobs.md shows how",
            config.path.display()
        )));
    }
    Ok(jobs)
}

impl Night<'_> {
    fn run(&self, jobs: &[&Job]) -> Result<u8, Error> {
        let config = self.config;
        let name = run_id(Timestamp::now(), rand::random());
        let lock = Lock::take(config, &name, self.args.wait.unwrap_or_default());
        let _lock = self.runtime.block_on(lock)?;
        if let Some(folder) = &config.history.logs {
            self.console
                .log_files
                .open(folder, config.history.keep_days)
                .map_err(|error| cannot_write(folder, &error))?;
        }
        self.bury_dead()?;
        Interrupt::listen(&self.interrupt, self.runtime, self.console);
        let mut done = Vec::new();
        for job in jobs {
            if self.interrupt.is_set() {
                done.push(self.not_begun(job));
                continue;
            }
            let one = self.job(job);
            self.write_metrics(&one);
            done.push(one);
        }
        self.console.log_files.about(None);
        let codes = done.iter().map(|done| done.finished.summary.exit_code);
        let stopped = self.interrupt.is_set().then_some(5);
        Ok(self.tell(&done, worst(codes.chain(stopped))))
    }

    fn write_metrics(&self, done: &Done) {
        let Some(path) = &self.config.textfile else {
            return;
        };
        let sample = metrics::Sample {
            job: done.job.clone(),
            at: Timestamp::now().as_second(),
            summary: done.summary(),
            is_idle: done.is_idle,
        };
        let jobs: Vec<&str> = self.config.jobs.iter().map(|job| &*job.name).collect();
        if let Err(error) = metrics::write(path, &[sample], &jobs) {
            tracing::warn!("the metrics {} cannot be written: {error}", path.display());
        }
    }

    fn tell(&self, done: &[Done], code: u8) -> u8 {
        if self.console.json {
            let jobs = done.iter().map(|done| (done.job.clone(), done.summary()));
            self.console.json(&object(code, &jobs.collect()));
            return code;
        }
        if done.len() > 1 {
            let jobs: Vec<String> = done
                .iter()
                .map(|done| format!("{} {}", done.job, done.finished.summary.exit_code))
                .collect();
            self.console.note(&format!(
                "\n{} jobs, exit codes: {}",
                done.len(),
                jobs.join(", ")
            ));
        }
        code
    }
}

/// What `--json` prints.
fn object(code: u8, jobs: &Map<String, Value>) -> Value {
    let status = match code {
        0 => "complete",
        1 => "complete_with_failures",
        5 => "stopped",
        _ => "aborted",
    };
    json!({ "status": status, "exit_code": code, "jobs": jobs })
}

/// The worst of several exit codes; 0 of none.
fn worst(codes: impl Iterator<Item = u8>) -> u8 {
    let rank = |code: &u8| WORST.iter().position(|known| known == code).unwrap_or(0);
    codes.min_by_key(rank).unwrap_or(0)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::Usage(format!(
        "{} cannot be written: {error}\n  help: check the folder's permissions, or name another in chatterload.toml",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_exit_code_is_not_the_greatest() {
        assert_eq!(worst([0, 6, 1].into_iter()), 1);
        assert_eq!(worst([5, 3, 0].into_iter()), 3);
        assert_eq!(worst([4, 2, 5].into_iter()), 2);
        assert_eq!(worst([3, 4].into_iter()), 4);
        assert_eq!(worst([].into_iter()), 0);
    }

    #[test]
    fn jobs_run_in_the_order_of_the_file_and_unknown_ones_are_told() {
        let text = "[jobs.nps]\ninput='a'\nmapping='m'\n[jobs.csat]\ninput='a'\nmapping='m'";
        let config = Config::parse(Path::new("chatterload.toml"), text).unwrap();
        let names = |wanted_names: &[&str]| -> Result<Vec<String>, String> {
            let names: Vec<String> = wanted_names.iter().map(|&name| name.to_owned()).collect();
            let jobs = wanted(&config, &names).map_err(|error| error.to_string())?;
            Ok(jobs.iter().map(|job| job.name.clone()).collect())
        };
        assert_eq!(names(&[]).unwrap(), ["nps", "csat"]);
        assert_eq!(names(&["csat", "nps"]).unwrap(), ["nps", "csat"]);
        assert!(
            names(&["npss"])
                .unwrap_err()
                .contains("did you mean 'nps'?")
        );
    }
}
