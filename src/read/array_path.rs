//! The way to the array that holds the records, where objects are wrapped around it.

use crate::outcome::quote;

/// Names of members, each of the object before: written as the mapping writes the columns of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayPath {
    text: String,
    steps: Vec<Member>,
}

/// One member on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The way from here to its end as it was written: that of a member with points in its name.
    pub rest: Option<String>,
}

/// Where a member leads.
pub enum Leads<'a> {
    /// Elsewhere.
    Nowhere,
    /// On the way: what is left of it.
    On(&'a [Member]),
    /// To its end.
    There,
}

impl ArrayPath {
    /// A path as it was written and parsed.
    pub fn new(text: &str, steps: Vec<Member>) -> Self {
        Self {
            text: text.to_owned(),
            steps,
        }
    }

    /// The path of these very names.
    pub fn of(names: &[String]) -> Self {
        let steps = names.iter().map(|name| Member {
            name: name.clone(),
            rest: None,
        });
        Self {
            text: written(names),
            steps: steps.collect(),
        }
    }

    /// As the mapping writes it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its members.
    pub fn steps(&self) -> &[Member] {
        &self.steps
    }

    /// As messages quote it.
    pub fn called(&self) -> String {
        quote(&self.text)
    }

    /// How to say that the records are there.
    pub fn said(&self) -> String {
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "._-/~".contains(sign);
        if self.text.chars().all(is_plain) {
            let text = &self.text;
            return format!("records = \"{text}\" in [source] of the mapping, or --records {text}");
        }
        if self.text.contains(['\'', '\\']) || self.text.contains(char::is_control) {
            return "its path as `records` in [source] of the mapping".to_owned();
        }
        format!("records = '{}' in [source] of the mapping", self.text)
    }
}

/// Where a member of this name leads on the way that is left.
pub fn leads<'a>(left: &'a [Member], name: &str) -> Leads<'a> {
    match left.split_first() {
        Some((first, _)) if first.rest.as_deref() == Some(name) => Leads::There,
        Some((first, [])) if first.name == name => Leads::There,
        Some((first, later)) if first.name == name => Leads::On(later),
        _ => Leads::Nowhere,
    }
}

/// A name that can stand in a dotted path as it is.
pub fn is_plain(name: &str) -> bool {
    !name.trim().is_empty()
        && name.trim() == name
        && !name.contains(['.', '[', ']', '/', '=', '"', '\''])
}

/// A path as the mapping writes it: dotted, or a JSON Pointer where a name has signs of its own.
pub fn written(path: &[String]) -> String {
    if path.iter().all(|name| is_plain(name)) {
        return path.join(".");
    }
    path.iter().fold(String::new(), |pointer, name| {
        pointer + "/" + &name.replace('~', "~0").replace('/', "~1")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_to_say_it_can_be_copied() {
        let said = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            ArrayPath::of(&names).said()
        };
        insta::assert_snapshot!(said(&["data", "items"]), @r#"records = "data.items" in [source] of the mapping, or --records data.items"#);
        insta::assert_snapshot!(said(&["a.b", "c"]), @r#"records = "/a.b/c" in [source] of the mapping, or --records /a.b/c"#);
        insta::assert_snapshot!(said(&["der \"Rest\""]), @r#"records = '/der "Rest"' in [source] of the mapping"#);
        insta::assert_snapshot!(said(&["\u{1b}[31m"]), @"its path as `records` in [source] of the mapping");
    }
}
