//! Memory that is no longer needed goes back to the system at once: a daemon that has read a hundred thousand feeds and
//! waits for the next poll would keep what the reading took.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// The allocator reads this before `main`, and cannot be told in any other way without unsafe code. Its own rule, to
/// give back what was not used for a second, is looked at only when more is freed, so that an idle daemon never does.
const GIVE_BACK_AFTER_MS: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "0");

/// Begins this process anew with that set, unless it is set already, as in the unit.
pub(super) fn settle() {
    let (name, value) = GIVE_BACK_AFTER_MS;
    let (false, Ok(program)) = (std::env::var_os(name).is_some(), std::env::current_exe()) else { return };
    let mut arguments = std::env::args_os();
    let mut again = Command::new(program);
    if let Some(called) = arguments.next() {
        again.arg0(called);
    }
    // It returns only if that cannot be done, and then more memory than necessary is all there is to lose.
    let _ = again.args(arguments).env(name, value).exec();
}
