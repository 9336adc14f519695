//! Feeds beside the articles they must give. The case files in `cases/` say their format.

use serde_json::{Map, Value};

use super::parse;
use feedwatch::model::Article;

const FILES: &[(&str, &str)] = &[
    ("atom", include_str!("cases/atom.txt")),
    ("json", include_str!("cases/json.txt")),
    ("repair", include_str!("cases/repair.txt")),
    ("rss", include_str!("cases/rss.txt")),
];

#[test]
fn every_case_gives_its_articles() {
    let mut failures = Vec::new();
    for (file, text) in FILES {
        for case in text.split("\n=== ").skip(1) {
            let (name, rest) = case.split_once('\n').unwrap();
            let (feed, expected) = rest.split_once("\n---\n").unwrap_or_else(|| panic!("{file}: {name}: no ---"));
            let expected: Vec<Value> = expected
                .lines()
                .filter(|line| !line.is_empty())
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            if let Err(difference) = compare(feed, &expected) {
                failures.push(format!("{file}: {name}: {difference}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn compare(feed: &str, expected: &[Value]) -> Result<(), String> {
    let parsed = match parse(feed.as_bytes(), None) {
        Ok(parsed) => parsed,
        Err(error) if expected == [Value::from(error.to_string())] => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    if parsed.articles.len() != expected.len() {
        return Err(format!("{} articles, not {}", parsed.articles.len(), expected.len()));
    }
    for (article, expected) in parsed.articles.iter().zip(expected) {
        let got = fields(article);
        for (field, expected) in expected.as_object().unwrap() {
            let got = got.get(field).unwrap_or(&Value::Null);
            if got != expected {
                return Err(format!("{field} is {got}, not {expected}"));
            }
        }
    }
    Ok(())
}

/// An article as the case files write it; empty fields are null.
fn fields(article: &Article) -> Map<String, Value> {
    let text = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Value::from);
    let list = |list: &[String]| Some(list).filter(|list| !list.is_empty()).map(Value::from);
    let fields = [
        ("id", article.id.as_deref().map(Value::from)),
        ("link", article.url.as_deref().map(Value::from)),
        ("title", text(&article.title)),
        ("summary", text(&article.summary)),
        ("content", text(&article.body)),
        ("published", article.published.map(|at| Value::from(at.to_string()))),
        ("updated", article.updated.map(|at| Value::from(at.to_string()))),
        ("author", article.author.as_deref().map(Value::from)),
        ("source", article.original.as_ref().and_then(|original| original.name.as_deref()).map(Value::from)),
        ("source url", article.original.as_ref().and_then(|original| original.url.as_deref()).map(Value::from)),
        ("lang", article.lang.as_deref().map(Value::from)),
        ("categories", list(&article.categories)),
        ("enclosures", list(&article.enclosures)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.unwrap_or(Value::Null))).collect()
}
