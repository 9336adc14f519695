//! Bytes to text: every body is read as something, what is valid UTF-8 stays what it is, and little becomes little.
#![no_main]

use feedwatch::feed::decode;
use feedwatch_fuzz::{held, inflated};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for content_type in [None, Some("text/xml; charset=shift_jis"), Some("text/xml; charset=cp-1251")] {
        let _ = held(data.len(), 64_000 + inflated(data), 8, || decode(data, content_type));
    }
});
