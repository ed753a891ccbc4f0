//! What a score's own header does not say: other columns do, or people are asked.

use super::known::Role;
use super::score::{Told, scored_by_group};
use super::text::plain;
use super::{Drafter, Question, choice};

impl Drafter<'_> {
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
        // One survey of Delighted is of one type.
        let typed = columns.iter().find(|column| {
            self.profile.tool == Some(crate::inspect::Tool::Delighted)
                && self.roles[index] == Role::Score
                && column.name == "survey_type"
        });
        match typed.map(|column| &column.values[..]) {
            Some([(kind, _)]) if kind.eq_ignore_ascii_case("nps") => Told::Recommend,
            Some([_]) => Told::Satisfaction,
            _ => Told::Nothing,
        }
    }
}
