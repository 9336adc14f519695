//! Plays sequences, and makes one that found something as short as it gets.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::steps::{Dice, Step, write};
use super::world::{World, said};

/// Steps of a sequence.
pub(super) const STEPS: usize = 40;

/// Plays steps; what was found, if anything. `aloud` tells each with its virtual hour.
pub(super) fn play(steps: &[Step], aloud: bool) -> Option<String> {
    let played = catch_unwind(AssertUnwindSafe(|| {
        // One thread for what blocks, so that things come in the same order each time.
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().start_paused(true).max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let mut world = World::begin().await?;
            for (n, step) in steps.iter().enumerate() {
                if aloud {
                    println!("{:.0} {step}", world.now());
                }
                let done = world.step(*step).await;
                let done = if done.is_ok() { world.check(false) } else { done };
                done.map_err(|found| format!("after step {} ({step}): {found}", n + 1))?;
            }
            world.finish().await
        })
    }));
    match played {
        Ok(played) => played.err(),
        Err(panic) => Some(format!("panic: {}", said(panic))),
    }
}

/// What kind of thing was found: its words without the names and numbers in it.
fn kind(found: &str) -> String {
    let text = found.split_once("): ").map_or(found, |(_, text)| text);
    text.chars().filter(|c| c.is_alphabetic() || *c == ' ').take(30).collect()
}

/// Leaves out steps as long as the same kind of thing is found: halves, quarters, ..., single ones.
pub(super) fn shrink(steps: &[Step], found: &str) -> (Vec<Step>, String) {
    let (mut steps, mut found) = (steps.to_vec(), found.to_owned());
    let wanted = kind(&found);
    let again = |steps: &[Step]| play(steps, false).filter(|found| kind(found) == wanted);
    let mut size = steps.len().div_ceil(2).max(1);
    loop {
        let (mut from, mut is_shorter) = (0, false);
        while from < steps.len() {
            let shorter = [&steps[..from], &steps[(from + size).min(steps.len())..]].concat();
            match again(&shorter) {
                Some(other) => (steps, found, is_shorter) = (shorter, other, true),
                None => from += size,
            }
        }
        match (size, is_shorter) {
            (1, false) => return (steps, found),
            (1, true) => {}
            _ => size = size.div_ceil(2),
        }
    }
}

/// Plays so many sequences from a seed on. What is found is made short and told with its seed.
pub(super) fn play_many(first_seed: u64, count: u64) {
    let begun = Instant::now();
    for (n, seed) in (first_seed..first_seed + count).enumerate() {
        let steps = Dice::new(seed).sequence(STEPS);
        if let Some(found) = play(&steps, false) {
            let seconds = begun.elapsed().as_secs_f64();
            println!("seed {seed}, sequence {}, after {seconds:.1} s: {found}\n{}", n + 1, write(&steps));
            let (short, found) = shrink(&steps, &found);
            panic!(
                "seed {seed} found something: {found}\n{} steps of {STEPS} suffice:\n{}",
                short.len(),
                write(&short)
            );
        }
    }
    println!("{count} sequences of {STEPS} steps found nothing, in {:.1} s", begun.elapsed().as_secs_f64());
}
