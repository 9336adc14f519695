//! Entities of feed markup: the predefined ones, numbers, HTML's names, and those a document declares itself.
//!
//! Declared entities are never expanded recursively and external ones never at all, so no bomb can go off.

use std::borrow::Cow;
use std::cell::Cell;

use memchr::memchr;

use super::limits;
use crate::text::markup::{Markup, Token};

/// The entities a document type declaration declares.
#[derive(Debug, Default)]
pub(super) struct Entities {
    declared: Vec<(String, String)>,
    /// How much all references have been expanded to so far.
    expanded_bytes: Cell<usize>,
}

impl Entities {
    /// Takes the internal entities of a declaration: `<!ENTITY name "text">`.
    pub(super) fn declare(&mut self, doctype: &str) {
        for declaration in doctype.split("<!ENTITY").skip(1) {
            let declaration = declaration.trim_start();
            let Some((name, rest)) = declaration.split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some((value, _)) = rest[1..].split_once(quote) else { continue };
            let known = self.declared.iter().any(|(declared, _)| declared == name);
            if name != "%" && !known && value.len() <= limits::ENTITY_BYTES && self.declared.len() < limits::ENTITIES {
                // The text of a character is what it stands for; markup in it has no business in a text.
                self.declared.push((name.to_owned(), text_of(&htmlize::unescape_attribute(value))));
            }
        }
    }

    /// Decodes raw character data. Unknown references stay as they are; `?a=1&copy=2` too.
    pub(super) fn decode<'a>(&self, raw: &'a str) -> Cow<'a, str> {
        if memchr(b'&', raw.as_bytes()).is_none() {
            return Cow::Borrowed(raw);
        }
        if self.declared.is_empty() {
            return htmlize::unescape_attribute(raw);
        }
        let mut text = String::with_capacity(raw.len());
        for (n, piece) in raw.split('&').enumerate() {
            match piece.split_once(';').and_then(|(name, after)| Some((self.expand(name)?, after))) {
                Some((value, after)) if n > 0 => {
                    text.push_str(value);
                    text.push_str(after);
                }
                _ if n > 0 => text.push_str(&htmlize::unescape_attribute(format!("&{piece}"))),
                _ => text.push_str(piece),
            }
        }
        Cow::Owned(text)
    }

    fn expand(&self, name: &str) -> Option<&str> {
        let (_, value) = self.declared.iter().find(|(declared, _)| declared == name)?;
        let expanded_bytes = self.expanded_bytes.get() + value.len();
        self.expanded_bytes.set(expanded_bytes);
        (expanded_bytes <= limits::EXPANSION_BYTES).then_some(value)
    }
}

/// The character data of an entity's replacement text.
fn text_of(value: &str) -> String {
    let data = |token| match token {
        Token::Text(text) | Token::Cdata(text) => Some(text),
        _ => None,
    };
    Markup::new(value).filter_map(data).collect()
}
