//! Where a sentence ends. Knows no language either: an abbreviation of one is rarely a word of another, and if it is,
//! the next word decides.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold::{Class, table};
use super::form::{form, spelling};
use super::token::Token;

/// What was seen behind a word that may end its sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing that could.
    #[default]
    No,
    /// A stop: it ends here if a new one begins.
    Stop,
    /// The full stop of a title: a name follows.
    Title,
    /// The full stop of a short form: it ends here if what follows can only be a beginning.
    Short,
    /// The full stop of what is short only before a number: No. 5.
    Counting,
    /// The full stop of a number, which makes an ordinal in German, Turkish and others: 3. Mai.
    Number,
}

/// Short forms that never end a sentence: what follows them is a name.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "messrs",
    "dr",
    "drs",
    "prof",
    "mme",
    "mlle",
    "mgr",
    "dra",
    "srta",
    "exmo",
    "exma",
    "dott",
    "avv",
    "доц",
    "проф",
    "акад",
    "св",
    "डा",
    "डॉ",
    "प्रो",
];

/// Short forms behind which a sentence may go on with a capital, or end. In capitals they are other words: UN, DNA.
const SHORT: &[&str] = &[
    // English
    "ms",
    "st",
    "ste",
    "sta",
    "sto",
    "mt",
    "ft",
    "pt",
    "gen",
    "col",
    "lt",
    "sgt",
    "capt",
    "cmdr",
    "adm",
    "brig",
    "cpl",
    "pvt",
    "sen",
    "rep",
    "gov",
    "rev",
    "amb",
    "atty",
    "supt",
    "insp",
    "jr",
    "sr",
    "vs",
    "inc",
    "corp",
    "ltd",
    "co",
    "bros",
    "dept",
    "govt",
    "assn",
    "univ",
    "intl",
    "ave",
    "blvd",
    "approx",
    "etc",
    "al",
    "esq",
    "plc",
    "llc",
    "viz",
    "cf",
    "ariz",
    "calif",
    "colo",
    "conn",
    "fla",
    "ky",
    "mich",
    "minn",
    "neb",
    "okla",
    "pa",
    "tenn",
    "tex",
    "vt",
    "wis",
    "wyo",
    // German, Dutch, the North
    "hr",
    "fr",
    "frl",
    "bzw",
    "ca",
    "ua",
    "zb",
    "usw",
    "usf",
    "evtl",
    "ggf",
    "inkl",
    "sog",
    "vgl",
    "geb",
    "gest",
    "verh",
    "dipl",
    "ing",
    "mio",
    "mrd",
    "tsd",
    "str",
    "abg",
    "hrsg",
    "dhr",
    "mevr",
    "mw",
    "bijv",
    "resp",
    "osv",
    "dvs",
    "jfr",
    "tlf",
    // French, Spanish, Portuguese, Italian, Romanian
    "av",
    "env",
    "ex",
    "boul",
    "sra",
    "sres",
    "gral",
    "lic",
    "arq",
    "avda",
    "hno",
    "ud",
    "uds",
    "ltda",
    "dep",
    "eng",
    "sig",
    "sigg",
    "mons",
    "ecc",
    "geom",
    "dl",
    "dna",
    // Slavic
    "им",
    "ул",
    "пос",
    "пер",
    "просп",
    "наб",
    "ген",
    "зам",
    "корр",
    "вул",
    "ім",
    "бул",
    "ks",
    "sw",
    "tzw",
    "tzv",
    "np",
    "napr",
    "tj",
    "ul",
    "mudr",
    "judr",
    "phdr",
    // Turkish, Hungarian, Vietnamese, Indonesian
    "doc",
    "alb",
    "sn",
    "sok",
    "mah",
    "yrd",
    "kb",
    "ifj",
    "ozv",
    "tp",
    "ths",
    "pgs",
    "jl",
    "jend",
    "letjen",
    // Greek
    "κα",
    "δρ",
    "αγ",
    // Hindi: titles, and letters by their names
    "कु",
    "पं",
    "सं",
    "ए",
    "पी",
    "बी",
    "सी",
    "डी",
    "जी",
    "एच",
    "जे",
    "के",
    "एल",
    "एम",
    "एन",
    "ओ",
    "आर",
    "एस",
    "टी",
    "वी",
    "यू",
];

/// Short forms with a capital, and words without one.
const SHORT_IN_CAPITAL: &[&str] =
    &["hon", "det", "pres", "maj", "org", "cel", "assoc", "mass", "miss", "wash", "ill", "ore", "del", "ind"];

/// Short forms before a number, and words besides.
const COUNTING: &[&str] = &[
    "no", "nos", "nr", "num", "fig", "art", "vol", "est", "sec", "ch", "chap", "cap", "par", "pp", "pg", "pag", "pags",
    "ed", "ver", "ok", "tel", "abs", "abb", "kap", "bd", "ziff", "rn", "rz", "bl", "blz", "kl", "godz", "odst", "cl",
    "rs", "max", "min", "jan", "janv", "feb", "febr", "fevr", "mar", "apr", "avr", "jun", "jul", "juil", "aug", "sep",
    "sept", "oct", "okt", "ott", "nov", "dec", "dez", "dic", "tues", "thurs", "стр", "ст", "кв", "рис", "гл", "тел",
    "см",
];

/// What begins a sentence and, written with a capital, hardly ever stands in one.
const BEGINNINGS: &[&str] = &[
    "the",
    "he",
    "she",
    "it",
    "they",
    "we",
    "but",
    "this",
    "that",
    "these",
    "those",
    "there",
    "however",
    "meanwhile",
    "its",
    "their",
    "der",
    "das",
    "es",
    "die",
    "ein",
    "eine",
    "wir",
    "aber",
    "doch",
    "diese",
    "dies",
    "auch",
    "les",
    "il",
    "elle",
    "ils",
    "elles",
    "cette",
    "mais",
    "ella",
    "ellos",
    "pero",
    "este",
    "esta",
    "ele",
    "ela",
    "mas",
    "isso",
    "egli",
    "questo",
    "questa",
    "он",
    "она",
    "они",
    "это",
    "эти",
    "но",
    "однако",
    "ранее",
    "также",
    "bu",
    "ancak",
    "fakat",
];

/// What stands before an ordinal number.
const BEFORE_ORDINAL: &[&str] = &[
    "am", "vom", "zum", "im", "beim", "der", "die", "das", "den", "dem", "des", "bis", "ab", "seit", "diesem", "ihrem",
    "seinem",
];

/// What stands behind one, with a capital.
const BEHIND_ORDINAL: &[&str] = &[
    "januar",
    "janner",
    "februar",
    "marz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
    "jan",
    "feb",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "okt",
    "nov",
    "dez",
    "jahrhundert",
    "jahrestag",
    "geburtstag",
    "todestag",
    "bundesliga",
    "liga",
    "platz",
    "mal",
    "bezirk",
    "stock",
    "klasse",
    "runde",
    "spieltag",
    "weltkrieg",
    "senat",
    "kammer",
    "armee",
    "division",
    "brigade",
    "parteitag",
    "verhandlungstag",
    "etappe",
    "halbzeit",
    "minute",
    "lebensjahr",
    "dunya",
    "ordu",
    "kolordu",
    "donem",
    "lig",
    "cadde",
    "sokak",
    "bolge",
    "cumhurbaskani",
    "agir",
    "asliye",
    "idare",
    "sulh",
    "noter",
    "yuzyil",
    "yildonumu",
];

/// Names that end in a stop.
const NAMES_WITH_STOP: &[&str] = &["yahoo", "jeopardy", "wham", "yum"];

/// Letters with dots between that stand at the end of what they belong to.
const LAST: &[&str] = &["тд", "тп", "itd", "itp"];

type Forms = LazyLock<HashSet<u64>>;

static LAST_FORMS: Forms = LazyLock::new(|| forms(LAST));
static TITLE_FORMS: Forms = LazyLock::new(|| forms(TITLES));
static SHORT_FORMS: Forms = LazyLock::new(|| forms(SHORT));
static CAPITAL_FORMS: Forms = LazyLock::new(|| forms(SHORT_IN_CAPITAL));
static COUNTING_FORMS: Forms = LazyLock::new(|| forms(COUNTING));
static BEGINNING_FORMS: Forms = LazyLock::new(|| forms(BEGINNINGS));
static BEFORE_ORDINAL_FORMS: Forms = LazyLock::new(|| forms(BEFORE_ORDINAL));
static BEHIND_ORDINAL_FORMS: Forms = LazyLock::new(|| forms(BEHIND_ORDINAL));
static STOPPED_FORMS: Forms = LazyLock::new(|| forms(NAMES_WITH_STOP));

fn forms(words: &[&str]) -> HashSet<u64> {
    words.iter().map(|word| form(&spelling(word))).collect()
}

/// What the dot at a byte may end, right behind the last of these words or further on.
pub(super) fn dot(text: &str, at: usize, tokens: &[Token]) -> End {
    let Some((last, before)) = tokens.split_last() else { return End::Stop };
    if last.end as usize != at {
        return End::Stop;
    }
    let raw = &text[last.start as usize..at];
    // A number and a blank before it: 2024 г.
    let is_counted = |before: &Token| {
        let (start, end) = (before.start as usize, before.end as usize);
        let is_next = text[end..last.start as usize].chars().all(char::is_whitespace);
        is_next && text[start..end].ends_with(|c: char| c.is_ascii_digit())
    };
    let is_upper = || raw.chars().all(char::is_uppercase);
    let mut chars = raw.chars();
    match (chars.next(), chars.next(), chars.next()) {
        // An initial; but 2024 г. and 5 m. may end one.
        (Some(c), None, _) if table().look_up(c).0 == Class::Letter && !is_hangul(c) => {
            if before.last().is_some_and(is_counted) { End::Stop } else { End::Short }
        }
        // EE. UU.
        (Some(one), Some(other), None) if one == other && one.is_uppercase() => End::Short,
        // TP. Hồ Chí Minh, GS. Nguyễn, PT. Pertamina
        _ if matches!(raw, "TP" | "GS" | "PT") => End::Short,
        _ if TITLE_FORMS.contains(&last.form) => End::Title,
        _ if SHORT_FORMS.contains(&last.form) && !is_upper() => End::Short,
        _ if CAPITAL_FORMS.contains(&last.form) && raw.starts_with(char::is_uppercase) && !is_upper() => End::Short,
        _ if COUNTING_FORMS.contains(&last.form) && !is_upper() => End::Counting,
        _ if is_ordinal(raw) => End::Number,
        _ => End::Stop,
    }
}

/// What the last dot of letters with dots between may end: U.S. and т.е. go on, т.д. means that there is no more.
pub(super) fn last_dot(letters: u64) -> End {
    if LAST_FORMS.contains(&letters) { End::Stop } else { End::Short }
}

/// Whether the name before a `!` ends in it.
pub(super) fn is_name_with_stop(text: &str, at: usize, tokens: &[Token]) -> bool {
    tokens.last().is_some_and(|last| {
        last.end as usize == at
            && text[last.start as usize..].starts_with(char::is_uppercase)
            && STOPPED_FORMS.contains(&last.form)
    })
}

impl End {
    /// Whether a sentence ended before the word at a byte; `attached` when nothing stands between it and the stop.
    pub(super) fn is_end(self, text: &str, at: usize, tokens: &[Token], attached: bool) -> bool {
        let next = Next::at(text, at);
        match self {
            End::No | End::Title => false,
            _ if attached && !next.may_be_attached(text, at) => false,
            _ if !next.begins() => false,
            End::Stop => true,
            End::Short => next.is_beginning(),
            End::Counting => !next.first.is_numeric(),
            End::Number => {
                let before = tokens.len().checked_sub(2).map(|before| &tokens[before]);
                let is_ordinal = BEHIND_ORDINAL_FORMS.contains(&next.form())
                    || before.is_some_and(|before| BEFORE_ORDINAL_FORMS.contains(&before.form));
                !is_ordinal || next.is_beginning()
            }
        }
    }
}

/// The word that may begin a sentence.
struct Next<'t> {
    rest: &'t str,
    first: char,
}

impl<'t> Next<'t> {
    fn at(text: &'t str, at: usize) -> Next<'t> {
        let rest = &text[at..];
        Next { rest, first: rest.chars().next().unwrap_or(' ') }
    }

    /// Whether it looks like a beginning: a capital, a digit, a script without capitals, or a name such as iPhone.
    fn begins(&self) -> bool {
        !self.first.is_lowercase() || self.rest.chars().nth(1).is_some_and(char::is_uppercase)
    }

    fn form(&self) -> u64 {
        let end = self.rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(self.rest.len());
        form(&spelling(&self.rest[..end]))
    }

    fn is_beginning(&self) -> bool {
        self.first.is_uppercase() && BEGINNING_FORMS.contains(&self.form())
    }

    /// Whether a stop right before it ends a sentence all the same: closed.The; but not example.org.
    fn may_be_attached(&self, text: &str, at: usize) -> bool {
        let mut before = text[..at].chars().rev();
        let stop = before.next().unwrap_or(' ');
        let last = before.next().unwrap_or(' ');
        let has_no_case = |c: char| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase();
        !stop.is_ascii() || has_no_case(self.first) && !last.is_ascii() || self.is_beginning()
    }
}

/// Korean writes no initials, and ends many a sentence with a word of one syllable.
fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

fn is_number(raw: &str) -> bool {
    raw.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it may be an ordinal with a full stop behind: a number of one or two digits, a Roman one.
fn is_ordinal(raw: &str) -> bool {
    let is_roman = |raw: &str| raw.len() > 1 && raw.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'));
    raw.len() <= 2 && is_number(raw) || is_roman(raw)
}

/// Whether a sign parts what is told beside it: a bullet that stands apart, the +++ of a ticker.
pub(super) fn is_divider(text: &str, at: usize) -> bool {
    let stands_apart = || text[..at].chars().next_back().is_none_or(char::is_whitespace);
    let rest = &text[at..];
    match rest.chars().next() {
        Some('+') => rest.starts_with("+++"),
        Some('•' | '‣' | '▪' | '■' | '●' | '►' | '▶' | '◆') => stands_apart(),
        _ => false,
    }
}

/// Whether a semicolon is a question mark, as in Greek.
pub(super) fn is_greek_question(text: &str, at: usize) -> bool {
    let is_greek = |c: char| ('\u{0370}'..='\u{03ff}').contains(&c) || ('\u{1f00}'..='\u{1fff}').contains(&c);
    text[at..].starts_with(';') && text[..at].chars().next_back().is_some_and(is_greek)
}
