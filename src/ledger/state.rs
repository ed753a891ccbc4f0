//! Where a response stands, and the only ways from one state to the next: a pure type.
//!
//! ```text
//! new ─► sending(run) ─► uploaded(id) ─► updating(run) ─► uploaded(id)
//!            │  │            └─────────► deleting(run) ─► undone(id)
//!            │  ├─► refused (the next run may send it again)
//!            │  └─► new (known not to be created)
//!            └────► in_doubt ─► uploaded(id) | new
//! ```

/// The number of a run within its ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunNumber(pub i64);

/// Where a response stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Known not to be in Chattermill: it may be sent.
    New,
    /// Its POST may have left.
    Sending(RunNumber),
    /// In Chattermill, under this id.
    Uploaded(String),
    /// There, and a PUT to it may have left.
    Updating(RunNumber, String),
    /// There, and its DELETE may have left.
    Deleting(RunNumber, String),
    /// Deleted by `undo`; the id it had.
    Undone(String),
    /// The API refused it.
    Refused,
    /// Nobody knows whether the API created it.
    InDoubt,
}

/// What happens to a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A run is about to POST it.
    BeginPost(RunNumber),
    /// The API created it under this id.
    Created(String),
    /// It is known not to have been created: nothing left, or the API said so.
    NotCreated,
    /// The API refused it.
    Refused,
    /// The answer to the POST does not say whether it was created.
    Unclear,
    /// The run that was about to do something with it is dead.
    RunDied,
    /// A doubt was resolved: the API holds it under this id.
    Found(String),
    /// A doubt was resolved: the API does not hold it.
    Absent,
    /// A run is about to PUT it.
    BeginPut(RunNumber),
    /// The API took the PUT.
    Updated,
    /// The PUT is known to have changed nothing.
    NotUpdated,
    /// No answer says whether the PUT was taken.
    UpdateUnclear,
    /// A run is about to DELETE it; goes on with a dead run's deletion too.
    BeginDelete(RunNumber),
    /// It is gone.
    Deleted,
    /// It is still there.
    NotDeleted,
    /// `ledger rebuild` met it in the API under this id.
    TakenBack(String),
}

/// An event that cannot happen in a state: a fault of the program, or two of it at work at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a response that is {} cannot be {}", from.name(), event.name())]
pub struct IllegalTransition {
    /// Where the response stands.
    pub from: State,
    /// What was said to happen to it.
    pub event: Event,
}

impl State {
    /// The state after an event.
    ///
    /// # Errors
    /// The event cannot happen in this state.
    #[expect(clippy::match_same_arms, reason = "in the order of the diagram")]
    pub fn after(self, event: Event) -> Result<Self, IllegalTransition> {
        Ok(match (self, event) {
            (Self::New | Self::Refused | Self::Undone(_), Event::BeginPost(run)) => {
                Self::Sending(run)
            }
            (Self::Sending(_), Event::Created(id)) | (Self::InDoubt, Event::Found(id)) => {
                Self::Uploaded(id)
            }
            (Self::Sending(_), Event::NotCreated) | (Self::InDoubt, Event::Absent) => Self::New,
            (Self::Sending(_), Event::Refused) => Self::Refused,
            (Self::Sending(_), Event::Unclear | Event::RunDied) => Self::InDoubt,
            (Self::Uploaded(id), Event::BeginPut(run)) => Self::Updating(run, id),
            (
                Self::Updating(_, id),
                Event::Updated | Event::NotUpdated | Event::UpdateUnclear | Event::RunDied,
            )
            | (Self::Deleting(_, id), Event::NotDeleted) => Self::Uploaded(id),
            (Self::Uploaded(id) | Self::Deleting(_, id), Event::BeginDelete(run)) => {
                Self::Deleting(run, id)
            }
            // An undo that was cut short goes on: only its own questions tell what became of the DELETE.
            (state @ Self::Deleting(..), Event::RunDied) => state,
            (Self::Deleting(_, id), Event::Deleted) => Self::Undone(id),
            (Self::New | Self::Refused | Self::InDoubt, Event::TakenBack(id)) => Self::Uploaded(id),
            // The API's listing may lag behind a deletion: an undone id is never a hit again.
            (Self::Undone(gone), Event::TakenBack(id)) if gone != id => Self::Uploaded(id),
            (Self::Uploaded(known), Event::TakenBack(id)) if known == id => Self::Uploaded(id),
            (from, event) => return Err(IllegalTransition { from, event }),
        })
    }

    /// Its name, as `runs show` gives it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Sending(_) => "sending",
            Self::Uploaded(_) => "uploaded",
            Self::Updating(..) => "updating",
            Self::Deleting(..) => "deleting",
            Self::Undone(_) => "undone",
            Self::Refused => "refused",
            Self::InDoubt => "in_doubt",
        }
    }

    /// Its id in Chattermill, where it has or had one.
    pub fn api_id(&self) -> Option<&str> {
        match self {
            Self::Uploaded(id)
            | Self::Updating(_, id)
            | Self::Deleting(_, id)
            | Self::Undone(id) => Some(id),
            Self::New | Self::Sending(_) | Self::Refused | Self::InDoubt => None,
        }
    }

    /// Whether it is in Chattermill, as far as is known.
    pub fn is_there(&self) -> bool {
        matches!(
            self,
            Self::Uploaded(_) | Self::Updating(..) | Self::Deleting(..)
        )
    }

    /// Its number in the file. From [`OPEN`] on, something has still to become of it.
    pub(super) fn number(&self) -> i64 {
        match self {
            Self::New => 0,
            Self::Uploaded(_) => 1,
            Self::Refused => 2,
            Self::Undone(_) => 3,
            Self::InDoubt => OPEN,
            Self::Sending(_) => SENDING,
            Self::Updating(..) => UPDATING,
            Self::Deleting(..) => DELETING,
        }
    }

    /// The state that the columns of a row say; `None` where they say none, in a file that is damaged.
    pub(super) fn from_columns(
        number: i64,
        run: RunNumber,
        changed_by: Option<RunNumber>,
        id: Option<String>,
    ) -> Option<Self> {
        let acting = changed_by.unwrap_or(run);
        Some(match (number, id) {
            (0, _) => Self::New,
            (1, Some(id)) => Self::Uploaded(id),
            (2, _) => Self::Refused,
            (3, Some(id)) => Self::Undone(id),
            (OPEN, _) => Self::InDoubt,
            (SENDING, _) => Self::Sending(run),
            (UPDATING, Some(id)) => Self::Updating(acting, id),
            (DELETING, Some(id)) => Self::Deleting(acting, id),
            _ => return None,
        })
    }
}

/// States from this number on are in the index of what is open; this one is `in_doubt`.
pub(super) const OPEN: i64 = 10;
/// The number of `sending`.
pub(super) const SENDING: i64 = 11;
/// The number of `updating`.
pub(super) const UPDATING: i64 = 12;
/// The number of `deleting`.
pub(super) const DELETING: i64 = 13;

impl Event {
    /// What it does, after "cannot be".
    fn name(&self) -> &'static str {
        match self {
            Self::BeginPost(_) => "posted",
            Self::Created(_) => "created",
            Self::NotCreated => "known not to be created",
            Self::Refused => "refused",
            Self::Unclear => "left in doubt",
            Self::RunDied => "left by a dead run",
            Self::Found(_) => "found",
            Self::Absent => "found absent",
            Self::BeginPut(_) | Self::Updated | Self::NotUpdated | Self::UpdateUnclear => "updated",
            Self::BeginDelete(_) | Self::Deleted | Self::NotDeleted => "deleted",
            Self::TakenBack(_) => "taken back",
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id() -> impl Strategy<Value = String> {
        prop_oneof![Just("a".to_owned()), Just("b".to_owned())]
    }

    pub fn event() -> impl Strategy<Value = Event> {
        let run = (1..3i64).prop_map(RunNumber);
        prop_oneof![
            4 => run.clone().prop_map(Event::BeginPost),
            4 => id().prop_map(Event::Created),
            1 => Just(Event::NotCreated),
            1 => Just(Event::Refused),
            2 => Just(Event::Unclear),
            1 => Just(Event::RunDied),
            1 => id().prop_map(Event::Found),
            1 => Just(Event::Absent),
            1 => run.clone().prop_map(Event::BeginPut),
            1 => Just(Event::Updated),
            1 => Just(Event::NotUpdated),
            1 => Just(Event::UpdateUnclear),
            2 => run.prop_map(Event::BeginDelete),
            2 => Just(Event::Deleted),
            1 => Just(Event::NotDeleted),
            1 => id().prop_map(Event::TakenBack),
        ]
    }

    /// Whether the API may hold a response in this state, by all that is known.
    fn may_exist(state: &State) -> bool {
        !matches!(state, State::New | State::Refused | State::Undone(_))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_may_exist_is_never_posted_again(events in prop::collection::vec(event(), 0..40)) {
            let mut state = State::New;
            for event in events {
                let Ok(next) = state.clone().after(event.clone()) else { continue };
                if matches!(event, Event::BeginPost(_)) {
                    prop_assert!(!may_exist(&state), "{state:?} was posted");
                }
                // Out of "may exist" only by knowledge: it was not created, it is absent, or we deleted it.
                if may_exist(&state) && !may_exist(&next) {
                    let known = matches!(
                        event,
                        Event::NotCreated | Event::Refused | Event::Absent | Event::Deleted
                    );
                    prop_assert!(known, "{state:?} became {next:?} by {event:?}");
                }
                // What is uploaded leaves Chattermill by undo alone.
                if state.api_id().is_some() && may_exist(&state) {
                    let undone = matches!(next, State::Undone(_)) && event == Event::Deleted;
                    prop_assert!(next.api_id() == state.api_id() && (may_exist(&next) || undone));
                }
                state = next;
            }
        }

        #[test]
        fn a_sending_becomes_new_only_by_knowing_that_it_was_not_created(event in event()) {
            let after = State::Sending(RunNumber(1)).after(event.clone());
            prop_assert_eq!(after == Ok(State::New), event == Event::NotCreated);
        }

        #[test]
        fn an_undone_id_is_no_hit_and_an_undone_identity_is_new(event in event()) {
            let undone = State::Undone("a".into());
            let as_new = State::New.after(event.clone());
            let after = undone.after(event.clone());
            if event == Event::TakenBack("a".into()) {
                prop_assert!(after.is_err());
            } else {
                prop_assert_eq!(after.ok(), as_new.ok());
            }
        }

        #[test]
        fn a_state_reads_back_from_its_columns(events in prop::collection::vec(event(), 0..20)) {
            let mut state = State::New;
            for event in events {
                state = state.clone().after(event).unwrap_or(state);
            }
            let (run, changed_by) = match &state {
                State::Sending(run) => (*run, None),
                State::Updating(by, _) | State::Deleting(by, _) => (RunNumber(9), Some(*by)),
                _ => (RunNumber(9), None),
            };
            let id = state.api_id().map(ToOwned::to_owned);
            prop_assert_eq!(State::from_columns(state.number(), run, changed_by, id), Some(state));
        }
    }

    #[test]
    fn a_message_says_what_cannot_be() {
        let error = State::InDoubt
            .after(Event::BeginPost(RunNumber(1)))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "a response that is in_doubt cannot be posted"
        );
    }
}
