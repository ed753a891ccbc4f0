//! Drafts as a whole: each must parse, fit its file, and map its rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use proptest::strategy::Strategy as _;

use super::*;
use crate::catalogue::Item;
use crate::inspect::tests::{layout_of, of_shared, of_text, seeking, shared};
use crate::mapping::{Mapping, Plan};
use crate::read::{Input, Source};
use crate::record::Response;
use crate::validate::validate;

/// What became of a file's rows by a draft.
#[derive(Debug, Default, PartialEq)]
pub struct Mapped {
    pub rows: u64,
    pub filtered: u64,
    pub rejected: BTreeMap<String, u64>,
    pub responses: Vec<Response<'static>>,
}

/// A draft, parsed; it is valid by the published schema too.
pub fn parsed(toml: &str) -> Mapping {
    let problems = crate::mapping::schema_tests::problems(toml);
    assert!(problems.is_empty(), "{problems:?}\n{toml}");
    Mapping::parse("draft.toml", toml).unwrap_or_else(|error| panic!("{error}\n{toml}"))
}

/// Maps all rows of a source by a mapping, as an import would.
pub fn map(mapping: &Mapping, open: &dyn Fn(&Layout) -> Source) -> Mapped {
    let source = open(&mapping.layout());
    let plan =
        Plan::compile(mapping, "file", source.shape()).unwrap_or_else(|error| panic!("{error}"));
    let mut mapped = Mapped::default();
    let mut each = |row: crate::record::Row| {
        mapped.rows += 1;
        let row = plan.map(&row);
        let mut reject = |code: &str| *mapped.rejected.entry(code.to_owned()).or_default() += 1;
        if let Err(rejection) = &row.key {
            reject(&rejection.code);
            return ControlFlow::Continue(());
        }
        for response in row.responses {
            match response.result {
                Err(rejection) => reject(&rejection.code),
                Ok(None) => mapped.filtered += 1,
                Ok(Some(mut response)) => match validate(&mut response, None) {
                    Err(rejection) => reject(&rejection.code),
                    Ok(()) => mapped.responses.push(response.into_owned()),
                },
            }
        }
        ControlFlow::Continue(())
    };
    source.rows(0, &mut each).unwrap();
    mapped
}

pub fn open_text(text: &str) -> impl Fn(&Layout) -> Source {
    move |layout| {
        let stream = Box::new(Cursor::new(text.as_bytes().to_vec()));
        Source::from_stream(stream, Path::new("t.csv"), layout).unwrap()
    }
}

pub fn drafted(text: &str) -> Draft {
    draft(&of_text(text), None, &Options::default())
}

pub fn answer(field: &str, values: &[&str]) -> Answer {
    Answer {
        field: field.to_owned(),
        values: values.iter().map(ToString::to_string).collect(),
    }
}

/// A table of `id` and these columns; each row's cells from its number.
pub fn table(columns: &str, rows: usize, cells: impl Fn(usize) -> String) -> String {
    let lines = (0..rows).map(|row| format!("a-{row:05},{}\n", cells(row)));
    format!("id,{columns}\n{}", lines.collect::<String>())
}

/// What somebody wrote, a text of its own for each row.
pub fn comment(row: usize) -> String {
    format!("What person {row} wrote about the shop and all that is in it.")
}

/// The line of a draft that begins so.
pub fn line<'a>(draft: &'a Draft, start: &str) -> &'a str {
    let mut lines = draft.toml.lines();
    lines.find(|line| line.starts_with(start)).unwrap_or("")
}

/// Whether one of the notes says so.
pub fn noted(draft: &Draft, part: &str) -> bool {
    draft.notes.iter().any(|note| note.contains(part))
}

/// German headers, semicolons, decimal commas, two questions: a layout of nobody's.
fn german() -> String {
    let mut text = "\u{feff}Vorgangsnummer;Eingegangen am;Kundennummer;Filiale;Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?;\
        Gesamtzufriedenheit;Warenkorb;Was hat Ihnen gefallen?;Was können wir verbessern?;E-Mail;Abgeschlossen\r\n"
        .to_owned();
    for row in 1..=60u32 {
        let comment = [
            format!("Die Beratung von Frau {row} war freundlich; gerne wieder."),
            String::new(),
            format!("Alles bestens, vielen Dank für die {row}. schnelle Lieferung!"),
        ];
        write!(
            text,
            "VG-{row:05};{:02}.{:02}.2026 {:02}:15;00{:04};{};{};{},{};{}.{:03},50;\"{}\";{};kunde{row}@example.de;{}\r\n",
            row % 28 + 1,
            row % 12 + 1,
            row % 24,
            row * 7 % 50,
            ["Köln", "Ulm", "Bonn"][row as usize % 3],
            if row == 9 { "k. A.".to_owned() } else { (row % 11).to_string() },
            row % 4 + 1,
            row % 10,
            row % 3 + 1,
            row * 13 % 1000,
            comment[row as usize % 3],
            if row % 5 == 0 { format!("Das Paket {row} kam zu spät, und niemand wusste warum.") } else { String::new() },
            if row % 20 == 0 { "Nein" } else { "Ja" },
        )
        .unwrap();
    }
    text
}

#[test]
fn an_unknown_layout_is_drafted_so_that_it_maps_without_an_edit() {
    let text = german();
    let draft = drafted(&text);
    insta::assert_snapshot!(draft.toml, @r#"
    # Drafted from t.csv: 60 rows.
    # filtered by `Abgeschlossen`: 3 of 60 rows, as unfinished, previews or tests
    # rows without a score are left out: 1 of 60 in `Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?`
    # left out as personal data: E-Mail
    name = "t"

    [source]
    decimal = ","
    thousands = "."
    # timezone = "Europe/London"  # check: the dates carry no zone and are taken as UTC

    [key]
    columns = ["Vorgangsnummer"]  # filled and unique in this file, such as VG-00001

    [response]
    data_type = "nps"  # not checked against a project: see `chatterload data-types`
    data_source = "csv_upload"  # not checked against a project: see `chatterload data-sources`
    score = { column = "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", null_values = ["k. A."], type = "integer", min = 0, max = 10, required = "filter" }  # such as 1
    comment = { columns = ["Was hat Ihnen gefallen?", "Was können wir verbessern?"], separator = "\n\n", with_question = true }
    created_at = { column = "Eingegangen am", formats = ["%d.%m.%Y %H:%M"] }  # such as 02.02.2026 01:15
    when = [  # all must hold, else the row is left out
      { column = "Abgeschlossen", not_in = ["Nein"] },  # 3 of 60 rows here
    ]

    [response.user_meta]
    kundennummer = "Kundennummer"  # such as 000007

    [response.segments]
    filiale = "Filiale"  # such as Ulm
    gesamtzufriedenheit = { column = "Gesamtzufriedenheit", type = "number" }  # such as 2,1
    warenkorb = { column = "Warenkorb", type = "number" }  # such as 2.013,50
    "#);
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    assert_eq!(
        (mapped.rows, mapped.filtered, mapped.responses.len()),
        (60, 4, 56),
        "{:?}",
        mapped.rejected
    );
    let first = &mapped.responses[0];
    assert_eq!(first.created_at.as_deref(), Some("2026-02-02T01:15:00Z"));
    assert_eq!(first.comment, None);
    assert_eq!(
        mapped.responses[4].comment.as_deref(),
        Some(
            "Was hat Ihnen gefallen?\nAlles bestens, vielen Dank für die 5. schnelle Lieferung!\n\n\
             Was können wir verbessern?\nDas Paket 5 kam zu spät, und niemand wusste warum."
        )
    );
}

#[test]
fn what_is_not_certain_is_asked_and_answers_are_worked_in() {
    let text = "id,when,Wert A,Wert B,text\n\
        a-0001,03/04/2026 10:00,3,4,This is what somebody wrote about the shop and its people.\n\
        a-0002,04/05/2026 11:00,5,1,And this is what somebody else wrote about the very same shop.\n";
    let draft = drafted(text);
    let fields: Vec<&str> = draft
        .questions
        .iter()
        .map(|question| question.field)
        .collect();
    assert_eq!(fields, ["score", "created_at"]);
    assert_eq!(draft.questions[0].default, Vec::<String>::new());
    assert!(
        draft
            .toml
            .contains("# check: Which column is the score? Wert A | Wert B | none of them\n"),
        "{}",
        draft.toml
    );
    assert_eq!(
        map(&parsed(&draft.toml), &open_text(text)).responses[0].created_at,
        None
    );

    let answers = [
        answer("created_at", &["day_first"]),
        answer("score", &["Wert B"]),
    ];
    let answered = draft.apply(&answers).unwrap();
    let mapped = map(&parsed(&answered.toml), &open_text(text));
    assert_eq!(
        mapped.responses[0].created_at.as_deref(),
        Some("2026-04-03T10:00:00Z")
    );
    assert_eq!(mapped.responses[0].score.unwrap().to_string(), "4");
    assert!(!answered.toml.contains("Which column is the score"));

    let answered = answered
        .apply(&[answer("timezone", &["Europe/Berlin"])])
        .unwrap();
    let mapped = map(&parsed(&answered.toml), &open_text(text));
    assert_eq!(
        mapped.responses[0].created_at.as_deref(),
        Some("2026-04-03T10:00:00+02:00")
    );
    assert_eq!(mapped.responses[0].score.unwrap().to_string(), "4");
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    let draft = drafted(
        "id,when,text\na,2026-11-02 10:15,A long text that somebody wrote about this and that.\n",
    );
    let refused = |field: &str, value: &str| draft.apply(&[answer(field, &[value])]).unwrap_err();
    assert_eq!(refused("scroe", "x"), "nothing was asked about `scroe`");
    assert!(refused("timezone", "Mars/Olympus").contains("unknown time zone `Mars/Olympus`"));
    let by_content = drafted("NPS\n9\n9\n");
    assert_eq!(
        by_content.apply(&[answer("key", &["nobody"])]).unwrap_err(),
        "`key` cannot be `nobody`; it can be: cumulative, per-file"
    );
}

#[test]
fn personal_data_is_left_out_unless_asked_for() {
    let text = "ID,E-mail,Your name,NPS,IP\n1,a@example.com,Ada,9,10.0.0.1\n2,b@example.com,Bo,3,10.0.0.2\n";
    let draft = drafted(text);
    assert!(
        draft
            .notes
            .iter()
            .any(|note| note == "left out as personal data: E-mail, Your name, IP"),
        "{:?}",
        draft.notes
    );
    assert!(
        map(&parsed(&draft.toml), &open_text(text)).responses[0]
            .user_meta
            .is_empty()
    );
    let answered = draft.apply(&[answer("personal", &["yes"])]).unwrap();
    assert_eq!(
        map(&parsed(&answered.toml), &open_text(text)).responses[0]
            .user_meta
            .len(),
        3
    );
    for toml in [&draft.toml, &answered.toml] {
        assert!(
            !toml.contains("example.com") && !toml.contains("Ada") && !toml.contains("10.0.0"),
            "{toml}"
        );
    }
}

#[test]
fn a_file_without_ids_goes_by_content() {
    let dated = drafted(
        "Timestamp,How was it?\n2026-11-02 10:15:00,It was good enough to come back some day.\n",
    );
    assert!(
        dated.toml.contains("content = \"cumulative\""),
        "{}",
        dated.toml
    );
    let plain = drafted("NPS\n9\n9\n9\n3\n");
    assert!(
        plain.toml.contains("content = \"per-file\""),
        "{}",
        plain.toml
    );
    assert!(
        plain
            .questions
            .iter()
            .any(|question| question.field == "key")
    );
}

#[test]
fn data_type_and_source_are_those_of_the_project() {
    let item = |key: &str, name: &str| Item {
        id: String::new(),
        key: Some(key.to_owned()),
        name: name.to_owned(),
    };
    let catalogue = Catalogue {
        project: item("acme", "Acme"),
        data_types: vec![item("promoter", "NPS"), item("open", "Open feedback")],
        data_sources: vec![item("kiosk", "In-store kiosk"), item("tf", "Typeform")],
    };
    let of = |text: &str| {
        let draft = draft(&of_text(text), Some(&catalogue), &Options::default());
        let response = map(&parsed(&draft.toml), &open_text(text))
            .responses
            .remove(0);
        let asked: Vec<&str> = draft
            .questions
            .iter()
            .map(|question| question.field)
            .collect();
        (
            response.data_type.unwrap().into_owned(),
            response.data_source.unwrap().into_owned(),
            asked.contains(&"data_type"),
            asked.contains(&"data_source"),
        )
    };
    let typeform = of("#,NPS,Submit Date (UTC),Network ID\nabcdefgh,9,2026-11-02 10:15:00,x\n");
    assert_eq!(
        typeform,
        ("promoter".to_owned(), "tf".to_owned(), false, false)
    );
    let unknown = of("id,Zufriedenheit\nx-000001,4\nx-000002,1\n");
    assert_eq!(
        unknown,
        ("promoter".to_owned(), "kiosk".to_owned(), true, true)
    );
}

#[test]
fn real_exports_are_drafted_so_that_they_map() {
    let files = [
        "typeform/duplicate_headers.csv",
        "qualtrics/german_labels.csv",
        "qualtrics/german_labels_legacy.csv",
        "qualtrics/side_by_side_insights.csv",
        "qualtrics/side_by_side_legacy.csv",
        "surveymonkey/south.csv",
        "surveymonkey/star_wars.csv",
        "reviews/amazon_fr.csv",
        "encodings/utf16be_tab.csv",
    ];
    for path in files {
        let (Some(profile), Some(file)) = (of_shared(path), shared(path)) else {
            continue;
        };
        let options = Options {
            layout: layout_of(path),
            ..Options::default()
        };
        let draft = draft(&profile, None, &options);
        let mapped = map(&parsed(&draft.toml), &|layout| {
            Source::open(&Input::File(file.clone()), layout).unwrap()
        });
        assert_eq!(mapped.rows, profile.rows, "{path}");
        assert_eq!(mapped.rejected, BTreeMap::new(), "{path}");
        assert!(
            mapped.responses.len() as u64 * 2 > mapped.rows,
            "{path}: {} filtered",
            mapped.filtered
        );
    }
}

/// Any cell that an export might have.
fn cell() -> impl proptest::strategy::Strategy<Value = String> {
    proptest::prop_oneof![
        4 => "[a-zA-Z0-9 .,:/#?()äß_-]{0,14}",
        2 => "[0-9]{1,3}",
        1 => "[0-9],[0-9]",
        1 => proptest::sample::select(vec![
            "2026-11-02", "03/04/2026", "31.12.2026", "n/a", "-", "True", "Nein", "a@example.com", "4 / 5",
            "Very satisfied", "1762078500", "https://example.com/1", "NPS", "Comment", "Response ID", "Other", "#",
            "Datum", "Status", "Finished", "Survey Preview", "Sprache", "e\nf", "a \"b\" c", "\\", "col\tumn", " ",
        ]).prop_map(str::to_owned),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(100))]

    #[test]
    fn a_draft_always_fits_its_file(
        width in 1usize..7,
        cells in proptest::collection::vec(cell(), 1..60),
        chosen in 0usize..20,
    ) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        for record in cells.chunks_exact(width) {
            writer.write_record(record).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let open = |layout: &Layout| {
            let stream = Box::new(Cursor::new(text.clone().into_bytes()));
            Source::from_stream(stream, Path::new("t.csv"), layout)
        };
        // As it is, or as the user says it is laid out.
        let layout = match chosen % 3 {
            0 => Layout::default(),
            1 => Layout { header_row: Some(0), ..Layout::default() },
            _ => Layout { header_rows: Some(2), ..Layout::default() },
        };
        let sought = Layout { header_row: layout.header_row, header_rows: layout.header_rows, ..seeking() };
        let Ok(source) = open(&sought) else { return Ok(()) };
        let Ok(profile) = crate::inspect::profile("t.csv", source, None) else { return Ok(()) };
        let options = Options { personal: chosen % 2 == 0, layout, ..Options::default() };
        let draft = draft(&profile, None, &options);
        let source = open(&Mapping::parse("draft.toml", &draft.toml).unwrap().layout()).unwrap();
        let mapping = Mapping::parse("draft.toml", &draft.toml).unwrap();
        if let Err(error) = Plan::compile(&mapping, "t.csv", source.shape()) {
            panic!("{error}\n{}", draft.toml);
        }
        // So does one with any question answered.
        if let Some(question) = draft.questions.get(chosen % draft.questions.len().max(1)) {
            let value = question.choices[chosen % question.choices.len()].value.clone();
            let answered = draft.apply(&[Answer { field: question.field.to_owned(), values: vec![value] }]).unwrap();
            let mapping = Mapping::parse("draft.toml", &answered.toml).unwrap();
            if let Err(error) = Plan::compile(&mapping, "t.csv", source.shape()) {
                panic!("{error}\n{}", answered.toml);
            }
        }
    }
}
