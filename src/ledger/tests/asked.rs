//! What commands ask.

use super::*;
use crate::ledger::now;

async fn listed(ledger: &Ledger, run: RunNumber) -> Vec<String> {
    ledger
        .ask(move |view| {
            let mut lines = Vec::new();
            view.responses_of(run, |line| {
                let place = line.row.map_or("none".to_owned(), |row| row.to_string());
                lines.push(format!(
                    "row {place}, {} {}: {} {} {}",
                    line.name,
                    line.attempts,
                    line.state.name(),
                    line.state.api_id().unwrap_or("-"),
                    line.code.as_deref().unwrap_or("-"),
                ));
                Direction::Continue(())
            })?;
            Ok(lines)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_run_shows_what_became_of_its_responses() {
    let ledger = Ledger::temporary().unwrap();
    let run = ledger.start_run(new_run(1)).await.unwrap();
    post(&ledger, run, 0, Event::Created("77".into())).await;
    ledger
        .begin_post(
            run,
            Intent {
                name: Arc::from("second"),
                ..intent(1)
            },
        )
        .await
        .unwrap();
    ledger.tell(token(1), Event::Refused, note("http_422"));
    ledger.begin_post(run, intent(2)).await.unwrap();
    ledger.tell(token(2), Event::Unclear, note("timeout"));
    let update = ledger.start_run(new_run(2)).await.unwrap();
    ledger.begin_put(update, intent(0)).await.unwrap();
    ledger.tell(token(0), Event::Updated, Note::default());
    insta::assert_snapshot!(listed(&ledger, run).await.join("\n"), @r#"
    row 2, main 0: uploaded 77 -
    row 3, second 1: refused - http_422
    row 4, main 1: in_doubt - timeout
    "#);
    insta::assert_snapshot!(listed(&ledger, update).await.join("\n"), @"row 2, main 0: uploaded 77 -");
}

#[tokio::test]
async fn only_what_a_run_posted_itself_can_be_undone() {
    let ledger = Ledger::temporary().unwrap();
    let first = ledger.start_run(new_run(1)).await.unwrap();
    let second = ledger.start_run(new_run(2)).await.unwrap();
    for (run, number) in [(first, 1), (first, 2), (second, 3)] {
        post(&ledger, run, number, Event::Created(number.to_string())).await;
    }
    post(&ledger, second, 4, Event::Refused).await;
    ledger.begin_put(second, intent(1)).await.unwrap();
    ledger.tell(token(1), Event::Updated, Note::default());
    ledger.begin_delete(second, token(2)).await.unwrap();
    let uploaded = |run| {
        ledger.ask(move |view| {
            let mut ids = Vec::new();
            view.uploaded_by(run, |line| {
                ids.push(line.state.api_id().unwrap_or_default().to_owned());
                Direction::Continue(())
            })?;
            Ok(ids)
        })
    };
    assert_eq!(
        uploaded(first).await.unwrap(),
        ["1", "2"],
        "a deletion begun is gone on with"
    );
    assert_eq!(uploaded(second).await.unwrap(), ["3"]);
}

#[tokio::test]
async fn a_run_is_found_by_name_beginning_and_last() {
    let ledger = Ledger::temporary().unwrap();
    let of = |run: NewRun| ledger.start_run(run);
    of(new_run(0x1111)).await.unwrap();
    of(new_run(0x1122)).await.unwrap();
    of(NewRun {
        command: "undo".into(),
        ..new_run(0x2222)
    })
    .await
    .unwrap();
    let find = |name: &'static str| ledger.ask(move |view| view.run(name));
    let name = |named: Named| match named {
        Named::One(run) => run.id,
        Named::None => "none".into(),
        Named::Several(names) => names.join(" "),
    };
    for (asked, expected) in [
        ("2026-11-23T02-15-00Z-1111", "2026-11-23T02-15-00Z-1111"),
        ("2026-11-23T02-15-00Z-2", "2026-11-23T02-15-00Z-2222"),
        (
            "2026-11-23T02-15-00Z-11",
            "2026-11-23T02-15-00Z-1111 2026-11-23T02-15-00Z-1122",
        ),
        ("last", "2026-11-23T02-15-00Z-1122"),
        ("2025", "none"),
        ("%", "none"),
        ("", "none"),
    ] {
        assert_eq!(name(find(asked).await.unwrap()), expected, "{asked}");
    }
}

#[tokio::test]
async fn a_run_reads_back_as_it_ended() {
    let (_folder, path) = folder();
    let ledger = open(&path);
    let run = ledger.start_run(new_run(0x7f3a)).await.unwrap();
    let aggregates = Some("{\"scores\":{}}".to_owned());
    ledger
        .finish_run(
            run,
            Finished {
                aggregates: aggregates.clone(),
                ..finished(1)
            },
        )
        .await
        .unwrap();
    let reader = Reader::open(&path).unwrap();
    let runs = reader.runs().unwrap();
    let new = new_run(0x7f3a);
    let expected = Run {
        number: run,
        id: "2026-11-23T02-15-00Z-7f3a".into(),
        command: new.command,
        version: new.version,
        target: new.target,
        scope: new.scope,
        shard: None,
        mapping: new.mapping,
        mapping_hash: new.mapping_hash,
        files: new.files,
        started_at: new.started_at,
        finished_at: Some("2026-11-23T02:16:00Z".parse().unwrap()),
        status: Some("complete".into()),
        exit_code: Some(1),
        summary: Some("{}".into()),
        aggregates,
    };
    assert_eq!(runs, [expected]);
    assert!(
        reader
            .ask(|view| view.connection.execute("DELETE FROM runs", []))
            .is_err(),
        "it only reads"
    );
}

#[tokio::test]
async fn what_dead_runs_were_about_to_do_is_in_doubt() {
    let ledger = Ledger::temporary().unwrap();
    let dead = ledger.start_run(new_run(1)).await.unwrap();
    let elsewhere = ledger
        .start_run(NewRun {
            scope: Some("csat".into()),
            ..new_run(2)
        })
        .await
        .unwrap();
    for number in [1, 2, 3] {
        post(&ledger, dead, number, Event::Created(number.to_string())).await;
    }
    ledger.begin_post(dead, intent(4)).await.unwrap();
    ledger.begin_post(elsewhere, intent(5)).await.unwrap();
    ledger.begin_put(dead, intent(1)).await.unwrap();
    ledger.begin_delete(dead, token(2)).await.unwrap();
    let run = ledger.start_run(new_run(3)).await.unwrap();
    ledger.begin_post(run, intent(6)).await.unwrap();

    let buried = ledger.bury_dead(run).await.unwrap();
    let name = new_run(1).id;
    assert_eq!(
        buried,
        Dead {
            runs: vec![name],
            in_doubt: 1,
            unclear_updates: 1
        }
    );
    assert_eq!(state(&ledger, 4).await, Some(State::InDoubt));
    assert_eq!(entry(&ledger, 1).await.unwrap().payload, Some(UNKNOWN));
    assert_eq!(
        state(&ledger, 2).await,
        Some(State::Deleting(dead, "2".into()))
    );
    assert_eq!(
        state(&ledger, 5).await,
        Some(State::Sending(elsewhere)),
        "another scope has its own lock"
    );
    assert_eq!(state(&ledger, 6).await, Some(State::Sending(run)));
    assert_eq!(
        ledger.bury_dead(run).await.unwrap(),
        Dead::default(),
        "once"
    );

    let doubts = ledger.ask(move |view| view.doubts(run)).await.unwrap();
    let doubts: Vec<_> = doubts
        .iter()
        .map(|doubt| (doubt.token, doubt.code.as_deref()))
        .collect();
    assert_eq!(doubts, [(token(4), Some("run_died"))]);
}

#[tokio::test]
async fn what_was_sent_again_after_a_doubt_is_rechecked() {
    let (_folder, path) = folder();
    let ledger = open(&path);
    let run = ledger.start_run(new_run(1)).await.unwrap();
    post(&ledger, run, 1, Event::Unclear).await;
    assert!(
        ledger
            .settle(token(1), Event::Absent, Note::default())
            .await
            .unwrap()
    );
    post(&ledger, run, 1, Event::Created("1".into())).await;
    post(&ledger, run, 2, Event::Created("2".into())).await;
    let recheck = || {
        ledger.ask(move |view| {
            Ok(view
                .to_recheck(run)?
                .into_iter()
                .map(|line| line.token)
                .collect::<Vec<_>>())
        })
    };
    // Again and again, for its server may create later still, until it is a week old or is found twice.
    let hour = 3_600_000;
    let sent_before = |age: i64| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        let sql = "UPDATE responses SET began_at = ?1, recheck = 1 WHERE token = ?2";
        let changed = connection.execute(sql, rusqlite::params![now() - age, token(1).0.0]);
        assert_eq!(changed, Ok(1));
    };
    let after = |age: i64, is_double| {
        sent_before(age);
        ledger.rechecked(token(1), is_double);
        ledger.ask(move |view| {
            let next: Option<i64> = view.connection.query_row(
                "SELECT recheck FROM responses WHERE token = ?1",
                [token(1).0.0],
                |row| row.get(0),
            )?;
            Ok(next.map(|next| (next - now()) / hour))
        })
    };
    assert_eq!(after(25 * hour, false).await.unwrap(), Some(12));
    assert_eq!(recheck().await.unwrap(), Vec::<Token>::new(), "not yet");
    assert_eq!(after(8 * 24 * hour, false).await.unwrap(), None);
    assert_eq!(after(hour, true).await.unwrap(), None);
    ledger.double(run, token(1), "9".into());
    assert_eq!(
        ledger.ask(move |view| view.doubles_of(run)).await.unwrap(),
        [(token(1), "9".to_owned())]
    );
}

#[tokio::test]
async fn failures_are_known_by_cells_mapping_and_scope() {
    let ledger = Ledger::temporary().unwrap();
    let raw = Id([3; 16]);
    let rejected = |status: &str, raw| Rejected {
        token: None,
        status: status.into(),
        code: "score_not_a_number".into(),
        file: 0,
        row: 7,
        raw: Some(raw),
    };
    let first = ledger.start_run(new_run(1)).await.unwrap();
    ledger.reject(first, rejected("rejected", raw));
    ledger.reject(first, rejected("in_doubt", Id([4; 16])));
    let ask = |run, raw| ledger.ask(move |view| Ok(!view.known_failures(run, raw)?.is_empty()));
    assert!(!ask(first, raw).await.unwrap(), "in an earlier run");
    let next = ledger.start_run(new_run(2)).await.unwrap();
    assert!(ask(next, raw).await.unwrap());
    let known = ledger.ask(move |view| view.known_failures(next, raw));
    assert!(!known.await.unwrap()[0].is_told, "its run has not ended");
    assert!(
        !ask(next, Id([4; 16])).await.unwrap(),
        "a doubt is no failure"
    );
    assert!(!ask(next, Id([5; 16])).await.unwrap());
    let mended = NewRun {
        mapping_hash: Some(Id([8; 16])),
        ..new_run(3)
    };
    let elsewhere = NewRun {
        scope: Some("csat".into()),
        ..new_run(4)
    };
    for run in [mended, elsewhere] {
        let run = ledger.start_run(run).await.unwrap();
        assert!(!ask(run, raw).await.unwrap());
    }
    let mut seen = Vec::new();
    let of_first = ledger.ask(move |view| {
        view.rejections_of(first, |rejected| {
            seen.push(rejected);
            Direction::Break(())
        })?;
        Ok(seen)
    });
    assert_eq!(of_first.await.unwrap(), [rejected("rejected", raw)]);
}

#[tokio::test]
async fn scopes_headers_rates_and_files_are_remembered() {
    let ledger = Ledger::temporary().unwrap();
    let has_scope = || ledger.ask(|view| view.has_scope(&target(), "nps"));
    let run = ledger.start_run(new_run(1)).await.unwrap();
    assert!(
        !has_scope().await.unwrap(),
        "a run that ends at the search for a missing ledger has not used it"
    );
    ledger.use_scope(target(), "nps".into()).await.unwrap();
    assert!(has_scope().await.unwrap());

    for hash in [Id([1; 16]), Id([2; 16]), Id([1; 16])] {
        ledger
            .remember_headers(target(), "nps".into(), hash)
            .await
            .unwrap();
    }
    let headers = ledger
        .ask(|view| view.header_sets(&target(), "nps"))
        .await
        .unwrap();
    assert_eq!(headers, [Id([1; 16]), Id([2; 16])]);

    ledger.remember(
        target(),
        Remembered {
            rate: Some(12.5),
            rate_seconds: Some(40.0),
            wait_until: None,
        },
    );
    ledger.remember(
        target(),
        Remembered {
            rate: Some(9.0),
            rate_seconds: None,
            wait_until: Some(77),
        },
    );
    ledger.remember(target(), Remembered::default());
    let remembered = ledger.ask(|view| view.remembered(&target())).await.unwrap();
    assert_eq!(
        remembered,
        Remembered {
            rate: Some(9.0),
            rate_seconds: Some(40.0),
            wait_until: Some(77)
        }
    );

    let file = FailuresFile {
        path: "/tmp/nps.failures.csv".into(),
        size: 812,
        hash: Id([6; 16]),
    };
    let contents = Some("[]".to_owned());
    let wrote = ledger.wrote_failures(run, file.clone(), contents.clone());
    wrote.await.unwrap();
    let known = ledger
        .ask(|view| view.failures_file("/tmp/nps.failures.csv"))
        .await
        .unwrap();
    let known = known.unwrap();
    assert_eq!((known.file, known.contents), (file, contents));
    assert_eq!(known.target, target());
}

#[tokio::test]
async fn a_ledger_is_one_shard_for_ever() {
    let ledger = Ledger::temporary().unwrap();
    let claim = |shard: Option<&str>| ledger.claim_shard(shard.map(ToOwned::to_owned));
    claim(Some("1/4")).await.unwrap();
    claim(Some("1/4")).await.unwrap();
    for other in [Some("2/4"), Some("1/3"), None] {
        assert_eq!(claim(other).await.unwrap_err().exit_code(), 2, "{other:?}");
    }
    let text = claim(None)
        .await
        .unwrap_err()
        .to_string()
        .replace(&ledger.path().display().to_string(), "LEDGER");
    insta::assert_snapshot!(text, @r#"
    the ledger LEDGER is used with `--shard 1/4`, and cannot be used without `--shard`: it would not know what the others sent
      help: give every shard a ledger of its own, with `--ledger PATH`
    "#);
}
