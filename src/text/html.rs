//! HTML to plain text: tags go, entities are decoded, block tags end paragraphs. Linear, never fails, knows no DOM.
//!
//! Paragraphs are parted by one newline; all other white space becomes one space. A feed's markup is broken as often as
//! not, so nothing here depends on tags matching, except that what scripts and styles hold is no text.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use super::markup::{Markup, Tag, Token};

/// Plain text, and the places of its words in the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    /// The plain text.
    pub text: String,
    /// Pairs of (byte in the text, byte in the source), ascending: from each on, both go in step until the next.
    anchors: Vec<(usize, usize)>,
    /// How long the source is: an entity may stand for more bytes than it has.
    source: usize,
}

impl Mapped {
    /// The byte of the source that a byte of the text came from; within an entity, the entity's beginning.
    pub fn source_offset(&self, at: usize) -> usize {
        let next = self.anchors.partition_point(|(text, _)| *text <= at);
        match next.checked_sub(1).map(|n| self.anchors[n]) {
            Some((text, source)) => {
                let limit =
                    self.anchors.get(next).map_or(self.source, |(_, after)| after.saturating_sub(1).max(source));
                (source + (at - text)).min(limit)
            }
            None => 0,
        }
    }
}

/// The text of a summary or article in HTML.
pub fn to_text(html: &str) -> String {
    convert(html, Tags::All, false).text
}

/// The same, with a map back to the source.
pub fn to_mapped_text(html: &str) -> Mapped {
    convert(html, Tags::All, true)
}

/// The text of a title in HTML, or said to be: only tags of HTML count as tags, so that `List<T>` survives, and it is
/// one line.
pub fn title_to_text(html: &str) -> String {
    let mut title = convert(html, Tags::Known, false).text;
    if memchr(b'\n', title.as_bytes()).is_some() {
        title = title.replace('\n', " ");
    }
    title
}

/// The text of something that calls itself plain text; many feeds say so of HTML.
pub fn plain_to_text(text: &str) -> String {
    if looks_like_html(text) {
        return convert(text, Tags::Known, false).text;
    }
    let mut plain = Plain::new(text.len(), false);
    for (n, paragraph) in text.split("\n\n").enumerate() {
        if n > 0 {
            plain.gap = Gap::Paragraph;
        }
        plain.character_data(paragraph, 0);
    }
    plain.unescaped_again(false).text
}

/// Whether text that may be plain is HTML: it has an end tag or an empty element of HTML.
pub fn looks_like_html(text: &str) -> bool {
    memchr(b'<', text.as_bytes()).is_some()
        && Markup::new(text).any(|token| match token {
            Token::End(name) => is_tag(name),
            Token::Start(tag) => ["br", "img", "p", "hr"].iter().any(|void| tag.name.eq_ignore_ascii_case(void)),
            _ => false,
        })
}

/// Whether a name is an element of HTML.
pub fn is_tag(name: &str) -> bool {
    role(name) != Role::Unknown
}

/// Which tags are tags.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tags {
    /// Whatever looks like one.
    All,
    /// Those of HTML; what else is in angle brackets is text.
    Known,
}

/// What an element means for the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It begins and ends a paragraph.
    Block,
    /// It parts words, as table cells do.
    Cell,
    /// A line break: two of them end a paragraph.
    Break,
    /// It leaves no trace.
    Inline,
    /// Its content is not text.
    Hidden,
    /// Not an element of HTML.
    Unknown,
}

/// The elements of HTML, also of old times, by what they mean for the text.
const ELEMENTS: &[(Role, &[&str])] = &[
    (Role::Break, &["br"]),
    (
        Role::Block,
        &[
            "p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "section", "article",
            "header", "footer", "figure", "pre", "hr", "dl", "dt", "dd", "address", "aside", "main", "details",
            "summary", "form", "fieldset", "legend", "center", "body", "html", "head", "title", "thead", "tbody",
            "tfoot", "caption", "menu", "dir", "optgroup", "option", "hgroup", "search", "dialog",
        ],
    ),
    (Role::Block, &["blockquote", "figcaption"]),
    (Role::Cell, &["td", "th"]),
    (Role::Hidden, &["script", "style", "template", "applet", "nav"]),
    (
        Role::Inline,
        &[
            "a", "b", "i", "em", "strong", "span", "img", "u", "s", "small", "sub", "sup", "code", "cite", "q", "abbr",
            "acronym", "font", "big", "tt", "strike", "del", "ins", "mark", "time", "kbd", "samp", "var", "dfn", "bdi",
            "bdo", "label", "input", "button", "select", "textarea", "iframe", "object", "embed", "param", "video",
            "audio", "source", "track", "picture", "canvas", "map", "area", "svg", "math", "wbr", "ruby", "rt", "rp",
            "rb", "noscript", "link", "meta", "base", "col", "colgroup", "blink", "marquee", "nobr", "data", "meter",
            "output", "progress", "datalist", "noframes", "frame", "frameset", "basefont", "slot",
        ],
    ),
];

fn role(name: &str) -> Role {
    let named = |(_, names): &&(Role, &[&str])| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    ELEMENTS.iter().find(named).map_or(Role::Unknown, |(role, _)| *role)
}

/// What stands between the last word and the next; the wider wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
    Paragraph,
}

/// Plain text in the making.
struct Plain {
    out: Mapped,
    mapping: bool,
    gap: Gap,
    /// What a line break in the source is: white space in HTML, the end of a paragraph in text that was HTML before.
    line_break: Gap,
}

impl Plain {
    fn new(capacity: usize, mapping: bool) -> Self {
        let out = Mapped { text: String::with_capacity(capacity), anchors: Vec::new(), source: capacity };
        Plain { out, mapping, gap: Gap::None, line_break: Gap::Space }
    }

    /// Adds text without entities that stands at `at` in the source.
    fn words(&mut self, text: &str, at: usize) {
        let mut rest = text;
        loop {
            let trimmed = rest.trim_start();
            let space = &rest[..rest.len() - trimmed.len()];
            if !space.is_empty() {
                let broken = self.line_break > Gap::Space && space.contains('\n');
                self.gap = self.gap.max(if broken { self.line_break } else { Gap::Space });
            }
            let Some(end) = word_end(trimmed) else { return };
            self.word(&trimmed[..end], at + text.len() - trimmed.len());
            rest = &trimmed[end..];
        }
    }

    fn word(&mut self, word: &str, at: usize) {
        // Control characters are not text, and some of them control a terminal.
        let word = match word.bytes().any(|byte| byte.is_ascii_control()) {
            true => Cow::Owned(word.replace(|c: char| c.is_ascii_control(), "")),
            false => Cow::Borrowed(word),
        };
        if word.is_empty() {
            return;
        }
        let out = &mut self.out;
        match self.gap {
            Gap::None => {}
            _ if out.text.is_empty() => {}
            Gap::Space | Gap::Line => out.text.push(' '),
            Gap::Paragraph => out.text.push('\n'),
        }
        self.gap = Gap::None;
        if self.mapping {
            out.anchors.push((out.text.len(), at));
        }
        out.text.push_str(&word);
    }

    /// Adds raw character data that stands at `at` in the source.
    fn character_data(&mut self, raw: &str, at: usize) {
        let mut from = 0;
        while let Some(found) = memchr(b'&', &raw.as_bytes()[from..]) {
            let start = from + found;
            self.stray_references(&raw[..start], from, at);
            let end = start + reference_length(&raw[start..]);
            self.words(&reference(&raw[start..end]), at + start);
            from = end;
        }
        self.stray_references(raw, from, at);
    }

    /// Adds what is left of a text from `from` on, which has no ampersands. Some wires lose them on the way and leave
    /// `it #39;s` or `quot;Never quot;`.
    fn stray_references(&mut self, text: &str, mut from: usize, at: usize) {
        let begin = from;
        for end in memchr_iter(b';', &text.as_bytes()[begin..]).map(|end| begin + end) {
            let Some(start) = stray_reference(&text[..end]).filter(|start| *start >= from) else { continue };
            // What stands right behind a reference is the rest of one that was escaped twice.
            if start > 0 && start == from {
                continue;
            }
            self.words(&text[from..start], at + from);
            // The ampersand became a space. It was none before what belongs to the word: an apostrophe, a closing mark.
            let (name, behind) = (&text[start..end], &text[end + 1..]);
            let is_joined = matches!(name, "#39" | "#8217") || behind.is_empty() || behind.starts_with(' ');
            if is_joined && self.gap == Gap::Space {
                self.gap = Gap::None;
            }
            self.words(&reference(&format!("&{name};")), at + start);
            from = end + 1;
        }
        self.words(&text[from..], at + from);
    }

    /// The text, once more without what was escaped twice: markup where the source had none, and entities.
    fn unescaped_again(self, had_tags: bool) -> Mapped {
        let text = &self.out.text;
        let mut second = Plain::new(text.len(), self.mapping);
        second.line_break = Gap::Paragraph;
        if !had_tags && looks_like_html(text) {
            second.markup(text, Tags::Known);
        } else if has_references(text) {
            // Only the entities: what looks like a tag now was written to be read.
            second.character_data(text, 0);
        } else {
            return self.out;
        }
        let back = |(at, inner): &(usize, usize)| (*at, self.out.source_offset(*inner));
        let anchors = second.out.anchors.iter().map(back).collect();
        Mapped { anchors, text: second.out.text, source: self.out.source }
    }

    /// Adds a whole text with its markup; also says whether there were tags.
    fn markup(&mut self, html: &str, tags: Tags) -> bool {
        let mut markup = Markup::new(html);
        let mut had_tags = false;
        loop {
            let at = markup.at();
            let Some(token) = markup.next() else { return had_tags };
            let name = match token {
                Token::Text(raw) => {
                    self.character_data(raw, at);
                    continue;
                }
                Token::Cdata(text) => {
                    self.words(text, at + 9);
                    continue;
                }
                Token::Doctype(_) => continue,
                Token::Start(Tag { name, .. }) | Token::End(name) => name,
            };
            let role = role(name);
            let whole = markup.slice(at, markup.at());
            let is_text = (role == Role::Unknown && !name.contains(':')) || !whole.ends_with('>');
            if is_text && tags == Tags::Known {
                self.character_data(whole, at);
                continue;
            }
            had_tags = true;
            self.tag(role);
            if role == Role::Hidden && matches!(token, Token::Start(tag) if !tag.closed) {
                markup.go_to(hidden_end(html, markup.at(), name));
            }
        }
    }

    fn tag(&mut self, role: Role) {
        let gap = match role {
            Role::Block => Gap::Paragraph,
            Role::Break if self.gap == Gap::Line => Gap::Paragraph,
            Role::Break => Gap::Line,
            Role::Cell => Gap::Space,
            Role::Inline | Role::Hidden | Role::Unknown => Gap::None,
        };
        self.gap = self.gap.max(gap);
    }
}

/// Where the first word ends; none when there is no word.
fn word_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t'..=b'\r' => break,
            0..=0x7f => at += 1,
            // White space beyond ASCII begins with one of these bytes only.
            0xc2 | 0xe1..=0xe3 if text[at..].starts_with(char::is_whitespace) => break,
            _ => at += 1 + bytes[at + 1..].iter().take_while(|byte| **byte & 0xc0 == 0x80).count(),
        }
    }
    (at > 0).then_some(at)
}

/// What a reference stands for. The commonest are not worth a search.
fn reference(raw: &str) -> Cow<'_, str> {
    match raw {
        "&amp;" => Cow::Borrowed("&"),
        "&lt;" => Cow::Borrowed("<"),
        "&gt;" => Cow::Borrowed(">"),
        "&quot;" => Cow::Borrowed("\""),
        "&nbsp;" => Cow::Borrowed(" "),
        _ => htmlize::unescape(raw),
    }
}

/// Where at the end of a text the name begins of a reference whose ampersand is gone: a number's or a quotation mark's.
fn stray_reference(text: &str) -> Option<usize> {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let before = &text[..text.len() - digits];
    match before.strip_suffix('#') {
        Some(before) => (2..=5).contains(&digits).then_some(before.len()),
        None => text.strip_suffix("quot").map(str::len).filter(|at| !text[..*at].ends_with(char::is_alphanumeric)),
    }
}

/// How long a reference such as `&amp;` or `&#8217;` is that the text begins with; 1 when it is a bare ampersand.
pub(crate) fn reference_length(text: &str) -> usize {
    const LONGEST_NAME: usize = 33;
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'_' | b'-' | b'.');
    let name = text.bytes().skip(1).take(LONGEST_NAME).take_while(in_name);
    let end = 1 + name.count();
    end + usize::from(text.as_bytes().get(end) == Some(&b';'))
}

fn convert(html: &str, tags: Tags, mapping: bool) -> Mapped {
    let mut plain = Plain::new(html.len(), mapping);
    let had_tags = plain.markup(html, tags);
    plain.unescaped_again(had_tags)
}

/// Whether entities are left in a text from which they were decoded: the source had them escaped twice.
fn has_references(text: &str) -> bool {
    memchr(b'&', text.as_bytes()).is_some() && htmlize::unescape(text) != text
}

/// Where the end tag of an element begins whose inside is not looked at; the end of the text when there is none.
fn hidden_end(html: &str, from: usize, name: &str) -> usize {
    let bytes = html.as_bytes();
    let ends = memmem::find_iter(&bytes[from..], b"</").map(|at| from + at);
    let named = |at: &usize| {
        bytes.get(at + 2..at + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()))
    };
    ends.into_iter().find(named).unwrap_or(html.len())
}
