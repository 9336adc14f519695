//! Any text as a date.
#![no_main]

use feedwatch::feed::dates;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = dates::parse(text);
});
