//! The shipped mappings of tools, and drafts, over small exports of ours in those tools' layouts (`tests/data/tools`).

use std::path::PathBuf;

use super::tests::{Mapped, drafted, line, map, open_text, parsed};
use super::*;
use crate::inspect::{Tool, profile};
use crate::mapping::Mapping;
use crate::read::{Input, Source};

/// An export of ours, the mapping for it, and what must be added to it.
struct Case {
    file: &'static str,
    mapping: &'static str,
    added: &'static str,
    tool: Tool,
    /// Of eight rows.
    filtered: u64,
    /// Rejected for want of a score, which a survey's own mapping would filter.
    rejected: u64,
}

const CASES: [Case; 14] = [
    case(
        "typeform.csv",
        "typeform",
        "data_type = \"nps\"\nscore = 2\ncomment = 3",
        Tool::Typeform,
        1,
        0,
    ),
    case(
        "surveymonkey.csv",
        "surveymonkey",
        "data_type = \"csat\"\nscore = \"How satisfied are you with our shop? / Response\"\n\
         comment = \"What could we do better? / Open-Ended Response\"",
        Tool::SurveyMonkey,
        0,
        1,
    ),
    case(
        "qualtrics.csv",
        "qualtrics",
        "data_type = \"nps\"\nscore = \"Q1\"\ncomment = \"Q2\"",
        Tool::Qualtrics,
        2,
        1,
    ),
    case(
        "qualtrics-insights.csv",
        "qualtrics-insights",
        "data_type = \"nps\"\nscore = \"Q1\"\ncomment = \"Q2\"",
        Tool::Qualtrics,
        2,
        1,
    ),
    case(
        "qualtrics-legacy.csv",
        "qualtrics-legacy",
        "data_type = \"nps\"\nscore = \"Q1\"\ncomment = \"Q2\"",
        Tool::Qualtrics,
        2,
        1,
    ),
    case(
        "qualtrics.ndjson",
        "qualtrics-json",
        "data_type = \"nps\"\nscore = \"values.QID1\"\ncomment = \"values.QID2_TEXT\"",
        Tool::Qualtrics,
        2,
        1,
    ),
    case(
        "google_forms.csv",
        "google_forms",
        "data_type = \"csat\"\nscore = 3\ncomment = 4",
        Tool::GoogleForms,
        0,
        1,
    ),
    case(
        "microsoft_forms.csv",
        "microsoft_forms",
        "data_type = \"csat\"\nscore = 6\ncomment = \"Why?\"",
        Tool::MicrosoftForms,
        0,
        1,
    ),
    case("zendesk.ndjson", "zendesk", "", Tool::Zendesk, 2, 0),
    case(
        "zendesk-ratings.csv",
        "zendesk-ratings",
        "",
        Tool::Zendesk,
        2,
        0,
    ),
    case("trustpilot.csv", "trustpilot", "", Tool::Trustpilot, 0, 0),
    case("google_play.csv", "google_play", "", Tool::GooglePlay, 0, 0),
    case("delighted.ndjson", "delighted", "", Tool::Delighted, 0, 0),
    case(
        "hotjar.csv",
        "hotjar",
        "data_type = \"csat\"\nscore = 12\ncomment = 13",
        Tool::Hotjar,
        0,
        0,
    ),
];

const fn case(
    file: &'static str,
    mapping: &'static str,
    added: &'static str,
    tool: Tool,
    filtered: u64,
    rejected: u64,
) -> Case {
    Case {
        file,
        mapping,
        added,
        tool,
        filtered,
        rejected,
    }
}

fn path(folder: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(name)
}

fn shipped(name: &str) -> Option<String> {
    std::fs::read_to_string(path("mappings", &format!("{name}.toml"))).ok()
}

/// Opens a small export of ours.
pub fn open(file: &str, layout: &Layout) -> Source {
    Source::open(&Input::File(path("tests/data/tools", file)), layout).unwrap()
}

fn by_shipped(case: &Case) -> Mapped {
    let text = format!(
        "name = \"t\"\nextends = \"{}\"\n[response]\n{}\n",
        case.mapping, case.added
    );
    let mapping = Mapping::parse_extending("t.toml", &text, &[], &shipped)
        .unwrap_or_else(|error| panic!("{error}"));
    map(&mapping, &|layout| open(case.file, layout))
}

#[test]
fn shipped_mappings_map_the_exports_of_their_tools() {
    for case in &CASES {
        let mapped = by_shipped(case);
        let rejected: u64 = mapped.rejected.values().sum();
        assert_eq!(
            (mapped.rows, mapped.filtered, rejected),
            (8, case.filtered, case.rejected),
            "{}: {:?}",
            case.file,
            mapped.rejected
        );
        assert!(
            mapped.rejected.keys().all(|code| code == "score_missing"),
            "{}: {:?}",
            case.file,
            mapped.rejected
        );
        for response in &mapped.responses {
            assert!(
                response
                    .created_at
                    .as_deref()
                    .is_some_and(|at| at.starts_with("20")),
                "{}",
                case.file
            );
            assert!(
                response.data_source.is_some() && response.data_type.is_some(),
                "{}",
                case.file
            );
        }
    }
}

#[test]
fn tools_are_recognised_and_their_exports_drafted() {
    for case in &CASES {
        let profile = profile(case.file, open(case.file, &Layout::default()), None).unwrap();
        assert_eq!(profile.tool, Some(case.tool), "{}", case.file);
        let mut draft = draft(&profile, None, &Options::default());
        // The JSON of a survey names its questions by number, so that nothing tells which is the score.
        let asked = draft
            .questions
            .iter()
            .find(|question| question.field == "score" && question.default.is_empty());
        if let Some(question) = asked {
            assert_eq!(case.file, "qualtrics.ndjson");
            let values = vec![question.choices[0].value.clone()];
            draft = draft
                .apply(&[Answer {
                    field: "score".to_owned(),
                    values,
                }])
                .unwrap();
        }
        let mapping = parsed(&draft.toml);
        let mapped = map(&mapping, &|layout| open(case.file, layout));
        // Rows that the shipped mapping rejects for want of a score are filtered by a draft, which knows of them.
        assert_eq!(
            (mapped.rows, mapped.filtered, mapped.rejected.len()),
            (8, case.filtered + case.rejected, 0),
            "{}: {:?}\n{}",
            case.file,
            mapped.rejected,
            draft.toml
        );
        assert!(
            mapped
                .responses
                .iter()
                .all(|response| response.score.is_some()),
            "{}\n{}",
            case.file,
            draft.toml
        );
        assert!(
            mapped
                .responses
                .iter()
                .any(|response| response.comment.is_some()),
            "{}\n{}",
            case.file,
            draft.toml
        );
        let dated = mapped
            .responses
            .iter()
            .filter(|response| response.created_at.is_some())
            .count();
        assert_eq!(
            dated,
            mapped.responses.len(),
            "{}\n{}",
            case.file,
            draft.toml
        );
        for hidden in [
            "example.org",
            "192.0.2",
            "198.51.100",
            "expect at all",
            "three attempts",
        ] {
            assert!(
                !draft.toml.contains(hidden),
                "{}: {hidden}\n{}",
                case.file,
                draft.toml
            );
        }
    }
}

/// The first response of an export by a shipped base and what is added to it.
fn first(base: &str, added: &str, export: &str) -> crate::record::Response<'static> {
    let text = format!(
        "name = \"t\"\nextends = \"{base}\"\n[response]\ndata_type = \"comment\"\n{added}\n"
    );
    let mapping = Mapping::parse_extending("t.toml", &text, &[], &shipped)
        .unwrap_or_else(|error| panic!("{error}"));
    let mut mapped = map(&mapping, &super::tests::open_text(export));
    mapped.responses.remove(0)
}

#[test]
fn older_exports_of_surveymonkey_have_a_base() {
    let score = "score = \"Happy? / Response\"";
    let bare = "RespondentID,Happy?,Why?\n,Response,Open-Ended Response\n4711,5,x\n";
    let response = first("surveymonkey-older", score, bare);
    assert_eq!(response.created_at, None);
    assert!(response.segments.is_empty());
    let dated =
        "RespondentID,CollectorID,EndDate,Happy?\n,,,Response\n4711,17,10/12/2026 13:09,5\n";
    let response = first("surveymonkey-older", score, dated);
    assert_eq!(response.created_at.as_deref(), Some("2026-10-12T13:09:00Z"));
    assert_eq!(&*response.segments[0].key, "collector");
}

#[test]
fn the_sign_that_typeform_puts_against_formulas_is_taken_away_as_its_base_says() {
    let base = shipped("typeform").unwrap();
    let told = base.lines().find(|line| line.starts_with("# comment"));
    let comment = told.unwrap().trim_start_matches("# ");
    for (cell, expected) in [
        ("'=good", "=good"),
        ("'+1 for this", "+1 for this"),
        ("'tis fine", "'tis fine"),
    ] {
        let export =
            format!("#,Why?,Submit Date (UTC),Network ID\na,{cell},2026-11-02 10:15:00,x\n");
        let response = first("typeform", comment, &export);
        assert_eq!(response.comment.as_deref(), Some(expected));
    }
}

#[test]
fn bases_of_survey_tools_are_told_to_lack_score_and_comment() {
    let text = "name = \"t\"\nextends = \"typeform\"\n";
    let mapping = Mapping::parse_extending("t.toml", text, &[], &shipped).unwrap();
    let source = open("typeform.csv", &mapping.layout());
    let error =
        crate::mapping::Plan::compile(&mapping, "typeform.csv", source.shape()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`chatterload map FILE` drafts them"),
        "{error}"
    );
}

#[test]
fn a_draft_takes_the_sign_against_formulas_away_where_typeform_has_put_it() {
    let text = |guard: &str| {
        format!(
            "#,How likely are you to recommend us?,Why?,Start Date (UTC),Submit Date (UTC),Network ID\n\
             a1,9,{guard}+1 for the service and the people there,2023-01-23 06:27:00,2023-01-23 06:27:59,n1\n\
             a2,3,'Quoted' by me it was no good at all,2023-01-24 06:27:00,2023-01-24 06:27:59,n2\n\
             a3,5,Plain words that say little of it,2023-01-25 06:27:00,2023-01-25 06:27:59,n3\n"
        )
    };
    let draft = drafted(&text("'"));
    let mapped = map(&parsed(&draft.toml), &open_text(&text("'")));
    let comments: Vec<_> = mapped
        .responses
        .iter()
        .map(|response| response.comment.as_deref().unwrap_or_default())
        .collect();
    assert_eq!(comments[0], "+1 for the service and the people there");
    assert_eq!(comments[1], "'Quoted' by me it was no good at all");
    assert_eq!(line(&drafted(&text("")), "comment"), "comment = \"Why?\"");
}

/// Microsoft Forms gives a workbook, whose dates are real ones.
#[test]
fn a_workbook_of_microsoft_forms_maps_by_its_shipped_mapping_and_by_a_draft() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Canteen (1-3).xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let header = [
        "ID",
        "Start time",
        "Completion time",
        "Email",
        "Name",
        "How would you rate the\u{a0}canteen?",
        "Why?",
    ];
    sheet.write_row(0, 0, header).unwrap();
    let date = rust_xlsxwriter::Format::new().set_num_format("m/d/yy h:mm:ss");
    for row in 1..=3u8 {
        let at = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 10, 12 + row)
            .unwrap()
            .and_hms(11, 10, 5)
            .unwrap();
        let line = u32::from(row);
        sheet.write(line, 0, row).unwrap();
        sheet
            .write_datetime_with_format(line, 1, &at, &date)
            .unwrap();
        sheet
            .write_datetime_with_format(line, 2, &at, &date)
            .unwrap();
        sheet.write(line, 3, "anonymous").unwrap();
        sheet.write(line, 5, row + 2).unwrap();
        sheet
            .write(line, 6, "The soup was warm and the queue was short.")
            .unwrap();
    }
    book.save(&file).unwrap();
    let open = |layout: &Layout| Source::open(&Input::File(file.clone()), layout).unwrap();
    let profile = profile("Canteen (1-3).xlsx", open(&Layout::default()), None).unwrap();
    assert_eq!(profile.tool, Some(Tool::MicrosoftForms));
    let drafted = draft(&profile, None, &Options::default());
    assert!(
        drafted.toml.contains("name = \"Canteen\"\n"),
        "{}",
        drafted.toml
    );
    let text = "name = \"t\"\nextends = \"microsoft_forms\"\n[response]\ndata_type = \"csat\"\nscore = 6\ncomment = \"Why?\"\n";
    let shipped = Mapping::parse_extending("t.toml", text, &[], &shipped).unwrap();
    for mapping in [parsed(&drafted.toml), shipped] {
        let mapped = map(&mapping, &open);
        assert_eq!(
            (mapped.responses.len(), mapped.rejected.len()),
            (3, 0),
            "{:?}",
            mapped.rejected
        );
        assert_eq!(
            mapped.responses[0].created_at.as_deref(),
            Some("2026-10-13T11:10:05Z")
        );
        assert_eq!(mapped.responses[0].score.unwrap().to_string(), "3");
    }
}
