//! What the place where alerts are shown can show. Asks the terminal and the environment, prints nothing.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use jiff::tz::TimeZone;

use crate::alert::{Look, When};

/// Whether all times are UTC, which `--utc` says.
static IS_UTC: AtomicBool = AtomicBool::new(false);

/// Shows and reads all times of this process in UTC.
pub fn use_utc() {
    IS_UTC.store(true, Ordering::Relaxed);
}

/// The time zone of the person at the terminal: the machine's (TZ), unless UTC is asked for.
pub fn zone() -> TimeZone {
    match IS_UTC.load(Ordering::Relaxed) {
        true => TimeZone::UTC,
        false => TimeZone::system(),
    }
}

/// Colour, width and local times for a terminal; whole lines with UTC times for a file or a pipe.
///
/// `--color` (anstream's global choice), NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM=dumb are honoured.
pub fn look<S: RawStream + AsFd>(stream: &S) -> Look {
    let colour = AutoStream::choice(stream) != ColorChoice::Never;
    let width = terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0));
    let zone = if stream.is_terminal() { zone() } else { TimeZone::UTC };
    Look { colour, width, when: When::In(zone) }
}
