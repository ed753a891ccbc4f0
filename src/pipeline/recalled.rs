//! What files said below their headers whose failed rows stand in a failures file: that has one header row alone, and the
//! ledger remembers the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use crate::error::Error;
use crate::ledger::{BelowHeader, Reader};
use crate::read::Source;
use crate::record::{Below, Header, Shape};

/// What is to be remembered of a file; `None` where it says nothing.
pub fn to_remember(shape: &Shape) -> Option<BelowHeader> {
    let Shape::Table(header) = shape else {
        return None;
    };
    let Below { timezone, texts } = &header.below;
    let texts = header.names.iter().zip(texts);
    let texts: BTreeMap<String, String> = texts
        .filter(|(name, text)| !name.is_empty() && !text.is_empty())
        .map(|(name, text)| (name.clone(), text.clone()))
        .collect();
    (timezone.is_some() || !texts.is_empty()).then(|| BelowHeader {
        timezone: timezone.clone(),
        texts,
    })
}

/// What the rows of a failures file were read with, and the names of the files that they come from. Where the ledger does
/// not know their runs, nothing.
///
/// # Errors
/// The file or the ledger cannot be read, or the rows come from files with different time zones (exit 2).
pub fn below(
    failures: Source,
    name: &str,
    header: &Header,
    ledger: &Path,
) -> Result<(Below, Vec<String>), Error> {
    if !ledger.exists() {
        return Ok(Default::default());
    }
    let mut origins = BTreeSet::new();
    failures.rows(0, &mut |row| {
        if let Some(carried) = row.carried {
            origins.insert((carried.run, carried.file));
        }
        ControlFlow::Continue(())
    })?;
    let reader = Reader::open(ledger)?;
    let mut zones: BTreeMap<Option<String>, String> = BTreeMap::new();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut files = Vec::new();
    for (run, file) in origins {
        let known = reader.ask(|view| view.below_header(&run, &file))?;
        let known = known.unwrap_or_default();
        files.push(file.clone());
        zones.entry(known.timezone).or_insert(file);
        texts.extend(known.texts);
    }
    if zones.len() > 1 {
        let each = zones.iter().map(|(zone, file)| {
            let zone = zone.as_deref().unwrap_or("none");
            format!("{file}: {zone}")
        });
        let each: Vec<String> = each.collect();
        return Err(Error::Usage(format!(
            "the rows of {name} come from files that name different time zones for their dates ({})\n  help: make a \
             file of each, by the column _file, and retry one after the other",
            each.join(", ")
        )));
    }
    let of_column = |name: &String| texts.get(name).cloned().unwrap_or_default();
    let mut below = Below {
        timezone: zones.into_keys().next().flatten(),
        texts: Vec::new(),
    };
    if !texts.is_empty() {
        below.texts = header.names.iter().map(of_column).collect();
    }
    Ok((below, files))
}
