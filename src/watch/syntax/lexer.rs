//! A query's text to lexemes. Operators are UPPER CASE; everything else is a word.

use std::ops::Range;

use super::foreign::{Stand, left_out, refuse, single_quotes};
use super::word::meant;
use super::{Fault, Manner, Part, Reach, Relation, Word};

/// A lexeme and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lexeme {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

/// What a lexeme is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Word(Word),
    /// The text between quotes; `at` covers the quotes too.
    Quoted(String),
    List(String),
    Field(Part),
    Open,
    Close,
    Comma,
    Or,
    And,
    Not,
    Relation(Relation),
    AtLeast(u32),
    AnyOf(u32),
    End,
}

/// The greatest distance that can be asked for: beyond it, SAME PARAGRAPH says better what is meant.
const DISTANCE_MOST: u32 = 100;
/// The greatest count that ATLEAST and ANY take.
const COUNT_MOST: u32 = 100;
/// What fields are called elsewhere, and what to write here.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (&["headline", "intitle", "allintitle", "heading", "subject", "hl", "hd", "ti"], "write title:"),
    (&["text", "intext", "allintext", "content", "fulltext"], "write body:"),
    (&["lede", "hlead", "intro"], "write lead:"),
    (&["by", "byline", "from"], "write author:"),
    (&["site", "source", "publication", "domain", "outlet"], "write feed: or url:"),
    (&["inurl", "allinurl", "link", "http", "https"], "write url: and a word of the address"),
    (&["language", "la"], "write lang:"),
    (&["section", "topic", "label"], "write category:"),
    (
        &["before", "after", "since", "until", "date", "when", "daterange"],
        "leave it out: a watch reads what comes from now on",
    ),
];

/// Splits a query; the last lexeme is `End`. Stops at the first fault.
pub(super) fn lex(text: &str) -> Result<Vec<Lexeme>, Fault> {
    let mut lexer = Lexer { text, at: 0, lexemes: Vec::new() };
    lexer.run()?;
    let end = text.trim_end().len();
    lexer.lexemes.push(Lexeme { kind: Kind::End, at: end..end });
    Ok(lexer.lexemes)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    lexemes: Vec<Lexeme>,
}

impl<'t> Lexer<'t> {
    fn run(&mut self) -> Result<(), Fault> {
        while let Some(c) = self.rest().chars().next() {
            let start = self.at;
            match c {
                _ if c.is_whitespace() => self.at += c.len_utf8(),
                '(' => self.one(Kind::Open),
                ')' => self.one(Kind::Close),
                ',' | '，' | '،' => self.one_of(Kind::Comma, c),
                '"' | '“' | '”' | '„' | '«' | '»' => self.quoted(start, c)?,
                '{' => self.list(start)?,
                '}' => {
                    return Err(Fault::new(start..start + 1, "this } closes no list").hint("lists are written {name}"));
                }
                '[' | ']' => {
                    return Err(
                        Fault::new(start..start + 1, format!("{c} means nothing here")).hint("group with ( and )")
                    );
                }
                '|' | '&' | '+' if self.is_lone_symbol() => return Err(self.symbol(start)),
                _ => self.word(start)?,
            }
        }
        Ok(())
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn one(&mut self, kind: Kind) {
        self.one_of(kind, ' ');
    }

    fn one_of(&mut self, kind: Kind, c: char) {
        let start = self.at;
        self.at += c.len_utf8();
        self.lexemes.push(Lexeme { kind, at: start..self.at });
    }

    fn push(&mut self, kind: Kind, at: Range<usize>) {
        self.at = at.end;
        self.lexemes.push(Lexeme { kind, at });
    }

    fn quoted(&mut self, start: usize, open: char) -> Result<(), Fault> {
        let inside = start + open.len_utf8();
        let is_close = |c: char| match open {
            '"' => c == '"',
            '«' => c == '»',
            '»' => c == '«',
            _ => matches!(c, '“' | '”' | '"'),
        };
        // A quote between Hebrew letters belongs to the word: נדל"ן.
        let is_hebrew = |c: Option<char>| c.is_some_and(|c| ('א'..='ת').contains(&c));
        let mut candidates = self.text[inside..].char_indices().map(|(at, c)| (at + inside, c));
        let close = candidates.find(|(at, c)| {
            let (before, behind) = (&self.text[..*at], &self.text[at + c.len_utf8()..]);
            is_close(*c) && !(is_hebrew(before.chars().next_back()) && is_hebrew(behind.chars().next()))
        });
        let Some((close, _)) = close else {
            let sign_before = self.text[..start].contains("=\"");
            let hint =
                if sign_before { "= stands before each word: \"=close =the =office\"" } else { "add a \" at its end" };
            return Err(Fault::new(start..self.text.trim_end().len(), "this quote is never closed").hint(hint));
        };
        let end = close + self.text[close..].chars().next().map_or(1, char::len_utf8);
        if self.text[inside..close].trim().is_empty() {
            return Err(Fault::new(start..end, "nothing stands between these quotes"));
        }
        self.push(Kind::Quoted(self.text[inside..close].to_owned()), start..end);
        Ok(())
    }

    fn list(&mut self, start: usize) -> Result<(), Fault> {
        let Some(close) = self.rest().find('}').map(|at| at + start) else {
            return Err(Fault::new(start..start + 1, "this { is never closed").hint("lists are written {name}"));
        };
        let name = self.text[start + 1..close].trim();
        if name.is_empty() {
            return Err(Fault::new(start..close + 1, "this list has no name").hint("lists are written {name}"));
        }
        self.push(Kind::List(name.to_owned()), start..close + 1);
        Ok(())
    }

    fn is_lone_symbol(&self) -> bool {
        self.rest().trim_start_matches(['|', '&']).chars().next().is_none_or(char::is_whitespace)
            || self.rest().starts_with('+')
    }

    fn symbol(&self, start: usize) -> Fault {
        let symbol: &str =
            &self.rest()[..self.rest().find(|c| !matches!(c, '|' | '&' | '+')).unwrap_or(self.rest().len())];
        let hint = match symbol {
            "&" => "write AND; a name such as \"Marks & Spencer\" stands in quotes",
            _ if symbol.starts_with('|') => "write OR",
            _ => "write AND",
        };
        Fault::new(start..start + symbol.len(), format!("{symbol} is not an operator")).hint(hint)
    }

    /// A word, an operator or the name of a field.
    fn word(&mut self, start: usize) -> Result<(), Fault> {
        if let Some(fault) = left_out(self.text, start).or_else(|| single_quotes(self.text, start)) {
            return Err(fault);
        }
        let is_end = |c: char| {
            c.is_whitespace()
                || matches!(c, '(' | ')' | '{' | '}' | '[' | ']' | ',' | '，' | '“' | '”' | '„' | '«' | '»')
        };
        let mut end = start + self.rest().find(is_end).unwrap_or(self.rest().len());
        if let Some(quote) = self.text[start..end].find('"') {
            // A quote between letters is part of the word (Hebrew abbreviations); else it begins a phrase.
            let behind = self.text[start + quote + 1..end].chars().next();
            if !behind.is_some_and(char::is_alphabetic) || self.text[start..start + quote].ends_with(':') {
                end = start + quote;
            }
        }
        let written = &self.text[start..end];
        if let Some(kind) = self.operator(written, start..end)? {
            return Ok(kind);
        }
        if let Some((name, behind)) = written.split_once(':')
            && name.chars().all(|c| c.is_ascii_alphabetic())
            && !name.is_empty()
        {
            return self.prefixed(name, behind, start..end);
        }
        let word = self.meant(written, start..end)?;
        self.push(Kind::Word(word), start..end);
        Ok(())
    }

    /// `title:` and its kin, `caps:`, or a fault.
    fn prefixed(&mut self, name: &str, behind: &str, at: Range<usize>) -> Result<(), Fault> {
        let prefix = at.start..at.start + name.len() + 1;
        if name == "caps" {
            if behind.is_empty() {
                return Err(Fault::new(prefix, "caps: needs a word right behind it").hint("write caps:WHO"));
            }
            refuse(behind, &at, Stand::Bare)?;
            let word = Word { text: behind.to_owned(), manner: Manner::Caps };
            self.push(Kind::Word(word), at);
            return Ok(());
        }
        if let Some((_, part)) = Part::ALL.iter().find(|(known, _)| *known == name) {
            self.push(Kind::Field(*part), prefix);
            return Ok(());
        }
        let fault = Fault::new(prefix, format!("there is no field \"{name}\""));
        let low = name.to_lowercase();
        if let Some((_, own)) = ELSEWHERE.iter().find(|(names, _)| names.contains(&&*low)) {
            return Err(fault.hint(*own));
        }
        let known: Vec<_> = Part::ALL.iter().map(|(name, _)| format!("{name}:")).collect();
        Err(fault.hint(format!("fields are {} and the sign caps:", known.join(" "))))
    }

    /// Takes an operator; `None` when it is not one.
    fn operator(&mut self, written: &str, at: Range<usize>) -> Result<Option<()>, Fault> {
        let (name, number) = match written.split_once('/') {
            Some((name, number)) => (name, Some(number)),
            None => (written, None),
        };
        let kind = match (name, number) {
            ("OR", None) => Kind::Or,
            ("AND", None) => Kind::And,
            ("NOT", None) => match self.following(at.end) {
                Some((near, end)) if near.starts_with("NEAR") => {
                    let (_, n) = near.split_once('/').unwrap_or(("NEAR", ""));
                    let n = self.distance("NOT NEAR", Some(n), at.start..end)?;
                    self.reaching(|reach| Relation::NotNear(n, reach), at.start..end);
                    return Ok(Some(()));
                }
                _ => Kind::Not,
            },
            ("NEAR", n) => {
                let n = self.distance("NEAR", n, at.clone())?;
                self.reaching(|reach| Relation::Near(n, reach), at);
                return Ok(Some(()));
            }
            ("BEFORE", n) => {
                let n = self.distance("BEFORE", n, at.clone())?;
                self.reaching(|reach| Relation::Before(n, reach), at);
                return Ok(Some(()));
            }
            ("SAME", None) => return self.same(at).map(Some),
            ("ATLEAST", n) => return self.counted(n, at).map(Some),
            ("ANY", None) => return self.any_of(at).map(Some),
            ("OF" | "SENTENCE" | "PARAGRAPH", None) => {
                let hint =
                    if name == "OF" { "write ANY 2 OF (a, b, c)" } else { "write SAME SENTENCE or SAME PARAGRAPH" };
                return Err(Fault::new(at, format!("{name} does not stand alone")).hint(hint));
            }
            _ => return Ok(None),
        };
        self.push(kind, at);
        Ok(Some(()))
    }

    /// The next run of non-space behind a byte, and where it ends.
    fn following(&self, at: usize) -> Option<(&'t str, usize)> {
        let rest = &self.text[at..];
        let start = at + (rest.len() - rest.trim_start().len());
        let len = self.text[start..]
            .find(|c: char| c.is_whitespace() || "()\"{},".contains(c))
            .unwrap_or(self.text.len() - start);
        (len > 0).then(|| (&self.text[start..start + len], start + len))
    }

    fn distance(&self, name: &str, number: Option<&str>, at: Range<usize>) -> Result<u32, Fault> {
        match number.map(str::parse::<u32>) {
            Some(Ok(n)) if n <= DISTANCE_MOST => Ok(n),
            Some(Ok(_)) => Err(Fault::new(at, format!("{name} takes at most {DISTANCE_MOST} words between"))
                .hint("use SAME PARAGRAPH for things further apart")),
            _ => Err(Fault::new(at, format!("{name} needs a number: how many words may stand between"))
                .hint(format!("write {name}/5"))),
        }
    }

    /// A distance, and how far it reaches when SAME SENTENCE or SAME PARAGRAPH stands behind it: both are one operator.
    fn reaching(&mut self, relation: impl Fn(Reach) -> Relation, at: Range<usize>) {
        let (reach, end) = match self.following(at.end) {
            Some(("SAME", same)) => match self.following(same) {
                Some(("SENTENCE", end)) => (Reach::Sentence, end),
                Some(("PARAGRAPH", end)) => (Reach::Paragraph, end),
                _ => (Reach::Sentence, at.end),
            },
            _ => (Reach::Sentence, at.end),
        };
        self.push(Kind::Relation(relation(reach)), at.start..end);
    }

    fn same(&mut self, at: Range<usize>) -> Result<(), Fault> {
        match self.following(at.end) {
            Some(("SENTENCE", end)) => self.push(Kind::Relation(Relation::SameSentence), at.start..end),
            Some(("PARAGRAPH", end)) => self.push(Kind::Relation(Relation::SameParagraph), at.start..end),
            _ => return Err(Fault::new(at, "SAME needs SENTENCE or PARAGRAPH behind it").hint("write SAME SENTENCE")),
        }
        Ok(())
    }

    fn counted(&mut self, number: Option<&str>, at: Range<usize>) -> Result<(), Fault> {
        let (n, end) = match number {
            Some(n) => (n, at.end),
            None => self.following(at.end).unwrap_or(("", at.end)),
        };
        let n = self.count(n, at.start..end, "ATLEAST", "write ATLEAST 3 mediation")?;
        self.push(Kind::AtLeast(n), at.start..end);
        Ok(())
    }

    fn any_of(&mut self, at: Range<usize>) -> Result<(), Fault> {
        let (n, end) = self.following(at.end).unwrap_or(("", at.end));
        let hint = "write ANY 2 OF (a, b, c)";
        let n = self.count(n, at.start..end, "ANY", hint)?;
        match self.following(end) {
            Some(("OF", end)) => self.push(Kind::AnyOf(n), at.start..end),
            _ => return Err(Fault::new(at.start..end, "ANY needs OF behind its number").hint(hint)),
        }
        Ok(())
    }

    fn count(&self, n: &str, at: Range<usize>, name: &str, hint: &str) -> Result<u32, Fault> {
        match n.parse() {
            Ok(n) if (1..=COUNT_MOST).contains(&n) => Ok(n),
            Ok(_) => Err(Fault::new(at, format!("{name} takes a number from 1 to {COUNT_MOST}")).hint(hint)),
            Err(_) => {
                Err(Fault::new(at.start..at.start + name.len(), format!("{name} needs a number behind it")).hint(hint))
            }
        }
    }

    /// Reads the signs on a word. In an address or a label any sign may stand.
    fn meant(&self, written: &str, at: Range<usize>) -> Result<Word, Fault> {
        match self.lexemes.last() {
            Some(Lexeme { kind: Kind::Field(part), .. }) if !part.is_text() => meant(written, at, Stand::Label),
            // The parser says what to write.
            Some(Lexeme { kind: Kind::Quoted(_), at: before })
                if before.end == at.start && written.starts_with('~') =>
            {
                Ok(Word { text: written.to_owned(), manner: Manner::Family })
            }
            _ => meant(written, at, Stand::Bare),
        }
    }
}
