//! What `undo`, `ledger rebuild` and `ledger verify` have in common: which run, which API, and how it is asked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::retry::recall_mapping;
use super::signals::{self, Signals};
use crate::api::Client;
use crate::cli::{ConnectionArgs, InputArgs, LedgerPathArgs, RevisitPaceArgs};
use crate::console::Console;
use crate::error::Error;
use crate::ledger::{Named, Reader, Run};
use crate::revisit::caller::{Caller, Pace};
use crate::settings::{self, Connection, Environment};
use crate::upload::stop::Stop;
use crate::upload::{Delivery, TOKEN_ATTRIBUTE};

/// So many requests in flight, unless said.
const CONCURRENCY: usize = 8;

/// The commands whose runs upload.
const UPLOADS: [&str; 3] = ["import", "retry", "run"];

/// The run of a name, of the beginning of one, or of `last`.
///
/// # Errors
/// There is none, or several; the ledger cannot be read.
pub fn find_run(reader: &Reader, name: &str) -> Result<Run, Error> {
    match reader.ask(|view| view.run(name))? {
        Named::One(run) => Ok(*run),
        Named::None if name == "last" => Err(Error::Usage(
            "the ledger has no run that uploads yet\n  help: `chatterload runs` lists the runs; --ledger PATH names \
             another ledger"
                .to_owned(),
        )),
        Named::None => Err(Error::Usage(format!(
            "the ledger has no run '{name}'\n  help: `chatterload runs` lists the runs; --ledger PATH names another \
             ledger"
        ))),
        Named::Several(names) => Err(Error::Usage(format!(
            "several runs begin with '{name}': {}\n  help: write more of the name",
            names.join(", ")
        ))),
    }
}

/// A run that is gone back to, and how its API is asked.
pub struct Past {
    /// Where the ledger is.
    pub path: PathBuf,
    /// Reads it.
    pub reader: Reader,
    /// The run.
    pub of: Run,
    /// Where its API is.
    pub connection: Connection,
    /// Asks it.
    pub client: Client,
    /// The attribute that carries the token; `None` where the mapping switches it off.
    pub attribute: Option<String>,
}

impl Past {
    /// Finds the run `name`, which must be one that uploads, and of the API that `connection` leads to.
    ///
    /// # Errors
    /// The ledger cannot be read; there is no such run; the connection or the mapping is at fault.
    pub fn find(
        name: &str,
        ledger: &LedgerPathArgs,
        connection: &ConnectionArgs,
        mapping: Option<&str>,
        console: &Console,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let path = settings::ledger_path(ledger.ledger.as_deref(), environment)?;
        let reader = Reader::open(&path)?;
        let of = find_run(&reader, name)?;
        must_upload(&of)?;
        let connection = Connection::resolve(connection, environment)?;
        must_be_its_api(&of, &connection)?;
        let attribute = attribute(mapping, Some(&of), console)?;
        Ok(Self {
            client: connection.client()?,
            path,
            reader,
            of,
            connection,
            attribute,
        })
    }

    /// Asks about the run's project, at this pace.
    pub fn caller(&self, pace_args: &RevisitPaceArgs, stop: &Stop) -> Caller {
        let client = self.client.clone();
        Caller::new(
            client,
            &self.of.target.project,
            pace(pace_args),
            stop.clone(),
        )
    }
}

/// Only a run that uploads has responses of its own: what a rebuild took back was others'.
///
/// # Errors
/// It is another.
fn must_upload(run: &Run) -> Result<(), Error> {
    if UPLOADS.contains(&run.command.as_str()) {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "run {} is of `{}`, which uploads nothing of its own\n  help: `chatterload runs` lists the runs",
        run.id, run.command
    )))
}

/// A run's ids mean something at its own API only.
///
/// # Errors
/// The connection leads to another.
fn must_be_its_api(run: &Run, connection: &Connection) -> Result<(), Error> {
    let origin = connection.url.origin().ascii_serialization();
    if origin == run.target.origin {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "run {} was made at {}, and the API address leads to {origin}\n  help: give the run's with --api-url or \
         CHATTERMILL_API_URL",
        run.id, run.target.origin
    )))
}

/// The attribute that carries the token: the given mapping's, else that of the run's mapping where it can still be read,
/// else the standard one. `None` where a mapping switches it off.
///
/// # Errors
/// The given mapping cannot be read.
pub fn attribute(
    given: Option<&str>,
    run: Option<&Run>,
    console: &Console,
) -> Result<Option<String>, Error> {
    let read = |mapping: String, settings| {
        let input = InputArgs {
            mapping: Some(mapping),
            settings,
            ..InputArgs::default()
        };
        settings::mapping(&input, console.diagnostics()).map(|mapping| mapping.key.token)
    };
    if let Some(given) = given {
        return read(given.to_owned(), Vec::new());
    }
    let kept = run.and_then(|run| run.mapping.as_deref());
    let token = kept.and_then(|kept| {
        let (path, settings) = recall_mapping(kept);
        read(path, settings).ok()
    });
    Ok(token.unwrap_or_else(|| Some(TOKEN_ATTRIBUTE.to_owned())))
}

/// Of how many responses nobody knows whether they are there, by the states that a run's are in.
pub fn unclear(states: &BTreeMap<&str, u64>) -> u64 {
    let open = ["in_doubt", "sending"];
    open.iter().filter_map(|state| states.get(state)).sum()
}

/// How requests are made.
pub fn pace(args: &RevisitPaceArgs) -> Pace {
    let standard = Delivery::standard();
    Pace {
        rate: args.pace.rate.unwrap_or(standard.rate),
        concurrency: args.concurrency.map_or(CONCURRENCY, |count| count as usize),
        attempts: args.pace.max_attempts.unwrap_or(standard.max_attempts),
        limits: settings::limits(&args.pace),
    }
}

/// Does something until it is done, or until signals have ended it.
pub async fn until_done<T>(stop: &Stop, console: &Console, work: impl Future<Output = T>) -> T {
    let signals = Signals::of(console);
    tokio::select! {
        done = work => done,
        never = signals::end_on_signals(signals, stop, |text| console.note(text)) => match never {},
    }
}
