//! Where the API is, and who asks.

use std::path::Path;
use std::time::Duration;

use reqwest::Url;

use super::Environment;
use crate::api::{Client, is_loopback};
use crate::cli::ConnectionArgs;
use crate::error::Error;
use crate::secret::ApiKey;

/// The real API.
pub const API_URL: &str = "https://api.chattermill.com/v1";

/// Where the API is, and who asks.
#[derive(Debug)]
pub struct Connection {
    /// The base address.
    pub url: Url,
    /// The key.
    pub key: ApiKey,
    /// How long a request may take.
    pub timeout: Duration,
}

impl Connection {
    /// Resolves address, key and time-out.
    ///
    /// # Errors
    /// There is no key, it cannot be read, or the address is none that a key may be sent to.
    pub fn resolve(args: &ConnectionArgs, environment: &Environment) -> Result<Self, Error> {
        let url = args
            .api_url
            .as_deref()
            .or_else(|| environment.get("CHATTERMILL_API_URL"))
            .unwrap_or(API_URL);
        Ok(Self {
            url: api_url(url)?,
            key: api_key(args.api_key_file.as_deref(), environment)?,
            timeout: args.timeout.unwrap_or(Duration::from_secs(30)),
        })
    }

    /// A client for it.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn client(&self) -> Result<Client, Error> {
        let authorization = self.key.authorization().map_err(Error::Usage)?;
        Client::new(&self.url, authorization, self.timeout)
    }
}

/// An address that a key may be sent to: https, or this machine.
fn api_url(text: &str) -> Result<Url, Error> {
    let wrong = |why: &str, help: &str| {
        Err(Error::Usage(format!(
            "the API address '{text}' {why}\n  help: {help}"
        )))
    };
    let example = format!("give it as in --api-url {API_URL}");
    let Ok(url) = text.trim().parse::<Url>() else {
        return wrong("is no address", &example);
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Usage(
            "the API address holds a user name or password, which would show in logs\n  help: the key goes into \
             CHATTERMILL_API_KEY or --api-key-file"
                .to_owned(),
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a part behind ? or #", &example);
    }
    match url.scheme() {
        "https" if url.host_str().is_some() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => wrong(
            "is plain http: key and feedback would cross the network for everybody to read",
            "write https; plain http is for this machine only (127.0.0.1, localhost)",
        ),
        _ => wrong("is no https address", &example),
    }
}

fn api_key(file: Option<&Path>, environment: &Environment) -> Result<ApiKey, Error> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::Usage(format!(
                "the API key file {} cannot be read: {error}\n  help: check the path and its permissions",
                path.display()
            ))
        })?;
        return ApiKey::new(&text)
            .map_err(|why| Error::Usage(format!("the API key file {} {why}", path.display())));
    }
    match environment.get("CHATTERMILL_API_KEY") {
        Some(text) => ApiKey::new(text)
            .map_err(|why| Error::Usage(format!("the variable CHATTERMILL_API_KEY {why}"))),
        None => Err(Error::Usage(
            "no API key is given\n  help: export CHATTERMILL_API_KEY=…, or --api-key-file PATH; to practise without \
             an account: `chatterload sandbox`"
                .to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_sent_over_tls_or_stays_here() {
        for good in [
            "https://api.chattermill.com/v1",
            "http://127.0.0.1:8085/v1",
            "http://[::1]:1/",
            "http://localhost/v1",
        ] {
            assert!(api_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.chattermill.com/v1",
            "ftp://example.com",
            "api.chattermill.com",
            "https://user:word@example.com",
            "https://example.com/v1?key=1",
            "",
        ] {
            let error = api_url(bad).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{bad}");
            assert!(!error.to_string().contains("word@"), "{error}");
        }
    }
}
