//! Any text as HTML, a title, plain text; the map back stays within the source, and the text is no longer than it.
#![no_main]

use feedwatch::text::html;
use feedwatch_fuzz::held;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mapped = html::to_mapped_text(text);
    let plain = held(text.len(), 64_000, 8, || html::to_text(text));
    assert_eq!(mapped.text, plain);
    for at in 0..mapped.text.len() {
        assert!(mapped.source_offset(at) <= text.len());
    }
    let title = html::title_to_text(text);
    assert!(!title.contains('\n'));
    let _ = html::plain_to_text(text);
});
