//! The mappings that come with the program: the files of `mappings/`, compiled in.

/// The JSON Schema of mapping files, by which editors complete and check them.
pub const SCHEMA: &str = include_str!("../../mappings/schema.json");

/// Name and text, by name.
const SHIPPED: &[(&str, &str)] = &[
    ("delighted", include_str!("../../mappings/delighted.toml")),
    (
        "google_forms",
        include_str!("../../mappings/google_forms.toml"),
    ),
    (
        "google_play",
        include_str!("../../mappings/google_play.toml"),
    ),
    ("hotjar", include_str!("../../mappings/hotjar.toml")),
    (
        "microsoft_forms",
        include_str!("../../mappings/microsoft_forms.toml"),
    ),
    ("nps-sample", include_str!("../../mappings/nps-sample.toml")),
    ("qualtrics", include_str!("../../mappings/qualtrics.toml")),
    (
        "qualtrics-insights",
        include_str!("../../mappings/qualtrics-insights.toml"),
    ),
    (
        "qualtrics-json",
        include_str!("../../mappings/qualtrics-json.toml"),
    ),
    (
        "qualtrics-legacy",
        include_str!("../../mappings/qualtrics-legacy.toml"),
    ),
    (
        "reviews-sample",
        include_str!("../../mappings/reviews-sample.toml"),
    ),
    (
        "support-sample",
        include_str!("../../mappings/support-sample.toml"),
    ),
    (
        "surveymonkey",
        include_str!("../../mappings/surveymonkey.toml"),
    ),
    (
        "surveymonkey-older",
        include_str!("../../mappings/surveymonkey-older.toml"),
    ),
    ("trustpilot", include_str!("../../mappings/trustpilot.toml")),
    ("typeform", include_str!("../../mappings/typeform.toml")),
    ("zendesk", include_str!("../../mappings/zendesk.toml")),
    (
        "zendesk-ratings",
        include_str!("../../mappings/zendesk-ratings.toml"),
    ),
];

/// The text of a shipped mapping; its name is that of its file, without `.toml`.
pub fn find(name: &str) -> Option<&'static str> {
    SHIPPED
        .iter()
        .find(|(shipped, _)| *shipped == name)
        .map(|(_, text)| *text)
}

/// Their names, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::mapping::Mapping;

    #[test]
    fn each_is_a_mapping() {
        for name in names() {
            let text = find(name).unwrap();
            let parsed = Mapping::parse_extending(name, text, &[], &|base| {
                find(base).map(ToOwned::to_owned)
            });
            if let Err(error) = parsed {
                panic!("{}", error.render(false));
            }
        }
        assert_eq!(find("nps"), None);
    }

    #[test]
    fn every_file_is_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        assert_eq!(files, names().collect::<Vec<_>>());
    }
}
