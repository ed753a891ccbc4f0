//! What the sandbox's account holds: two projects, their data types and data sources, and which pairs are valid.

/// A project with its catalogue.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) id: u64,
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) data_types: &'static [Named],
    pub(super) data_sources: &'static [Source],
}

/// A data type.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) id: u64,
    /// Absent in some catalogues; then the name is what is posted.
    pub(super) key: Option<&'static str>,
    pub(super) name: &'static str,
}

/// A data source, with the data types it can be paired with.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) named: Named,
    pub(super) gives: Gives,
}

/// Which data types a source can be paired with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gives {
    /// All of them.
    Anything,
    /// All but `review`: surveys and help desks.
    Surveys,
    /// `review` and `comment` only: shops and review sites.
    Reviews,
}

impl Named {
    /// What a response says to mean it.
    pub(super) fn posted(&self) -> &'static str {
        self.key.unwrap_or(self.name)
    }
}

impl Gives {
    /// Whether a source of this sort goes with a data type.
    pub(super) fn allows(self, data_type: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Surveys => data_type != "review",
            Self::Reviews => matches!(data_type, "review" | "comment"),
        }
    }
}

const fn keyed(id: u64, key: &'static str, name: &'static str) -> Named {
    Named {
        id,
        key: Some(key),
        name,
    }
}

const fn unkeyed(id: u64, name: &'static str) -> Named {
    Named {
        id,
        key: None,
        name,
    }
}

const fn source(named: Named, gives: Gives) -> Source {
    Source { named, gives }
}

/// The projects of the sandbox's account.
pub(super) const PROJECTS: &[Project] = &[
    Project {
        id: 1,
        key: "acme",
        name: "Acme",
        data_types: &[
            keyed(11, "nps", "NPS"),
            keyed(12, "csat", "CSAT"),
            keyed(13, "review", "Review"),
            keyed(14, "comment", "Comment"),
        ],
        data_sources: &[
            source(keyed(101, "typeform", "Typeform"), Gives::Surveys),
            source(keyed(102, "surveymonkey", "SurveyMonkey"), Gives::Surveys),
            source(keyed(103, "qualtrics", "Qualtrics"), Gives::Surveys),
            source(keyed(104, "google_forms", "Google Forms"), Gives::Surveys),
            source(keyed(105, "delighted", "Delighted"), Gives::Surveys),
            source(keyed(106, "zendesk", "Zendesk"), Gives::Surveys),
            source(keyed(107, "intercom", "Intercom"), Gives::Surveys),
            source(keyed(108, "csv_upload", "CSV Upload"), Gives::Anything),
            source(keyed(109, "google_play", "Google Play"), Gives::Reviews),
            source(keyed(110, "app_store", "App Store"), Gives::Reviews),
            source(keyed(111, "trustpilot", "Trustpilot"), Gives::Reviews),
            source(keyed(112, "amazon", "Amazon"), Gives::Reviews),
            source(
                keyed(113, "google_reviews", "Google Reviews"),
                Gives::Reviews,
            ),
        ],
    },
    Project {
        id: 2,
        key: "globex",
        name: "Globex Corporation",
        data_types: &[
            keyed(21, "nps", "NPS"),
            keyed(22, "csat", "CSAT"),
            keyed(23, "review", "Review"),
            unkeyed(24, "Product feedback"),
        ],
        data_sources: &[
            source(keyed(201, "typeform", "Typeform"), Gives::Surveys),
            source(keyed(202, "csv_upload", "CSV Upload"), Gives::Anything),
            source(keyed(203, "trustpilot", "Trustpilot"), Gives::Reviews),
            source(unkeyed(204, "In-store kiosk"), Gives::Surveys),
        ],
    },
];
