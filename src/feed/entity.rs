//! Entities of feed markup: the predefined ones, numbers, HTML's names, and those a document declares itself.
//!
//! Declared entities are never expanded recursively and external ones never at all, so no bomb can go off.

use std::borrow::Cow;
use std::cell::Cell;

use memchr::memchr;

use super::limits;
use crate::text::html;
use crate::text::markup::{Markup, Token};

/// The entities of XML itself, most of all there are.
const PREDEFINED: &[(&str, &str)] = &[("lt", "<"), ("gt", ">"), ("amp", "&"), ("quot", "\""), ("apos", "'")];

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
                // A character reference stands for its character; markup does not belong into a text.
                self.declared.push((name.to_owned(), text_of(&htmlize::unescape_attribute(value))));
            }
        }
    }

    /// Decodes raw character data. Unknown references stay as they are; `?a=1&copy=2` too. A text that is longer than
    /// is ever kept is not decoded to its end.
    pub(super) fn decode<'a>(&self, raw: &'a str) -> Cow<'a, str> {
        if memchr(b'&', raw.as_bytes()).is_none() {
            return Cow::Borrowed(raw);
        }
        let mut text = String::with_capacity(raw.len().min(limits::TEXT_BYTES));
        self.decode_into(raw, &mut text);
        Cow::Owned(text)
    }

    /// Appends raw character data decoded, while the whole is not longer than is ever kept.
    pub(super) fn decode_into(&self, raw: &str, text: &mut String) {
        let mut rest = raw;
        while let Some(start) = memchr(b'&', rest.as_bytes()).filter(|_| text.len() <= limits::TEXT_BYTES) {
            let (before, reference) = rest.split_at(start);
            text.push_str(before);
            rest = self.decode_reference(reference, text);
        }
        if text.len() <= limits::TEXT_BYTES {
            text.push_str(rest);
        }
    }

    /// Decodes the reference at the beginning of a text; returns the rest.
    fn decode_reference<'a>(&self, raw: &'a str, text: &mut String) -> &'a str {
        let length = html::reference_length(raw);
        // Without its semicolon the next character matters.
        let shown = if raw.as_bytes().get(length) == Some(&b'=') { length + 1 } else { length };
        let (reference, rest) = raw.split_at(shown);
        let name = reference[1..].strip_suffix(';').unwrap_or_default();
        let predefined = PREDEFINED.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        match predefined.or_else(|| self.expand(name)) {
            Some(value) => text.push_str(value),
            None => text.push_str(&htmlize::unescape_attribute(reference)),
        }
        rest
    }

    /// Whether declared entities or references to them were passed over.
    pub(super) fn are_cut(&self) -> bool {
        self.expanded_bytes.get() > limits::EXPANSION_BYTES
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
