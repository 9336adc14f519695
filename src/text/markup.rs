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
    /// Set once a search to the end found no `-->`: without this memory, megabytes of `<!--` cost quadratic time.
    no_comment_end: bool,
    /// The same for `]]>`.
    no_cdata_end: bool,
}

impl<'a> Markup<'a> {
    /// Starts at the beginning of a document.
    pub fn new(text: &'a str) -> Self {
        Markup { text, at: 0, no_comment_end: false, no_cdata_end: false }
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
        const COMMENT: &str = "<!--";
        const CDATA: &str = "<![CDATA[";
        let rest = self.rest();
        if rest.starts_with(COMMENT) {
            let end = if self.no_comment_end { None } else { memmem::find(&rest.as_bytes()[4..], b"-->") };
            self.no_comment_end |= end.is_none();
            // Unclosed: only the marker goes, as whole feeds would vanish behind it.
            self.take(end.map_or(COMMENT.len(), |end| end + 7));
            return None;
        }
        if starts_with_ignore_case(rest, CDATA) {
            let end = if self.no_cdata_end { None } else { memmem::find(&rest.as_bytes()[9..], b"]]>") };
            self.no_cdata_end |= end.is_none();
            return match end {
                Some(end) => self.take(end + 12).get(9..end + 9).map(Token::Cdata),
                None => {
                    self.take(CDATA.len());
                    None
                }
            };
        }
        if starts_with_ignore_case(rest, "<!DOCTYPE") {
            let inside = self.take(doctype_length(rest));
            return Some(Token::Doctype(&inside[9..]));
        }
        // `<?php echo ">" ?>` would fool this; PIs that hold `>` are rarer than PIs that are never closed.
        self.take(memchr(b'>', rest.as_bytes()).map_or(2, |end| end + 1));
        None
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

/// How long a document type declaration is, an internal subset in brackets included.
fn doctype_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let closes = |from: usize| memchr(b'>', &bytes[from..]).map_or(bytes.len(), |end| from + end + 1);
    match memchr2(b'[', b'>', bytes) {
        Some(open) if bytes[open] == b'[' => {
            memchr(b']', &bytes[open..]).map_or(closes(open), |end| closes(open + end))
        }
        _ => closes(0),
    }
}
