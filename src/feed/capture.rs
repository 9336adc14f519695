//! The raw inside of one element: up to its end tag, or where it must have ended when that was forgotten. Linear.

use super::names::{self, Element, Ns, Scope};
use crate::text::markup::{Markup, Tag, Token};

/// Reads insides, and remembers where reading on was in vain.
#[derive(Debug, Default)]
pub(super) struct Capture {
    /// Elements known to have no end tag up to that byte: without this memory, a feed of nothing but unclosed fields
    /// costs quadratic time.
    unclosed: Vec<(&'static Element, usize)>,
}

impl Capture {
    /// Reads an element that has just begun, whatever is in it; an element that is never closed ends where the item
    /// does, or before that at the next field of a feed.
    pub(super) fn inside<'a>(
        &mut self,
        markup: &mut Markup<'a>,
        scope: &Scope<'_>,
        tag: Tag<'a>,
        element: &'static Element,
    ) -> &'a str {
        let start = markup.at();
        if tag.closed {
            return "";
        }
        let searched = self.unclosed.iter().find(|(unclosed, _)| std::ptr::eq(*unclosed, element));
        if searched.is_none_or(|(_, until)| start >= *until) {
            match find_end(markup, scope, tag.name) {
                Ok(end) => return markup.slice(start, end),
                Err(bound) => {
                    self.unclosed.retain(|(unclosed, _)| !std::ptr::eq(*unclosed, element));
                    self.unclosed.push((element, bound));
                }
            }
            markup.go_to(start);
        }
        let end = find_boundary(markup, scope, tag.name);
        markup.slice(start, end)
    }
}

/// Where the end tag of an element begins, and goes behind it; or else where the item ends.
fn find_end(markup: &mut Markup, scope: &Scope, name: &str) -> Result<usize, usize> {
    let mut nested = 0;
    loop {
        let at = markup.at();
        match markup.next() {
            None => return Err(at),
            Some(Token::Start(tag)) if tag.name.eq_ignore_ascii_case(name) => nested += usize::from(!tag.closed),
            Some(Token::End(end)) if end.eq_ignore_ascii_case(name) => match nested {
                0 => return Ok(at),
                _ => nested -= 1,
            },
            Some(Token::Start(Tag { name, .. }) | Token::End(name)) if bounds_items(scope, name) => return Err(at),
            Some(_) => {}
        }
    }
}

/// Where an element must end that lacks its end tag.
fn find_boundary(markup: &mut Markup, scope: &Scope, name: &str) -> usize {
    loop {
        let at = markup.at();
        let bounds = match markup.next() {
            None => return at,
            Some(Token::End(end)) if end.eq_ignore_ascii_case(name) => return at,
            Some(Token::Start(Tag { name, .. })) => bounds_items(scope, name) || is_field(scope, name),
            Some(Token::End(name)) => bounds_items(scope, name),
            Some(_) => false,
        };
        if bounds {
            markup.go_to(at);
            return at;
        }
    }
}

fn bounds_items(scope: &Scope, name: &str) -> bool {
    let (prefix, local) = names::split(name);
    names::bounds_items(scope.resolve(prefix), local)
}

/// Whether a name is an element of a feed that the HTML of a text seldom has.
fn is_field(scope: &Scope, name: &str) -> bool {
    let (prefix, local) = names::split(name);
    let ns = scope.resolve(prefix);
    ns != Ns::Xhtml && names::element(ns, local).is_some_and(|element| !element.is_html())
}
