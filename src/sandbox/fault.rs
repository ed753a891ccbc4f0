//! Faults the sandbox can be told to show: which there are, how they are asked for, and when they strike.
//!
//! Whether a request is struck depends on the seed, the call and the number of the request alone, so that a run
//! of the sandbox can be repeated.

use std::str::FromStr;
use std::time::Duration;

use crate::outcome::quote;
use crate::units::parse_duration;

/// What can be asked of the API, as faults and the log tell calls apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Call {
    /// `POST …/responses`
    Post,
    /// `PUT …/responses/{id}`
    Put,
    /// `DELETE …/responses/{id}`
    Delete,
    /// `GET` or `POST …/responses/search`
    Search,
    /// Any other `GET`: projects, data types, data sources, the list, a single response.
    Get,
}

impl Call {
    const ALL: [Self; 5] = [Self::Post, Self::Put, Self::Delete, Self::Search, Self::Get];

    /// Its name, as the prefix of a fault has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
            Self::Search => "search",
            Self::Get => "get",
        }
    }
}

/// A way in which a request goes wrong. "Done" means what the call asks for; for a POST, that the response is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// 429 with `Retry-After` in seconds; nothing done.
    TooMany,
    /// 429 without `Retry-After`; nothing done.
    TooManyBare,
    /// 429 with `Retry-After` as an HTTP date; nothing done.
    TooManyDate,
    /// 503 with `Retry-After`; nothing done.
    Unavailable,
    /// 503 without `Retry-After`; nothing done.
    UnavailableBare,
    /// 500; nothing done.
    Internal,
    /// 500; done.
    InternalAfter,
    /// 502 with a proxy's HTML page; nothing done.
    BadGateway,
    /// 502 with a proxy's HTML page; done.
    BadGatewayAfter,
    /// 200 with the HTML page of a captive portal; nothing done.
    Captive,
    /// The connection is closed without an answer; nothing done.
    DropBefore,
    /// The connection is closed without an answer; done.
    DropAfter,
    /// Done at once, answered after the delay.
    Slow,
    /// Never answered; nothing done.
    Hang,
    /// Never answered; done.
    HangAfter,
    /// Done, but the body of the answer breaks off.
    Garbled,
    /// Done, but the answer names no id.
    NoId,
    /// 504, and created after the delay. POST only.
    Late,
    /// 200 with `errors`; nothing done.
    OkErrors,
    /// 302 to a login page; nothing done.
    Redirect,
    /// 403; nothing done.
    Forbidden,
    /// 404; nothing done.
    NotFound,
    /// 408; nothing done.
    Timeout,
    /// 409; nothing done.
    Conflict,
    /// 413; nothing done.
    TooLarge,
}

/// Every kind with the name it is asked for by.
const KINDS: [(Kind, &str); 25] = [
    (Kind::TooMany, "429"),
    (Kind::TooManyBare, "429-bare"),
    (Kind::TooManyDate, "429-date"),
    (Kind::Unavailable, "503"),
    (Kind::UnavailableBare, "503-bare"),
    (Kind::Internal, "500"),
    (Kind::InternalAfter, "500-after"),
    (Kind::BadGateway, "502"),
    (Kind::BadGatewayAfter, "502-after"),
    (Kind::Captive, "captive"),
    (Kind::DropBefore, "drop-before"),
    (Kind::DropAfter, "drop-after"),
    (Kind::Slow, "slow"),
    (Kind::Hang, "hang"),
    (Kind::HangAfter, "hang-after"),
    (Kind::Garbled, "garbled"),
    (Kind::NoId, "no-id"),
    (Kind::Late, "late"),
    (Kind::OkErrors, "200-errors"),
    (Kind::Redirect, "redirect"),
    (Kind::Forbidden, "403"),
    (Kind::NotFound, "404"),
    (Kind::Timeout, "408"),
    (Kind::Conflict, "409"),
    (Kind::TooLarge, "413"),
];

impl Kind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(kind, _)| *kind)
    }

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// What its duration is where none is given: the wait it asks for or the delay it brings; `None` where it has none.
    pub fn default_delay(self) -> Option<Duration> {
        match self {
            Self::TooMany | Self::TooManyDate | Self::Unavailable => Some(Duration::from_secs(1)),
            Self::Slow | Self::Late => Some(Duration::from_secs(2)),
            _ => None,
        }
    }

    /// Whether what the call asks for is done nonetheless, at once or (`late`) after a while.
    pub fn acts(self) -> bool {
        matches!(
            self,
            Self::InternalAfter
                | Self::BadGatewayAfter
                | Self::DropAfter
                | Self::Slow
                | Self::HangAfter
                | Self::Garbled
                | Self::NoId
                | Self::Late
        )
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((kind, _)) = KINDS.iter().find(|(_, name)| *name == text) {
            return Ok(*kind);
        }
        let names: Vec<&str> = KINDS.iter().map(|(_, name)| *name).collect();
        Err(format!(
            "there is no fault {}{}; the faults are {}",
            quote(text),
            nearest(text, &names),
            names.join(", ")
        ))
    }
}

/// One fault asked for: what, in which call, how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// Which call it strikes.
    pub call: Call,
    /// What happens.
    pub kind: Kind,
    /// How likely, from 0 to 1.
    pub probability: f64,
    /// The wait it asks for or the delay it brings; zero where it has none.
    pub delay: Duration,
}

impl FromStr for Fault {
    type Err = String;

    /// `[CALL:]KIND=PERCENT%[:DURATION]`, such as `429=10%`, `slow=5%:3s` or `delete:drop-after=10%`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('=').ok_or_else(|| {
            format!(
                "{} says not how often: write KIND=PERCENT%, such as 429=10%",
                quote(text)
            )
        })?;
        let (call, name) = match name.split_once(':') {
            None => (Call::Post, name),
            Some((call, name)) => (call_named(call.trim())?, name),
        };
        let kind: Kind = name.trim().parse()?;
        if kind == Kind::Late && call != Call::Post {
            return Err("'late' strikes POSTs only".into());
        }
        let (percent, delay) = match rest.split_once(':') {
            None => (rest, None),
            Some((percent, delay)) => (percent, Some(parse_duration(delay)?)),
        };
        if delay.is_some() && kind.default_delay().is_none() {
            return Err(format!("'{}' takes no duration", kind.name()));
        }
        Ok(Self {
            call,
            kind,
            probability: parse_percent(percent.trim())?,
            delay: delay.or(kind.default_delay()).unwrap_or_default(),
        })
    }
}

fn call_named(text: &str) -> Result<Call, String> {
    Call::ALL
        .into_iter()
        .find(|call| call.name() == text)
        .ok_or_else(|| {
            let names = Call::ALL.map(Call::name);
            format!(
                "there is no call {}{}; the calls are {}",
                quote(text),
                nearest(text, &names),
                names.join(", ")
            )
        })
}

fn parse_percent(text: &str) -> Result<f64, String> {
    text.strip_suffix('%')
        .and_then(|number| number.trim().parse::<f64>().ok())
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(|percent| percent / 100.0)
        .ok_or_else(|| {
            format!(
                "{} is not a share: write a percentage from 0% to 100%, such as 10%",
                quote(text)
            )
        })
}

/// The faults asked for together; at most one strikes a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Puts together what several options asked for.
    ///
    /// # Errors
    /// Where the faults of one call add up to more than 100%.
    pub fn merge(all: impl IntoIterator<Item = Self>) -> Result<Self, String> {
        let faults: Vec<Fault> = all.into_iter().flat_map(|faults| faults.0).collect();
        for call in Call::ALL {
            let sum: f64 = faults
                .iter()
                .filter(|fault| fault.call == call)
                .map(|fault| fault.probability)
                .sum();
            // A little room for what does not add up in binary.
            if sum > 1.0 + 1e-9 {
                return Err(format!(
                    "the faults of {} add up to {}%, more than 100%",
                    call.name(),
                    (sum * 1000.0).round() / 10.0
                ));
            }
        }
        Ok(Self(faults))
    }

    /// The fault that strikes a call's request of this number, if any.
    pub fn draw(&self, seed: u64, call: Call, number: u64) -> Option<Fault> {
        if self.0.is_empty() {
            return None;
        }
        let mut left = unit(seed, call, number);
        self.0
            .iter()
            .filter(|fault| fault.call == call)
            .find(|fault| {
                left -= fault.probability;
                left < 0.0
            })
            .copied()
    }
}

impl FromStr for Faults {
    type Err = String;

    /// Faults between commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let faults = text
            .split(',')
            .map(|fault| fault.trim().parse())
            .collect::<Result<Vec<Fault>, String>>()?;
        Self::merge([Self(faults)])
    }
}

/// A number from 0 up to 1 that looks like chance: SplitMix64 over seed, call and number.
fn unit(seed: u64, call: Call, number: u64) -> f64 {
    let mut bits = seed
        .wrapping_add((call as u64) << 56)
        .wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// `, did you mean 'x'?` where a name comes near, else nothing.
pub(super) fn nearest(text: &str, names: &[&str]) -> String {
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= 3 && *distance < name.chars().count())
        .map_or_else(String::new, |(_, name)| {
            format!(" (did you mean '{name}'?)")
        })
}
