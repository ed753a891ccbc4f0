//! `check`: all of an import but the upload, told in full.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::load::{account, check_given, check_literals};
use super::runtime;
use super::telling::{Finished, Start};
use crate::api::Client;
use crate::catalogue::{self, Catalogue};
use crate::cli::{CheckArgs, DeliveryArgs, InputArgs};
use crate::console::Console;
use crate::error::Error;
use crate::ledger::Reader;
use crate::mapping::Mapping;
use crate::pipeline::account::Account;
use crate::pipeline::fed::Tally;
use crate::pipeline::feed::Feed;
use crate::pipeline::identify::Tokens;
use crate::pipeline::inputs;
use crate::pipeline::run::{self, Check, Ran};
use crate::read::called;
use crate::report::{Overview, Reasons};
use crate::settings::{self, Connection, Environment};
use crate::upload::stop::Stop;

/// So many rows of each reason are kept.
const REJECTIONS_KEPT: usize = 1_000;
/// So many responses are shown unless told otherwise.
pub const PREVIEW: usize = 3;

/// Runs `check` to its end.
pub fn run(args: &CheckArgs, console: &Console, environment: &Environment) -> Finished {
    let mut start = Start::now("check", &args.input.files);
    match dry_run(args, &mut start, console, environment) {
        Ok((project, ran)) => start.finish(project.as_deref(), ran),
        Err(error) => start.abort(&error),
    }
}

/// What a row is made into, by whichever mapping.
struct Target {
    catalogue: Option<Arc<Catalogue>>,
    tokens: Option<Tokens>,
}

fn dry_run(
    args: &CheckArgs,
    start: &mut Start,
    console: &Console,
    environment: &Environment,
) -> Result<(Option<String>, Ran), Error> {
    let stop = Stop::default();
    let mapping = settings::mapping(&args.input, console.diagnostics())?;
    check_given(&mapping, console)?;
    if args.diff.is_some() {
        read_twice(&args.input)?;
    }
    let ledger = settings::ledger_path(args.ledger.as_deref(), environment).ok();
    let inputs = inputs::open(
        &args.input.files,
        &mapping,
        ledger.as_deref(),
        &stop,
        console.diagnostics(),
    )?;
    start.opened(&inputs);
    let target = target(args, &mapping, console, environment)?;
    let old = match &args.diff {
        Some(name) => Some((
            name.clone(),
            old_feed(name, args, &target, ledger.as_deref(), console)?,
        )),
        None => None,
    };
    let project = target
        .catalogue
        .as_ref()
        .map(|catalogue| catalogue.project.posted().to_owned());
    // Without a project nothing is known by a token; without a ledger nothing was loaded from here.
    let ledger = match (&project, ledger) {
        (Some(_), Some(path)) if path.exists() => Some(Reader::open(&path)?),
        _ => None,
    };
    let on_change = mapping.key.on_change;
    let account = Account {
        reasons: Reasons::keeping(REJECTIONS_KEPT),
        ..account(&inputs, None, &DeliveryArgs::default(), &stop)
    };
    let feed = Feed {
        preview: args.preview,
        overview: Some(Overview::new(Timestamp::now())),
        ..feed(inputs, mapping, args, &target, stop)
    };
    let mut ran = run::check(Check {
        feed,
        account,
        on_change,
        ledger,
        old,
    });
    warn(&mut ran);
    Ok((project, ran))
}

/// The project, asked for unless it is not to be, or none is named.
fn target(
    args: &CheckArgs,
    mapping: &Mapping,
    console: &Console,
    environment: &Environment,
) -> Result<Target, Error> {
    let project = settings::project(args.api.project.as_deref(), environment);
    let Some(wanted) = project.filter(|_| !args.offline) else {
        return Ok(Target {
            catalogue: None,
            tokens: None,
        });
    };
    let connection = Connection::resolve(&args.api.connection, environment)?;
    let client: Client = connection.client()?;
    let fetched = runtime()?.block_on(catalogue::fetch(
        &client,
        &wanted,
        &catalogue::Pace::default(),
    ))?;
    check_literals(mapping, &fetched, console)?;
    let tokens = Tokens::new(
        &connection.url.origin().ascii_serialization(),
        fetched.project.posted(),
    );
    Ok(Target {
        catalogue: Some(Arc::new(fetched)),
        tokens: Some(tokens),
    })
}

fn feed(
    inputs: Vec<inputs::Opened>,
    mapping: Mapping,
    args: &CheckArgs,
    target: &Target,
    stop: Stop,
) -> Feed {
    Feed {
        inputs,
        mapping: Arc::new(mapping),
        catalogue: target.catalogue.clone(),
        tokens: target.tokens.clone(),
        shard: None,
        known_failures: None,
        ignore_known: false,
        limit: args.input.limit,
        preview: 0,
        overview: None,
        stop,
        tally: Arc::new(Tally::default()),
    }
}

/// The same files by the mapping that `--diff` names, as it stands: only what says how files are laid out holds for it
/// too. Its data types and sources need not be the project's: what it names wrongly, it rejects.
fn old_feed(
    name: &str,
    args: &CheckArgs,
    target: &Target,
    ledger: Option<&Path>,
    console: &Console,
) -> Result<Feed, Error> {
    let input = InputArgs {
        files: args.input.files.clone(),
        mapping: Some(name.to_owned()),
        layout: args.input.layout.clone(),
        ..InputArgs::default()
    };
    let mapping = settings::mapping(&input, console.diagnostics())?;
    let stop = Stop::default();
    let colour = console.diagnostics();
    let inputs = inputs::open(&input.files, &mapping, ledger, &stop, colour)?;
    Ok(feed(inputs, mapping, args, target, stop))
}

/// With `--diff` every file is read by each mapping: what comes through a pipe comes once.
fn read_twice(input: &InputArgs) -> Result<(), Error> {
    let is_pipe = |path: &Path| {
        path == Path::new("-")
            || std::fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir())
    };
    match input.files.iter().find(|path| is_pipe(path)) {
        None => Ok(()),
        Some(path) => Err(Error::Usage(format!(
            "--diff reads every file twice, and {} comes only once\n  help: save it to a file first",
            called(&path.to_string_lossy())
        ))),
    }
}

/// What the counts, the responses and the comparison give reason to doubt.
fn warn(ran: &mut Ran) {
    let counts = &ran.counts;
    if counts.rows > 0 && counts.filtered == counts.rows {
        ran.warnings.push(
            "every row was filtered out: look at `when`, at values that are required = \"filter\", and whether comment or \
             score is filled"
                .to_owned(),
        );
    }
    let doubts = ran.overview.iter().flat_map(Overview::warnings);
    ran.warnings.extend(doubts);
    let diff = ran.diff.as_ref().and_then(crate::report::Diff::warning);
    ran.warnings.extend(diff);
}
