//! Repair does no harm: what feed-rs reads right in a well-formed feed, we read the same.

use super::parse;
use feed_rs::model::Entry;
use proptest::prelude::*;

/// Text without markup, as a title, link or paragraph holds it; never only white space.
fn text() -> impl Strategy<Value = String> {
    "[A-Za-zäöüßéЖ日本“”'’.,;:!?&$%()0-9-]([A-Za-zäöüßéЖ日本“”'’.,;:!?&$%()0-9 -]{0,40}[A-Za-z0-9.])?"
}

#[derive(Clone, Debug)]
struct Item {
    id: String,
    title: String,
    path: String,
    seconds: i64,
    summary: String,
    content: String,
    category: String,
}

fn item() -> impl Strategy<Value = Item> {
    let seconds = 1_000_000_000..2_000_000_000_i64;
    (text(), text(), "[a-z0-9/]{1,20}", seconds, text(), text(), text()).prop_map(
        |(id, title, path, seconds, summary, content, category)| Item {
            id,
            title,
            path,
            seconds,
            summary,
            content,
            category,
        },
    )
}

fn escape(text: &str) -> String {
    htmlize::escape_attribute(text).into_owned()
}

fn rss(items: &[Item]) -> String {
    let item = |item: &Item| {
        let at = chrono::DateTime::from_timestamp(item.seconds, 0).unwrap().to_rfc2822();
        format!(
            "<item><guid isPermaLink=\"false\">{}</guid><title>{}</title><link>http://a.example/{}</link><pubDate>{at}</pubDate><category>{}</category>\
             <description>{}</description><content:encoded><![CDATA[<p>{}</p>]]></content:encoded></item>",
            escape(&item.id),
            escape(&item.title),
            item.path,
            escape(&item.category),
            escape(&item.summary),
            item.content
        )
    };
    let items: String = items.iter().map(item).collect();
    format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>T</title>{items}</channel></rss>"
    )
}

fn atom(items: &[Item]) -> String {
    let entry = |item: &Item| {
        let at = chrono::DateTime::from_timestamp(item.seconds, 0).unwrap().to_rfc3339();
        format!(
            "<entry><id>{}</id><title>{}</title><link href=\"http://a.example/{}\"/><published>{at}</published><category term=\"{}\"/>\
             <summary type=\"html\">{}</summary><content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{}</p></div></content></entry>",
            escape(&item.id),
            escape(&item.title),
            item.path,
            escape(&item.category),
            escape(&item.summary),
            escape(&item.content)
        )
    };
    let entries: String = items.iter().map(entry).collect();
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title>{entries}</feed>")
}

/// The text of a piece of HTML that holds paragraphs and entities only.
fn bare(html: &str) -> String {
    let text = htmlize::unescape(html.replace("<p>", "").replace("</p>", ""));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The fields of a feed-rs entry as an article has them.
fn expected(entry: &Entry) -> [String; 7] {
    let content = entry.content.as_ref().and_then(|content| content.body.as_deref());
    [
        entry.id.trim().to_owned(),
        entry.title.as_ref().map(|title| bare(&title.content)).unwrap_or_default(),
        entry.links.first().map(|link| link.href.clone()).unwrap_or_default(),
        entry.published.map(|at| at.timestamp().to_string()).unwrap_or_default(),
        entry.summary.as_ref().map(|summary| bare(&summary.content)).unwrap_or_default(),
        bare(content.unwrap_or_default()),
        entry.categories.iter().map(|category| category.term.trim().to_owned()).collect::<Vec<_>>().join("|"),
    ]
}

fn check(document: &str) -> Result<(), TestCaseError> {
    let feed = feed_rs::parser::parse(document.as_bytes()).unwrap();
    let ours = parse(document.as_bytes(), None).unwrap();
    prop_assert_eq!(ours.items.len(), feed.entries.len());
    for (number, entry) in ours.items.iter().zip(&feed.entries) {
        let article = &ours.articles[*number];
        let got = [
            article.id.clone().unwrap_or_default(),
            article.title.clone(),
            article.url.clone().unwrap_or_default(),
            article.published.map(|at| at.as_second().to_string()).unwrap_or_default(),
            article.summary.clone(),
            article.body.clone(),
            article.categories.join("|"),
        ];
        prop_assert_eq!(got, expected(entry));
    }
    prop_assert_eq!(ours.notes, vec![]);
    Ok(())
}

proptest! {
    #![proptest_config(crate::wish::cases(200))]

    #[test]
    fn well_formed_rss_stays_what_it_is(items in proptest::collection::vec(item(), 0..6)) {
        check(&rss(&items))?;
    }

    #[test]
    fn well_formed_atom_stays_what_it_is(items in proptest::collection::vec(item(), 0..6)) {
        check(&atom(&items))?;
    }
}
