//! Translates queries of professional services into the watch language. Every change is reported, and so is everything
//! without a counterpart.

use super::syntax::{ListNodes, parse};

/// The service a query comes from; `w/5` does not mean the same everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Nexis and most others: `w/5` in either order.
    #[default]
    Nexis,
    /// Factiva: `w/5` in this order.
    Factiva,
}

/// A query put into the watch language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// In the watch language.
    pub query: String,
    /// The changes: before, after, and the reason if it is not obvious.
    pub changes: Vec<Change>,
    /// The parts that could not be translated.
    pub problems: Vec<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// As pasted.
    pub was: String,
    /// As it is now.
    pub is: String,
    /// Why, in a few words.
    pub why: &'static str,
}

/// Puts a pasted query into the watch language.
pub fn import(text: &str, dialect: Dialect) -> Imported {
    let mut import = Import { dialect, out: Vec::new(), words: Vec::new(), imported: Imported::default() };
    pieces(text).into_iter().for_each(|piece| import.take(piece));
    import.end_words();
    let mut imported = import.imported;
    imported.query = joined(&import.out);
    if let Err(fault) = parse(&imported.query, &ListNodes::default()) {
        let hint = fault.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        imported.problems.push(format!("{}{hint}", fault.message));
    }
    imported
}

struct Import {
    dialect: Dialect,
    out: Vec<String>,
    /// Words side by side, which are a phrase in these services.
    words: Vec<String>,
    imported: Imported,
}

/// Splits at spaces, brackets and quotes; quoted text is one piece.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '"' | '“' | '”' => {
                let closed = rest[first.len_utf8()..].find(['"', '“', '”']).map(|at| at + first.len_utf8());
                closed.map_or(rest.len(), |at| at + rest[at..].chars().next().map_or(1, char::len_utf8))
            }
            '(' | ')' => 1,
            _ => rest.find(|c: char| c.is_whitespace() || "()\"“”".contains(c)).unwrap_or(rest.len()),
        };
        pieces.push(&rest[..len]);
        rest = rest[len..].trim_start();
    }
    pieces
}

fn joined(pieces: &[String]) -> String {
    let mut query = String::new();
    for piece in pieces {
        if !query.is_empty() && !query.ends_with('(') && piece != ")" {
            query.push(' ');
        }
        query += piece;
    }
    query
}

impl Import {
    fn take(&mut self, piece: &str) {
        let low = piece.to_lowercase();
        if low == "not" && self.out.last().is_some_and(|last| last == "AND") && self.words.is_empty() {
            self.change("and not", "AND NOT", "operators are upper case");
            self.out.pop();
            self.out.push("AND NOT".to_owned());
            return;
        }
        if let Some((operator, why)) = self.operator(&low) {
            self.end_words();
            // NOT before a distance is one operator.
            let operator = match self.out.last().map(String::as_str) {
                Some("AND NOT") if operator.starts_with("NEAR/") && !self.out_ends_in_operand() => {
                    self.out.pop();
                    format!("NOT {operator}")
                }
                _ => operator,
            };
            if operator != piece {
                self.change(piece, &operator, why);
            }
            self.out.push(operator);
            return;
        }
        match piece {
            "(" | ")" => {
                self.end_words();
                self.out.push(piece.to_owned());
            }
            _ if piece.starts_with(['"', '“', '”']) => {
                self.end_words();
                let inside = piece.trim_matches(['"', '“', '”']);
                let words: Vec<_> = inside.split_whitespace().map(|word| self.word(word)).collect();
                self.out.push(format!("\"{}\"", words.join(" ")));
            }
            _ => {
                if let Some(field) = self.field(piece) {
                    self.end_words();
                    self.out.push(field.0);
                    if !field.1.is_empty() {
                        let word = self.word(field.1);
                        self.words.push(word);
                    }
                    return;
                }
                if piece.starts_with('/') && piece.ends_with('/') && piece.len() > 2 {
                    let problem = format!("{piece} has no counterpart: hold the query to the lead with lead: (...)");
                    self.imported.problems.push(problem);
                    return;
                }
                let word = self.word(piece);
                self.words.push(word);
            }
        }
    }

    fn out_ends_in_operand(&self) -> bool {
        !self.words.is_empty()
    }

    /// Words side by side become a phrase.
    fn end_words(&mut self) {
        match self.words.len() {
            0 => return,
            1 => self.out.push(self.words[0].clone()),
            _ => {
                let bare = self.words.join(" ");
                let phrase = format!("\"{bare}\"");
                self.change(&bare, &phrase, "words side by side are a phrase there, near each other in any order here");
                self.out.push(phrase);
            }
        }
        self.words.clear();
    }

    /// An operator of these services, and why it reads otherwise here.
    fn operator(&self, low: &str) -> Option<(String, &'static str)> {
        const BETWEEN: &str =
            "n counts the words between here, one less than there; within a sentence, unless SAME PARAGRAPH follows";
        let number = |prefix: &str| low.strip_prefix(prefix).and_then(|rest| rest.parse::<u32>().ok());
        let between = |n: u32| n.saturating_sub(1).min(100);
        let upper = "operators are upper case";
        let plain = |text: &str, why| Some((text.to_owned(), why));
        match low {
            "and" => return plain("AND", upper),
            "or" => return plain("OR", upper),
            "not" | "andnot" => return plain("AND NOT", upper),
            "same" | "/p" | "w/p" | "w/para" | "/para" => return plain("SAME PARAGRAPH", "the same in words"),
            "/s" | "w/s" | "w/sent" | "/sent" => return plain("SAME SENTENCE", "the same in words"),
            "adj" => return plain("BEFORE/0", "adjacent, in this order"),
            _ => {}
        }
        if let Some(n) =
            low.strip_prefix("near/").and_then(|rest| rest.strip_suffix('f')).and_then(|n| n.parse::<u32>().ok())
        {
            return Some((
                format!("BEFORE/{}", n.min(100)),
                "f asks for this order; within a sentence, unless SAME PARAGRAPH follows",
            ));
        }
        if let Some(n) = number("near/") {
            let why = "the words between, as there; within a sentence, unless SAME PARAGRAPH follows";
            return Some((format!("NEAR/{}", n.min(100)), why));
        }
        if let Some(n) = number("near") {
            return Some((format!("NEAR/{}", between(n)), BETWEEN));
        }
        if let Some(n) = number("w/").or(number("within/")).or(number("/")) {
            return Some(match self.dialect {
                Dialect::Nexis => (format!("NEAR/{}", between(n)), BETWEEN),
                Dialect::Factiva => {
                    (format!("BEFORE/{}", between(n)), "in this order in Factiva; n counts the words between here")
                }
            });
        }
        if let Some(n) = number("pre/").or(number("adj")).or(number("onear/")).or(number("+")) {
            return Some((format!("BEFORE/{}", between(n)), BETWEEN));
        }
        number("atleast").map(|n| (format!("ATLEAST {n}"), "the number stands apart"))
    }

    /// A field of these services, and the text right after it.
    fn field<'p>(&mut self, piece: &'p str) -> Option<(String, &'p str)> {
        const FIELDS: &[(&str, &str)] = &[
            ("hd=", "title:"),
            ("hl=", "title:"),
            ("headline:", "title:"),
            ("headline=", "title:"),
            ("title:", "title:"),
            ("title=", "title:"),
            ("hlp=", "lead:"),
            ("hlead:", "lead:"),
            ("lp=", "lead:"),
            ("lead=", "lead:"),
            ("body=", "body:"),
            ("body:", "body:"),
            ("by=", "author:"),
            ("byline:", "author:"),
            ("author:", "author:"),
            ("sn=", "feed:"),
            ("sc=", "feed:"),
            ("source:", "feed:"),
            ("la=", "lang:"),
            ("language:", "lang:"),
            ("url:", "url:"),
        ];
        // Nexis writes fields like functions: the bracket that follows is a piece of its own.
        const FUNCTIONS: &[(&str, &str)] =
            &[("headline", "title:"), ("hlead", "lead:"), ("lead", "lead:"), ("byline", "author:")];
        let low = piece.to_lowercase();
        if let Some((was, is)) = FIELDS.iter().find(|(was, _)| low.starts_with(was)) {
            if was != is {
                self.change(was, is, "the name of the field here");
            }
            return Some(((*is).to_owned(), &piece[was.len()..]));
        }
        let (was, is) = FUNCTIONS.iter().find(|(was, _)| low == *was)?;
        if self.words.is_empty() && piece.chars().all(char::is_uppercase) {
            self.change(was, is, "the name of the field here");
            return Some(((*is).to_owned(), ""));
        }
        None
    }

    /// A word, its truncation and signs put into this language's.
    fn word(&mut self, word: &str) -> String {
        if let Some(rest) = word.strip_prefix("raw:") {
            return self.changed(word, format!("={rest}"), "exact form");
        }
        let cut = word.strip_suffix(['!', '$']);
        match cut {
            Some(stem) if !stem.is_empty() => self.changed(word, format!("{stem}*"), "truncation is * here"),
            _ => word.to_owned(),
        }
    }

    fn changed(&mut self, was: &str, is: String, why: &'static str) -> String {
        self.change(was, &is, why);
        is
    }

    fn change(&mut self, was: &str, is: &str, why: &'static str) {
        self.imported.changes.push(Change { was: was.to_owned(), is: is.to_owned(), why });
    }
}
