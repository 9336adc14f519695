//! Faults for tests: a program built for testing fails where FEEDWATCH_FAULT says, as "abort parse /poison" (how, at
//! which stage, over what whose address or id holds the text). The program that is installed never asks for it.

/// Fails here if that is wished.
#[cfg(debug_assertions)]
pub(super) fn strike(stage: &str, what: impl FnOnce() -> String) {
    use std::sync::OnceLock;
    static WISH: OnceLock<Option<(String, String, String)>> = OnceLock::new();
    let wish = WISH.get_or_init(|| {
        let wish = std::env::var("FEEDWATCH_FAULT").ok()?;
        let mut words = wish.splitn(3, ' ').map(str::to_owned);
        Some((words.next()?, words.next()?, words.next()?))
    });
    let Some((how, at, whom)) = wish else { return };
    if at != stage || !what().contains(whom.as_str()) {
        return;
    }
    match how.as_str() {
        "abort" => std::process::abort(),
        "panic" => panic!("a fault that a test wished for"),
        other => panic!("FEEDWATCH_FAULT: {other:?} is neither abort nor panic"),
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub(super) fn strike(_stage: &str, _what: impl FnOnce() -> String) {}
