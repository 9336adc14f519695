//! Any text made into the document that feed-rs is given: it is one, and it is small.
#![no_main]

use feedwatch::feed::normalise;
use feedwatch_fuzz::held;
use libfuzzer_sys::fuzz_target;
use url::Url;

/// Links may grow by two megabytes and the text's own length, and be escaped after that.
const BESIDES: usize = 12_000_000;
/// A quote in an attribute takes six bytes; identifiers stand there twice; the list grows by doubling.
const FACTOR: usize = 24;

fuzz_target!(|text: &str| {
    let url = Url::parse("http://feeds.example/news/feed.xml").unwrap();
    if let Ok(xml) = held(text.len(), BESIDES, FACTOR, || normalise(text, &url)) {
        assert!(xml.starts_with("<feed") && xml.ends_with("</feed>"));
        assert_eq!(xml, normalise(text, &url).unwrap());
    }
});
