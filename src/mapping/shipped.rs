//! Mappings that ship with the program.

/// Each with its name; replaced by those of `mappings/`.
const SHIPPED: [(&str, &str); 0] = [];

/// The text of a shipped mapping.
pub fn find(name: &str) -> Option<&'static str> {
    SHIPPED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// The names of all of them.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}
