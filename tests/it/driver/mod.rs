//! The driver: random sequences of what feeds, servers, people, clocks and crashes do to a feedwatch, in virtual time, with
//! the invariants of ARCHITECTURE.md looked at after each step.
//!
//! Some sequences of fixed seeds are part of the suite. More of them, from a seed of one's own:
//! `FEEDWATCH_DRIVER=1000 FEEDWATCH_SEED=7 cargo test --release --test it -- driver::many --nocapture`. What is found is made
//! as short as it gets and told as a line of steps; `FEEDWATCH_STEPS='publish 0 hit; pass 0 2h' cargo test --test it --
//! driver::steps_of --nocapture` plays that again, and `FINDINGS` below keeps it.

#![allow(clippy::unwrap_used)]

mod books;
mod commands;
mod crash;
mod files;
mod invariants;
mod process;
mod run;
mod site;
mod steps;
mod world;

use crate::wish;

/// Sequences that found something once.
const FINDINGS: &[&str] = &[
    // A silence of a story was over, and the story's next article ended the daemon, at each start anew.
    "publish 4 epoch; kill 3 settled; publish 2 undated; kill 0 asked; silence-story 4 10m; publish 2 copy",
    "publish 0 hit; pass 0 2h; silence-story 0 10m; pass 0 2h; publish 1 copy; pass 0 8h",
    // The date of an item lay days ahead and was cut back; when it had come and the feed changed its identifiers, it was another item.
    "kill 3 4-lost; publish 2 ahead; pass 5 3d; pass 2 1d; pass 4 3d; rename 2 guids",
    // A hit came again after its article had got another identifier: the driver took the new id for a changed one.
    "publish 0 burst; pass 5 1d; edit 5 term-goes; rename 5 guids; absent 4 off-10d; edit 0 back",
    // A hit came again when the time of its story was over.
    "publish 0 hit; pass 1 1d; pass 5 1d; pass 5 1d; pass 5 2h; edit 0 term-goes; pass 4 3d; pass 0 1d; edit 0 term-comes",
    // The same, with a window that the settings had made short.
    "publish 1 hit; publish 2 linked; settings 1 short-window; pass 0 8h; edit 2 term-goes; pass 2 1d; edit 2 back",
];

/// Sequences in the suite, each a second of a dev build, and where full length is wished.
const IN_THE_SUITE: u64 = 4;
const IN_FULL: u64 = 12;
/// Where they begin, unless something else is wished.
const FIRST_SEED: u64 = 2002;

#[test]
fn many_sequences_find_nothing() {
    let count = wish::number("FEEDWATCH_DRIVER").unwrap_or_else(|| wish::count(IN_THE_SUITE, IN_FULL));
    run::play_many(wish::seed(FIRST_SEED), count);
}

#[test]
fn what_was_found_once_is_not_found_again() {
    for line in FINDINGS {
        let found = run::play(&steps::read(line), false);
        assert!(found.is_none(), "{}\n{line}", found.unwrap_or_default());
    }
}

#[test]
fn steps_of_ones_own_find_nothing() {
    let Ok(line) = std::env::var("FEEDWATCH_STEPS") else { return };
    let found = run::play(&steps::read(&line), true);
    assert!(found.is_none(), "{}", found.unwrap_or_default());
}
