//! Tokens of HTML or XML as it is written, not as it should be. Refuses nothing, changes nothing, linear in the input.
//!
//! Stray `<` and `&` are text, quotes may be missing, comments and CDATA sections may be unclosed.

use memchr::{memchr, memchr2, memmem};

/// A piece of a document. Text is raw: entities are not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A start tag.
    Start(Tag<'a>),
    /// An end tag, by its name.
    End(&'a str),
    /// Character data.
    Text(&'a str),
    /// The inside of a CDATA section: character data without entities.
    Cdata(&'a str),
    /// The inside of a document type declaration.
    Doctype(&'a str),
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The name as written, prefix and all.
    pub name: &'a str,
    /// What stands between the name and the end of the tag.
    inside: &'a str,
    /// Whether it ends in `/>`.
    pub closed: bool,
}

/// Most attributes read of one tag; a hostile tag can hold millions.
const ATTRIBUTES: usize = 64;

impl<'a> Tag<'a> {
    /// The attributes in order: name and raw value, empty where there is none.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut rest = self.inside;
        std::iter::from_fn(move || next_attribute(&mut rest)).take(ATTRIBUTES)
    }

    /// The raw value of an attribute, by its name in any case.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// How the pieces that are no tags begin and end.
const COMMENT: (&str, &str) = ("<!--", "-->");
const CDATA: (&str, &str) = ("<![CDATA[", "]]>");
const DOCTYPE: (&str, &str) = ("<!DOCTYPE", ">");
/// `<?php echo ">" ?>` would fool this; instructions that hold `>` are rarer than those that are never closed.
const INSTRUCTION: (&str, &str) = ("<?", ">");
/// What ends the internal subset of a document type declaration.
const SUBSET: &str = "]";

/// Where searches to the end of the document were in vain: from that byte on, there is no such end. Without this
/// memory, megabytes of `<!--` cost quadratic time.
#[derive(Clone, Debug, Default)]
struct Ends(Vec<(&'static str, usize)>);

impl Ends {
    fn find(&mut self, text: &str, from: usize, end: &'static str) -> Option<usize> {
        let known = self.0.iter_mut().find(|(known, _)| *known == end);
        if known.as_ref().is_some_and(|(_, vain)| from >= *vain) {
            return None;
        }
        let found = memmem::find(&text.as_bytes()[from..], end.as_bytes()).map(|at| from + at);
        match (found, known) {
            (Some(_), _) => {}
            (None, Some((_, vain))) => *vain = from,
            (None, None) => self.0.push((end, from)),
        }
        found
    }
}

fn next_attribute<'a>(rest: &mut &'a str) -> Option<(&'a str, &'a str)> {
    let start = rest.find(|c: char| !c.is_whitespace() && !matches!(c, '/' | '"' | '\'' | '='))?;
    let text = &rest[start..];
    let end = text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let Some(value) = after.trim_start().strip_prefix('=') else {
        *rest = after;
        return Some((name, ""));
    };
    let value = value.trim_start();
    let quoted = value.strip_prefix(['"', '\'']).map(|inner| (inner, &value[..1]));
    let (value, after) = match quoted {
        Some((inner, quote)) => inner.split_once(quote).unwrap_or((inner, "")),
        None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
    };
    *rest = after;
    Some((name, value))
}

/// Reads a document token by token.
#[derive(Clone, Debug)]
pub struct Markup<'a> {
    text: &'a str,
    at: usize,
    ends: Ends,
}

impl<'a> Markup<'a> {
    /// Starts at the beginning of a document.
    pub fn new(text: &'a str) -> Self {
        Markup { text, at: 0, ends: Ends::default() }
    }

    /// The byte at which the next token begins.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes on at a byte where some token began.
    pub fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The document from `start` to `end`.
    pub fn slice(&self, start: usize, end: usize) -> &'a str {
        &self.text[start..end]
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes `length` bytes off the rest.
    fn take(&mut self, length: usize) -> &'a str {
        let taken = &self.text[self.at..self.at + length];
        self.at += length;
        taken
    }

    /// A declaration, comment, CDATA section or processing instruction. `None`: skipped.
    fn special(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let (opening, closing) = match rest {
            comment if comment.starts_with(COMMENT.0) => COMMENT,
            cdata if starts_with_ignore_case(cdata, CDATA.0) => CDATA,
            doctype if starts_with_ignore_case(doctype, DOCTYPE.0) => DOCTYPE,
            _ => INSTRUCTION,
        };
        if opening == INSTRUCTION.0 {
            // One that is not closed ends where the next tag begins: it would take that with it.
            let inside = &rest[opening.len()..];
            let length =
                memchr2(b'<', b'>', inside.as_bytes()).map_or(0, |at| at + usize::from(inside.as_bytes()[at] == b'>'));
            self.take(opening.len() + length);
            return None;
        }
        let subset =
            opening == DOCTYPE.0 && memchr2(b'[', b'>', rest.as_bytes()).is_some_and(|at| rest[at..].starts_with('['));
        let start = self.at + opening.len();
        let end = match subset {
            // An internal subset holds `>` as well; the declaration ends behind its bracket.
            true => {
                self.ends.find(self.text, start, SUBSET).and_then(|bracket| self.ends.find(self.text, bracket, closing))
            }
            false => self.ends.find(self.text, start, closing),
        };
        // Unclosed: only the marker goes, as whole feeds would vanish behind it.
        let Some(end) = end else {
            self.take(opening.len());
            return None;
        };
        let inside = &self.text[start..end];
        self.at = end + closing.len();
        match opening {
            _ if opening == CDATA.0 => Some(Token::Cdata(inside)),
            _ if opening == DOCTYPE.0 => Some(Token::Doctype(inside)),
            _ => None,
        }
    }

    fn end_tag(&mut self) -> Token<'a> {
        let rest = self.rest();
        let inside = &rest[2..];
        let name = &inside[..name_length(inside)];
        let length = match memchr2(b'<', b'>', inside.as_bytes()) {
            Some(end) if inside.as_bytes()[end] == b'>' => end + 1,
            Some(end) => end,
            None => inside.len(),
        };
        self.take(2 + length);
        Token::End(name)
    }

    fn start_tag(&mut self) -> Token<'a> {
        let rest = self.rest();
        let name_end = 1 + name_length(&rest[1..]);
        let (inside_end, length) = tag_end(rest, name_end);
        let tag = self.take(length);
        let inside = &tag[name_end..inside_end];
        let closed = inside.ends_with('/');
        Token::Start(Tag { name: &tag[1..name_end], inside: inside.strip_suffix('/').unwrap_or(inside), closed })
    }
}

impl<'a> Iterator for Markup<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            let bytes = rest.as_bytes();
            match bytes {
                [] => return None,
                [b'<', b'!' | b'?', ..] => match self.special() {
                    Some(token) => return Some(token),
                    None => continue,
                },
                [b'<', b'/', c, ..] if begins_name(*c) => return Some(self.end_tag()),
                [b'<', c, ..] if begins_name(*c) => return Some(self.start_tag()),
                _ => {
                    // A stray `<` belongs to the text, which goes up to the next one.
                    let length = memchr(b'<', &bytes[1..]).map_or(bytes.len(), |end| end + 1);
                    return Some(Token::Text(self.take(length)));
                }
            }
        }
    }
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn name_length(text: &str) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'<' | b'=' | b'"' | b'\'');
    text.as_bytes().iter().position(ends).unwrap_or(text.len())
}

fn starts_with_ignore_case(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Where a tag's inside ends and how long the tag is, `>` included. Quoted values may hold `>`; a quote that is never
/// closed does not count; a tag without `>` ends before the next `<`.
fn tag_end(text: &str, from: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'>' => return (at, at + 1),
            b'<' => return (at, at),
            b'"' | b'\'' if opens_value(&bytes[from..at]) => at = closing_quote(bytes, at).unwrap_or(at) + 1,
            _ => at += 1,
        }
    }
    (at, at)
}

/// Whether a quote that follows these bytes opens an attribute's value.
fn opens_value(before: &[u8]) -> bool {
    before.trim_ascii_end().ends_with(b"=")
}

/// The quote that closes the one at `open`. A value with a `<` in it is believed only when its end looks like one:
/// otherwise this quote was forgotten and the next one opens another tag's value.
fn closing_quote(bytes: &[u8], open: usize) -> Option<usize> {
    let close = open + 1 + memchr(bytes[open], &bytes[open + 1..])?;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
    let believed = memchr(b'<', &bytes[open..close]).is_none() || bytes.get(close + 1).is_none_or(ends);
    believed.then_some(close)
}
