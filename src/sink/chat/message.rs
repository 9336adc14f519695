//! A record as a message in nobody's markup yet: short lines of plain, bold and linked text. Pure.

use url::Url;

use crate::alert::{escape, short_id};
use crate::model::{Alert, AlertNews};

/// A stretch of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Plain(String),
    Bold(String),
    /// A text that leads to an address: http or https, no longer than the service takes.
    Link(String, String),
}

use Piece::{Bold, Link, Plain};

/// What is told of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The watch, or what kind of record it is, with the level and what changed.
    pub(super) head: String,
    /// The headline.
    pub(super) title: String,
    /// Where to read it.
    pub(super) link: Option<String>,
    /// What stands below the headline.
    pub(super) below: Vec<Vec<Piece>>,
}

/// How much of a record is told, tried in this order until it fits: things in a list, and characters of each text. The
/// last step fits into all of these services.
const CUTS: [(usize, usize); 6] = [(12, 1000), (8, 400), (5, 200), (3, 100), (1, 50), (0, 20)];

/// Where a text was cut.
const CUT_MARK: char = '…';

/// A message in a service's own form: as much of the record as fits. The link stands or goes as a whole.
pub(super) fn fitted<T>(
    alert: &Alert,
    link_max_bytes: usize,
    form: impl Fn(&Message) -> T,
    fits: impl Fn(&T) -> bool,
) -> T {
    let formed = |cut| form(&Message::of(alert, link_max_bytes, cut));
    let mut cuts = CUTS.into_iter();
    let mut made = formed(cuts.next().unwrap_or_default());
    for cut in cuts {
        if fits(&made) {
            break;
        }
        made = formed(cut);
    }
    made
}

impl Message {
    fn of(alert: &Alert, link_max_bytes: usize, (most, chars): (usize, usize)) -> Message {
        let Alert { kind, level, message, change, watch, snippet, article, feed, story, items, counts, why, .. } =
            alert;
        let shown = |text: &str| shortened(&escape(text), chars);
        let address = |url: &Option<String>| url.as_deref().and_then(|url| address(url, link_max_bytes));
        let (about, title) = match kind {
            kind if kind.has_article() => (shown(&watch.name), shown(&article.title)),
            kind => (kind.name().to_owned(), shown(message)),
        };
        let change = change.as_deref().map(|change| format!(" ({})", shown(change))).unwrap_or_default();
        let mut below = Vec::new();
        let has_marks = snippet.contains("[[");
        if !snippet.is_empty() && unmarked(snippet) != article.title {
            below.push(marked(&shown(snippet)));
        } else if has_marks || !why.is_empty() {
            below.push(found(alert, most.max(1), &shown));
        }
        below.extend(story.new.iter().take(most).map(|news| new(news, &shown)));
        for item in items.iter().take(most) {
            let about = if watch.name.is_empty() { format!("{}: ", shown(&item.watch)) } else { String::new() };
            let title = match address(&item.url) {
                Some(url) => Link(shown(&item.title), url),
                None => Plain(shown(&item.title)),
            };
            below.push(vec![Plain(about), title, Plain(format!(" ({})", shown(&item.feed)))]);
        }
        let held = counts.map_or(items.len(), |counts| counts.held as usize);
        if !items.is_empty() && held > items.len().min(most) {
            let rest = held - items.len().min(most);
            below.push(vec![Plain(format!("and {rest} more: feedwatch alerts --held"))]);
        }
        let size = if story.id.is_empty() { String::new() } else { shown(&story.size()) };
        let source: Vec<String> = [shown(&feed.title), size].into_iter().filter(|text| !text.is_empty()).collect();
        if !source.is_empty() {
            below.push(vec![Plain(source.join(" · "))]);
        }
        below.push(vec![Plain(format!("feedwatch alerts show {}", short_id(&alert.id)))]);
        let head = format!("{about} [{}]{change}", level.name());
        Message { head, title, link: address(&article.url), below }
    }

    /// All of it, line by line.
    pub(super) fn lines(&self) -> Vec<Vec<Piece>> {
        let title = match &self.link {
            Some(link) => Link(self.title.clone(), link.clone()),
            None => Plain(self.title.clone()),
        };
        let head = [vec![Bold(self.head.clone())], vec![title]];
        head.into_iter().chain(self.below.iter().cloned()).collect()
    }
}

/// An address that may be followed: http or https, in the form that leaves nothing to guess.
fn address(url: &str, most_bytes: usize) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(String::from(url)).filter(|url| url.len() <= most_bytes)
}

/// The words that were found, each once.
fn found(alert: &Alert, most: usize, shown: &impl Fn(&str) -> String) -> Vec<Piece> {
    let mut words: Vec<&str> = Vec::new();
    for reason in &alert.why {
        if !words.contains(&reason.text.as_str()) {
            words.push(&reason.text);
        }
    }
    let mut line = vec![Plain("found: ".to_owned())];
    for (n, word) in words.iter().take(most).enumerate() {
        line.extend((n > 0).then(|| Plain(", ".to_owned())));
        line.push(Bold(shown(word)));
    }
    line
}

fn new(news: &AlertNews, shown: &impl Fn(&str) -> String) -> Vec<Piece> {
    let said = format!(": {}, \"{}\"", shown(news.source()), shown(&news.quote));
    vec![Bold(shown(&news.label())), Plain(said)]
}

fn unmarked(snippet: &str) -> String {
    snippet.replace("[[", "").replace("]]", "")
}

/// A snippet with what stands between `[[` and `]]` in bold.
fn marked(snippet: &str) -> Vec<Piece> {
    let mut line = Vec::new();
    let mut rest = snippet;
    while let Some((before, after)) = rest.split_once("[[") {
        // A cut may have taken the end of the mark.
        let (word, behind) = after.split_once("]]").unwrap_or((after, ""));
        line.extend([Plain(before.to_owned()), Bold(word.to_owned())]);
        rest = behind;
    }
    line.push(Plain(rest.to_owned()));
    line.retain(|piece| !matches!(piece, Plain(text) | Bold(text) if text.is_empty()));
    line
}

/// A text of so many characters at the most, cut between two of them.
pub(super) fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}{CUT_MARK}", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked_to_and_only_whole() {
        for (url, shown) in [
            ("https://a.example/1?x=\"<y>\"", Some("https://a.example/1?x=%22%3Cy%3E%22")),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("/relative", None),
            ("https://a.example/0123456789/0123456789/0123456789", None),
        ] {
            assert_eq!(address(url, 45).as_deref(), shown, "{url}");
        }
    }

    #[test]
    fn what_was_found_is_bold_wherever_the_text_was_cut() {
        let bold = |text: &str| Bold(text.to_owned());
        let plain = |text: &str| Plain(text.to_owned());
        assert_eq!(marked("a [[b]] c [[d]]"), [plain("a "), bold("b"), plain(" c "), bold("d")]);
        assert_eq!(marked("a [[b…"), [plain("a "), bold("b…")]);
        assert_eq!(marked("no mark"), [plain("no mark")]);
        assert_eq!(shortened("äöü", 2), "äö…");
    }
}
