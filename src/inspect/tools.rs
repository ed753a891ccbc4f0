//! The tool that wrote a file, by its header's signature. Source of the signatures: exports in public repositories,
//! code that parses them, and the vendors' pages.

use serde::Serialize;

/// A tool whose exports are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// Typeform
    Typeform,
    /// SurveyMonkey
    #[serde(rename = "surveymonkey")]
    SurveyMonkey,
    /// Qualtrics
    Qualtrics,
    /// Google Forms
    GoogleForms,
    /// Microsoft Forms
    MicrosoftForms,
    /// Zendesk
    Zendesk,
    /// Trustpilot
    Trustpilot,
    /// Google Play
    GooglePlay,
    /// Delighted
    Delighted,
    /// Hotjar
    Hotjar,
}

/// What Google Forms calls its first column, by the language of the form's owner.
const TIMESTAMPS: [&str; 11] = [
    "Timestamp",
    "Zeitstempel",
    "Horodateur",
    "Marca temporal",
    "Carimbo de data/hora",
    "Informazioni cronologiche",
    "Tijdstempel",
    "Sygnatura czasowa",
    "Zaman damgası",
    "タイムスタンプ",
    "Отметка времени",
];

impl Tool {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Typeform,
        Self::SurveyMonkey,
        Self::Qualtrics,
        Self::GoogleForms,
        Self::MicrosoftForms,
        Self::Zendesk,
        Self::Trustpilot,
        Self::GooglePlay,
        Self::Delighted,
        Self::Hotjar,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Typeform => "Typeform",
            Self::SurveyMonkey => "SurveyMonkey",
            Self::Qualtrics => "Qualtrics",
            Self::GoogleForms => "Google Forms",
            Self::MicrosoftForms => "Microsoft Forms",
            Self::Zendesk => "Zendesk",
            Self::Trustpilot => "Trustpilot",
            Self::GooglePlay => "Google Play",
            Self::Delighted => "Delighted",
            Self::Hotjar => "Hotjar",
        }
    }

    /// The name of its shipped mapping, and of its data source where a project names that plainly.
    pub fn key(self) -> &'static str {
        match self {
            Self::Typeform => "typeform",
            Self::SurveyMonkey => "surveymonkey",
            Self::Qualtrics => "qualtrics",
            Self::GoogleForms => "google_forms",
            Self::MicrosoftForms => "microsoft_forms",
            Self::Zendesk => "zendesk",
            Self::Trustpilot => "trustpilot",
            Self::GooglePlay => "google_play",
            Self::Delighted => "delighted",
            Self::Hotjar => "hotjar",
        }
    }

    /// Whether its exports are reviews rather than surveys.
    pub fn is_reviews(self) -> bool {
        matches!(self, Self::Trustpilot | Self::GooglePlay)
    }
}

/// The tool, by a table's header and the row below it, blanks folded.
pub fn of_table(header: &[String], below: &[String]) -> Option<Tool> {
    let lower: Vec<String> = header.iter().map(|name| name.to_lowercase()).collect();
    let has = |name: &str| lower.iter().any(|known| known == name);
    let all = |names: &[&str]| names.iter().all(|name| has(name));
    let is_below = |name: &str| below.iter().any(|cell| cell.eq_ignore_ascii_case(name));
    let first = lower.first().map_or("", String::as_str);
    let legacy = all(&["v1", "v2", "v10"]) && is_below("ResponseID") && is_below("Finished");
    if legacy
        || (has("responseid")
            && (all(&["startdate", "enddate"]) || all(&["recordeddate", "status"])))
        || below.iter().any(|cell| cell.contains("ImportId"))
    {
        return Some(Tool::Qualtrics);
    }
    if has("#") && (has("submit date (utc)") || all(&["start date (utc)", "network id"])) {
        return Some(Tool::Typeform);
    }
    if all(&["respondent id", "collector id"])
        || (matches!(first, "respondentid" | "respondent id")
            && below.first().is_some_and(String::is_empty)
            && (is_below("Response") || is_below("Open-Ended Response")))
    {
        return Some(Tool::SurveyMonkey);
    }
    if all(&["package name", "star rating"]) {
        return Some(Tool::GooglePlay);
    }
    if has("review stars") && (has("review id") || has("review content")) {
        return Some(Tool::Trustpilot);
    }
    if has("hotjar user id") || all(&["number", "date submitted", "response url"]) {
        return Some(Tool::Hotjar);
    }
    if all(&["id", "assignee_id", "group_id", "score"]) || has("satisfaction_rating.score") {
        return Some(Tool::Zendesk);
    }
    if all(&["id", "start time", "completion time"]) {
        return Some(Tool::MicrosoftForms);
    }
    if all(&["id", "person", "survey_type", "score"]) {
        return Some(Tool::Delighted);
    }
    let is_google = header
        .first()
        .is_some_and(|first| TIMESTAMPS.contains(&first.as_str()));
    (is_google && header.len() > 1).then_some(Tool::GoogleForms)
}

/// The tool, by the dotted paths of JSON records.
pub fn of_json(paths: &[&str]) -> Option<Tool> {
    let has = |name: &str| paths.contains(&name);
    let begins = |start: &str| paths.iter().any(|path| path.starts_with(start));
    if has("responseId") && begins("values.") {
        Some(Tool::Qualtrics)
    } else if has("satisfaction_rating.score")
        || (has("assignee_id") && has("ticket_id") && has("score"))
    {
        Some(Tool::Zendesk)
    } else if has("survey_type") && has("score") && (has("permalink") || has("person")) {
        Some(Tool::Delighted)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(header: &str, below: &str) -> Option<Tool> {
        let cells = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        of_table(&cells(header), &cells(below))
    }

    #[test]
    fn each_tool_is_known_by_its_header() {
        let table = [
            (
                "#,Why?,Start Date (UTC),Submit Date (UTC),Network ID",
                "",
                Tool::Typeform,
            ),
            (
                "#,Why?,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags,Ending",
                "",
                Tool::Typeform,
            ),
            (
                "Respondent ID,Collector ID,Start Date,End Date,Why?,",
                ",,,,Response,",
                Tool::SurveyMonkey,
            ),
            (
                "RespondentID,Why?",
                ",Open-Ended Response",
                Tool::SurveyMonkey,
            ),
            (
                "StartDate,EndDate,Status,IPAddress,Progress,Finished,RecordedDate,ResponseId,Q1",
                "",
                Tool::Qualtrics,
            ),
            (
                "ResponseID,ResponseSet,IPAddress,StartDate,EndDate,Finished,Q1",
                "",
                Tool::Qualtrics,
            ),
            (
                "V1,V2,V3,V8,V9,V10,Q1",
                "ResponseID,ResponseSet,Name,StartDate,EndDate,Finished,Why?",
                Tool::Qualtrics,
            ),
            ("Timestamp,How was it?", "", Tool::GoogleForms),
            ("Zeitstempel,Wie war es?", "", Tool::GoogleForms),
            (
                "ID,Start time,Completion time,Email,Name,Why?",
                "",
                Tool::MicrosoftForms,
            ),
            (
                "Domain URL,Review Id,Review Created (UTC),Review Title,Review Content,Review Stars",
                "",
                Tool::Trustpilot,
            ),
            (
                "Package Name,App Version Code,Star Rating,Review Text,Review Link",
                "",
                Tool::GooglePlay,
            ),
            (
                "Number,User,Date Submitted,Country,Hotjar User ID,Response URL,Why?",
                "",
                Tool::Hotjar,
            ),
            (
                "id,assignee_id,group_id,score,comment,created_at",
                "",
                Tool::Zendesk,
            ),
        ];
        for (header, below, expected) in table {
            assert_eq!(tool(header, below), Some(expected), "{header}");
        }
        for other in [
            "id,score,comment",
            "timestamp,value",
            "Nr;Datum",
            "#,NPS",
            "Timestamp",
        ] {
            assert_eq!(tool(other, ""), None, "{other}");
        }
    }

    #[test]
    fn json_is_known_by_its_paths() {
        let of = |paths: &[&str]| of_json(paths);
        assert_eq!(
            of(&["responseId", "values.recordedDate"]),
            Some(Tool::Qualtrics)
        );
        assert_eq!(
            of(&["id", "satisfaction_rating.score"]),
            Some(Tool::Zendesk)
        );
        assert_eq!(
            of(&["id", "person", "survey_type", "score"]),
            Some(Tool::Delighted)
        );
        assert_eq!(of(&["id", "score"]), None);
    }
}
