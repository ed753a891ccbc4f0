//! Telling somebody: a webhook, a program, or both. That it fails is a warning, never a failure of the job.
//!
//! The webhook's address is a secret (who knows it may post to the channel) and appears in no message. What is told are
//! figures, names of files and what to do; never the content of feedback.

use std::process::Stdio;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::config::{Event, Notify, Webhook};
use crate::api::is_loopback;
use crate::settings::Environment;

/// How long the webhook and the program may take, each.
const PATIENCE: Duration = Duration::from_secs(20);

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// What happened.
    pub event: Event,
    /// Which job.
    pub job: String,
    /// In one line.
    pub subject: String,
    /// What happened, and what to do.
    pub text: String,
    /// The summary.
    pub summary: Value,
}

/// An address that a message may be posted to: https, or this machine.
///
/// # Errors
/// It is none. The message does not show it.
pub fn address(text: &str) -> Result<Url, &'static str> {
    let url: Url = text.trim().parse().map_err(|_| "is no address")?;
    match url.scheme() {
        "https" if url.host_str().is_some() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("is plain http: write https"),
        _ => Err("is no https address"),
    }
}

/// The address of the webhook, where one is given.
///
/// # Errors
/// The variable that should hold it is not set, or what it holds is no address.
pub fn webhook(notify: &Notify, environment: &Environment) -> Result<Option<Url>, String> {
    let (place, text) = match &notify.webhook {
        None => return Ok(None),
        Some(Webhook::Address(secret)) => ("the file".to_owned(), secret.expose_secret()),
        Some(Webhook::Variable(name)) => match environment.get(name) {
            Some(value) => (format!("the variable {name}"), value),
            None => {
                return Err(format!(
                    "the variable {name}, which should hold the webhook's address, is not set"
                ));
            }
        },
    };
    let url = address(text).map_err(|why| format!("the webhook's address in {place} {why}"))?;
    Ok(Some(url))
}

/// Sends a message, and gives what went wrong with that.
pub async fn send(notify: &Notify, message: &Message, environment: &Environment) -> Vec<String> {
    let mut warnings = Vec::new();
    match webhook(notify, environment) {
        Ok(Some(url)) => warnings.extend(post(&url, message).await.err()),
        Ok(None) => {}
        Err(why) => warnings.push(format!("nobody was told by webhook: {why}")),
    }
    if !notify.command.is_empty() {
        let told = tokio::time::timeout(PATIENCE, call(&notify.command, message)).await;
        let why = match told {
            Ok(Ok(())) => None,
            Ok(Err(why)) => Some(why),
            Err(_) => Some("it did not come to an end in time".to_owned()),
        };
        warnings.extend(why.map(|why| {
            format!(
                "nobody was told by the command `{}`: {why}",
                notify.command[0]
            )
        }));
    }
    warnings
}

async fn post(url: &Url, message: &Message) -> Result<(), String> {
    // The provider is the process's: a second installation is refused, and means the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let failed = |error: reqwest::Error| {
        // The address is a secret.
        let error = error.without_url();
        let why = match std::error::Error::source(&error) {
            Some(inner) => format!("{error}: {inner}"),
            None => error.to_string(),
        };
        format!("nobody was told by webhook: {why}")
    };
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("chatterload/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .timeout(PATIENCE);
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    let body = json!({
        "text": message.text,
        "job": message.job,
        "event": message.event.name(),
        "summary": message.summary,
    });
    let answer = builder
        .build()
        .map_err(failed)?
        .post(url.clone())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(body.to_string())
        .send()
        .await
        .map_err(failed)?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(format!(
            "nobody was told by webhook: it answered {}",
            answer.status()
        ))
    }
}

async fn call(command: &[String], message: &Message) -> Result<(), String> {
    let filled: Vec<String> = command
        .iter()
        .map(|part| part.replace("{subject}", &message.subject))
        .collect();
    let mut child = tokio::process::Command::new(&filled[0])
        .args(&filled[1..])
        // It has no business with the key.
        .env_remove("CHATTERMILL_API_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        // That it does not read is its own affair: its exit code counts.
        let _ = stdin.write_all(message.text.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
    let status = child.wait().await.map_err(|error| error.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("it ended with {status}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_https_or_this_machine() {
        assert!(address("https://hooks.example.com/T0/B0/x").is_ok());
        assert!(address("http://127.0.0.1:9/x").is_ok());
        for wrong in [
            "http://hooks.example.com/s3cret",
            "ftp://x/s3cret",
            "s3cret",
            "",
        ] {
            let why = address(wrong).unwrap_err();
            assert!(!why.contains("s3cret"), "{why}");
        }
    }

    fn message() -> Message {
        Message {
            event: Event::Failure,
            job: "nps".to_owned(),
            subject: "chatterload: nps failed".to_owned(),
            text: "nps failed\n".to_owned(),
            summary: json!({}),
        }
    }

    fn by(command: &[&str]) -> Notify {
        Notify {
            webhook: None,
            command: command.iter().map(|&part| part.to_owned()).collect(),
            on: vec![Event::Failure],
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_gets_subject_and_text_and_a_bad_one_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let script = format!("(echo \"$1\"; cat) > '{}'", out.display());
        let environment = Environment::default();
        let good = by(&["sh", "-c", &script, "sh", "<{subject}>"]);
        assert!(send(&good, &message(), &environment).await.is_empty());
        assert_eq!(
            std::fs::read_to_string(out).unwrap(),
            "<chatterload: nps failed>\nnps failed\n"
        );
        for wrong in [by(&["sh", "-c", "exit 3"]), by(&["/no/such/program"])] {
            let warnings = send(&wrong, &message(), &environment).await;
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(warnings[0].contains("nobody was told"), "{warnings:?}");
        }
    }

    #[tokio::test]
    async fn the_address_of_a_dead_webhook_is_not_told() {
        let dead = Notify {
            webhook: Some(Webhook::Address(
                "http://127.0.0.1:1/s3cret".to_owned().into(),
            )),
            ..by(&[])
        };
        let unset = Notify {
            webhook: Some(Webhook::Variable("HOOK".to_owned())),
            ..by(&[])
        };
        let environment = Environment::default();
        for (notify, says) in [(dead, "nobody was told"), (unset, "HOOK")] {
            let warnings = send(&notify, &message(), &environment).await;
            assert!(
                warnings[0].contains(says) && !warnings[0].contains("s3cret"),
                "{warnings:?}"
            );
        }
    }
}
