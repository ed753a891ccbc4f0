//! `projects`, `data-types`, `data-sources`: what the API key can see.

use comfy_table::{ContentArrangement, Table, presets};

use super::runtime;
use crate::api::Client;
use crate::catalogue::{self, Item};
use crate::cli::{ConnectionArgs, ProjectArgs};
use crate::console::Console;
use crate::error::Error;
use crate::settings::{Connection, Environment, required_project};

/// Lists the projects.
pub fn projects(
    args: &ConnectionArgs,
    console: &Console,
    environment: &Environment,
) -> Result<(), Error> {
    let client = Connection::resolve(args, environment)?.client()?;
    let items = runtime()?.block_on(catalogue::projects(&client))?;
    show("projects", &items, None, console);
    Ok(())
}

/// Lists a project's data types.
pub fn data_types(
    args: &ProjectArgs,
    console: &Console,
    environment: &Environment,
) -> Result<(), Error> {
    of_project(
        "data_types",
        &catalogue::data_types,
        args,
        console,
        environment,
    )
}

/// Lists a project's data sources.
pub fn data_sources(
    args: &ProjectArgs,
    console: &Console,
    environment: &Environment,
) -> Result<(), Error> {
    of_project(
        "data_sources",
        &catalogue::data_sources,
        args,
        console,
        environment,
    )
}

fn of_project(
    list: &str,
    ask: &impl AsyncFn(&Client, &str) -> Result<Vec<Item>, Error>,
    args: &ProjectArgs,
    console: &Console,
    environment: &Environment,
) -> Result<(), Error> {
    let project = required_project(args.project.as_deref(), environment)?;
    let client = Connection::resolve(&args.connection, environment)?.client()?;
    let (project, items) = runtime()?.block_on(async {
        let project = catalogue::project(&client, &project).await?;
        let items = ask(&client, project.posted()).await?;
        Ok::<_, Error>((project, items))
    })?;
    show(list, &items, Some(&project), console);
    Ok(())
}

fn show(list: &str, items: &[Item], project: Option<&Item>, console: &Console) {
    if console.json {
        let mut object = serde_json::json!({ "status": "complete", "exit_code": 0, list: items });
        if let Some(project) = project {
            object["project"] = project.posted().into();
        }
        console.json(&object);
        return;
    }
    if items.is_empty() {
        console.note("none: what is missing must be asked for from Chattermill's support");
        return;
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["key", "name", "id"]);
    for item in items {
        // An item without a key is posted by its name.
        table.add_row([item.key.as_deref().unwrap_or("-"), &item.name, &item.id]);
    }
    console.result(table.trim_fmt().as_str());
}
