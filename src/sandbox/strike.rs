//! What a request goes through before its answer, and the answers that faults give in its stead.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::fault::{Call, Fault, Kind};
use super::line::Line;
use super::state::State;
use super::strict::Refusal;

const BAD_GATEWAY: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
const GATEWAY_TIMEOUT: &str = "<html><head><title>504 Gateway Time-out</title></head><body><h1>504 Gateway Time-out</h1></body></html>";
const CAPTIVE: &str = "<!DOCTYPE html><html><head><title>Welcome to our Wi-Fi</title></head><body>Please accept the terms.</body></html>";

/// An answer in JSON.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok(body: String) -> Self {
        Self {
            status: StatusCode::OK,
            body,
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        (self.status, [(CONTENT_TYPE, json)], self.body).into_response()
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            body: refusal.body(),
        }
    }
}

/// Who asks, over which connection.
pub(super) struct Caller {
    state: Arc<State>,
    line: Option<Line>,
    authorised: bool,
    json: bool,
}

impl FromRequestParts<Arc<State>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Infallible> {
        let authorised = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .is_some_and(|key| key == state.options.api_key.as_bytes());
        let json = parts
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
        let line = parts.extensions.get::<ConnectInfo<Line>>();
        Ok(Self {
            state: Arc::clone(state),
            line: line.map(|line| line.0.clone()),
            authorised,
            json,
        })
    }
}

impl Caller {
    /// Whether the body is announced as JSON.
    ///
    /// # Errors
    /// 415 where it is not.
    pub(super) fn sends_json(&self) -> Result<(), Refusal> {
        if self.json {
            Ok(())
        } else {
            Err(Refusal::error(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Content-Type must be application/json",
            ))
        }
    }

    /// Answers a request: key, quota, fault, then what the call does, given how late to do it.
    pub(super) async fn answer(
        &self,
        call: Call,
        route: &'static str,
        act: impl FnOnce(&State, Duration) -> Result<Answer, Refusal>,
    ) -> Response {
        let state = &*self.state;
        state.note_begin(call, route);
        let response = if !self.authorised {
            Some(refusal(StatusCode::UNAUTHORIZED, "Unauthorized", None))
        } else if let Err(wait) = state.admit() {
            let header = (!state.options.bare_quota).then(|| seconds(wait));
            Some(refusal(
                StatusCode::TOO_MANY_REQUESTS,
                "Too Many Requests",
                header,
            ))
        } else {
            // Half before and half after what the call does, so that whoever gives up on a request in between
            // leaves it done as often as not.
            pause(state.options.latency / 2).await;
            let response = self.perform(call, act).await;
            pause(state.options.latency / 2).await;
            response
        };
        let Some(response) = response else {
            tracing::debug!(route, "connection closed without an answer");
            return self.cut();
        };
        tracing::debug!(route, status = response.status().as_u16(), "answered");
        state.note_answer(call, response.status());
        response
    }

    /// Does what a call asks for, or what a fault makes of it; `None`: no answer, and the connection is closed.
    async fn perform(
        &self,
        call: Call,
        act: impl FnOnce(&State, Duration) -> Result<Answer, Refusal>,
    ) -> Option<Response> {
        let fault = self.state.draw(call);
        if let Some(fault) = fault.as_ref().filter(|fault| !fault.kind.acts()) {
            return self.refuse_by(fault).await;
        }
        match (act(&self.state, late(fault.as_ref())), fault) {
            (Ok(answer), None) => Some(answer.into_response()),
            (Ok(answer), Some(fault)) => self.spoil(&fault, answer).await,
            (Err(refusal), _) => Some(self.refuse(refusal)),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        let answer = Answer::from(refusal);
        self.state.note_refusal(&answer.body);
        answer.into_response()
    }

    /// Closes the connection; the response given here is never written.
    fn cut(&self) -> Response {
        if let Some(line) = &self.line {
            line.cut();
        }
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }

    /// What is answered to a call that was done; `None`: nothing, and the connection is closed.
    async fn spoil(&self, fault: &Fault, mut answer: Answer) -> Option<Response> {
        match fault.kind {
            Kind::InternalAfter => Some(internal()),
            Kind::BadGatewayAfter => Some(html(StatusCode::BAD_GATEWAY, BAD_GATEWAY)),
            Kind::Late => Some(html(StatusCode::GATEWAY_TIMEOUT, GATEWAY_TIMEOUT)),
            Kind::Slow => {
                // Cut short where the sandbox stops.
                tokio::time::timeout(fault.delay, self.hang()).await.ok();
                Some(answer.into_response())
            }
            Kind::Garbled => {
                // Within `{"response":{"i`, so that no id can be read from what is left.
                answer.body = answer.body.chars().take(15).collect();
                Some(answer.into_response())
            }
            Kind::NoId => {
                r#"{"response":{}}"#.clone_into(&mut answer.body);
                Some(answer.into_response())
            }
            Kind::HangAfter => self.hang().await,
            _ => None,
        }
    }

    /// What is answered to a call that was not done; `None`: nothing, and the connection is closed.
    async fn refuse_by(&self, fault: &Fault) -> Option<Response> {
        let json = |status, text| Some(refusal(status, text, None));
        match fault.kind {
            Kind::TooMany => Some(refusal(
                StatusCode::TOO_MANY_REQUESTS,
                "Too Many Requests",
                Some(seconds(fault.delay)),
            )),
            Kind::TooManyDate => Some(refusal(
                StatusCode::TOO_MANY_REQUESTS,
                "Too Many Requests",
                Some(httpdate::fmt_http_date(SystemTime::now() + fault.delay)),
            )),
            Kind::TooManyBare => json(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            Kind::Unavailable => Some(refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                "Service Unavailable",
                Some(seconds(fault.delay)),
            )),
            Kind::UnavailableBare => json(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            Kind::Internal => Some(internal()),
            Kind::BadGateway => Some(html(StatusCode::BAD_GATEWAY, BAD_GATEWAY)),
            Kind::Captive => Some(html(StatusCode::OK, CAPTIVE)),
            Kind::OkErrors => {
                let body = r#"{"errors":["could not be saved"]}"#.to_owned();
                Some(Answer::ok(body).into_response())
            }
            Kind::Redirect => Some((StatusCode::FOUND, [(LOCATION, "/login")]).into_response()),
            Kind::Forbidden => json(StatusCode::FORBIDDEN, "Forbidden"),
            Kind::NotFound => json(StatusCode::NOT_FOUND, "Not Found"),
            Kind::Timeout => json(StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
            Kind::Conflict => json(StatusCode::CONFLICT, "Conflict"),
            Kind::TooLarge => json(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large"),
            Kind::Hang => self.hang().await,
            _ => None,
        }
    }

    /// Waits until the sandbox stops; the connection is closed then.
    async fn hang(&self) -> Option<Response> {
        let mut stopping = self.state.stopping.clone();
        // An error means that the sandbox was dropped, which ends the wait as well.
        stopping.wait_for(|stop| *stop).await.ok();
        None
    }
}

/// How late a call is done that a fault lets through.
fn late(fault: Option<&Fault>) -> Duration {
    fault
        .filter(|fault| fault.kind == Kind::Late)
        .map_or(Duration::ZERO, |fault| fault.delay)
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

/// Whole seconds, rounded up: a client that waits so long does not come too early.
fn seconds(wait: Duration) -> String {
    wait.as_secs_f64().ceil().max(1.0).to_string()
}

fn refusal(status: StatusCode, text: &str, retry_after: Option<String>) -> Response {
    let mut response = Answer::from(Refusal::error(status, text)).into_response();
    if let Some(value) = retry_after.and_then(|value| HeaderValue::from_str(&value).ok()) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

fn internal() -> Response {
    refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Internal Server Error",
        None,
    )
}

fn html(status: StatusCode, page: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
