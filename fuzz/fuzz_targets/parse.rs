//! A whole document, repair and feed-rs included: no panic, each key once, the same at every poll.
#![no_main]

use std::collections::HashSet;

use feedwatch::feed::{held_bytes_most, parse, suggested, suggested_by_field};
use feedwatch_fuzz::{INFLATED, held, inflated};
use libfuzzer_sys::fuzz_target;
use url::Url;

/// What ten thousand items, a long text, and links that a base makes long take at the most, all together; and the same
/// for what a packed document may be.
const BESIDES: usize = 26_000_000;

fuzz_target!(|data: &[u8]| {
    let url = Url::parse("http://feeds.example/news/feed.xml").unwrap();
    let besides = if inflated(data) > 0 { BESIDES + 4 * INFLATED } else { BESIDES };
    let first = held(data.len(), besides, 6, || parse(data, &url, None));
    assert_eq!(first, parse(data, &url, None));
    let _ = suggested(&first, data, &url, None);
    let _ = suggested_by_field(&String::from_utf8_lossy(data), &url);
    if let Ok(parsed) = first {
        assert!(inflated(data) > 0 || parsed.weight() <= held_bytes_most(data.len()));
        let keys: HashSet<_> = parsed.articles.iter().map(|article| &article.key).collect();
        assert_eq!(keys.len(), parsed.articles.len());
        assert!(parsed.items.iter().all(|number| *number < parsed.articles.len()));
    }
});
