//! `sandbox`: the API's stand-in, until Ctrl-C.

use super::runtime;
use super::signals::Signals;
use crate::cli::SandboxArgs;
use crate::console::Console;
use crate::error::Error;
use crate::sandbox::{DEFAULT_KEY, Faults, Options, Sandbox};

/// Runs a sandbox until it is interrupted.
pub fn run(args: SandboxArgs, console: &Console) -> Result<(), Error> {
    let port = args.port;
    let options = Options {
        port,
        seed: args.seed,
        faults: Faults::merge(args.faults).map_err(Error::Usage)?,
        quota: args.quota,
        bare_quota: args.bare_quota,
        latency: args.latency,
        search_lag: args.search_lag,
        search: args.search,
        ..Options::default()
    };
    runtime()?.block_on(async {
        let mut signals = Signals::of(console);
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            Error::Usage(format!(
                "port {port} of 127.0.0.1 cannot be had: {error}\n  help: leave --port out for a free one"
            ))
        })?;
        let url = sandbox.url();
        if console.json {
            console.json(&serde_json::json!({
                "status": "running", "url": url, "api_key": DEFAULT_KEY, "projects": ["acme", "globex"],
            }));
        } else {
            console.result(&format!(
                "The sandbox listens at {url} and forgets everything when it ends (Ctrl-C).\n\nIn another terminal:\n  \
                 export CHATTERMILL_API_URL={url} CHATTERMILL_API_KEY={DEFAULT_KEY} CHATTERMILL_PROJECT=acme\n  \
                 chatterload data-types\n  chatterload import FILE -m MAPPING"
            ));
        }
        signals.next().await;
        let log = sandbox.state().log();
        let held = sandbox.state().count("acme") + sandbox.state().count("globex");
        sandbox.stop().await;
        console.note(&format!(
            "\n{} POSTs of responses came in; {held} responses were held at the end.",
            log.posts()
        ));
        Ok(())
    })
}
