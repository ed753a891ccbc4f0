//! The mapping, and how files are laid out, with what options override.

use std::path::PathBuf;

use crate::cli::{InputArgs, LayoutArgs};
use crate::error::Error;
use crate::mapping::Mapping;
use crate::read::Layout;

/// The mapping, with what options override.
///
/// # Errors
/// None is given, it cannot be read, or something is wrong with it.
pub fn mapping(args: &InputArgs, colour: bool) -> Result<Mapping, Error> {
    let Some(wanted) = args.mapping.as_deref() else {
        return Err(Error::Usage(
            "no mapping is given: it says which columns are score, comment and date\n  help: `chatterload map \
             FILE -o MAPPING.toml` drafts one; then -m MAPPING.toml"
                .to_owned(),
        ));
    };
    let (name, text) = mapping_text(wanted)?;
    let parse = |overrides: &[(String, String)], options: &[Option<&str>]| {
        Mapping::parse_extending(&name, &text, overrides, &|base| {
            crate::mapping::shipped::find(base).map(str::to_owned)
        })
        .map(|mapping| mapping.call_overrides(options))
        .map_err(|error| Error::Usage(error.call_overrides(options).render(colour)))
    };
    let mut overrides = args.settings.clone();
    let mut options = vec![None; overrides.len()];
    for (option, setting) in layout_settings(&args.layout) {
        options.push(Some(option));
        overrides.push(setting);
    }
    let mapping = parse(&overrides, &options)?;
    // A type or source for all responses, whether the mapping names them one by one or not.
    let single = matches!(&mapping.responses[..], [only] if only.name == "main");
    let before = overrides.len();
    for (field, option, value) in [
        ("data_type", "--data-type", &args.data_type),
        ("data_source", "--data-source", &args.data_source),
    ] {
        let Some(value) = value else { continue };
        if single {
            overrides.push((format!("response.{field}"), literal(value)));
        } else {
            let all = mapping.responses.iter();
            overrides.extend(all.map(|response| {
                (
                    format!("responses.{}.{field}", response.name),
                    literal(value),
                )
            }));
        }
        options.resize(overrides.len(), Some(option));
    }
    if overrides.len() == before {
        Ok(mapping)
    } else {
        parse(&overrides, &options)
    }
}

fn mapping_text(wanted: &str) -> Result<(String, String), Error> {
    let path = PathBuf::from(wanted);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((wanted.to_owned(), text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if let Some(text) = crate::mapping::shipped::find(wanted) {
                return Ok((format!("{wanted} (shipped)"), text.to_owned()));
            }
            let names: Vec<&str> = crate::mapping::shipped::names().collect();
            let near = crate::mapping::nearest(wanted, names.iter().copied())
                .map_or_else(String::new, |near| format!("did you mean '{near}'? "));
            Err(Error::Usage(format!(
                "there is no mapping file {wanted}, and no shipped mapping of that name\n  help: {near}shipped are: {}",
                names.join(", ")
            )))
        }
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(Error::Usage(
            format!("the mapping file {wanted} is not UTF-8 text\n  help: save it as UTF-8"),
        )),
        Err(error) => Err(Error::Usage(format!(
            "the mapping file {wanted} cannot be read: {error}"
        ))),
    }
}

/// How a file is laid out by options alone, without a mapping.
///
/// # Errors
/// An option is none that a mapping could have.
pub fn layout(args: &LayoutArgs) -> Result<Layout, Error> {
    const ANY: &str = "name = \"any\"\n[key]\ncontent = \"per-file\"\n[response]\ncomment = 1\n";
    let (options, settings): (Vec<_>, Vec<_>) = layout_settings(args)
        .into_iter()
        .map(|(option, setting)| (Some(option), setting))
        .unzip();
    Mapping::parse_with("options", ANY, &settings)
        .map(|mapping| mapping.layout())
        .map_err(|error| Error::Usage(error.call_overrides(&options).to_string()))
}

/// Options that say how a file is laid out, as settings of `[source]`.
fn layout_settings(args: &LayoutArgs) -> Vec<(&'static str, (String, String))> {
    let mut settings = Vec::new();
    let mut set = |option: &'static str, value: Option<String>| {
        let key = option.trim_start_matches('-').replace('-', "_");
        settings.extend(value.map(|value| (option, (format!("source.{key}"), value))));
    };
    let delimiter = args.delimiter.map(char::from);
    set("--format", args.format.as_deref().map(literal));
    set(
        "--delimiter",
        delimiter.map(|sign| literal(&sign.to_string())),
    );
    set("--encoding", args.encoding.as_deref().map(literal));
    // A sheet's number is a number.
    set("--sheet", args.sheet.clone());
    set("--header-row", args.header_row.map(|row| row.to_string()));
    set(
        "--header-rows",
        args.header_rows.map(|rows| rows.to_string()),
    );
    set("--fill-merged", args.fill_merged.then(|| "true".to_owned()));
    set("--records", args.records.as_deref().map(literal));
    settings
}

/// A text as TOML writes it, whatever it looks like.
pub fn literal(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_survive_as_text() {
        for text in ["7", "true", "a \"b\" c", "new\nline"] {
            let parsed: toml::Table = format!("v = {}", literal(text)).parse().unwrap();
            assert_eq!(parsed["v"].as_str(), Some(text));
        }
    }
}
