//! What the environment wishes of tests: a seed for random ones (`FEEDWATCH_SEED`), and full length (`FEEDWATCH_LONG=1`)
//! for those of which the suite has a short part. The gate asks for full length in a step of its own.

use std::hash::{BuildHasher, RandomState};

use proptest::test_runner::{Config, RngSeed};

/// A number of the environment.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|wish| wish.parse().unwrap_or_else(|_| panic!("{name} is no number: {wish}")))
}

/// How much of something: some in the suite, all where full length is wished.
pub(crate) fn count(in_the_suite: u64, in_full: u64) -> u64 {
    if std::env::var_os("FEEDWATCH_LONG").is_some() { in_full } else { in_the_suite }
}

/// The seed that is wished, or this one. A test that fails shows what it printed, and so its seed.
pub(crate) fn seed(otherwise: u64) -> u64 {
    let seed = number("FEEDWATCH_SEED").unwrap_or(otherwise);
    println!("FEEDWATCH_SEED={seed} plays this again");
    seed
}

/// A property over so many cases: the same in each run of the suite, others in each run at full length, unless a seed is
/// wished.
pub(crate) fn cases(cases: u32) -> Config {
    let rng_seed = RngSeed::Fixed(seed(count(7, RandomState::new().hash_one(0))));
    Config { cases, failure_persistence: None, rng_seed, ..Config::default() }
}
