//! Signs of other query languages: each is refused with what says the same here. Nothing that was typed is dropped in
//! silence.

use std::ops::Range;

use super::{Fault, Part};
use crate::text::fold::{Class, table};
use crate::text::html;

/// The place of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// By itself.
    Bare,
    /// Alone between quotes.
    Quoted,
    /// Between quotes with other words: there punctuation is that of a sentence.
    InPhrase,
    /// In a name, a label or an address, where any sign is allowed.
    Label,
}

/// Letters of a word that is more than an abbreviation.
const WORD_LETTERS_LEAST: usize = 3;

/// The fault of a word that has signs of another language. `written` is what was typed, without `=` or `caps:`.
pub(super) fn refuse(written: &str, at: &Range<usize>, stand: Stand) -> Result<(), Fault> {
    if stand == Stand::Label || written.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(());
    }
    let told = backslash(written)
        .or_else(|| markup(written))
        .or_else(|| alternatives(written))
        .or_else(|| expression(written))
        .or_else(|| weight(written))
        .or_else(|| range_of_numbers(written))
        .or_else(|| percent(written))
        .or_else(|| parting(written))
        .or_else(|| if stand == Stand::InPhrase { None } else { edges(written) });
    match told {
        Some((message, hint)) => Err(Fault::new(at.clone(), message).hint(hint)),
        None => Ok(()),
    }
}

/// What is wrong, and what to write.
type Told = (String, String);

fn told(message: impl Into<String>, hint: impl Into<String>) -> Option<Told> {
    Some((message.into(), hint.into()))
}

/// The letters, digits and the signs between them: what was meant to be found.
fn core(written: &str) -> &str {
    written.trim_matches(|c: char| !c.is_alphanumeric())
}

fn backslash(written: &str) -> Option<Told> {
    if !written.contains('\\') {
        return None;
    }
    if let Some(decoded) = escapes(written) {
        let hint = match decoded.contains('\'') {
            true => format!("write {decoded} and put three single quotes around the query: '''...'''"),
            false => format!("write {decoded}"),
        };
        return told("\\u stands for itself here: no escape is read between single quotes", hint);
    }
    let any_letters =
        [("\\w*", "*"), ("\\w+", "*"), ("\\s+", " "), ("\\s*", " "), ("\\s", " "), ("\\b", ""), ("\\", "")];
    let bare = any_letters.iter().fold(written.to_owned(), |bare, (from, to)| bare.replace(from, to));
    let bare = bare.trim_matches(|c: char| !c.is_alphanumeric() && c != '*');
    let hint = match bare.is_empty() {
        true => "leave it out".to_owned(),
        false if written.contains("\\b") && !bare.contains('*') => {
            format!("write ={bare} for this form alone, or {bare} for all of its forms")
        }
        false => format!("write {bare}"),
    };
    told("\\ means nothing here: words are whole words, and there are no regular expressions", hint)
}

/// The word with its \u0027 read.
fn escapes(written: &str) -> Option<String> {
    let mut decoded = String::new();
    let mut pieces = written.split("\\u");
    decoded += pieces.next()?;
    let mut any = false;
    for piece in pieces {
        let code = piece.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32)?;
        decoded.push(code);
        decoded += &piece[4..];
        any = true;
    }
    any.then_some(decoded)
}

fn markup(written: &str) -> Option<Told> {
    let is_tag = written.contains(['<', '>']);
    let is_entity = written.contains('&') && written.contains(';');
    let plain = html::title_to_text(written);
    if is_entity && plain != written {
        return told(format!("{written} is HTML; the text is searched as it is read"), format!("write {plain}"));
    }
    if !is_tag {
        return None;
    }
    let words: String = plain.chars().filter(|c| !matches!(c, '<' | '>')).collect();
    let hint = if core(&words).is_empty() { "leave it out".to_owned() } else { format!("write {}", core(&words)) };
    told("< and > mean nothing here: tags are gone from the text", hint)
}

fn alternatives(written: &str) -> Option<Told> {
    if written.contains('|') {
        let parts: Vec<&str> = written.split('|').map(core).filter(|part| !part.is_empty()).collect();
        let hint = match parts[..] {
            [] | [_] => "write OR".to_owned(),
            _ => format!("write {}", parts.join(" OR ")),
        };
        return told("| is not an operator", hint);
    }
    for sign in ["&&", "&", "+"] {
        let Some((one, other)) = written.split_once(sign) else { continue };
        if is_plain_word(one) && is_plain_word(other) || sign == "&&" {
            let (one, other) = (core(one), core(other));
            let hint = format!("write {one} AND {other}, or {one} {other} for both in a sentence");
            return told(format!("{sign} is not an operator"), hint);
        }
    }
    if let Some((one, other)) = written.split_once('=')
        && !one.is_empty()
    {
        let is_field = Part::ALL.iter().any(|(name, _)| *name == one);
        let hint =
            if is_field { format!("write {one}: {other}") } else { format!("write ={} ={}", core(one), core(other)) };
        return told("= stands before a word and fixes its form", hint);
    }
    None
}

/// A word of small letters, such as names with signs are not made of.
fn is_plain_word(word: &str) -> bool {
    word.chars().count() >= WORD_LETTERS_LEAST && word.chars().all(char::is_lowercase)
}

/// Regular expressions.
fn expression(written: &str) -> Option<Told> {
    const ANY: &[&str] = &[".*", ".+", ".?"];
    let message = "there are no regular expressions here";
    if let Some(any) = ANY.iter().find(|any| written.contains(**any)) {
        let parts: Vec<&str> = written.split(any).map(core).filter(|part| !part.is_empty()).collect();
        let hint = match parts[..] {
            [one, other, ..] => format!("write {one} BEFORE/5 {other}"),
            [one] if written.starts_with(any) && written.ends_with(any) => format!("write *{one}*"),
            [one] if written.starts_with(any) => format!("write *{one}"),
            [one] => format!("write {one}*"),
            [] => "leave it out".to_owned(),
        };
        return told(message, hint);
    }
    let slashed = written.len() > 2 && written.starts_with('/') && written.ends_with('/');
    if slashed {
        return told(message, format!("write {}", core(written)));
    }
    if written.starts_with('^') {
        return told(message, format!("write {0}, or title: {0}", core(written)));
    }
    None
}

/// `word^2`, `word~2`, `~word`.
fn weight(written: &str) -> Option<Told> {
    let word = |sign: char| core(written.split(sign).next().unwrap_or_default());
    if written.contains('^') {
        let hint = format!("write {}; lines of score give points", word('^'));
        return told("^ means nothing here: words have no weight", hint);
    }
    let tilde = written.find('~')?;
    if tilde == 0 {
        return told(
            "~ stands behind a word, for one letter more or less",
            format!("write {0}, or {0}~", core(written)),
        );
    }
    if tilde + 1 < written.len() {
        let word = word('~');
        return told("~ takes no number: it stands for one letter more, less or changed", format!("write {word}~"));
    }
    None
}

fn range_of_numbers(written: &str) -> Option<Told> {
    let (one, other) = written.split_once("..")?;
    let is_number = |part: &str| !core(part).is_empty() && core(part).chars().all(|c| c.is_ascii_digit());
    let (one, other) = (is_number(one).then(|| core(one))?, is_number(other).then(|| core(other))?);
    told(".. means nothing here: numbers are words", format!("write the numbers with OR: {one} OR {other}"))
}

/// `S%26P` and `%word%`.
fn percent(written: &str) -> Option<Told> {
    if let Some(decoded) = unescaped(written) {
        return told(format!("{written} is written for an address"), format!("write {decoded}"));
    }
    let is_like =
        written.starts_with('%') || written.ends_with('%') && !core(written).ends_with(|c: char| c.is_numeric());
    if !is_like {
        return None;
    }
    let star = |is_there: bool| if is_there { "*" } else { "" };
    let (before, behind) = (star(written.starts_with('%')), star(written.ends_with('%')));
    told("% means nothing here: * stands for any letters", format!("write {before}{}{behind}", core(written)))
}

/// The word with its %26 read, if it has any.
fn unescaped(written: &str) -> Option<String> {
    let mut pieces = written.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    let mut any = false;
    for piece in pieces {
        let code = piece.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok())?;
        bytes.push(code);
        bytes.extend(&piece.as_bytes()[2..]);
        any = true;
    }
    String::from_utf8(bytes).ok().filter(|_| any)
}

/// What parts things in other languages and in sentences.
fn parting(written: &str) -> Option<Told> {
    let sign = written.chars().find(|c| matches!(c, ';' | '；' | '、'))?;
    let parts: Vec<&str> = written.split(sign).map(core).filter(|part| !part.is_empty()).collect();
    let hint = match parts[..] {
        [] | [_] => "write OR, AND or NEAR/5 between".to_owned(),
        _ => format!("write {}", parts.join(" OR ")),
    };
    told(format!("{sign} means nothing here"), hint)
}

/// Signs before and behind a word.
fn edges(written: &str) -> Option<Told> {
    let word = core(written);
    let first = written.chars().next()?;
    let last = written.chars().next_back()?;
    let is_dash = |c: char| c != '/' && table().look_up(c).0 == Class::Hyphen;
    if word.is_empty() {
        let hint = "to leave articles with a word out write ... AND NOT football";
        return matches!(first, '!' | '¬').then(|| told(format!("{first} is not an operator"), hint)).flatten();
    }
    if is_dash(first) || matches!(first, '!' | '¬') {
        let message = format!("{first} before a word means nothing here");
        return told(
            message,
            format!("to leave articles with it out write ... AND NOT {word}; to find the word write {word}"),
        );
    }
    if is_dash(last) {
        return told(format!("{last} behind a word means nothing here"), format!("write {word}*, or {word}"));
    }
    if first == '/' {
        let (operator, number) = (word.to_lowercase(), word.parse::<u32>().ok());
        let hint = match (operator.as_str(), number) {
            ("s" | "sent", _) => "write SAME SENTENCE".to_owned(),
            ("p" | "para", _) => "write SAME PARAGRAPH".to_owned(),
            (_, Some(n)) => format!("write NEAR/{}", n.saturating_sub(1)),
            _ => format!("write {word}"),
        };
        return told("/ before a word means nothing here", hint);
    }
    let is_name = word.chars().next().is_some_and(char::is_uppercase);
    let is_short = word.chars().count() <= 3 && word.chars().all(char::is_uppercase);
    if written.ends_with('!') && !is_name || written.ends_with('$') && !is_short {
        return told(
            format!("{last} behind a word means nothing here: * stands for the rest of a word"),
            format!("write {word}*"),
        );
    }
    None
}

/// Signs that leave out what follows in other languages, before a phrase or a bracket.
pub(super) fn left_out(text: &str, start: usize) -> Option<Fault> {
    let sign = text[start..].chars().next().filter(|c| matches!(c, '-' | '–' | '−' | '!' | '¬'))?;
    let behind = &text[start..][sign.len_utf8()..];
    let len = match behind.chars().next()? {
        '"' => behind[1..].find('"')? + 2,
        '(' => behind.find(')')? + 1,
        _ => return None,
    };
    let end = start + sign.len_utf8() + len;
    let fault = Fault::new(start..end, format!("{sign} before a phrase or a bracket means nothing here"));
    Some(fault.hint(format!("to leave articles with it out write ... AND NOT {}", &behind[..len])))
}

/// Words between single quotes, which are apostrophes here.
pub(super) fn single_quotes(text: &str, start: usize) -> Option<Fault> {
    let is_quote = |c: char| table().look_up(c).0 == Class::Apostrophe;
    let open = text[start..].chars().next().filter(|c| is_quote(*c))?;
    let inside = &text[start..][open.len_utf8()..];
    let inside = &inside[..inside.find(['"', '(', ')', '{', '}', ',']).unwrap_or(inside.len())];
    let ends = |at: usize, c: char| {
        let behind = inside[at + c.len_utf8()..].chars().next();
        is_quote(c) && behind.is_none_or(char::is_whitespace) && inside[..at].ends_with(char::is_alphanumeric)
    };
    let (end, close) = inside.char_indices().find(|(at, c)| ends(*at, *c))?;
    let at = start..start + open.len_utf8() + end + close.len_utf8();
    let words = &inside[..end];
    let hint = if words.contains(' ') { format!("write \"{words}\"") } else { format!("write {words}") };
    Some(Fault::new(at, "single quotes mean nothing inside a query: they are apostrophes").hint(hint))
}
