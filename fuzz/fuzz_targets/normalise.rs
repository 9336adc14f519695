//! Any text made into the document that feed-rs is given: it is one, and it is small.
#![no_main]

use feedwatch::feed::normalise;
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|text: &str| {
    let url = Url::parse("http://feeds.example/news/feed.xml").unwrap();
    if let Ok(xml) = normalise(text, &url) {
        assert!(xml.starts_with("<feed") && xml.ends_with("</feed>"));
        assert_eq!(xml, normalise(text, &url).unwrap());
    }
});
