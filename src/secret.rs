//! The API key, as a type that never prints.

use std::fmt;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// The API key. Its `Debug` says nothing, it has no `Display`, and its memory is wiped when it goes.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl ApiKey {
    /// A key as it stands in a variable or a file; outer blanks, a final line break and the mark that some editors begin
    /// UTF-8 with are no part of it.
    ///
    /// # Errors
    /// It is empty, or has characters that no header can carry. The message does not show it.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "holds blanks, line breaks or characters beyond ASCII, which no API key has"
                    .to_owned(),
            );
        }
        Ok(Self(text.to_owned().into()))
    }

    /// The value of the header `Authorization`, marked as sensitive so that no log of the HTTP library shows it.
    ///
    /// # Errors
    /// Never in practice: [`ApiKey::new`] has checked the characters.
    pub fn authorization(&self) -> Result<HeaderValue, String> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.0.expose_secret()))
            .map_err(|_| "cannot be sent in a header".to_owned())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_prints() {
        let key = ApiKey::new(" s3cret\n").unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(…)");
        let header = key.authorization().unwrap();
        assert_eq!(header.as_bytes(), b"Bearer s3cret");
        assert_eq!(format!("{header:?}"), "Sensitive");
        let key = ApiKey::new("\u{feff}s3cret\r\n").unwrap();
        assert_eq!(key.authorization().unwrap().as_bytes(), b"Bearer s3cret");
    }

    #[test]
    fn what_no_header_can_carry_is_refused_without_being_shown() {
        for text in ["", "  ", "two words", "schlüssel", "a\u{0}b"] {
            let why = ApiKey::new(text).unwrap_err();
            assert!(text.trim().is_empty() || !why.contains(text), "{why}");
        }
    }
}
