//! An alert as one line of alerts.jsonl. Pure.

use serde::Serialize;

use super::escape;
use crate::model::{Alert, AlertNews, AlertStory};

/// The longest line, its newline included, that a log shipper or a pipe reader must be able to read.
pub const LINE_MAX_BYTES: usize = 16 * 1024;

/// How much of a record is kept when it would be too long, tried in this order: reasons (and tags), and characters of
/// each text. A character takes at most four bytes in JSON once controls are escaped, and there are some twenty texts:
/// the last step always fits.
const CUTS: [(usize, usize); 4] = [(64, 1000), (16, 400), (4, 200), (1, 100)];

/// Where a text was cut.
const CUT_MARK: char = '…';

/// The record as JSON, without a newline at its end and without one inside, at most `LINE_MAX_BYTES` with one.
///
/// Texts are first escaped for display, so that even the unescaped JSON values cannot control a terminal. A record that
/// is too long keeps fewer reasons and shorter texts, and says so in a last key `shortened`.
pub fn line(alert: &Alert) -> String {
    let mut alert = alert.clone();
    for_each_text(&mut alert, |text| {
        if let std::borrow::Cow::Owned(safe) = escape(text) {
            *text = safe;
        }
    });
    let mut line = json(&alert);
    for (reasons, chars) in CUTS {
        if line.len() < LINE_MAX_BYTES {
            break;
        }
        alert.why.truncate(reasons);
        alert.feed.tags.truncate(reasons);
        alert.items.truncate(reasons);
        let stories = alert.items.iter_mut().map(|item| &mut item.story).chain([&mut alert.story]);
        stories.for_each(|story| {
            story.publisher_names.truncate(reasons);
            story.new.truncate(reasons);
        });
        for_each_text(&mut alert, |text| cut(text, chars));
        line = json(&Shortened { alert: &alert, shortened: true });
    }
    line
}

/// The mark that readers of the record find when it is not whole.
#[derive(Serialize)]
struct Shortened<'a> {
    #[serde(flatten)]
    alert: &'a Alert,
    shortened: bool,
}

fn json(record: &impl Serialize) -> String {
    serde_json::to_string(record).expect("a record has string keys and no value that JSON lacks")
}

fn cut(text: &mut String, chars: usize) {
    if let Some((at, _)) = text.char_indices().nth(chars) {
        text.truncate(at);
        text.push(CUT_MARK);
    }
}

/// Every text that came from a feed or from a person. Not the ids, revision and run: those are ours, short and plain.
fn for_each_text(alert: &mut Alert, mut change: impl FnMut(&mut String)) {
    let Alert { message, change: edit, watch, why, snippet, article, feed, story, related_to, items, .. } = alert;
    [message, snippet, &mut watch.name, &mut article.key, &mut article.title, &mut feed.url, &mut feed.title]
        .into_iter()
        .chain(edit)
        .chain(&mut article.url)
        .chain(&mut article.lang)
        .chain(&mut feed.tags)
        .chain(texts_of(story))
        .chain(related_to.iter_mut().map(|to| &mut to.title))
        .chain(items.iter_mut().flat_map(|item| {
            let texts = [&mut item.watch, &mut item.title, &mut item.feed];
            texts.into_iter().chain(&mut item.url).chain(texts_of(&mut item.story))
        }))
        .chain(why.iter_mut().flat_map(|reason| [&mut reason.text, &mut reason.term, &mut reason.clause]))
        .for_each(&mut change);
}

fn texts_of(story: &mut AlertStory) -> impl Iterator<Item = &mut String> {
    let AlertStory { publisher_names, new, .. } = story;
    publisher_names.iter_mut().chain(new.iter_mut().flat_map(|news| {
        let AlertNews { value, quote, feed, url, publisher, .. } = news;
        [value, quote, feed].into_iter().chain(url).chain(publisher)
    }))
}
