//! What is told is known: by this process, the next, and in the order of the telling.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::ledger::state::tests::event;

#[tokio::test]
async fn a_response_on_its_way_to_chattermill() {
    let (_folder, path) = folder();
    let ledger = open(&path);
    let run = ledger.start_run(new_run(1)).await.unwrap();
    assert_eq!(entry(&ledger, 1).await, None);
    ledger
        .begin_post(
            run,
            Intent {
                version: Some("3".into()),
                ..intent(1)
            },
        )
        .await
        .unwrap();
    assert_eq!(state(&ledger, 1).await, Some(State::Sending(run)));
    let echo = Some(Id([7; 16]));
    ledger.tell(
        token(1),
        Event::Created("77".into()),
        Note {
            attempts: Some(2),
            code: None,
            echo,
        },
    );
    drop(ledger);

    let known = entry(&open(&path), 1).await.unwrap();
    let expected = Entry {
        state: State::Uploaded("77".into()),
        run,
        changed_by: None,
        raw: Some(Id([1; 16])),
        payload: Some(Id([2; 16])),
        echo,
        version: Some("3".into()),
        code: None,
        attempts: 2,
        may_come_late: false,
    };
    assert_eq!(known, expected);
}

#[tokio::test]
async fn what_may_exist_cannot_be_begun_again() {
    let ledger = Ledger::temporary().unwrap();
    let run = ledger.start_run(new_run(1)).await.unwrap();
    post(&ledger, run, 1, Event::Created("1".into())).await;
    post(&ledger, run, 2, Event::Unclear).await;
    ledger.begin_post(run, intent(3)).await.unwrap();
    for number in 1..=3 {
        let fault = ledger.begin_post(run, intent(number)).await.unwrap_err();
        assert!(matches!(fault, Fault::Illegal(_)), "{number}: {fault}");
    }
    assert!(ledger.closed().is_none(), "the question changes nothing");
    for (number, event) in [(4, Event::NotCreated), (5, Event::Refused)] {
        post(&ledger, run, number, event).await;
        post(&ledger, run, number, Event::Created("x".into())).await;
        assert_eq!(
            state(&ledger, number).await,
            Some(State::Uploaded("x".into()))
        );
    }
}

#[tokio::test]
async fn an_update_brings_its_content_only_where_it_was_taken() {
    let ledger = Ledger::temporary().unwrap();
    let run = ledger.start_run(new_run(1)).await.unwrap();
    let update = ledger.start_run(new_run(2)).await.unwrap();
    let brought = |number| Intent {
        payload: Id([5; 16]),
        raw: Id([4; 16]),
        ..intent(number)
    };
    for (number, event, raw, payload) in [
        (1, Event::Updated, Id([4; 16]), Id([5; 16])),
        (2, Event::NotUpdated, Id([1; 16]), Id([2; 16])),
        (3, Event::UpdateUnclear, UNKNOWN, UNKNOWN),
    ] {
        post(&ledger, run, number, Event::Created(number.to_string())).await;
        ledger.begin_put(update, brought(number)).await.unwrap();
        ledger.tell(token(number), event, Note::default());
        let known = entry(&ledger, number).await.unwrap();
        assert_eq!((known.raw, known.payload), (Some(raw), Some(payload)));
        assert_eq!(
            known.run, run,
            "whoever updates it, the POST was the first run's"
        );
    }
    let mut updated = Vec::new();
    let listed = ledger
        .ask(move |view| {
            view.updated_by(update, |response| {
                updated.push(response.row);
                Direction::Continue(())
            })?;
            Ok(updated)
        })
        .await
        .unwrap();
    assert_eq!(listed, [Some(3), Some(5)]);
}

/// What an update left is known as little after a request that came to nothing.
#[tokio::test]
async fn what_is_noted_of_an_update_holds_until_the_next() {
    let ledger = Ledger::temporary().unwrap();
    let run = ledger.start_run(new_run(1)).await.unwrap();
    post(&ledger, run, 1, Event::Created("x".into())).await;
    let code = || Some(UPDATE_NOT_ECHOED.to_owned());
    let put = async |event, code, echo| {
        ledger.begin_put(run, intent(1)).await.unwrap();
        let note = Note {
            code,
            echo,
            ..Note::default()
        };
        ledger.tell(token(1), event, note);
        let known = entry(&ledger, 1).await.unwrap();
        (known.code, known.echo)
    };
    let echo = Some(Id([9; 16]));
    assert_eq!(put(Event::Updated, code(), echo).await, (code(), echo));
    assert_eq!(put(Event::NotUpdated, None, None).await, (code(), echo));
    ledger.begin_delete(run, token(1)).await.unwrap();
    ledger.tell(token(1), Event::NotDeleted, Note::default());
    assert_eq!(entry(&ledger, 1).await.unwrap().code, code());
    let echo = Some(Id([8; 16]));
    assert_eq!(put(Event::Updated, None, echo).await, (None, echo));
}

#[tokio::test]
async fn undone_identities_are_new_and_undone_ids_no_hits() {
    let ledger = Ledger::temporary().unwrap();
    let run = ledger.start_run(new_run(1)).await.unwrap();
    let undo = ledger
        .start_run(NewRun {
            command: "undo".into(),
            ..new_run(2)
        })
        .await
        .unwrap();
    for id in ["a", "b"] {
        post(&ledger, run, 1, Event::Created(id.into())).await;
        ledger.begin_delete(undo, token(1)).await.unwrap();
        assert!(
            ledger
                .settle(token(1), Event::Deleted, Note::default())
                .await
                .unwrap()
        );
    }
    assert_eq!(
        ledger.ask(|view| view.undone_ids(token(1))).await.unwrap(),
        ["a", "b"]
    );
    let found = ["a", "b"].map(|id| (token(1), id.to_owned()));
    assert_eq!(
        ledger.take_back(undo, found.to_vec()).await.unwrap(),
        [Taken::Undone, Taken::Undone]
    );
    post(&ledger, run, 1, Event::Unclear).await;
    for (id, is_hit) in [("a", false), ("b", false), ("c", true)] {
        let found = ledger
            .settle(token(1), Event::Found(id.into()), Note::default())
            .await
            .unwrap();
        assert_eq!(found, is_hit, "{id}");
    }
}

#[tokio::test]
async fn what_is_taken_back_has_no_hashes_until_its_row_is_seen() {
    let ledger = Ledger::temporary().unwrap();
    let run = ledger.start_run(new_run(1)).await.unwrap();
    post(&ledger, run, 2, Event::Unclear).await;
    post(&ledger, run, 3, Event::Created("3".into())).await;
    ledger.begin_post(run, intent(4)).await.unwrap();
    let rebuild = ledger
        .start_run(NewRun {
            scope: None,
            ..new_run(2)
        })
        .await
        .unwrap();
    let found = [(1, "1"), (2, "2"), (3, "3"), (3, "other"), (4, "4")];
    let taken = ledger
        .take_back(
            rebuild,
            found
                .map(|(number, id)| (token(number), id.to_owned()))
                .to_vec(),
        )
        .await
        .unwrap();
    let expected = [
        Taken::Back,
        Taken::Back,
        Taken::Known,
        Taken::Otherwise(State::Uploaded("3".into())),
        Taken::Otherwise(State::Sending(run)),
    ];
    assert_eq!(taken, expected);
    let known = entry(&ledger, 1).await.unwrap();
    assert_eq!(
        (known.state, known.raw, known.run),
        (State::Uploaded("1".into()), None, rebuild)
    );
    assert_eq!(
        entry(&ledger, 2).await.unwrap().run,
        run,
        "a doubt's POST was its run's"
    );
    ledger.adopt(intent(1));
    assert_eq!(entry(&ledger, 1).await.unwrap().raw, Some(Id([1; 16])));
    ledger.adopt(Intent {
        raw: Id([8; 16]),
        ..intent(1)
    });
    assert_eq!(
        entry(&ledger, 1).await.unwrap().raw,
        Some(Id([1; 16])),
        "once"
    );
}

/// Thirty-two tasks at once, as in flight: all of it lands, in groups.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_are_all_written() {
    let (_folder, path) = folder();
    let ledger = Arc::new(open(&path));
    let run = ledger.start_run(new_run(1)).await.unwrap();
    let tasks: Vec<_> = (0..32u64)
        .map(|lane| {
            let ledger = Arc::clone(&ledger);
            tokio::spawn(async move {
                for number in (0..20).map(|step| lane * 20 + step) {
                    post(&ledger, run, number, Event::Created(number.to_string())).await;
                    assert_eq!(
                        state(&ledger, number).await,
                        Some(State::Uploaded(number.to_string()))
                    );
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let states = ledger.ask(move |view| view.states_of(run)).await.unwrap();
    assert_eq!(states, BTreeMap::from([("uploaded", 640)]));
}

/// What the ledger should hold of a token, by the pure type and a set of ids.
#[derive(Default)]
struct Model {
    states: BTreeMap<u64, State>,
    undone: BTreeSet<(u64, String)>,
}

impl Model {
    /// The state after an event, or `None` where the ledger must refuse it.
    fn after(&mut self, number: u64, event: Event) -> Option<State> {
        if let Event::Found(id) | Event::TakenBack(id) = &event
            && self.undone.contains(&(number, id.clone()))
        {
            return None;
        }
        let next = self
            .states
            .get(&number)
            .cloned()
            .unwrap_or(State::New)
            .after(event)
            .ok()?;
        if let State::Undone(id) = &next {
            self.undone.insert((number, id.clone()));
        }
        self.states.insert(number, next.clone());
        Some(next)
    }
}

async fn tell_ledger(ledger: &Ledger, number: u64, event: Event) -> bool {
    let run = RunNumber(1);
    match event {
        Event::BeginPost(run) => ledger.begin_post(run, intent(number)).await.is_ok(),
        Event::BeginPut(run) => ledger.begin_put(run, intent(number)).await.is_ok(),
        Event::BeginDelete(run) => ledger.begin_delete(run, token(number)).await.is_ok(),
        Event::TakenBack(id) => {
            let taken = ledger
                .take_back(run, vec![(token(number), id)])
                .await
                .unwrap()
                .remove(0);
            matches!(taken, Taken::Back | Taken::Known)
        }
        event => matches!(
            ledger.settle(token(number), event, Note::default()).await,
            Ok(true)
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever happens in whatever order, and however often the ledger is opened anew, it knows what the model knows.
    #[test]
    fn the_file_agrees_with_the_pure_type(
        events in prop::collection::vec((0..3u64, event(), prop::bool::weighted(0.04)), 0..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_folder, path) = folder();
            let mut ledger = Ledger::open_inline(&path, Durability::Normal).unwrap();
            for number in 1..=2 {
                ledger.start_run(new_run(number)).await.unwrap();
            }
            let mut model = Model::default();
            for (number, event, reopen) in events {
                if reopen {
                    drop(ledger);
                    ledger = Ledger::open_inline(&path, Durability::Normal).unwrap();
                }
                let expected = model.after(number, event.clone());
                let was_taken = tell_ledger(&ledger, number, event.clone()).await;
                prop_assert_eq!(was_taken, expected.is_some(), "{:?}", event);
                let known = state(&ledger, number).await.unwrap_or(State::New);
                prop_assert_eq!(known, model.states.get(&number).cloned().unwrap_or(State::New), "{:?}", event);
            }
            Ok(())
        })?;
    }
}
