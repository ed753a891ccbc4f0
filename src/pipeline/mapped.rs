//! What can be done with a row by itself, on whichever core is free: map, identify, validate, make the body.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use super::batches::{Batch, InFile};
use super::fields;
use super::hashes::Hashes;
use super::identify::{Who, who};
use super::wanted::is_wanted;
use crate::api::canonical::sent_hash;
use crate::api::wire;
use crate::catalogue::Catalogue;
use crate::identity::{Id, Token};
use crate::outcome::Rejection;
use crate::read::finish;
use crate::record::{Number, Response, Row};
use crate::report::Overview;
use crate::upload::Marks;
use crate::validate::validate;

/// What is made of a batch.
pub struct Mapped {
    /// The file.
    pub file: Arc<InFile>,
    /// The rows as they were read.
    pub rows: Vec<Row>,
    /// What each of them is.
    pub each: Vec<Identified>,
    /// The responses of all of them, one row's behind the other's.
    pub responses: Vec<Made>,
    /// What the responses hold, in a check.
    pub overview: Option<Overview>,
    /// About how many bytes the rows take.
    pub weight: usize,
}

/// What a row is.
pub struct Identified {
    /// What makes it itself.
    pub who: Result<Who, Box<Unknown>>,
    /// The hash of its cells; zeros where nobody asks for it.
    pub raw: Id,
    /// Its version.
    pub version: Option<Box<str>>,
    /// How many of the responses are its.
    pub responses: usize,
}

/// A row that cannot be told from others.
pub struct Unknown {
    /// Why it is rejected whole.
    pub why: Rejection,
    /// Whether the mapping leaves no response of it.
    pub is_filtered: bool,
}

/// What became of a response that is wanted.
pub struct Made {
    /// Which of the mapping's responses it is.
    pub number: usize,
    /// Its identity, where the row's is known already.
    pub token: Option<Token>,
    /// The response, or why it is rejected.
    pub result: Result<Fit, Box<Rejection>>,
}

/// A response that is fit to be sent.
pub struct Fit {
    /// The hash of what it holds, without its token.
    pub payload: Id,
    /// The rest, where somebody asks for it: of most that is only looked at, nobody does.
    pub kept: Option<Box<Kept>>,
}

/// What is kept of a response, to be sent or shown.
pub struct Kept {
    /// The body.
    pub body: Bytes,
    /// The hash of what is sent, as the API may echo it; nothing in particular where it is not.
    pub echo: Id,
    /// What a report counts it by.
    pub marks: Marks,
    /// The response itself, where somebody asks for it.
    pub response: Option<Box<Response<'static>>>,
    /// Whether the body is to be made again, with a token.
    pub is_unfinished: bool,
}

/// What the workers share.
pub struct Mapper {
    /// What the project takes; `None` offline.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Tells rows and bodies from each other.
    pub hashes: Hashes,
    /// The attribute that carries a response's token.
    pub token: Option<String>,
    /// Whether the cells of every row are hashed.
    pub hashes_cells: bool,
    /// Whether responses are sent: bodies and marks are kept.
    pub sends: bool,
    /// Whether responses and bodies are kept to be shown; until so many were.
    pub shows: AtomicBool,
    /// Of what a new one looks at the responses of each batch, to be taken in by it.
    pub overview: Option<Overview>,
}

/// One worker, with what it uses again.
pub struct Worker<'a> {
    mapper: &'a Mapper,
    /// The body without a token, or the fields where no body is asked for.
    bare: Vec<u8>,
    overview: Option<Overview>,
}

impl Mapper {
    /// A worker of its own.
    pub fn worker(&self) -> Worker<'_> {
        Worker {
            mapper: self,
            bare: Vec::new(),
            overview: self.overview.as_ref().map(Overview::part),
        }
    }

    /// The body of a response of a row whose identity is known, and the hash of what it sends.
    ///
    /// # Errors
    /// None in practice.
    pub fn body(&self, response: &Response<'_>, token: Token) -> Result<(Bytes, Id), Rejection> {
        let token = self.token.as_deref().map(|key| (key, token));
        let body = wire::body(response, token).map_err(|error| unwritable(&error))?;
        Ok((body.into(), self.echo(response, token)))
    }

    fn echo(&self, response: &Response<'_>, token: Option<(&str, Token)>) -> Id {
        if self.sends {
            sent_hash(response, token)
        } else {
            Id([0; 16])
        }
    }
}

impl<'a> Worker<'a> {
    /// Maps a batch.
    pub fn map(&mut self, batch: Batch) -> Mapped {
        let mapper = self.mapper;
        let Batch {
            file,
            mut rows,
            weight,
        } = batch;
        for row in &mut rows {
            finish(row, file.is_failures_file);
        }
        let mut overview = self.overview.take();
        let mut each = Vec::with_capacity(rows.len());
        let mut responses = Vec::with_capacity(rows.len());
        // One behind the other in the same place.
        let mut response = Response::default();
        each.extend(rows.iter().map(|row| {
            let who = match file.plan.plain_key_of(row) {
                Some(key) if row.carried.is_none() => Ok(Who::Known(mapper.hashes.row([key]))),
                _ => who(row, file.plan.key_of(row), &mapper.hashes),
            };
            let asks =
                mapper.hashes_cells || matches!(who, Ok(Who::ByContent)) || row.fault.is_some();
            let before = responses.len();
            let mut is_filtered = true;
            for (number, plan) in file.plan.responses_for(row).iter().enumerate() {
                let is_made = plan.make(row, &mut response);
                if matches!(is_made, Ok(false)) {
                    continue;
                }
                is_filtered = false;
                let Ok(who) = &who else { continue };
                if !is_wanted(row, &plan.name) {
                    continue;
                }
                let token = match who {
                    Who::Known(id) => Some(mapper.hashes.token(*id, &plan.name)),
                    Who::ByContent => None,
                };
                let result = match is_made {
                    Ok(_) => self
                        .fit(&mut response, token)
                        .map_err(|why| Box::new(plan.located(*why, row))),
                    Err(why) => Err(why),
                };
                if let (Some(overview), Ok(_)) = (&mut overview, &result) {
                    overview.see(&response, &file.name, row.position.row);
                }
                responses.push(Made {
                    number,
                    token,
                    result,
                });
            }
            Identified {
                who: who.map_err(|why| Box::new(Unknown { why, is_filtered })),
                raw: if asks {
                    file.fingerprint.of(row)
                } else {
                    Id([0; 16])
                },
                version: file.plan.version_of(row),
                responses: responses.len() - before,
            }
        }));
        drop(response);
        let seen = overview.as_mut().map(Overview::take);
        self.overview = overview;
        Mapped {
            file,
            rows,
            each,
            responses,
            overview: seen,
            weight,
        }
    }

    fn fit<'r>(
        &mut self,
        response: &mut Response<'r>,
        token: Option<Token>,
    ) -> Result<Fit, Box<Rejection>>
    where
        'a: 'r,
    {
        let mapper = self.mapper;
        validate(response, mapper.catalogue.as_deref())?;
        let shows = mapper.shows.load(Ordering::Relaxed);
        let kept = if mapper.sends || shows {
            Some(Box::new(self.kept(response, token, shows)?))
        } else {
            None
        };
        Ok(Fit {
            payload: self.payload(response)?,
            kept,
        })
    }

    fn kept(
        &self,
        response: &Response<'_>,
        token: Option<Token>,
        shows: bool,
    ) -> Result<Kept, Rejection> {
        let mapper = self.mapper;
        let (body, echo) = if let (Some(token), Some(_)) = (token, &mapper.token) {
            mapper.body(response, token)?
        } else {
            let body = wire::body(response, None).map_err(|error| unwritable(&error))?;
            (body.into(), mapper.echo(response, None))
        };
        let is_unfinished = token.is_none() && mapper.token.is_some();
        Ok(Kept {
            body,
            echo,
            marks: if mapper.sends {
                marks(response)
            } else {
                Marks::default()
            },
            response: (shows || is_unfinished).then(|| Box::new(response.clone().into_owned())),
            is_unfinished,
        })
    }

    /// The hash of what a response holds. Where nobody else sees it its fields will do, and no body need be written.
    fn payload(&mut self, response: &Response<'_>) -> Result<Id, Rejection> {
        self.bare.clear();
        if self.mapper.hashes.are_passing() {
            fields::write(&mut self.bare, response);
        } else {
            wire::write(&mut self.bare, response, None).map_err(|error| unwritable(&error))?;
        }
        Ok(self.mapper.hashes.payload(&self.bare))
    }
}

fn unwritable(error: &serde_json::Error) -> Rejection {
    Rejection::new(
        "not_writable",
        "",
        format!("the response cannot be written as JSON: {error}"),
    )
}

/// What a report counts a response by. Its date is RFC 3339 by now.
fn marks(response: &Response<'_>) -> Marks {
    let day = response.created_at.as_deref().and_then(|at| at.get(..10));
    Marks {
        score: response.score.map(Number::as_f64),
        day: day.and_then(|day| day.parse().ok()),
    }
}
