//! Text in a page.

/// As HTML and SVG take it, in text and in attributes; characters that neither may hold are replaced.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(character),
            control if control.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// What a code of a failures file means; `None` where the code says it itself.
pub fn meaning(code: &str) -> Option<String> {
    let known = match code {
        "ragged_row" => "more or fewer cells than the header",
        "unclosed_quote" => "rows within a cell, by a quote that was not closed",
        "invalid_utf8" => "bytes that are no UTF-8",
        "invalid_json" | "json_not_an_object" => "a line that is no whole JSON object",
        "key_missing" => "a key cell is empty",
        "spreadsheet_damage" => "a spreadsheet has rounded a key, or made a date of a text",
        "spreadsheet_error" => "a cell holds #N/A or the like",
        "required_missing" => "a required value is empty",
        "score_not_a_number" | "not_a_number" => "no number where one is wanted",
        "score_out_of_range" | "too_small" | "too_large" => "a number beyond its bounds",
        "score_not_an_integer" | "not_an_integer" => "a fraction where a whole number is wanted",
        "score_missing" => "this data type needs a score",
        "date_not_readable" => "no date format fits, or there is no such day",
        "ambiguous_date" => "day and month can be read either way round",
        "value_not_in_map" => "the mapping's map lacks it",
        "not_in_bucket" => "a number that is in no bucket",
        "not_a_scalar" => "a JSON path leads to an object or a list",
        "not_a_boolean" => "neither yes nor no",
        "too_long" => "more characters than are allowed",
        "template_failed" => "the mapping's template fails over this row",
        "rest_not_told_apart" => "two fields of the rest have one key",
        "data_type_missing" => "the row names no data type",
        "data_source_missing" => "the row names no data source",
        "changed" => "known, with other content, and on_change is fail",
        "unknown_data_type" => "the project has no such data type",
        "unknown_data_source" => "the project has no such data source",
        "timeout" => "no answer came in time: perhaps it arrived",
        "connection_lost" => "the connection broke: perhaps it arrived",
        "interrupted" => "the run was ended while its request was in flight",
        "unreadable_answer" => "the answer could not be read: perhaps it arrived",
        "another_response" => "the answer was another request's: perhaps it arrived",
        "gone" => "it is no longer in Chattermill",
        "repeated" => "the same row stood in the input before",
        "remapped" => "known, and only the mapping has changed",
        _ => {
            let status = code.strip_prefix("http_")?;
            if let Some(status) = status.strip_suffix("_errors") {
                return Some(format!("HTTP {status}, and the answer lists errors"));
            }
            return Some(format!("the API's answer was HTTP {status}"));
        }
    };
    Some(known.to_owned())
}

#[cfg(test)]
mod tests {
    /// Nobody who was not there knows the codes.
    #[test]
    fn every_code_of_the_documentation_has_a_meaning() {
        let text = include_str!("../../../docs/failures.md");
        let lines = text.lines().filter(|line| line.starts_with("| `"));
        let codes: Vec<&str> = lines
            .flat_map(|line| {
                line.split('|')
                    .nth(1)
                    .into_iter()
                    .flat_map(|cell| cell.split('`'))
            })
            .map(str::trim)
            .filter(|code| {
                code.len() > 3 && !code.starts_with('_') && code.contains(char::is_alphabetic)
            })
            .collect();
        assert!(codes.len() > 35, "{codes:?}");
        for code in codes {
            assert!(super::meaning(code).is_some(), "{code}");
        }
    }

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            super::escaped("<script>\"&'\u{0}"),
            "&lt;script&gt;&quot;&amp;&#39;\u{fffd}"
        );
    }
}
