//! Documents made by repetition: whatever is repeated, reading takes memory in proportion to the document.
#![no_main]

use feedwatch::feed::{held_bytes_most, parse};
use feedwatch_fuzz::{document, held};
use libfuzzer_sys::fuzz_target;
use url::Url;

/// What ten thousand items, a long text, and links that a base makes long take at the most, all together.
const BESIDES: usize = 20_000_000;

fuzz_target!(|recipe: &[u8]| {
    let body = document(recipe);
    let url = Url::parse("http://feeds.example/news/feed.xml").unwrap();
    let parsed = held(body.len(), BESIDES, 6, || parse(&body, &url, None));
    if let Ok(parsed) = parsed {
        assert!(parsed.weight() <= held_bytes_most(body.len()));
    }
});
