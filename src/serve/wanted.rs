//! Which alerts a feed shall show: of one watch by its path, of a level and a verdict by its query.

use url::form_urlencoded;

use crate::model::{AlertFilter, Level, Verdict};

/// The words for levels: those of the records, and what others call them.
const LEVELS: [(&str, Level); 5] = [
    ("info", Level::Info),
    ("notice", Level::Notice),
    ("normal", Level::Notice),
    ("high", Level::High),
    ("warning", Level::High),
];
const VERDICTS: [Verdict; 2] = [Verdict::Useful, Verdict::Noise];

/// The alerts that are asked for; none if the path is not that of a feed. An error says what can be asked.
pub(super) fn filter(path: &str, query: &str) -> Option<Result<AlertFilter, &'static str>> {
    let watch = match path {
        "/alerts.atom" => None,
        path => {
            let name = decoded(path.strip_prefix("/watch/")?.strip_suffix(".atom")?);
            Some(name).filter(|name| !name.is_empty()).map(Some)?
        }
    };
    let mut filter = AlertFilter { watch, ..AlertFilter::default() };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let is_known = match &*name {
            "level" => {
                filter.level = LEVELS.iter().find(|(word, _)| *word == value).map(|(_, level)| *level);
                filter.level.is_some()
            }
            "verdict" => {
                filter.verdict = VERDICTS.into_iter().find(|verdict| verdict.name() == value);
                filter.verdict.is_some()
            }
            _ => false,
        };
        if !is_known {
            return Some(Err("ask with level=info, notice or high (that loud or louder), verdict=useful or noise\n"));
        }
    }
    Some(Ok(filter))
}

/// What names the feed of a filter among others: nothing for the one with all alerts.
pub(super) fn name(filter: &AlertFilter) -> String {
    let watch = filter.watch.as_deref().map(str::to_lowercase);
    let level = filter.level.map(Level::name);
    let parts = [("watch", watch.as_deref()), ("level", level), ("verdict", filter.verdict.map(Verdict::name))];
    let parts = parts.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?)));
    parts.collect::<Vec<_>>().join("\n")
}

/// A part of a path as it was before it was written into an address. A plus sign stands for itself there.
fn decoded(part: &str) -> String {
    let as_value = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(as_value.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_is_named_by_its_path_and_all_else_by_the_query() {
        let of = |watch: Option<&str>, level, verdict| {
            let watch = watch.map(str::to_owned);
            Some(Ok(AlertFilter { watch, level, verdict, ..AlertFilter::default() }))
        };
        for (path, query, wanted) in [
            ("/alerts.atom", "", of(None, None, None)),
            ("/alerts.atom", "level=warning", of(None, Some(Level::High), None)),
            ("/alerts.atom", "verdict=useful&level=notice", of(None, Some(Level::Notice), Some(Verdict::Useful))),
            ("/watch/talks.atom", "", of(Some("talks"), None, None)),
            ("/watch/a%20b%26c+d%2Fe=f%C3%A9.atom", "", of(Some("a b&c+d/e=f\u{e9}"), None, None)),
            ("/watch/.atom", "", None),
            ("/watch/talks", "", None),
            ("/other", "", None),
        ] {
            assert_eq!(filter(path, query), wanted, "{path}?{query}");
        }
        for query in ["level=loud", "verdict=maybe", "watch=x"] {
            assert!(filter("/alerts.atom", query).is_some_and(|wanted| wanted.is_err()), "{query}");
        }
    }
}
