//! A mapped response and the catalogue to a valid response or a rejection; no I/O.

use std::borrow::Cow;

use crate::catalogue::{Catalogue, Item, find, known_names};
use crate::outcome::{Rejection, quote};
use crate::record::{Number, Response};

/// Puts the catalogue's keys in place of the names that the mapping gave, and checks what the data type asks for.
///
/// Without a catalogue (offline) names stay as they are, and the data type is judged by its name.
///
/// # Errors
/// Unknown or missing data type or data source; a score that the data type does not allow. Source of the score rules:
/// the vendor's importer asks for a numeric score with `nps`, `csat` and `review`; NPS is 0 to 10 by definition.
pub fn validate<'a>(
    response: &mut Response<'a>,
    catalogue: Option<&'a Catalogue>,
) -> Result<(), Rejection> {
    if let Some(catalogue) = catalogue {
        resolve(
            &mut response.data_type,
            &catalogue.data_types,
            "data type",
            "data_type",
        )?;
        resolve(
            &mut response.data_source,
            &catalogue.data_sources,
            "data source",
            "data_source",
        )?;
    }
    if response.dataset_id.is_none() {
        for (field, value) in [
            ("data_type", &response.data_type),
            ("data_source", &response.data_source),
        ] {
            if value.is_none() {
                return Err(Rejection::new(
                    format!("{field}_missing"),
                    field,
                    format!(
                        "the row gives no {field}, and every response needs one: fill the cell, or set `default`"
                    ),
                ));
            }
        }
    }
    score(response)
}

fn resolve<'a>(
    value: &mut Option<Cow<'a, str>>,
    items: &'a [Item],
    what: &str,
    field: &'static str,
) -> Result<(), Rejection> {
    let Some(wanted) = value else { return Ok(()) };
    if items.iter().any(|item| item.posted() == *wanted) {
        return Ok(());
    }
    match find(items, wanted) {
        Some(item) => {
            *wanted = Cow::Borrowed(item.posted());
            Ok(())
        }
        None => Err(Rejection::new(
            format!("unknown_{field}"),
            field,
            format!(
                "{} is no {what} of the project: correct it, or map it to one ({})",
                quote(wanted),
                known_names(items, wanted)
            ),
        )),
    }
}

fn score(response: &Response) -> Result<(), Rejection> {
    let Some(data_type) = response.data_type.as_deref() else {
        return Ok(());
    };
    let is = |kind: &str| data_type.eq_ignore_ascii_case(kind);
    if !(is("nps") || is("csat") || is("review")) {
        return Ok(());
    }
    match response.score {
        None => Err(Rejection::new(
            "score_missing",
            "score",
            format!(
                "a response of type '{data_type}' needs a numeric score: fill it in, or filter rows without one by required = \"filter\""
            ),
        )),
        Some(Number::Whole(0..=10)) => Ok(()),
        Some(Number::Whole(score)) if is("nps") => Err(Rejection::new(
            "score_out_of_range",
            "score",
            no_nps(Number::Whole(score)),
        )),
        Some(Number::Fraction(score)) if is("nps") => Err(Rejection::new(
            "score_not_an_integer",
            "score",
            no_nps(Number::Fraction(score)),
        )),
        Some(_) => Ok(()),
    }
}

fn no_nps(score: Number) -> String {
    format!(
        "{score} is no NPS score, a whole number from 0 to 10 was expected: correct it, or list it in null_values if it \
         stands for no answer"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let item = |id: &str, key: Option<&str>, name: &str| Item {
            id: id.into(),
            key: key.map(Into::into),
            name: name.into(),
        };
        Catalogue {
            project: item("1", Some("acme"), "Acme"),
            data_types: vec![
                item("1", Some("nps"), "NPS"),
                item("2", Some("csat"), "CSAT"),
                item("3", None, "Notes"),
            ],
            data_sources: vec![
                item("7", Some("typeform"), "Typeform"),
                item("8", Some("zendesk"), "Zendesk"),
            ],
        }
    }

    fn response<'a>(data_type: &'a str, source: &'a str, score: Option<Number>) -> Response<'a> {
        Response {
            name: "main".into(),
            comment: Some("Fine".into()),
            score,
            created_at: None,
            data_type: Some(data_type.into()),
            data_source: Some(source.into()),
            dataset_id: None,
            fields: vec![],
            user_meta: vec![],
            segments: vec![],
        }
    }

    fn code(response: Response<'_>) -> String {
        let catalogue = catalogue();
        let mut response = response;
        validate(&mut response, Some(&catalogue))
            .map_or_else(|why| why.code.into_owned(), |()| "ok".into())
    }

    #[test]
    fn names_become_keys() {
        let mut response = response("CSAT", "8", Some(Number::Whole(4)));
        let catalogue = catalogue();
        validate(&mut response, Some(&catalogue)).unwrap();
        assert_eq!(response.data_type.as_deref(), Some("csat"));
        assert_eq!(response.data_source.as_deref(), Some("zendesk"));
    }

    #[test]
    fn scores_follow_the_data_type() {
        for (data_type, score, expected) in [
            ("nps", Some(Number::Whole(0)), "ok"),
            ("nps", Some(Number::Whole(10)), "ok"),
            ("nps", Some(Number::Whole(11)), "score_out_of_range"),
            ("nps", Some(Number::Whole(-1)), "score_out_of_range"),
            ("nps", Some(Number::Fraction(9.5)), "score_not_an_integer"),
            ("nps", None, "score_missing"),
            ("csat", Some(Number::Fraction(4.5)), "ok"),
            ("csat", None, "score_missing"),
            ("notes", None, "ok"),
        ] {
            assert_eq!(
                code(response(data_type, "typeform", score)),
                expected,
                "{data_type} {score:?}"
            );
        }
    }

    #[test]
    fn unknown_names_are_rejected_with_the_nearest() {
        let mut unknown = response("nps", "typefrom", Some(Number::Whole(9)));
        let why = validate(&mut unknown, Some(&catalogue())).unwrap_err();
        assert_eq!(why.code, "unknown_data_source");
        assert!(
            why.message.contains("did you mean 'typeform'?"),
            "{}",
            why.message
        );
        assert_eq!(
            code(response("npss", "typeform", None)),
            "unknown_data_type"
        );
    }

    #[test]
    fn a_dataset_needs_neither() {
        let mut bare = response("nps", "typeform", None);
        (bare.data_type, bare.data_source) = (None, None);
        assert_eq!(code(bare.clone()), "data_type_missing");
        bare.dataset_id = Some(crate::record::AttributeValue::Text("5".into()));
        assert_eq!(code(bare), "ok");
    }
}
