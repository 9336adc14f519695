//! Bytes to text: every body is read as something, and what is valid UTF-8 stays what it is.
#![no_main]

use feedwatch::feed::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for content_type in [None, Some("text/xml; charset=shift_jis"), Some("text/xml; charset=utf-8")] {
        let _ = decode(data, content_type);
    }
});
