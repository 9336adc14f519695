//! What may happen in a sequence, a step a line: how steps are drawn, written down and read back.
//!
//! A step names what happens, to which one, and how. It means the same whatever stands before it, so that a sequence can be
//! made shorter by leaving steps out, and a line of text is enough to play it again.

use std::fmt;
use std::str::FromStr;

use feedwatch::hash::hash64;

/// What happens. The order is that of `TABLE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// A feed has something new.
    Publish,
    /// An item of a feed is changed: the newest, or one before it.
    Edit,
    /// Items leave a feed's document and come back.
    Roll,
    /// All items of a feed get other names.
    Rename,
    /// A server answers like this from now on.
    Answer,
    /// Time passes while the daemon runs.
    Pass,
    /// The machine is off, or sleeps, or its clock is set.
    Absent,
    /// The process is killed and starts again; `which` tells at what moment.
    Kill,
    /// The process is stopped in good order and starts again.
    Stop,
    /// Somebody judges an alert, `which` counted from the newest.
    Ack,
    /// Somebody silences what the newest alerts are about.
    SilenceStory,
    /// Somebody silences a feed.
    SilenceFeed,
    /// Somebody silences a watch.
    SilenceWatch,
    /// Somebody ends a silence.
    EndSilence,
    /// A hook answers like this from now on.
    Hook,
    /// Somebody has dead letters tried again.
    Retry,
    /// The alert log is rotated, or cannot be written for a while.
    Log,
    /// Somebody makes a backup.
    Backup,
    /// Somebody restores it.
    Restore,
    /// The feeds in the files are edited, and taken.
    Feeds,
    /// The watches in the files are edited, and taken.
    Watches,
    /// The settings are edited, and taken.
    Settings,
    /// Files with a mistake are to be taken.
    Mistake,
}

/// What a line of text calls it, how often it is drawn beside the others, in which ways it may happen.
type Row = (Verb, &'static str, u32, &'static [&'static str]);

/// How long something lasts.
const SPANS: &[&str] = &["1m", "10m", "2h", "1d", "5d"];

const TABLE: &[Row] = &[
    (Verb::Publish, "publish", 22, PUBLISHED),
    (Verb::Edit, "edit", 10, &["wording", "term-goes", "term-comes", "back", "older"]),
    (Verb::Roll, "roll", 5, &["oldest", "all-but-one", "return", "turn"]),
    (Verb::Rename, "rename", 3, &["guids", "links"]),
    (Verb::Answer, "answer", 8, ANSWERS),
    (Verb::Pass, "pass", 30, &["1m", "5m", "30m", "2h", "8h", "1d", "1d", "3d"]),
    (Verb::Absent, "absent", 3, &["off-1h", "off-2d", "off-10d", "asleep-5h", "ahead-1h", "back-1h"]),
    (Verb::Kill, "kill", 6, &["now", "asked", "settled", "told", "1-lost", "2-lost", "4-lost", "torn"]),
    (Verb::Stop, "stop", 2, &["now"]),
    (Verb::Ack, "ack", 3, &["useful", "noise", "seen"]),
    (Verb::SilenceStory, "silence-story", 4, SPANS),
    (Verb::SilenceFeed, "silence-feed", 3, SPANS),
    (Verb::SilenceWatch, "silence-watch", 3, SPANS),
    (Verb::EndSilence, "end-silence", 3, &["now"]),
    (Verb::Hook, "hook", 5, &["well", "well", "down", "refuses", "busy", "hangs"]),
    (Verb::Retry, "retry", 2, &["now"]),
    (Verb::Log, "log", 3, &["rotated", "moved", "blocked", "free", "free"]),
    (Verb::Backup, "backup", 2, &["now"]),
    (Verb::Restore, "restore", 1, &["now"]),
    (Verb::Feeds, "feeds", 4, &["add", "remove", "every-30m", "every-2h", "adaptive"]),
    (Verb::Watches, "watches", 4, &["add", "remove", "at-most", "no-limit", "high", "every-article", "change"]),
    (Verb::Settings, "settings", 3, &["quiet", "loud", "keep-30d", "keep-long", "no-desk", "desk", "short-window"]),
    (Verb::Mistake, "mistake", 2, &["feed", "watch", "toml"]),
];

/// What a feed may publish. `far`, `ahead`, ... say something of the date; `copy` is a story that another feed had.
const PUBLISHED: &[&str] = &[
    "plain", "hit", "hit", "hit", "hits", "copy", "copy", "copy", "undated", "epoch", "ahead", "old", "burst", "linked",
];

const ANSWERS: &[&str] = &[
    "well",
    "well",
    "well",
    "well",
    "well",
    "no-validators",
    "empty",
    "html",
    "cut",
    "304",
    "403",
    "404",
    "410",
    "429",
    "429-1h",
    "500",
    "503-2h",
    "refused",
    "slow",
    "moved",
    "lent",
    "circle",
];

/// A step: what happens, to which one, and in which of the ways of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) verb: Verb,
    /// A small number; what it is taken modulo is the step's business.
    pub(super) which: usize,
    how: usize,
}

/// Numbers below this are drawn for `which`.
const WHICH_MAX: u64 = 6;

impl Step {
    fn row(self) -> &'static Row {
        &TABLE[self.verb as usize]
    }

    /// In which way.
    pub(super) fn how(self) -> &'static str {
        self.row().3[self.how]
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.row().1, self.which, self.how())
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(line: &str) -> Result<Step, String> {
        let wrong = || format!("no step: {line:?}");
        let mut words = line.split_whitespace();
        let mut next = || words.next().ok_or_else(wrong);
        let (name, which, how) = (next()?, next()?, next()?);
        let (verb, _, _, hows) = TABLE.iter().find(|(_, known, ..)| *known == name).ok_or_else(wrong)?;
        let how = hows.iter().position(|known| *known == how).ok_or_else(wrong)?;
        Ok(Step { verb: *verb, which: which.parse().map_err(|_| wrong())?, how })
    }
}

/// Numbers that look random and are the same for the same seed.
#[derive(Clone, Debug)]
pub(super) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice { seed, thrown: 0 }
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.thrown += 1;
        hash64(&[&self.seed.to_le_bytes(), &self.thrown.to_le_bytes()]) % limit
    }

    fn step(&mut self) -> Step {
        let all: u32 = TABLE.iter().map(|(_, _, weight, _)| weight).sum();
        let mut left = self.below(u64::from(all)) as u32;
        let row = TABLE.iter().find(|(_, _, weight, _)| {
            let is_it = left < *weight;
            left = left.saturating_sub(*weight);
            is_it
        });
        let (verb, _, _, hows) = row.expect("less than all weights together");
        Step { verb: *verb, which: self.below(WHICH_MAX) as usize, how: self.below(hows.len() as u64) as usize }
    }

    /// A sequence: something is published and polled at first, the rest is chance.
    pub(super) fn sequence(&mut self, steps: usize) -> Vec<Step> {
        (0..steps).map(|_| self.step()).collect()
    }
}

/// Reads steps that were written down, one a line or with semicolons between.
pub(super) fn read(text: &str) -> Vec<Step> {
    let lines = text.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.parse().unwrap_or_else(|wrong| panic!("{wrong}"))).collect()
}

/// Steps as they are read again.
pub(super) fn write(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_table_stands_in_the_order_of_the_verbs_and_steps_are_read_as_they_are_written() {
    assert!(TABLE.iter().enumerate().all(|(n, (verb, ..))| *verb as usize == n));
    let steps = write(&Dice::new(1).sequence(500));
    assert_eq!(write(&read(&steps)), steps);
}
