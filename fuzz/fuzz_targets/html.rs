//! Any text as HTML, a title, plain text; the map back stays within the source.
#![no_main]

use feedwatch::text::html;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mapped = html::to_mapped_text(text);
    assert_eq!(mapped.text, html::to_text(text));
    for at in 0..mapped.text.len() {
        assert!(mapped.source_offset(at) <= text.len());
    }
    let title = html::title_to_text(text);
    assert!(!title.contains('\n'));
    let _ = html::plain_to_text(text);
});
