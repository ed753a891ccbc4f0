//! The drafted file as text.

use std::fmt::Write;

use super::attributes::sample;
use super::key::Key;
use super::known::Role;
use super::score::{Candidate, Reading};
use super::text::{Lines, Value, list, named, plain, quoted, reference};
use super::{Drafter, Question};
use crate::inspect::{Kind, Tool};
use crate::read::called;

impl Drafter<'_> {
    /// Decides, asks, and writes.
    pub fn draft(mut self) -> (String, Vec<Question>, Vec<String>) {
        self.begin();
        self.assign();
        let mut comments = self.comments();
        let score = self.score(!comments.is_empty());
        if comments.is_empty() && score.is_none() {
            comments.extend(self.last_resort());
        }
        let created = self.created();
        let created = self.with_times(created);
        let conditions = self.conditions();
        let (key, why) = self.key(&created);
        for index in 0..self.roles.len() {
            let column = &self.profile.columns[index];
            let called = format!("{} {}", column.name, column.question());
            if self.roles[index] == Role::Free
                && column.longest <= 20
                && crate::inspect::words::is_about(&called, crate::inspect::words::Topic::Language)
            {
                self.roles[index] = Role::Language;
                break;
            }
        }
        let mut response = Lines::default();
        self.types(score.as_ref(), &mut response);
        if let Some(score) = &score {
            self.write_score(score, &mut response);
        }
        self.check("score", &mut response);
        self.check("scale", &mut response);
        self.write_comments(&comments, &mut response);
        self.check("comment", &mut response);
        let zone = self.write_created(&created, &mut response);
        if !conditions.is_empty() {
            response.add("when = [", "all must hold, else the row is left out");
            for condition in conditions {
                response.add(format!("  {},", condition.written), condition.remark);
            }
            response.add("]", "");
        }
        let attributes = self.attributes();
        let source = self.source(zone);
        let mut keys = Lines::default();
        match key {
            Key::Column(index) => {
                let reference = reference(self.profile, index);
                let sample = sample(&self.profile.columns[index]);
                let remark = if sample.is_empty() {
                    why
                } else {
                    format!("{why}, {sample}")
                };
                keys.add(format!("columns = [{reference}]"), remark);
                self.changing(&mut keys);
                self.keyless(index, &mut keys);
            }
            Key::Cumulative => keys.add("content = \"cumulative\"", why),
            Key::PerFile => keys.add("content = \"per-file\"", why),
        }
        self.check("key", &mut keys);
        let mut out = self.head();
        source.write("[source]", &mut out);
        keys.write("[key]", &mut out);
        if response.is_empty() {
            response.remark("nothing was found to post");
        }
        response.write("[response]", &mut out);
        attributes.user_meta.write("[response.user_meta]", &mut out);
        attributes.segments.write("[response.segments]", &mut out);
        let order = [
            "score",
            "scale",
            "comment",
            "created_at",
            "timezone",
            "key",
            "data_type",
            "data_source",
            "personal",
        ];
        self.questions
            .sort_by_key(|question| order.iter().position(|field| *field == question.field));
        (out, self.questions, self.notes)
    }

    /// Notes on where the table or the records were found.
    fn begin(&mut self) {
        if let Some(sheet) = &self.profile.found_sheet {
            let sheet = plain(sheet, 60);
            self.notes.push(format!(
                "the first sheet holds no table: this is for the sheet `{sheet}`"
            ));
        }
        if let Some(row) = self.profile.header_row {
            self.notes.push(format!(
                "what stands above row {row} looks like a title or notes: that row names the columns"
            ));
        }
        let told = self.profile.records_told.iter();
        self.notes.extend(told.cloned());
    }

    fn head(&self) -> String {
        let mut out = self
            .options
            .schema
            .as_ref()
            .map_or_else(String::new, |path| {
                format!("#:schema {}\n", plain(path, 300))
            });
        let tool = self
            .profile
            .tool
            .map_or_else(String::new, |tool| format!(", {}", tool.name()));
        let file = called(&self.profile.file)
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or("");
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "# Drafted from {}: {} rows{tool}.",
            plain(file, 80),
            self.profile.rows
        );
        for note in &self.notes {
            let _ = writeln!(out, "# {}", plain(note, 300));
        }
        let _ = writeln!(out, "name = {}", quoted(&self.name()));
        out
    }

    /// What becomes of rows that come again in another form, where the tool is known to change them.
    fn changing(&self, keys: &mut Lines) {
        if let [version] = self.of(Role::Version)[..] {
            keys.add("on_change = \"update\"", "answers may change later");
            keys.add(
                format!("version = {}", reference(self.profile, version)),
                "the greater one wins",
            );
        }
    }

    /// What becomes of rows without a key.
    fn keyless(&mut self, index: usize, keys: &mut Lines) {
        let column = &self.profile.columns[index];
        let empty = column.rows.saturating_sub(column.filled);
        if empty == 0 {
            return;
        }
        let have = if empty == 1 { "has" } else { "have" };
        let told = format!("{empty} of {} rows {have} no key", column.rows);
        // Only reviews with a text have a link.
        if self.profile.tool == Some(Tool::GooglePlay) {
            keys.add(
                "when_empty = \"content\"",
                format!("{told}: known by content"),
            );
            return;
        }
        self.notes.push(format!(
            "{told} in `{}`: rejected (key_missing) unless when_empty says otherwise",
            plain(&column.called(), 60)
        ));
        keys.add(
            "# when_empty = \"content\"",
            format!("{told}: rejected (key_missing), or known by its content if this is set"),
        );
    }

    /// A question that stands open, as a comment.
    pub fn check(&self, field: &str, lines: &mut Lines) {
        for question in self
            .questions
            .iter()
            .filter(|question| question.field == field)
        {
            if self.answers.contains_key(field) {
                continue;
            }
            let shown = question.choices.iter().take(6);
            let mut choices: Vec<String> = shown.map(|choice| named(&choice.label, 50)).collect();
            if question.choices.len() > 6 {
                choices.push("…".to_owned());
            }
            lines.remark(&format!(
                "check: {} {}",
                plain(&question.prompt, 120),
                choices.join(" | ")
            ));
        }
    }

    fn types(&mut self, score: Option<&Candidate>, response: &mut Lines) {
        let kind = match score {
            Some(_) if self.profile.tool.is_some_and(Tool::is_reviews) => "review",
            Some(score) => score.kind,
            None => "comment",
        };
        let data_type = self.data_type(kind);
        if score.is_none() && needs_score(&data_type.name) {
            self.notes.push(format!(
                "data type `{}` needs a score, and none was found",
                data_type.name
            ));
        }
        response.add(
            format!("data_type = {}", quoted(&data_type.name)),
            data_type.remark,
        );
        self.check("data_type", response);
        let data_source = self.data_source();
        response.add(
            format!("data_source = {}", quoted(&data_source.name)),
            data_source.remark,
        );
        self.check("data_source", response);
    }

    fn write_score(&mut self, score: &Candidate, response: &mut Lines) {
        let column = &self.profile.columns[score.index];
        let mut value = Value::column(&reference(self.profile, score.index));
        match &score.reading {
            Reading::Number => self.number_steps(column, &mut value),
            Reading::Leading => {
                value.step("replace = [{ pattern = '(?s)^\\s*(\\d+).*$', with = \"$1\" }]");
            }
            Reading::Words(words) => {
                let pairs: Vec<String> = words
                    .iter()
                    .map(|(word, number)| format!("{} = {number}", quoted(word)))
                    .collect();
                value.step(format!("map = {{ {} }}", pairs.join(", ")));
                // `offered` and `unoffered` are no answers of a help desk.
                let otherwise = if self.profile.tool == Some(Tool::Zendesk) {
                    "null"
                } else {
                    "fail"
                };
                value.step(format!("otherwise = \"{otherwise}\""));
            }
        }
        if let Some(map) = score.scale.map() {
            value.step(map);
            self.notes.push(format!(
                "{} is the best of `{}`, and is posted as {}: more is better there",
                score.scale.min,
                plain(&column.called(), 60),
                score.scale.max
            ));
        }
        let nothings: Vec<&String> = column.nothing.iter().chain(&score.codes).collect();
        if !nothings.is_empty() {
            value.step(format!("null_values = {}", list(&nothings)));
        }
        if score.kind == "nps" {
            value.step("type = \"integer\"");
        }
        value.step(format!(
            "min = {}, max = {}",
            score.scale.min, score.scale.max
        ));
        let called = plain(&column.called(), 60);
        // `N/A` is no score either.
        let empty = column.rows.saturating_sub(column.filled) + column.nothings + self.coded(score);
        if empty > 0 || self.profile.tool == Some(Tool::Zendesk) {
            value.step("required = \"filter\"");
            if empty > 0 {
                self.notes.push(format!(
                    "rows without a score are left out: {empty} of {} in `{called}`",
                    column.rows
                ));
            }
        }
        let takes_fractions = score.kind != "nps" && !score.scale.turned;
        let fractions = if takes_fractions { 0 } else { score.fractions };
        // To a column of whole numbers a fraction is odd as well.
        let counted = if column.kind == Kind::Integer {
            score.fractions
        } else {
            0
        };
        let odd = match score.reading {
            Reading::Number => column.odd.saturating_sub(counted),
            _ => 0,
        };
        let beyond = format!("beyond {} to {}", score.scale.min, score.scale.max);
        let wrong = [
            (odd, "no number"),
            (score.beyond, beyond.as_str()),
            (fractions, "with a fraction"),
        ];
        let wrong = wrong.iter().filter(|(count, _)| *count > 0);
        let wrong: Vec<String> = wrong
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !wrong.is_empty() {
            let shown = score.bad.iter();
            let shown = shown.map(|(row, value)| format!("row {row} `{}`", plain(value, 20)));
            let mut shown = shown.collect::<Vec<_>>().join(", ");
            if !shown.is_empty() {
                shown = format!(" ({shown})");
            }
            self.notes.push(format!(
                "`{called}` holds values whose rows will be rejected: {}{shown}",
                wrong.join(", ")
            ));
        }
        if (score.scale.min, score.scale.max) == (0, 1) && column.kind == Kind::Number {
            self.notes.push(format!(
                "`{called}` holds fractions of one, as cells shown as percentages do: 85 % is posted as 0.85"
            ));
        }
        response.add(format!("score = {}", value.written()), sample(column));
    }

    fn write_comments(&self, comments: &[usize], response: &mut Lines) {
        let columns: Vec<_> = comments
            .iter()
            .map(|index| &self.profile.columns[*index])
            .collect();
        let references: Vec<String> = comments
            .iter()
            .map(|index| reference(self.profile, *index))
            .collect();
        let mut value = match &references[..] {
            [] => return,
            [one] => Value::column(one),
            _ => {
                let mut value = Value::columns(&references);
                value.step("separator = \"\\n\\n\"");
                let titled = columns
                    .iter()
                    .any(|column| column.called().to_lowercase().contains("title"));
                // Headers such as `Q5` are no questions.
                if !titled
                    && columns
                        .iter()
                        .all(|column| column.label.is_none() && !column.name.is_empty())
                {
                    value.step("with_question = true");
                }
                value
            }
        };
        let is_guarded = columns.iter().any(|column| column.guarded > 0);
        if is_guarded && self.profile.tool == Some(Tool::Typeform) {
            // One of several may begin any line.
            let lines = if columns.len() > 1 { "(?m)" } else { "" };
            value.step(format!(
                "replace = [{{ pattern = \"{lines}^'([=+])\", with = \"$1\" }}]"
            ));
        }
        let mut nothing: Vec<&String> = columns.iter().flat_map(|column| &column.nothing).collect();
        nothing.sort();
        nothing.dedup();
        if !nothing.is_empty() {
            value.step(format!("null_values = {}", list(&nothing)));
        }
        let labels: Vec<String> = columns
            .iter()
            .filter_map(|column| column.label.as_deref())
            .map(|label| plain(label, 50))
            .collect();
        response.add(format!("comment = {}", value.written()), labels.join(" | "));
    }
}

/// Source: the vendor's importer asks for a numeric score with these.
fn needs_score(data_type: &str) -> bool {
    ["nps", "csat", "review"]
        .iter()
        .any(|kind| data_type.eq_ignore_ascii_case(kind))
}
