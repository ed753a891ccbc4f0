//! Whether `check` would take a draft: compiled for its file and tried on the file's first rows.

use std::ops::ControlFlow;

use super::Draft;
use crate::mapping::{Mapping, Plan};
use crate::read::Source;

/// So many rows are tried.
const TRIED: u64 = 500;

/// What became of the first rows.
#[derive(Default)]
struct Tried {
    rows: u64,
    rejected: u64,
    filtered: u64,
    /// The code of the first rejection.
    code: Option<String>,
}

impl Draft {
    /// Whether nothing was found in the file that a mapping could post.
    pub fn is_empty(&self) -> bool {
        self.profile.columns.is_empty()
    }

    /// Tries the draft, by the file opened as the draft's own `[source]` says; `None` where it can be read but once.
    /// Gives what people should know of the outcome.
    ///
    /// # Errors
    /// Why a check would refuse it.
    pub fn verify(
        &self,
        open: impl FnOnce(&Mapping) -> Option<Source>,
    ) -> Result<Option<String>, String> {
        let called = "the draft";
        let mapping = Mapping::parse(called, &self.toml).map_err(|error| error.to_string())?;
        let Some(source) = open(&mapping) else {
            let shape = self.profile.shape();
            return Plan::compile(&mapping, &self.profile.file, &shape)
                .map(|_| None)
                .map_err(|error| error.to_string());
        };
        let plan = Plan::compile(&mapping, &self.profile.file, source.shape())
            .map_err(|error| error.to_string())?;
        let mut tried = Tried::default();
        // A fault further down was met when the file was inspected.
        let _ = source.rows(0, &mut |row| {
            tried.see(&plan, &row);
            if tried.rows == TRIED {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        Ok(tried.doubt())
    }
}

impl Tried {
    fn see(&mut self, plan: &Plan, row: &crate::record::Row) {
        self.rows += 1;
        let mapped = plan.map(row);
        let failed = mapped
            .responses
            .iter()
            .find_map(|one| one.result.as_ref().err());
        let rejection = row
            .fault
            .as_deref()
            .or(mapped.key.as_ref().err())
            .or(failed);
        if let Some(rejection) = rejection {
            self.rejected += 1;
            self.code.get_or_insert_with(|| rejection.code.to_string());
        } else if mapped
            .responses
            .iter()
            .all(|one| matches!(one.result, Ok(None)))
        {
            self.filtered += 1;
        }
    }

    /// What is said where hardly a row comes through.
    fn doubt(&self) -> Option<String> {
        let (rows, code) = (self.rows, self.code.as_deref().unwrap_or_default());
        if self.rejected * 2 > rows {
            return Some(format!(
                "of the first {rows} rows {} would be rejected, the first as {code}: mend the draft before it is used",
                self.rejected
            ));
        }
        (rows > 0 && self.filtered == rows).then(|| {
            format!(
                "all of the first {rows} rows would be filtered: mend the draft before it is used"
            )
        })
    }
}
