//! What the columns of known tools are for. Names in lower case, blanks folded. Where a tool's exports differ in what
//! they call a column, all names are listed.

use crate::inspect::{Column, Tool};
use crate::mapping::fold;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Not decided yet.
    Free,
    /// Makes a row itself.
    Key,
    /// Greater the later a row was changed.
    Version,
    /// The rating.
    Score,
    /// What somebody wrote.
    Comment,
    /// When the feedback was given.
    Created,
    /// Tells rows that are meant from others.
    Filter,
    /// The language of the answers.
    Language,
    /// Describes the person.
    Person,
    /// Describes the thing or the moment.
    Segment,
    /// Personal data, left out unless asked for.
    Personal,
    /// Of no use: empty, technical, a repetition.
    Skip,
}

/// What a known tool's column is for; `None`: a question, or nothing known.
pub fn role(tool: Tool, column: &Column) -> Option<Role> {
    let name = fold(&column.name).to_lowercase();
    // JSON exports repeat each answer in words, and list the choices that were shown.
    let repeats = ["labels.", "displayedfields", "displayedvalues"]
        .iter()
        .any(|start| name.starts_with(start));
    if tool == Tool::Qualtrics && column.position.is_none() && repeats {
        return Some(Role::Skip);
    }
    let by_name = named(tool, name.strip_prefix("values.").unwrap_or(&name));
    // Exports of before 2016 call these columns V1 to V10, and say in the second row what they are.
    by_name.or_else(|| match (tool, &column.label) {
        (Tool::Qualtrics, Some(label)) if name.starts_with('v') => {
            named(tool, &fold(label).to_lowercase())
        }
        _ => None,
    })
}

fn named(tool: Tool, name: &str) -> Option<Role> {
    surveys(tool)
        .iter()
        .chain(ratings(tool))
        .find(|(_, names)| names.split('|').any(|known| known == name))
        .map(|(role, _)| *role)
}

/// Survey tools: the questions are not among these.
fn surveys(tool: Tool) -> &'static [(Role, &'static str)] {
    match tool {
        Tool::Typeform => &[
            (Role::Key, "#"),
            (Role::Created, "submit date (utc)"),
            (Role::Filter, "response type"),
            (Role::Segment, "tags|ending"),
            (Role::Skip, "start date (utc)|stage date (utc)|network id"),
        ],
        Tool::SurveyMonkey => &[
            (Role::Key, "respondent id|respondentid"),
            (Role::Created, "end date"),
            (Role::Segment, "collector id|custom data 1"),
            (
                Role::Personal,
                "ip address|email address|first name|last name",
            ),
            (Role::Skip, "start date"),
        ],
        Tool::Qualtrics => &[
            (Role::Key, "responseid|_recordid"),
            (Role::Created, "recordeddate|enddate"),
            (Role::Filter, "status|finished"),
            (Role::Language, "userlanguage"),
            (Role::Person, "externalreference|externaldatareference"),
            (Role::Segment, "distributionchannel"),
            (
                Role::Personal,
                "ipaddress|recipientlastname|recipientfirstname|recipientemail|emailaddress|name|locationlatitude|locationlongitude",
            ),
            (
                Role::Skip,
                "startdate|progress|duration (in seconds)|duration|responseset|locationaccuracy",
            ),
        ],
        Tool::GoogleForms => &[
            (
                Role::Personal,
                "email address|e-mail-adresse|adresse e-mail",
            ),
            (Role::Skip, "score|punktzahl"),
        ],
        Tool::MicrosoftForms => &[
            (Role::Key, "id"),
            (Role::Created, "completion time"),
            (Role::Language, "language"),
            (Role::Personal, "email|name"),
            (Role::Skip, "start time|last modified time"),
        ],
        Tool::Hotjar => &[
            (Role::Key, "response url"),
            (Role::Created, "date submitted"),
            (
                Role::Segment,
                "country|source url|device|browser|os|tags|sentiment",
            ),
            (Role::Skip, "number|user|hotjar user id"),
        ],
        _ => &[],
    }
}

/// Review sites and help desks: score and comment are.
fn ratings(tool: Tool) -> &'static [(Role, &'static str)] {
    match tool {
        Tool::Zendesk => &[
            (Role::Key, "id"),
            (Role::Score, "satisfaction_rating.score|score"),
            (Role::Comment, "satisfaction_rating.comment|comment"),
            (Role::Created, "created_at"),
            (
                Role::Segment,
                "satisfaction_rating.reason|reason|group_id|priority|type|channel|via.channel|tags",
            ),
            (Role::Person, "requester_id|organization_id"),
            (
                Role::Skip,
                "url|updated_at|satisfaction_rating.id|subject|description|raw_subject|external_id|submitter_id",
            ),
        ],
        Tool::Trustpilot => &[
            (Role::Key, "review id"),
            (Role::Score, "review stars"),
            (Role::Comment, "review title|review content"),
            (Role::Created, "review created (utc)"),
            (Role::Language, "review language"),
            (Role::Person, "review consumer user id"),
            (
                Role::Segment,
                "webshop name|domain url|source of review|reference id",
            ),
            (Role::Personal, "review username"),
            (Role::Skip, "business unit id"),
        ],
        Tool::GooglePlay => &[
            (Role::Key, "review link"),
            (Role::Score, "star rating"),
            (Role::Version, "review last update millis since epoch"),
            (Role::Comment, "review title|review text"),
            (Role::Created, "review submit date and time"),
            (Role::Language, "reviewer language"),
            (
                Role::Segment,
                "package name|app version name|app version code|device",
            ),
            (
                Role::Skip,
                "review submit millis since epoch|review last update date and time|developer reply date and time|developer reply millis since epoch|developer reply text",
            ),
        ],
        Tool::Delighted => &[
            (Role::Key, "id"),
            (Role::Score, "score"),
            (Role::Comment, "comment"),
            (Role::Created, "created_at"),
            (Role::Person, "person|person.id"),
            (Role::Segment, "survey_type|tags"),
            (
                Role::Personal,
                "person.email|person.name|person.phone_number",
            ),
            (Role::Version, "updated_at"),
            (Role::Skip, "permalink"),
        ],
        _ => &[],
    }
}
