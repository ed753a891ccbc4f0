//! The first half of the way, on a thread of its own: read, map, identify, validate, make the body.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::fed::{Fed, Preview, Tally};
use super::identify::{Fingerprint, Identifier, Tokens};
use super::inputs::Opened;
use super::known_failures::KnownFailures;
use super::unused::Unused;
use super::wanted::{Wanted, guessed, wanted};
use crate::api::wire;
use crate::catalogue::Catalogue;
use crate::identity::{Id, Token, payload_hash};
use crate::mapping::{Mapping, Plan};
use crate::outcome::{Outcome, Rejection};
use crate::record::{Number, Response, Row};
use crate::report::Overview;
use crate::units::Shard;
use crate::upload::retry::End;
use crate::upload::stop::Stop;
use crate::upload::{Marks, Settled, Ticket, Work};
use crate::validate::validate;

/// A batch is sent on when it holds so many responses or so many bytes.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 256 * 1024;

/// What the feeder needs to know.
pub struct Feed {
    /// The inputs in their order.
    pub inputs: Vec<Opened>,
    /// The mapping.
    pub mapping: Arc<Mapping>,
    /// What the project takes; `None` offline.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Makes tokens; `None` offline.
    pub tokens: Option<Tokens>,
    /// Takes this share of the rows only.
    pub shard: Option<Shard>,
    /// Finds rows that failed before.
    pub known_failures: Option<KnownFailures>,
    /// Leaves them out.
    pub ignore_known: bool,
    /// So many rows at most.
    pub limit: Option<u64>,
    /// So many responses are kept as they would be posted.
    pub preview: usize,
    /// Looks at all responses that are fit to be sent; `None` where they are sent.
    pub overview: Option<Overview>,
    /// Ends the run.
    pub stop: Stop,
    /// Counts as it goes, for the progress.
    pub tally: Arc<Tally>,
}

/// Where the feeder's results go.
pub struct Outlets {
    /// Responses to be delivered.
    pub work: mpsc::Sender<Vec<Work>>,
    /// Responses that were settled by rejection.
    pub settled: mpsc::Sender<Settled>,
}

/// Everything that a row needs, put together once.
struct Feeder {
    feed: FeedParts,
    outlets: Outlets,
    identifier: Identifier,
    batch: Vec<Work>,
    batch_bytes: usize,
    fed: Fed,
}

struct FeedParts {
    mapping: Arc<Mapping>,
    catalogue: Option<Arc<Catalogue>>,
    tokens: Option<Tokens>,
    shard: Option<Shard>,
    known_failures: Option<KnownFailures>,
    ignore_known: bool,
    limit: Option<u64>,
    preview: usize,
    stop: Stop,
    tally: Arc<Tally>,
}

impl Feed {
    /// Reads all inputs to their end, or until the run stops.
    pub fn run(self, outlets: Outlets) -> Fed {
        let parts = FeedParts {
            mapping: self.mapping,
            catalogue: self.catalogue,
            tokens: self.tokens,
            shard: self.shard,
            known_failures: self.known_failures,
            ignore_known: self.ignore_known,
            limit: self.limit,
            preview: self.preview,
            stop: self.stop,
            tally: self.tally,
        };
        let mut feeder = Feeder {
            identifier: Identifier::new(&parts.mapping.key.scope, &parts.mapping.key.by),
            feed: parts,
            outlets,
            batch: Vec::with_capacity(BATCH),
            batch_bytes: 0,
            fed: Fed {
                overview: self.overview,
                ..Fed::default()
            },
        };
        for (number, input) in self.inputs.into_iter().enumerate() {
            if feeder.is_full() {
                break;
            }
            if feeder.feed.stop.is_ending() {
                feeder.fed.unread.get_or_insert((input.name.clone(), 1));
                break;
            }
            feeder.read(number, input);
            if feeder.fed.error.is_some() {
                break;
            }
        }
        feeder.flush();
        feeder.fed
    }
}

impl Feeder {
    fn is_full(&self) -> bool {
        self.feed.limit.is_some_and(|limit| self.fed.rows >= limit)
    }

    fn read(&mut self, number: usize, input: Opened) {
        let (name, plan, source) = match input.source() {
            Ok(opened) => opened,
            Err(error) => {
                self.fed.error = Some(error);
                return;
            }
        };
        let file = InFile {
            base_name: name.rsplit(['/', '\\']).next().unwrap_or(&name).to_owned(),
            fingerprint: Fingerprint::new(source.shape()),
            plan: &plan,
            name: &name,
        };
        let notices = source.notices();
        self.fed
            .warnings
            .extend(guessed(&source, &self.feed.mapping, &name));
        let mut observer = plan.observer();
        let mut unused = self.fed.overview.as_mut().and_then(|overview| {
            overview.expect_literals(plan.literal_segments());
            Unused::new(&plan, source.shape())
        });
        let mut last_row = None;
        let read = source.rows(number, &mut |row| {
            if self.feed.stop.is_ending() {
                self.fed
                    .unread
                    .get_or_insert_with(|| (name.clone(), row.position.row));
                return ControlFlow::Break(());
            }
            last_row = Some(row.position.row);
            self.fed.warnings.extend(observer.see(&row));
            if let Some(unused) = &mut unused {
                unused.see(&row);
            }
            self.row(&file, row);
            if self.is_full() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        self.fed.warnings.extend(observer.finish());
        let unused = unused.and_then(Unused::warning);
        let told = plan.warnings().into_iter().chain(notices.list());
        let told = told.chain(unused);
        for warning in told {
            if !self.fed.warnings.contains(&warning) {
                self.fed.warnings.push(warning);
            }
        }
        self.fed.error = read.err();
    }

    fn row(&mut self, file: &InFile<'_>, row: Row) {
        let mapped = file.plan.map(&row);
        let mut raw = None;
        let id = self.identifier.identify(
            &row,
            mapped.key,
            || *raw.get_or_insert_with(|| file.fingerprint.of(&row)),
            &file.base_name,
        );
        let raw = raw.unwrap_or_else(|| file.fingerprint.of(&row));
        if let Some(why) = self.still_ragged(file, &row, raw) {
            self.count_row();
            let id = row
                .carried
                .as_ref()
                .and_then(|carried| carried.id.parse().ok());
            self.reject_whole(row, id, raw, why);
            return;
        }
        let no_response = mapped
            .responses
            .iter()
            .all(|one| matches!(one.result, Ok(None)));
        let id = match id {
            Ok(id) => id,
            Err(why) => {
                if !self.takes(Token(raw)) {
                    return;
                }
                self.count_row();
                // A row without a key whose responses are all filtered is none that anybody misses.
                if row.fault.is_none() && no_response {
                    self.fed.filtered += 1;
                } else {
                    let known = row
                        .carried
                        .as_ref()
                        .and_then(|carried| carried.id.parse().ok());
                    let id = match known {
                        None if row.fault.is_some() => {
                            self.identifier.of_fault(&row, raw, &file.base_name)
                        }
                        known => known,
                    };
                    self.reject_whole(row, id, raw, why);
                }
                return;
            }
        };
        let mut wanted = wanted(&row, mapped.responses);
        if wanted.is_empty() {
            if self.takes(Token(raw)) {
                self.count_row();
                self.fed.filtered += 1;
            }
            return;
        }
        if self.feed.shard.is_some() {
            wanted.retain(|one| self.takes(self.token(id, &one.name)));
        }
        if wanted.is_empty() {
            return;
        }
        self.count_row();
        self.fed.rows_mapped += 1;
        self.count_responses(wanted.len() as u64);
        let version = mapped.version;
        let identified = Identified { id, raw, version };
        let made = self.responses(file, &row, &identified, wanted);
        self.pass_on(row, &identified, made);
    }

    /// A row that was too short or too long comes back from a spreadsheet as wide as the header, mended or not. Where
    /// none of its cells has changed, it is not.
    fn still_ragged(&self, file: &InFile<'_>, row: &Row, raw: Id) -> Option<Rejection> {
        let known = self.feed.known_failures.as_ref()?;
        if row.carried.is_none() || row.fault.is_some() {
            return None;
        }
        let is_same = |raw| known.was_ragged(raw);
        (is_same(raw) || file.fingerprint.of_named(row).is_some_and(is_same)).then(|| {
            Rejection::new(
                "ragged_row",
                "",
                "the row had another number of cells than the header, and nothing in it has changed since: put each \
                 value below its column, or set ragged = \"pad\" under [source]",
            )
        })
    }

    /// Whether this shard takes what goes by a token; what has none goes by the hash of its cells.
    fn takes(&self, token: Token) -> bool {
        self.feed.shard.is_none_or(|shard| shard.has(token))
    }

    /// The token of a response. Offline, a row is told from others by its own identity.
    fn token(&self, id: Id, name: &str) -> Token {
        match &self.feed.tokens {
            Some(tokens) => tokens.token(id, name),
            None => crate::identity::token("", "", id, name),
        }
    }

    fn count_row(&mut self) {
        self.fed.rows += 1;
        self.feed.tally.rows.store(self.fed.rows, Ordering::Relaxed);
    }

    /// Makes the bodies of a row's responses, which lean on the row.
    fn responses(
        &mut self,
        file: &InFile<'_>,
        row: &Row,
        identified: &Identified,
        wanted: Vec<Wanted<'_>>,
    ) -> Vec<(Arc<str>, Result<Made, Outcome>)> {
        let catalogue = self.feed.catalogue.clone();
        let mut all = Vec::with_capacity(wanted.len());
        for Wanted { name, result } in wanted {
            if let Some(outcome) = self.known_failure(identified, &name) {
                all.push((name, Err(outcome)));
                continue;
            }
            let made = result.and_then(|mut response| {
                validate(&mut response, catalogue.as_deref())?;
                let made = self.body(&response, identified.id)?;
                Ok((response, made))
            });
            let (response, made) = match made {
                Ok(made) => made,
                Err(why) => {
                    all.push((name, Err(Outcome::Rejected(why))));
                    continue;
                }
            };
            if let Some(overview) = &mut self.fed.overview {
                overview.see(&response, file.name, row.position.row);
            }
            if self.fed.preview.len() < self.feed.preview {
                self.fed.preview.push(Preview {
                    file: file.name.to_owned(),
                    row: row.position.row,
                    name: Arc::clone(&name),
                    body: made.body.clone(),
                    origins: file.plan.origins(row, &response),
                });
            }
            all.push((name, Ok(made)));
        }
        all
    }

    /// Sends a row's responses on.
    fn pass_on(
        &mut self,
        row: Row,
        identified: &Identified,
        made: Vec<(Arc<str>, Result<Made, Outcome>)>,
    ) {
        let held = row
            .carried
            .as_deref()
            .is_some_and(|carried| carried.status.trim() == "in_doubt");
        let ticket = Arc::new(Ticket {
            row,
            id: Some(identified.id),
            raw: identified.raw,
            responses: made.len(),
        });
        for (name, made) in made {
            let made = match made {
                Ok(made) => made,
                Err(outcome) => {
                    self.settle(&ticket, name, outcome);
                    continue;
                }
            };
            self.batch_bytes += made.body.len() * 2 + 256;
            self.batch.push(Work {
                ticket: Arc::clone(&ticket),
                name,
                token: made.token,
                raw: identified.raw,
                payload: made.payload,
                version: identified.version.clone(),
                held,
                body: made.body,
                marks: made.marks,
            });
        }
        // The very first response is not kept waiting for others to fill its batch.
        if self.batch.len() >= BATCH || self.batch_bytes >= BATCH_BYTES || self.fed.rows_mapped < 4
        {
            self.flush();
        }
    }

    /// What became in an earlier run of a response that failed there, where such are left out.
    fn known_failure(&self, identified: &Identified, name: &str) -> Option<Outcome> {
        let known = self
            .feed
            .known_failures
            .as_ref()
            .filter(|_| self.feed.ignore_known)?;
        known.outcome(identified.raw, self.token(identified.id, name))
    }

    fn body(&self, response: &Response<'_>, id: Id) -> Result<Made, Rejection> {
        let unwritable = |error: serde_json::Error| {
            Rejection::new(
                "not_writable",
                "",
                format!("the response cannot be written as JSON: {error}"),
            )
        };
        let bare = wire::body(response, None).map_err(unwritable)?;
        let payload = payload_hash(&bare);
        let token = self.token(id, &response.name);
        let body = match &self.feed.mapping.key.token {
            Some(key) if self.feed.tokens.is_some() => {
                wire::body(response, Some((key, token))).map_err(unwritable)?
            }
            _ => bare,
        };
        Ok(Made {
            body: body.into(),
            payload,
            token,
            marks: marks(response),
        })
    }

    fn reject_whole(&mut self, row: Row, id: Option<Id>, raw: Id, why: Rejection) {
        self.fed.rows_rejected_whole += 1;
        self.count_responses(1);
        let ticket = Arc::new(Ticket {
            row,
            id,
            raw,
            responses: 1,
        });
        self.settle(&ticket, Arc::from(""), Outcome::Rejected(why));
    }

    fn count_responses(&mut self, more: u64) {
        self.fed.responses += more;
        self.feed
            .tally
            .responses
            .store(self.fed.responses, Ordering::Relaxed);
    }

    fn settle(&self, ticket: &Arc<Ticket>, name: Arc<str>, outcome: Outcome) {
        let settled = Settled {
            ticket: Arc::clone(ticket),
            name,
            outcome,
            marks: Marks::default(),
        };
        self.lost(self.outlets.settled.blocking_send(settled).is_err());
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
            self.batch_bytes = 0;
            self.lost(self.outlets.work.blocking_send(batch).is_err());
        }
    }

    /// The other end of a channel went away: a fault of ours, which must not go unnoticed.
    fn lost(&self, lost: bool) {
        if lost {
            self.feed.stop.end(End::Stopped(
                "a part of chatterload ended unexpectedly".into(),
            ));
        }
    }
}

/// What is the same for all rows of a file.
struct InFile<'a> {
    name: &'a str,
    base_name: String,
    plan: &'a Plan,
    fingerprint: Fingerprint,
}

/// What makes a row itself, and its content.
struct Identified {
    id: Id,
    raw: Id,
    version: Option<String>,
}

/// What is sent of a response.
struct Made {
    body: Bytes,
    payload: Id,
    token: Token,
    marks: Marks,
}

/// What a report counts a response by. Its date is RFC 3339 by now.
fn marks(response: &Response<'_>) -> Marks {
    let day = response.created_at.as_deref().and_then(|at| at.get(..10));
    Marks {
        score: response.score.map(Number::as_f64),
        day: day.and_then(|day| day.parse().ok()),
    }
}
