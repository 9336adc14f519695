//! `feedwatch reload`: the running daemon reads its files again, and says what came of it.

use std::io::Write;
use std::time::{Duration, Instant};

use super::life::Life;
use super::setup;
use super::{Exit, Global};
use crate::alert::escape;
use crate::clock::Clock;
use crate::store::{Reload, Store};

/// How long the daemon may take to read a million feeds and a thousand watches.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) fn run(global: &Global, out: &mut impl Write) -> anyhow::Result<Exit> {
    let store = Store::open_to_read(&setup::read(global)?.config.store)?;
    let now = Clock::System.now();
    let last = store.last_run()?;
    let life = Life::of(last.as_ref(), now);
    let Some(run) = last.filter(|_| life == Life::Runs) else {
        say!("feedwatch: {}; its next start reads the files as they are", escape(&life.to_string()));
        return Ok(Exit::No);
    };
    hang_up(run.pid)?;
    let asked_at = Instant::now();
    let before = run.status.last_reload;
    while asked_at.elapsed() < PATIENCE {
        let now = store.last_run()?.filter(|now| now.id == run.id);
        if let Some(reload) = now.and_then(|now| now.status.last_reload).filter(|now| Some(now) != before.as_ref()) {
            return Ok(told(global, &reload, out)?);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    anyhow::bail!("the daemon (process {}) was asked, and did not say within a minute what came of it", run.pid)
}

fn told(global: &Global, reload: &Reload, out: &mut impl Write) -> std::io::Result<Exit> {
    let Reload { at, refused, said } = reload;
    match global.json {
        true => writeln!(out, "{}", serde_json::json!({ "time": at, "refused": refused, "said": said }))?,
        false if *refused => {
            writeln!(out, "refused; the old files stay in force. `feedwatch check` shows the mistake")?
        }
        false => writeln!(out, "reloaded: {}", escape(said))?,
    }
    Ok(if *refused { Exit::Config } else { Exit::Done })
}

/// Sends SIGHUP, to a process that is a feedwatch.
fn hang_up(pid: u32) -> anyhow::Result<()> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    anyhow::ensure!(name.trim() == "feedwatch", "process {pid} is no feedwatch; `feedwatch status` tells more");
    let process = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    let process = process.ok_or_else(|| anyhow::anyhow!("{pid} is no process"))?;
    rustix::process::kill_process(process, rustix::process::Signal::HUP).map_err(|error| {
        anyhow::anyhow!(
            "process {pid} cannot be asked ({error}); `systemctl reload feedwatch` asks as the service manager"
        )
    })
}
