//! What a score's own header does not say: other columns do, or people are asked.

use super::known::Role;
use super::score::{Told, scored_by_group};
use super::text::{list, plain};
use super::when::Condition;
use super::{Drafter, Question, choice};

impl<'a> Drafter<'a> {
    /// Asks what a score from 0 to 10 is of which nothing else is said.
    pub fn ask_kind(&mut self, index: usize) {
        let items = self
            .catalogue
            .map_or(&[][..], |catalogue| &catalogue.data_types);
        let posted = |name: &str| {
            let item = crate::catalogue::find(items, name);
            item.map_or_else(|| name.to_owned(), |item| item.posted().to_owned())
        };
        // A project that has but one of both leaves nothing to choose.
        let has_both = ["nps", "csat"]
            .iter()
            .all(|name| crate::catalogue::find(items, name).is_some());
        if !items.is_empty() && !has_both {
            return;
        }
        let (nps, csat) = (posted("nps"), posted("csat"));
        self.questions.push(Question {
            field: "data_type",
            prompt: format!(
                "Is `{}`, from 0 to 10, a recommendation or a satisfaction?",
                plain(&self.profile.columns[index].called(), 60)
            ),
            choices: vec![
                choice(&nps, &format!("{nps}: how likely to recommend")),
                choice(&csat, &format!("{csat}: how satisfied")),
            ],
            default: vec![csat],
            multiple: false,
            open: false,
        });
    }

    /// What other columns say of this one as a score.
    pub fn told(&self, index: usize) -> Told {
        let columns = &self.profile.columns;
        let own = &columns[index];
        // A column of groups stands beside the score that they are made of.
        let has_group = columns.iter().any(|column| {
            scored_by_group(&column.name)
                .is_some_and(|score| !score.is_empty() && score == own.name)
        });
        if has_group {
            return Told::Recommend;
        }
        if self.roles[index] != Role::Score {
            return Told::Nothing;
        }
        match self.surveys() {
            Some((_, kinds)) if kinds.iter().any(is_nps) => Told::Recommend,
            Some((_, [_])) => Told::Satisfaction,
            _ => Told::Nothing,
        }
    }

    /// The column of Delighted that says which survey a row is of, and these; a survey is of one type.
    fn surveys(&self) -> Option<(usize, &'a [(String, u64)])> {
        let is_theirs = self.profile.tool == Some(crate::inspect::Tool::Delighted);
        let mut columns = self.profile.columns.iter().enumerate();
        let (index, column) = columns.find(|(_, column)| column.name == "survey_type")?;
        is_theirs.then_some((index, &column.values[..]))
    }

    /// Leaves out the rows of other surveys than the recommendation, which are on scales of their own.
    pub fn without_other_surveys(&mut self) -> Option<Condition> {
        let (index, kinds) = self.surveys()?;
        let own = kinds
            .iter()
            .find(|kind| is_nps(kind))
            .filter(|_| kinds.len() > 1)?;
        let others: u64 = kinds
            .iter()
            .filter(|kind| *kind != own)
            .map(|(_, count)| count)
            .sum();
        let own = &own.0;
        let rows = self.profile.columns[index].rows;
        self.notes.push(format!(
            "filtered by `survey_type`: {others} of {rows} rows, which are of other surveys than `{own}`: draft a mapping for \
             each, from a file of its own"
        ));
        self.roles[index] = Role::Skip;
        Some(Condition {
            written: format!("{{ column = \"survey_type\", in = {} }}", list(&[own])),
            remark: format!("{others} of {rows} rows here are of others"),
        })
    }

    /// Whether the scores are of several surveys of which none is a recommendation; says so.
    pub fn mixes_surveys(&mut self) -> bool {
        let Some((_, kinds)) = self.surveys() else {
            return false;
        };
        if kinds.len() < 2 || kinds.iter().any(is_nps) {
            return false;
        }
        let kinds: Vec<&str> = kinds.iter().map(|(kind, _)| kind.as_str()).collect();
        let kinds = plain(&kinds.join(", "), 80);
        self.notes.push(format!(
            "`survey_type` holds several surveys ({kinds}), each on a scale of its own, so the score is left out: draft a \
             mapping for each, from a file of its own"
        ));
        true
    }
}

/// Whether a survey of Delighted asks for a recommendation: of customers, or of employees.
fn is_nps((kind, _): &(String, u64)) -> bool {
    ["nps", "enps"]
        .iter()
        .any(|nps| kind.eq_ignore_ascii_case(nps))
}
