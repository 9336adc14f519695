//! A whole document, repair and feed-rs included: no panic, each key once, the same at every poll.
#![no_main]

use std::collections::HashSet;

use feedwatch::feed::{parse, suggested, suggested_by_field};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: &[u8]| {
    let url = Url::parse("http://feeds.example/news/feed.xml").unwrap();
    let first = parse(data, &url, None);
    assert_eq!(first, parse(data, &url, None));
    let _ = suggested(&first, data, &url, None);
    let _ = suggested_by_field(&String::from_utf8_lossy(data), &url);
    if let Ok(parsed) = first {
        let keys: HashSet<_> = parsed.articles.iter().map(|article| &article.key).collect();
        assert_eq!(keys.len(), parsed.articles.len());
        assert!(parsed.items.iter().all(|number| *number < parsed.articles.len()));
    }
});
