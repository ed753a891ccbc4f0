//! What stands beside an array of records, and whether it speaks of a record or of many.

/// Members that a record has, and what is wrapped around records has not; compared without `_` and `-`, ignoring case.
const IDS: [&str; 12] = [
    "id",
    "uuid",
    "guid",
    "token",
    "responseid",
    "submissionid",
    "respondentid",
    "recordid",
    "ticketid",
    "reviewid",
    "feedbackid",
    "answerid",
];
/// What stands around records and says nothing of one, likewise: members that count, page, or tell how a request went.
const AROUND: [&str; 26] = [
    "count",
    "n",
    "total",
    "page",
    "pages",
    "currentpage",
    "lastpage",
    "limit",
    "offset",
    "skip",
    "startat",
    "next",
    "previous",
    "previouspage",
    "prev",
    "cursor",
    "islast",
    "done",
    "endtime",
    "status",
    "success",
    "ok",
    "resultok",
    "object",
    "kind",
    "type",
];
/// Those among them that no record has, but for few.
const PAGING: [&str; 42] = [
    "numberofelements",
    "numberofitems",
    "numfound",
    "itemcount",
    "recordcount",
    "resultcount",
    "responsecount",
    "totalcount",
    "totalelements",
    "totalitems",
    "totalpages",
    "totalrecords",
    "totalresults",
    "totalsize",
    "pagecount",
    "pageindex",
    "pagenumber",
    "pagesize",
    "perpage",
    "resultsperpage",
    "itemsperpage",
    "maxresults",
    "startindex",
    "nextcursor",
    "nextlink",
    "nextpage",
    "nextpagetoken",
    "nextrecordsurl",
    "nexttoken",
    "nexturl",
    "prevpage",
    "prevurl",
    "previousurl",
    "aftercursor",
    "beforecursor",
    "afterurl",
    "beforeurl",
    "hasmore",
    "hasnext",
    "endofstream",
    "paging",
    "pagination",
];

/// What an object holds beside an array: a text, a number, true or false of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Beside {
    /// Nothing but what stands around records.
    #[default]
    Nothing,
    /// A member that records may have, and what is wrapped around them too.
    Some(String),
    /// What tells a record from others.
    Id(String),
}

impl Beside {
    /// What a member of this name says.
    pub fn of(name: &str) -> Self {
        let plain = plain(name);
        if IDS.contains(&plain.as_str()) {
            Self::Id(name.to_owned())
        } else if plain.starts_with('@')
            || AROUND.contains(&plain.as_str())
            || PAGING.contains(&plain.as_str())
        {
            Self::Nothing
        } else {
            Self::Some(name.to_owned())
        }
    }

    /// What speaks for a record.
    pub fn told(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Some(name) | Self::Id(name) => Some(name.clone()),
        }
    }

    /// Whichever says more.
    pub fn or(&mut self, other: &Self) {
        if matches!(
            (&self, other),
            (Self::Nothing, _) | (Self::Some(_), Self::Id(_))
        ) {
            *self = other.clone();
        }
    }
}

/// Whether a member tells that its object is a page of several.
pub fn is_paging(name: &str) -> bool {
    let plain = plain(name);
    plain.starts_with("@odata") || PAGING.contains(&plain.as_str())
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|sign| !matches!(sign, '_' | '-'))
        .map(|sign| sign.to_ascii_lowercase())
        .collect()
}
