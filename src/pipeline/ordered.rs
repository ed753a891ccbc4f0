//! What has to be done in the order of the input: numbering equal rows, counting, keeping the first ones, and sending on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::batches::{Done, InFile};
use super::fed::{Fed, Preview, Tally};
use super::feed::{Outlets, Way};
use super::hashes::Hashes;
use super::identify::{Occurrences, Who};
use super::known_failures::KnownFailures;
use super::lanes::{self, Exit};
use super::mapped::{Fit, Identified, Kept, Made, Mapped, Mapper, Unknown};
use crate::identity::{Id, Token};
use crate::outcome::{Outcome, Rejection};
use crate::record::Row;
use crate::units::Shard;
use crate::upload::retry::End;
use crate::upload::stop::Stop;
use crate::upload::{Marks, Said, Settled, Ticket, Work};

/// A batch is sent on when it holds so many responses or so many bytes.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 256 * 1024;
/// What was seen of so many responses is brought near at once: of more, the first would be gone again.
const AT_ONCE: usize = 128;

/// Everything that a row needs, put together once.
pub struct Feeder {
    pub(super) hashes: Hashes,
    pub(super) mapper: Arc<Mapper>,
    pub(super) occurrences: Occurrences,
    pub(super) is_by_content: bool,
    pub(super) shard: Option<Shard>,
    pub(super) known_failures: Option<KnownFailures>,
    pub(super) ignore_known: bool,
    pub(super) limit: Option<u64>,
    pub(super) preview: usize,
    pub(super) stop: Stop,
    pub(super) tally: Arc<Tally>,
    /// Tells the reader that no more rows are wanted.
    pub(super) enough: Arc<AtomicBool>,
    pub(super) outlets: Outlets,
    pub(super) batch: Vec<Work>,
    pub(super) batch_bytes: usize,
    pub(super) fed: Fed,
    /// The last row of the file so far that was not filtered.
    pub(super) last_meant: u64,
}

impl Feeder {
    /// Takes back all that the workers make.
    pub fn take_all(&mut self, mut exit: Exit) {
        while let Some(made) = exit.next() {
            match made {
                lanes::Made::Rows(mapped) => self.rows(*mapped),
                lanes::Made::Done(done) => self.done(done),
            }
        }
        self.flush();
    }

    fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.fed.rows >= limit)
    }

    /// What the reader had to tell of a file whose rows have all come.
    fn done(&mut self, done: Done) {
        let fed = &mut self.fed;
        fed.warnings.extend(done.warnings);
        let assumed = done.file.iter().flat_map(|file| file.plan.warnings());
        // Last rows that were filtered are settled.
        let notices = done
            .notices
            .of_rows_to(std::mem::take(&mut self.last_meant));
        for warning in assumed.chain(notices).chain(done.unused) {
            if !fed.warnings.contains(&warning) {
                fed.warnings.push(warning);
            }
        }
        if let (Some(overview), Some(file)) = (&mut fed.overview, &done.file) {
            overview.expect_literals(file.plan.literal_segments());
        }
        fed.begun += usize::from(done.file.is_some() || done.error.is_some());
        fed.errors.extend(done.error);
        fed.unread = fed.unread.take().or(done.unread);
    }

    fn rows(&mut self, mapped: Mapped) {
        let Mapped {
            file,
            mut rows,
            each,
            mut responses,
            overview,
            ..
        } = mapped;
        // Looked at where they are: moving them about takes longer than what is done here.
        let mut left = &mut responses[..];
        let mut unexpected = left.len();
        for (row, identified) in rows.iter_mut().zip(each) {
            if self.is_full() {
                self.enough.store(true, Ordering::Relaxed);
                break;
            }
            if let Way::Unsent(unsent) = &self.outlets.way
                && left.len() <= unexpected
            {
                let next = left.iter().take(AT_ONCE);
                unexpected = left.len() - next.len();
                unsent.expect(next.filter_map(|made| made.token.as_ref()));
            }
            let its = left.split_off_mut(..identified.responses);
            let (number, filtered) = (row.position.row, self.fed.filtered);
            self.row(&file, row, identified, its.unwrap_or_default());
            if self.fed.filtered == filtered {
                self.last_meant = number;
            }
        }
        if let (Some(whole), Some(part)) = (&mut self.fed.overview, overview) {
            whole.absorb(part);
        }
        let Tally { rows, responses } = &*self.tally;
        rows.store(self.fed.rows, Ordering::Relaxed);
        responses.store(self.fed.responses, Ordering::Relaxed);
    }

    fn row(&mut self, file: &InFile, row: &mut Row, one: Identified, wanted: &mut [Made]) {
        let Identified { raw, version, .. } = one;
        let id = match one.who {
            Ok(Who::Known(id)) => Ok(id),
            Ok(Who::ByContent) => {
                let next = self.occurrences.next(file.number, &file.base_name, raw);
                let is_filtered = wanted.is_empty();
                next.map_err(|why| Box::new(Unknown { why, is_filtered }))
            }
            Err(unknown) => Err(unknown),
        };
        if let Some(why) = self.still_ragged(file, row, raw) {
            self.fed.rows += 1;
            self.reject_whole(row, carried_id(row), raw, why);
            return;
        }
        let id = match id {
            Ok(id) => id,
            Err(unknown) => {
                if self.takes_row(row, raw) {
                    self.fed.rows += 1;
                    self.without_id(file, row, raw, *unknown);
                }
                return;
            }
        };
        if wanted.is_empty() {
            if self.takes_row(row, raw) {
                self.fed.rows += 1;
                self.fed.filtered += 1;
            }
            return;
        }
        let token = |made: &Made| {
            let name = file.plan.response_name(made.number);
            made.token.unwrap_or_else(|| self.hashes.token(id, name))
        };
        // Of a shard, those that it takes.
        let count = match self.shard {
            Some(shard) => wanted.iter().filter(|made| shard.has(token(made))).count(),
            None => wanted.len(),
        };
        if count == 0 {
            // Nobody else has the row: it was rejected before it had an identity.
            if let Some(shard) = self.shard
                && row
                    .carried
                    .as_deref()
                    .is_some_and(|carried| carried.id.is_empty())
            {
                self.fed.rows += 1;
                self.reject_whole(row, None, raw, of_another_shard(shard));
            }
            return;
        }
        self.fed.rows += 1;
        self.fed.rows_mapped += 1;
        self.fed.responses += count as u64;
        let known = Known { id, raw, version };
        self.responses(file, row, &known, wanted, count);
    }

    /// A row that cannot be told from others.
    fn without_id(
        &mut self,
        file: &InFile,
        row: &mut Row,
        raw: Id,
        Unknown { why, is_filtered }: Unknown,
    ) {
        // A row without a key whose responses are all filtered is none that anybody misses.
        if row.fault.is_none() && is_filtered {
            self.fed.filtered += 1;
            return;
        }
        let id = match carried_id(row) {
            // What the key columns of a row at fault hold is not known for sure; its content is.
            None if row.fault.is_some() && self.is_by_content => {
                let next = self.occurrences.next(file.number, &file.base_name, raw);
                next.ok()
            }
            known => known,
        };
        self.reject_whole(row, id, raw, why);
    }

    /// A row that was too short or too long comes back from a spreadsheet as wide as the header, mended or not. Where
    /// none of its cells has changed, it is not.
    fn still_ragged(&self, file: &InFile, row: &Row, raw: Id) -> Option<Rejection> {
        let known = self.known_failures.as_ref()?;
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

    /// Whether this shard takes a row that is not told by a token. Those of a failures file are its own, whatever their
    /// cells say now; others go by the hash of their cells.
    fn takes_row(&self, row: &Row, raw: Id) -> bool {
        row.carried.is_some() || self.takes(Token(raw))
    }

    /// Whether this shard takes what goes by a token.
    fn takes(&self, token: Token) -> bool {
        self.shard.is_none_or(|shard| shard.has(token))
    }

    /// So many of a row's responses are for this shard.
    fn responses(
        &mut self,
        file: &InFile,
        row: &mut Row,
        known: &Known,
        wanted: &mut [Made],
        count: usize,
    ) {
        let said = said(row);
        let mut ticket = Lazy {
            row,
            id: Some(known.id),
            raw: known.raw,
            // What is not sent is settled here, one by one.
            responses: match self.outlets.way {
                Way::Sent(_) => count,
                Way::Unsent(_) => 1,
            },
            made: None,
        };
        for made in wanted {
            let name = file.plan.response_name(made.number);
            let token = made
                .token
                .unwrap_or_else(|| self.hashes.token(known.id, name));
            if !self.takes(token) {
                continue;
            }
            if let Some(outcome) = self.known_failure(known.raw, token) {
                self.settle(ticket.get(), Arc::clone(name), outcome);
                continue;
            }
            let fit = match &mut made.result {
                Ok(fit) => self.finish(fit, token).map(|()| fit),
                Err(why) => Err(Rejection::clone(why)),
            };
            let fit = match fit {
                Ok(fit) => fit,
                Err(why) => {
                    self.settle(ticket.get(), Arc::clone(name), Outcome::Rejected(why));
                    continue;
                }
            };
            let payload = fit.payload;
            if let Some(kept) = fit.kept.take() {
                self.show(file, ticket.row(), name, &kept);
                if self.outlets.way.needs_work() {
                    self.batch_bytes += kept.body.len() * 2 + 256;
                    self.batch.push(Work {
                        ticket: Arc::clone(ticket.get()),
                        name: Arc::clone(name),
                        token,
                        raw: known.raw,
                        payload,
                        echo: kept.echo,
                        version: known.version.as_deref().map(str::to_owned),
                        said,
                        body: kept.body,
                        marks: kept.marks,
                    });
                }
            }
            if let Way::Unsent(unsent) = &mut self.outlets.way {
                let version = known.version.as_deref();
                match unsent.outcome(token, known.raw, payload, version) {
                    None => self.fed.unsent += 1,
                    Some(outcome) => self.settle(ticket.get(), Arc::clone(name), outcome),
                }
            }
        }
        // The very first response is not kept waiting for others to fill its batch.
        if self.batch.len() >= BATCH || self.batch_bytes >= BATCH_BYTES || self.fed.rows_mapped < 4
        {
            self.flush();
        }
    }

    /// Makes the body of a response whose row had no identity when it was made.
    fn finish(&self, fit: &mut Fit, token: Token) -> Result<(), Rejection> {
        if let Some(kept) = &mut fit.kept
            && kept.is_unfinished
            && let Some(response) = &kept.response
        {
            (kept.body, kept.echo) = self.mapper.body(response, token)?;
        }
        Ok(())
    }

    /// Keeps the first responses as they would be posted.
    fn show(&mut self, file: &InFile, row: &Row, name: &Arc<str>, kept: &Kept) {
        let Some(response) = &kept.response else {
            return;
        };
        if self.fed.preview.len() >= self.preview {
            self.mapper.shows.store(false, Ordering::Relaxed);
            return;
        }
        self.fed.preview.push(Preview {
            file: file.name.clone(),
            row: row.position.row,
            name: Arc::clone(name),
            body: kept.body.clone(),
            origins: file.plan.origins(row, response),
        });
    }

    /// What became in an earlier run of a response that failed there, where such are left out.
    fn known_failure(&self, raw: Id, token: Token) -> Option<Outcome> {
        let known = self.known_failures.as_ref().filter(|_| self.ignore_known)?;
        known.outcome(raw, token)
    }

    fn reject_whole(&mut self, row: &mut Row, id: Option<Id>, raw: Id, why: Rejection) {
        self.fed.rows_rejected_whole += 1;
        self.fed.responses += 1;
        row.stand_alone();
        let ticket = Arc::new(Ticket {
            row: std::mem::take(row),
            id,
            raw,
            responses: 1,
        });
        self.settle(&ticket, Arc::from(""), Outcome::Rejected(why));
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
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.batch_bytes = 0;
        match &mut self.outlets.way {
            Way::Sent(work) => {
                let lost = work.blocking_send(batch).is_err();
                self.lost(lost);
            }
            Way::Unsent(unsent) => unsent.compare(&batch),
        }
    }

    /// The other end of a channel went away: a fault of ours, which must not go unnoticed.
    fn lost(&self, lost: bool) {
        if lost {
            self.stop.end(End::Stopped(
                "a part of chatterload ended unexpectedly".into(),
            ));
        }
    }
}

/// What a failures file says of an earlier request: a person who has looked for a doubt, and not found it, empties its
/// status.
fn said(row: &Row) -> Said {
    match row.carried.as_deref().map(|carried| carried.status.trim()) {
        Some("in_doubt") => Said::InDoubt,
        Some("") => Said::NotThere,
        _ => Said::Nothing,
    }
}

/// Why a row of a shard's failures file is not loaded by that shard.
fn of_another_shard(shard: Shard) -> Rejection {
    Rejection::new(
        "other_shard",
        "key",
        format!(
            "now that the row has a key, another of the {} shards takes it, and not {shard}: run `retry` on this file with \
             each other --shard K/{} and its --ledger too",
            shard.of, shard.of
        ),
    )
}

/// What a failures file says of a row's identity.
fn carried_id(row: &Row) -> Option<Id> {
    let carried = row.carried.as_deref()?;
    carried.id.parse().ok()
}

/// What makes a row itself, and its content.
struct Known {
    id: Id,
    raw: Id,
    version: Option<Box<str>>,
}

/// A row's ticket, made once somebody needs it.
struct Lazy<'a> {
    row: &'a mut Row,
    id: Option<Id>,
    raw: Id,
    responses: usize,
    made: Option<Arc<Ticket>>,
}

impl Lazy<'_> {
    fn get(&mut self) -> &Arc<Ticket> {
        self.made.get_or_insert_with(|| {
            self.row.stand_alone();
            Arc::new(Ticket {
                row: std::mem::take(self.row),
                id: self.id,
                raw: self.raw,
                responses: self.responses,
            })
        })
    }

    /// The row, wherever it is now.
    fn row(&self) -> &Row {
        self.made.as_ref().map_or(&*self.row, |ticket| &ticket.row)
    }
}
