//! What to do with a response, by what is known of its token: a pure decision.

use crate::identity::Id;
use crate::mapping::OnChange;
use crate::outcome::{Left, Outcome, Rejection};

/// What is known of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it stands.
    pub fate: Fate,
    /// Whether this run brought it there.
    pub by_this_run: bool,
    /// The hash of the row's cells as they were.
    pub raw: Option<Id>,
    /// The hash of the body as it was posted.
    pub payload: Option<Id>,
    /// The version as it was posted.
    pub version: Option<String>,
    /// Though it is free, a request that search did not find for long may have created it after all.
    pub may_come_late: bool,
}

/// Where a token stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Known not to be in Chattermill: it may be sent.
    Free,
    /// In Chattermill, under this id.
    Uploaded(String),
    /// Nobody knows; the code says why.
    InDoubt(String),
}

/// What a row brings now.
#[derive(Clone, Copy, Debug)]
pub struct Brought<'a> {
    /// The hash of its cells.
    pub raw: Id,
    /// The hash of its body.
    pub payload: Id,
    /// Its version, where the mapping names one.
    pub version: Option<&'a str>,
    /// What to do where it differs.
    pub on_change: OnChange,
    /// Whether a body that differs is sent where the cells do not.
    pub reapply: bool,
}

/// What to do with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// POST it.
    Post,
    /// PUT it to this id.
    Put(String),
    /// An earlier request for it is in doubt, for the reason of this code: ask first.
    Ask(String),
    /// Nothing: this became of it.
    Settle(Outcome),
}

/// Decides.
pub fn route(known: Option<&Known>, brought: &Brought<'_>) -> Route {
    let Some(known) = known else {
        return Route::Post;
    };
    match &known.fate {
        Fate::Free => Route::Post,
        Fate::InDoubt(code) => Route::Ask(code.clone()),
        Fate::Uploaded(id) => uploaded(known, id, brought),
    }
}

fn uploaded(known: &Known, id: &str, brought: &Brought<'_>) -> Route {
    let repeated = known.by_this_run.then_some("repeated");
    if known
        .payload
        .is_none_or(|payload| payload == brought.payload)
    {
        return Route::Settle(Outcome::AlreadyUploaded(repeated));
    }
    if known.raw == Some(brought.raw) {
        if brought.reapply {
            return Route::Put(id.to_owned());
        }
        return Route::Settle(Outcome::AlreadyUploaded(Some("remapped")));
    }
    let is_newer = is_newer(brought.version, known.version.as_deref());
    match brought.on_change {
        OnChange::Fail => Route::Settle(Outcome::Failed(changed(is_newer))),
        OnChange::Update if is_newer => Route::Put(id.to_owned()),
        OnChange::Skip | OnChange::Update => {
            Route::Settle(Outcome::Changed(match (is_newer, known.by_this_run) {
                (false, _) => Left::NotNewer,
                (true, true) => Left::Repeated,
                (true, false) => Left::Unwanted,
            }))
        }
    }
}

fn changed(is_newer: bool) -> Rejection {
    let message = if is_newer {
        "a row with the same key was uploaded before with other content; remove one of them, or use `--on-change skip` or \
         `--on-change update`"
    } else {
        "a row with the same key was uploaded before with other content, and its version was no smaller; remove this one, \
         or use `--on-change skip`"
    };
    Rejection::new("changed", "key", message)
}

/// What comparing a known response says: `None` where there is nothing to compare (it is new, in doubt, without hashes,
/// or came from this very run), else whether both its cells and its body differ.
pub fn compare(known: Option<&Known>, brought: &Brought<'_>) -> Option<bool> {
    let known =
        known.filter(|known| matches!(known.fate, Fate::Uploaded(_)) && !known.by_this_run)?;
    let payload = known.payload?;
    Some(payload != brought.payload && known.raw != Some(brought.raw))
}

/// Whether a version is greater: as numbers where both are, else as text (ISO dates compare rightly as text). An empty one
/// is the smallest. Where the mapping names none, or did not, every difference counts.
fn is_newer(brought: Option<&str>, known: Option<&str>) -> bool {
    let (Some(brought), Some(known)) = (brought, known) else {
        return true;
    };
    match (brought.parse::<f64>(), known.parse::<f64>()) {
        (Ok(brought), Ok(known)) => brought > known,
        _ => brought > known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Id = Id([1; 16]);
    const B: Id = Id([2; 16]);

    fn known(fate: Fate) -> Known {
        Known {
            fate,
            by_this_run: false,
            raw: Some(A),
            payload: Some(A),
            version: None,
            may_come_late: false,
        }
    }

    fn brought(raw: Id, payload: Id, on_change: OnChange) -> Brought<'static> {
        Brought {
            raw,
            payload,
            version: None,
            on_change,
            reapply: false,
        }
    }

    #[test]
    fn what_is_not_there_is_posted() {
        let new = brought(A, A, OnChange::Skip);
        assert_eq!(route(None, &new), Route::Post);
        assert_eq!(route(Some(&known(Fate::Free)), &new), Route::Post);
    }

    #[test]
    fn doubt_is_asked_about() {
        let route = route(
            Some(&known(Fate::InDoubt("timeout".into()))),
            &brought(A, A, OnChange::Update),
        );
        assert_eq!(route, Route::Ask("timeout".into()));
    }

    #[test]
    fn a_mended_mapping_is_sent_on_demand_only() {
        let there = known(Fate::Uploaded("7".into()));
        let mended = Brought {
            reapply: true,
            ..brought(A, B, OnChange::Skip)
        };
        assert_eq!(route(Some(&there), &mended), Route::Put("7".into()));
        let equal = Brought {
            reapply: true,
            ..brought(A, A, OnChange::Skip)
        };
        assert_eq!(
            route(Some(&there), &equal),
            Route::Settle(Outcome::AlreadyUploaded(None))
        );
    }

    #[test]
    fn only_known_responses_of_earlier_runs_are_compared() {
        let there = known(Fate::Uploaded("7".into()));
        for (raw, payload, changed) in [(A, A, false), (A, B, false), (B, A, false), (B, B, true)] {
            assert_eq!(
                compare(Some(&there), &brought(raw, payload, OnChange::Skip)),
                Some(changed)
            );
        }
        let other = brought(B, B, OnChange::Skip);
        let ours = Known {
            by_this_run: true,
            ..there.clone()
        };
        let rebuilt = Known {
            payload: None,
            raw: None,
            ..there
        };
        for known in [
            None,
            Some(&ours),
            Some(&rebuilt),
            Some(&known(Fate::InDoubt("x".into()))),
        ] {
            assert_eq!(compare(known, &other), None);
        }
    }

    #[test]
    fn equal_content_is_already_uploaded() {
        let there = known(Fate::Uploaded("7".into()));
        for (raw, payload, reason) in [(A, A, None), (B, A, None), (A, B, Some("remapped"))] {
            for on_change in [OnChange::Skip, OnChange::Update, OnChange::Fail] {
                let expected = Route::Settle(Outcome::AlreadyUploaded(reason));
                assert_eq!(
                    route(Some(&there), &brought(raw, payload, on_change)),
                    expected
                );
            }
        }
        let repeated = Known {
            by_this_run: true,
            ..there
        };
        let expected = Route::Settle(Outcome::AlreadyUploaded(Some("repeated")));
        assert_eq!(
            route(Some(&repeated), &brought(A, A, OnChange::Skip)),
            expected
        );
    }

    #[test]
    fn other_content_goes_by_on_change() {
        let there = known(Fate::Uploaded("7".into()));
        let go = |on_change| route(Some(&there), &brought(B, B, on_change));
        let left = |left| Route::Settle(Outcome::Changed(left));
        assert_eq!(go(OnChange::Skip), left(Left::Unwanted));
        assert_eq!(go(OnChange::Update), Route::Put("7".into()));
        assert!(
            matches!(go(OnChange::Fail), Route::Settle(Outcome::Failed(why)) if why.code == "changed")
        );
        let repeated = Known {
            by_this_run: true,
            ..there
        };
        assert_eq!(
            route(Some(&repeated), &brought(B, B, OnChange::Skip)),
            left(Left::Repeated)
        );
    }

    #[test]
    fn only_a_greater_version_updates() {
        let there = Known {
            version: Some("9".into()),
            ..known(Fate::Uploaded("7".into()))
        };
        let go = |version, on_change| {
            route(
                Some(&there),
                &Brought {
                    version: Some(version),
                    ..brought(B, B, on_change)
                },
            )
        };
        let left = |left| Route::Settle(Outcome::Changed(left));
        assert_eq!(go("10", OnChange::Update), Route::Put("7".into()));
        assert_eq!(go("10", OnChange::Skip), left(Left::Unwanted));
        // Nobody is to be told of an update that would not come.
        for on_change in [OnChange::Update, OnChange::Skip] {
            assert_eq!(go("9", on_change), left(Left::NotNewer));
            // Its cell is empty.
            assert_eq!(go("", on_change), left(Left::NotNewer));
        }
        assert!(
            matches!(go("9", OnChange::Fail), Route::Settle(Outcome::Failed(why)) if !why.message.contains("update"))
        );
        assert!(is_newer(
            Some("2026-11-02T10:00:00Z"),
            Some("2026-11-02T09:59:59Z")
        ));
        assert!(is_newer(Some("1"), Some("")));
        // The mapping names none any more, or did not name one.
        assert!(is_newer(None, Some("9")));
        assert!(is_newer(Some(""), None));
    }
}
