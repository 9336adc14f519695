//! News agencies, whose texts others print: which names are agencies, and which of them an article credits. Pure.
//!
//! A credit is where papers put it: as the author, in the dateline (`DOHA, Nov 30 (Reuters) -`,
//! `МОСКВА, 30 ноября. /ТАСС/.`), in brackets at the end, or as that from which the lead has its news (`told Reuters`,
//! `сообщает ТАСС`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::model::Article;

/// Where a dateline ends at the latest, in characters of the text.
const DATELINE_CHARS: usize = 120;
/// How far the lead goes: the first sentence or two.
const LEAD_CHARS: usize = 400;
/// How far from its end a text has its last credit.
const TAIL_CHARS: usize = 90;
/// Names of agencies that are written without spaces between words are looked for so far from the beginning, and from
/// the end.
const UNSPACED_CHARS: usize = 40;
/// A longer text in brackets is not a credit.
const CREDIT_BYTES: usize = 80;
/// A last line with more words is not a credit.
const CREDIT_WORDS_MOST: usize = 8;
/// Words of the longest name, and of what leads to one.
const NAME_WORDS_MOST: usize = 5;

/// Whom an article credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credit {
    /// This agency.
    Wire(&'static str),
    /// Some agency, and it does not say which.
    Unnamed,
}

/// What the data say.
#[derive(Debug, Default)]
struct Wires {
    /// Names of agencies as words, in lower case.
    names: HashMap<String, &'static str>,
    /// Names that count only in exactly these letters, at the places of credits.
    exact: HashMap<&'static str, &'static str>,
    /// Names written without spaces.
    unspaced: Vec<(&'static str, &'static str)>,
    domains: HashMap<&'static str, &'static str>,
    /// Each agency's own domain.
    homes: HashMap<&'static str, &'static str>,
    some: HashSet<String>,
    before_credits: HashSet<String>,
    tells_before: HashSet<String>,
    tells_after: HashSet<String>,
}

static WIRES: LazyLock<Wires> = LazyLock::new(Wires::read);

/// The agency to which a domain belongs.
pub fn agency_of(domain: &str) -> Option<&'static str> {
    WIRES.domains.get(domain).copied()
}

/// The domain of the agency that is called so.
pub fn home_of(name: &str) -> Option<&'static str> {
    let agency = WIRES.agency(name)?;
    WIRES.homes.get(agency).copied()
}

/// Whether a name is that of an agency.
pub(super) fn is_agency(name: &str) -> bool {
    WIRES.agency(name).is_some()
}

/// Whom an article credits, if anybody.
pub fn credit(article: &Article) -> Option<Credit> {
    let texts = [article.summary.trim(), article.body.trim()];
    let texts = || texts.into_iter().filter(|text| !text.is_empty());
    let author = article.author.as_deref().and_then(|author| WIRES.of_author(author));
    let named = || texts().find_map(|text| WIRES.of_text(text));
    let credit = author.or_else(|| named().map(Credit::Wire));
    // If the author is not an agency, the text may still name one.
    if credit == Some(Credit::Unnamed) { named().map(Credit::Wire).or(credit) } else { credit }
}

impl Wires {
    fn read() -> Wires {
        let mut wires = Wires::default();
        let mut section = "";
        let lines = include_str!("data/wires.txt").lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if line.starts_with('[') {
                section = line;
                continue;
            }
            let phrases = || line.split(", ").map(joined);
            match section {
                "[agencies]" => wires.add(line),
                "[some]" => wires.some.extend(phrases()),
                "[before credits]" => wires.before_credits.extend(phrases()),
                "[tells before]" => wires.tells_before.extend(phrases()),
                _ => wires.tells_after.extend(phrases()),
            }
        }
        wires
    }

    fn add(&mut self, line: &'static str) {
        let mut parts = line.split(" | ");
        let mut part = || parts.next().unwrap_or_default();
        let (agency, domains, names) = (part(), part(), part());
        self.homes.extend(domains.split(", ").take(1).map(|domain| (agency, domain)));
        self.domains.extend(domains.split(", ").map(|domain| (domain, agency)));
        self.names.insert(joined(agency), agency);
        for name in names.split(", ") {
            match name.strip_prefix('(').and_then(|name| name.strip_suffix(')')) {
                Some(exact) => {
                    self.names.remove(&joined(exact));
                    self.exact.insert(exact, agency);
                }
                None if name.chars().any(is_unspaced) => self.unspaced.push((name, agency)),
                None => drop(self.names.insert(joined(name), agency)),
            }
        }
    }

    /// The agency that a whole name is one of.
    fn agency(&self, name: &str) -> Option<&'static str> {
        let name = name.trim();
        let unspaced = || self.unspaced.iter().find(|(known, _)| *known == name).map(|(_, agency)| *agency);
        self.exact.get(name).or_else(|| self.names.get(&joined(name))).copied().or_else(unspaced)
    }

    /// The agency that an author's name, or a text in brackets, credits: each of its parts may be one.
    fn of_credit(&self, text: &str) -> Option<Credit> {
        let whole = self.without_lead_in(text);
        if self.some.contains(&joined(text)) || self.some.contains(&joined(whole)) {
            return Some(Credit::Unnamed);
        }
        let parts = text.split(['/', ',', ';', '&', '+', '|', '·', '=', '(', ')', '،']);
        let parts = parts.flat_map(|part| part.split(" and ")).flat_map(|part| part.split(" und "));
        let named = |part: &str| self.agency(part).or_else(|| self.agency(self.without_lead_in(part)));
        let mut unnamed = false;
        for part in parts.chain([whole]) {
            if let Some(agency) = named(part) {
                return Some(Credit::Wire(agency));
            }
            unnamed |= self.some.contains(&joined(part));
        }
        unnamed.then_some(Credit::Unnamed)
    }

    fn of_author(&self, author: &str) -> Option<Credit> {
        if author.len() > CREDIT_BYTES * 4 { None } else { self.of_credit(author) }
    }

    /// A credit without `by`, `with inputs from` or their like before it.
    fn without_lead_in<'t>(&self, text: &'t str) -> &'t str {
        let words = words(text);
        let fits = |count: &usize| {
            let lead_in = words[..*count].iter().map(|word| word.lower.as_str()).collect::<Vec<_>>().join(" ");
            self.before_credits.contains(&lead_in)
        };
        let most = NAME_WORDS_MOST.min(words.len().saturating_sub(1));
        (1..=most).rev().find(fits).map_or(text, |count| &text[words[count].start..])
    }

    fn of_text(&self, text: &str) -> Option<&'static str> {
        let (lead, dateline, end) = (head(text, LEAD_CHARS), head(text, DATELINE_CHARS), tail(text, TAIL_CHARS));
        let bracketed = |text| {
            groups(text).find_map(|group| match self.of_credit(group) {
                Some(Credit::Wire(agency)) => Some(agency),
                _ => None,
            })
        };
        let last = || {
            let line = end.lines().next_back().unwrap_or_default();
            let last = line.rsplit(['.', '©', '!', '?']).find(|part| !part.trim().is_empty())?;
            match self.of_credit(last).filter(|_| words(last).len() <= CREDIT_WORDS_MOST)? {
                Credit::Wire(agency) => Some(agency),
                Credit::Unnamed => None,
            }
        };
        bracketed(dateline)
            .or_else(|| self.of_dateline(dateline))
            .or_else(|| self.of_unspaced(head(text, UNSPACED_CHARS)))
            .or_else(|| bracketed(end))
            .or_else(last)
            .or_else(|| self.of_unspaced(tail(text, UNSPACED_CHARS)))
            .or_else(|| self.of_tellings(lead))
    }

    fn of_unspaced(&self, text: &str) -> Option<&'static str> {
        let found = self.unspaced.iter().filter_map(|(name, agency)| Some((text.find(name)?, *agency)));
        found.min_by_key(|(at, _)| *at).map(|(_, agency)| agency)
    }

    /// `Reuters - ...`, `ТАСС, 30 ноября. ...`, `МОСКВА, 30 ноя — РИА Новости. ...`
    fn of_dateline(&self, text: &str) -> Option<&'static str> {
        const DASHES: [char; 4] = ['-', '–', '—', ':'];
        let words = words(text);
        self.named_in(text, &words).find_map(|(from, to, agency)| {
            let before = text[from.checked_sub(1).map_or(0, |at| words[at].end)..words[from].start].trim();
            let next = words.get(to);
            let after = text[words[to - 1].end..next.map_or(text.len(), |word| word.start)].trim();
            let is_date = after.starts_with(',') && next.is_some_and(|word| word.lower.starts_with(char::is_numeric));
            let begins = from == 0 && (after.starts_with(DASHES) || is_date);
            let ends = before.ends_with(&DASHES[..3]) && after.starts_with(['.', ',', '-', '–', '—', ':']);
            (begins || ends).then_some(agency)
        })
    }

    /// `told Reuters`, `Reuters reported`
    fn of_tellings(&self, text: &str) -> Option<&'static str> {
        let words = words(text);
        let phrase = |range: std::ops::Range<usize>| {
            words[range].iter().map(|word| word.lower.as_str()).collect::<Vec<_>>().join(" ")
        };
        self.named_in(text, &words).find_map(|(from, to, agency)| {
            let from = if from > 0 && words[from - 1].lower == "the" { from - 1 } else { from };
            let before = (1..=NAME_WORDS_MOST.min(from)).any(|n| self.tells_before.contains(&phrase(from - n..from)));
            let after = to < words.len() && self.tells_after.contains(&words[to].lower);
            (before || after).then_some(agency)
        })
    }

    /// The names of agencies in a text: from which word to which.
    fn named_in<'w>(
        &'w self,
        text: &'w str,
        words: &'w [Word],
    ) -> impl Iterator<Item = (usize, usize, &'static str)> + 'w {
        (0..words.len()).filter_map(move |from| {
            (1..=NAME_WORDS_MOST.min(words.len() - from)).rev().find_map(|count| {
                let name = &words[from..from + count];
                let exact = || self.exact.get(&text[name[0].start..name[count - 1].end]);
                let lower = name.iter().map(|word| word.lower.as_str()).collect::<Vec<_>>().join(" ");
                let agency = self.names.get(&lower).or_else(exact)?;
                Some((from, from + count, *agency))
            })
        })
    }
}

/// A word and its bytes.
struct Word {
    lower: String,
    start: usize,
    end: usize,
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(Word { lower: text[from..at].to_lowercase(), start: from, end: at });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// The words of a name, in lower case, with a space between them.
fn joined(name: &str) -> String {
    words(name).into_iter().map(|word| word.lower).collect::<Vec<_>>().join(" ")
}

/// Han, kana and Hangul: there what is looked for may stand within what looks like a word.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

fn head(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

fn tail(text: &str, chars: usize) -> &str {
    text.char_indices().rev().nth(chars).map_or(text, |(at, c)| &text[at + c.len_utf8()..])
}

/// The text in brackets of any kind, or between slashes.
fn groups(text: &str) -> impl Iterator<Item = &str> {
    const BRACKETS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('（', '）'), ('【', '】'), ('［', '］'), ('/', '/')];
    text.char_indices().filter_map(|(at, c)| {
        let (open, close) = BRACKETS.into_iter().find(|(open, _)| *open == c)?;
        let inside = &text[at + open.len_utf8()..];
        inside.find(close).filter(|end| *end <= CREDIT_BYTES).map(|end| &inside[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(author: Option<&str>, text: &str) -> Option<&'static str> {
        let article = Article { author: author.map(str::to_owned), ..Article::of_text(&format!("Title\n{text}")) };
        credit(&article).map(|credit| match credit {
            Credit::Wire(agency) => agency,
            Credit::Unnamed => "some",
        })
    }

    #[test]
    fn the_agency_is_known_by_its_credit() {
        for (agency, text) in [
            ("Reuters", "DOHA, Nov 30 (Reuters) - Qatar will close the office, the ministry said."),
            ("Reuters", "DOHA/CAIRO (Reuters) - Qatar will close the office."),
            ("Reuters", "Nov 30 (Reuters) - Qatar will close the office."),
            ("AFP", "Doha (AFP) – Le Qatar ferme le bureau."),
            ("AFP", "الدوحة (أ ف ب) - قررت قطر إغلاق المكتب"),
            ("AFP", "الدوحة (أ.ف.ب) - قررت قطر إغلاق المكتب"),
            ("Reuters", "الدوحة (رويترز) - قررت قطر إغلاق المكتب"),
            ("dpa", "Doha (dpa) - Katar schließt das Büro."),
            ("dpa", "Katar schließt das Büro, wie das Ministerium mitteilte. (dpa/AFP)"),
            ("dpa", "Katar schließt das Büro.\n© dpa-infocom, dpa:261130-99-123456/2"),
            ("Associated Press", "DOHA, Qatar (AP) — Qatar will close the office."),
            ("Associated Press", "Qatar will close the office, a minister told The Associated Press."),
            ("TASS", "МОСКВА, 30 ноября. /ТАСС/. Катар закроет офис."),
            ("TASS", "ТАСС, 30 ноября. Катар закроет офис."),
            ("TASS", "Катар закроет офис движения в Дохе, сообщает ТАСС."),
            ("RIA Novosti", "МОСКВА, 30 ноя — РИА Новости. Катар закроет офис."),
            ("Interfax", "Катар закроет офис, передает «Интерфакс»."),
            ("Xinhua", "DOHA, Nov. 30 (Xinhua) -- Qatar will close the office."),
            ("Xinhua", "新华社多哈11月30日电 卡塔尔将关闭办事处"),
            ("EFE", "Doha, 30 nov (EFE).- Catar cerrará la oficina."),
            ("ANSA", "(ANSA) - ROMA, 30 NOV - Il Qatar chiude l'ufficio."),
            ("Kyodo", "【ドーハ共同】カタールは事務所を閉鎖する。"),
            ("Reuters", "[ドーハ 30日 ロイター] - カタールは事務所を閉鎖する。"),
            ("Yonhap", "(서울=연합뉴스) 카타르가 사무소를 닫는다."),
            ("Anadolu", "DOHA (AA) - Katar ofisi kapatacak."),
            ("PTI", "New Delhi, Nov 30 (PTI) The ministry said on Monday that it would close."),
            ("Reuters", "Qatar will close the office. (With inputs from Reuters)"),
            ("Reuters", "Reuters - Qatar will close the office."),
            ("AFP", "Qatar will close the office. Source: AFP"),
        ] {
            assert_eq!(of(None, text), Some(agency), "{text}");
        }
        for (agency, author) in [
            ("Reuters", "Reuters"),
            ("Reuters", "By Reuters"),
            ("AFP", "AFP/dpa"),
            ("AFP", "Agence France-Presse"),
            ("AFP", "Jo Doe (AFP)"),
            ("Associated Press", "Jo Doe, AP"),
            ("Associated Press", "Associated Press"),
            ("dpa", "dpa"),
            ("TASS", "ТАСС"),
            ("some", "Staff and agencies"),
            ("some", "Guardian staff and agencies"),
            ("some", "Agenturen"),
        ] {
            assert_eq!(of(Some(author), "Qatar will close the office."), Some(agency), "{author}");
        }
        assert_eq!(of(Some("Agencies"), "DOHA (Reuters) - Qatar will close the office."), Some("Reuters"));
    }

    #[test]
    fn what_only_speaks_of_an_agency_is_no_credit() {
        for text in [
            "Qatar will close the office, the ministry said.",
            "Reuters will cut 200 jobs in London, its owner said on Monday. The union was not told before.",
            "A petra (stone) was found in Jordan. The map (see below) shows where.",
            "Beta testers (pa) complained. The tt is on (ap) the table.",
            "Michael Bloomberg, the former mayor, said he would run.",
            "The tass was empty.",
        ] {
            assert_eq!(of(Some("Jo Doe"), text), None, "{text}");
        }
    }

    #[test]
    fn agencies_are_known_by_domain_and_name() {
        assert_eq!((agency_of("reuters.com"), agency_of("bbc.co.uk")), (Some("Reuters"), None));
        assert_eq!(
            (home_of("Reuters"), home_of("AP"), home_of("The Guardian")),
            (Some("reuters.com"), Some("apnews.com"), None)
        );
        for (name, agency) in &WIRES.exact {
            assert!(!WIRES.names.contains_key(&joined(name)), "{name} of {agency} counts in any letters");
        }
    }
}
