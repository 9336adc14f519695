//! A record handed to a program: no shell, the record on its standard input, a time limit, a process group of its own.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::DeliveryError;
use crate::alert::{escape, line};
use crate::model::Alert;

/// How much of a program's error output is kept; more is read and dropped, so that the program never blocks.
const WORDS_MAX_BYTES: usize = 1024;
/// How long the output of a program is read after it has ended.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// EX_DATAERR of sysexits.h: the program will not have this record, now or later.
const REFUSED: i32 = 65;

/// Runs a program on a record. Exit code 0 is acceptance, 65 a refusal for good; anything else is tried again.
pub(super) async fn run(
    command: &[String],
    folder: &Path,
    alert: &Alert,
    timeout: Duration,
) -> Result<(), DeliveryError> {
    let later = |why: String| DeliveryError::Later { why, retry_after: None };
    let (program, arguments) = command.split_first().expect("the door lets no empty command in");
    let mut starting = Command::new(program);
    starting.args(arguments).current_dir(folder).env("FEEDWATCH_ALERT_ID", &alert.id).env_remove("NOTIFY_SOCKET");
    starting.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let child = starting.spawn().map_err(|error| later(format!("cannot start {program}: {error}")))?;
    let mut group = Group::of(child);
    match tokio::time::timeout(timeout, group.hear(format!("{}\n", line(alert)))).await {
        Err(_) => Err(later(format!("{program} took longer than {} s and was killed", timeout.as_secs_f64()))),
        Ok(Err(error)) => Err(later(format!("{program}: {error}"))),
        Ok(Ok((status, _))) if status.success() => Ok(()),
        Ok(Ok((status, words))) => {
            let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
            let why = format!("{program} ended with {how}{words}");
            Err(if status.code() == Some(REFUSED) { DeliveryError::Refused { why } } else { later(why) })
        }
    }
}

/// A program and all processes that it started. Those that still run are killed when this is dropped.
struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    fn of(child: Child) -> Group {
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Group { child, id }
    }

    /// Writes, and waits for the end; gives the last words, led by a colon.
    async fn hear(&mut self, record: String) -> std::io::Result<(ExitStatus, String)> {
        let mut stdin = self.child.stdin.take().expect("it is piped");
        let mut stderr = self.child.stderr.take().expect("it is piped");
        let mut words = Vec::new();
        let status = {
            let writing = async move {
                // A program that does not read its input is free not to: its exit code counts.
                let _ = stdin.write_all(record.as_bytes()).await;
            };
            let reading = async {
                let mut piece = [0; 1024];
                while let Ok(length @ 1..) = stderr.read(&mut piece).await {
                    let room = WORDS_MAX_BYTES - words.len();
                    words.extend_from_slice(&piece[..length.min(room)]);
                }
            };
            let mut talking = std::pin::pin!(async { tokio::join!(writing, reading) });
            tokio::select! {
                status = self.child.wait() => {
                    // A process that it left in the background may hold its standard error open: we do not wait for
                    // that.
                    let _ = tokio::time::timeout(LAST_WORDS, talking).await;
                    status?
                }
                _ = &mut talking => self.child.wait().await?,
            }
        };
        let text = String::from_utf8_lossy(&words);
        let text = text.trim();
        Ok((status, if text.is_empty() { String::new() } else { format!(": {}", escape(text)) }))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The group outlives its leader while any process of it runs; if none does, there is nothing to kill.
        if let Some(id) = self.id {
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}
