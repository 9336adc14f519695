//! The alert log keeps its promise: every id exactly once, whatever happened in between.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use feedwatch::alert::LINE_MAX_BYTES;
use feedwatch::model::LogCursor;
use feedwatch::sink::AlertLog;
use tempfile::TempDir;

/// What the store would hold: which alerts are pending, and the cursor of the last mark.
struct Desk {
    folder: TempDir,
    pending: Vec<(String, String)>,
    cursor: Option<LogCursor>,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: crate::fresh::folder(), pending: Vec::new(), cursor: None }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("alerts.jsonl")
    }

    fn raise(&mut self, ids: std::ops::Range<usize>) {
        self.pending.extend(ids.map(record));
    }

    fn open(&self) -> AlertLog {
        let ids: HashSet<String> = self.pending.iter().map(|(id, _)| id.clone()).collect();
        AlertLog::open(&self.path(), self.cursor, &ids).unwrap()
    }

    /// A delivery that is marked.
    fn deliver(&mut self, log: &mut AlertLog) {
        self.cursor = Some(log.append(&self.pending).unwrap());
        self.pending.clear();
    }

    /// A start after a crash: open, deliver, mark.
    fn restart(&mut self) {
        let mut log = self.open();
        self.deliver(&mut log);
    }

    fn rotate(&self, to: &str) {
        fs::rename(self.path(), self.folder.path().join(to)).unwrap();
    }

    /// All lines of all the log's files, those of strangers left out.
    fn ids(&self) -> Vec<String> {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().flat_map(|file| ids_in(file)).collect()
    }

    fn holds_once(&self, count: usize, story: &str) {
        let mut ids = self.ids();
        ids.sort();
        let wanted: Vec<String> = (0..count).map(|n| record(n).0).collect();
        assert_eq!(ids, wanted, "{story}");
    }
}

/// Short, because some stories are told once for each of its bytes; not ASCII, so that a cut can split a character.
fn record(n: usize) -> (String, String) {
    let id = format!("{n:03}");
    let line = format!(r#"{{"id":"{id}","m":"№"}}"#);
    (id, line)
}

fn ids_in(file: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
    assert!(text.is_empty() || text.ends_with('\n'), "{} ends within a line: {text:?}", file.display());
    let ours = text.lines().filter(|line| !line.starts_with("stranger"));
    ours.map(|line| {
        let record: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        record["id"].as_str().unwrap().to_owned()
    })
    .collect()
}

#[test]
fn lines_come_in_order_and_the_cursor_stands_behind_them() {
    let mut desk = Desk::new();
    let mut log = desk.open();
    desk.raise(0..3);
    desk.deliver(&mut log);
    desk.raise(3..5);
    desk.deliver(&mut log);
    assert_eq!(desk.ids(), (0..5).map(|n| record(n).0).collect::<Vec<_>>());
    assert_eq!(desk.cursor.unwrap().offset, fs::metadata(desk.path()).unwrap().len());
}

#[test]
fn a_crash_at_any_byte_of_a_write_neither_loses_nor_doubles() {
    let mut whole = Desk::new();
    whole.raise(2..5);
    whole.restart();
    let unmarked = fs::read(whole.path()).unwrap();
    for cut in 0..=unmarked.len() {
        let mut desk = Desk::new();
        desk.raise(0..2);
        desk.restart();
        let mut bytes = fs::read(desk.path()).unwrap();
        bytes.extend_from_slice(&unmarked[..cut]);
        fs::write(desk.path(), bytes).unwrap();
        desk.raise(2..5);
        desk.restart();
        desk.holds_once(5, &format!("cut after {cut} bytes"));
    }
}

#[test]
fn the_very_first_delivery_may_crash_too() {
    let mut desk = Desk::new();
    desk.raise(0..3);
    desk.open().append(&desk.pending).unwrap();
    desk.restart();
    desk.holds_once(3, "no cursor yet");
}

#[test]
fn a_crash_may_repeat_and_batches_may_be_smaller_than_what_was_written() {
    let mut desk = Desk::new();
    desk.raise(0..6);
    desk.open().append(&desk.pending).unwrap();
    let mut log = desk.open();
    let pending = std::mem::take(&mut desk.pending);
    for two in pending.chunks(2) {
        log.append(two).unwrap();
    }
    desk.holds_once(6, "written by six, marked by two");
}

#[test]
fn a_mark_that_failed_does_not_double_within_one_process() {
    let mut desk = Desk::new();
    let mut log = desk.open();
    desk.raise(0..3);
    log.append(&desk.pending).unwrap();
    desk.raise(3..4);
    log.append(&desk.pending).unwrap();
    desk.deliver(&mut log);
    desk.raise(4..5);
    desk.deliver(&mut log);
    desk.holds_once(5, "the store could not mark twice");
}

#[test]
fn a_crash_at_any_byte_and_a_rotation_before_the_restart() {
    let mut whole = Desk::new();
    whole.raise(2..4);
    whole.restart();
    let unmarked = fs::read(whole.path()).unwrap();
    for cut in 0..=unmarked.len() {
        for made_anew in [false, true] {
            let mut desk = Desk::new();
            desk.raise(0..2);
            desk.restart();
            let mut bytes = fs::read(desk.path()).unwrap();
            bytes.extend_from_slice(&unmarked[..cut]);
            // Written in place: the inode stays.
            fs::write(desk.path(), bytes).unwrap();
            desk.rotate("alerts.jsonl.1");
            if made_anew {
                fs::write(desk.path(), "").unwrap();
            }
            desk.raise(2..4);
            desk.restart();
            desk.holds_once(4, &format!("cut after {cut} bytes, rotated, new file made by logrotate: {made_anew}"));
        }
    }
}

#[test]
fn a_rotation_between_two_batches_and_a_crash_after_the_second() {
    let mut desk = Desk::new();
    let mut log = desk.open();
    desk.raise(0..2);
    desk.deliver(&mut log);
    desk.rotate("alerts.jsonl-20241109");
    desk.raise(2..4);
    log.append(&desk.pending).unwrap();
    desk.rotate("alerts.jsonl-20241110");
    desk.restart();
    desk.holds_once(4, "the unmarked lines lie in a file that is neither the cursor's nor the path's");
}

#[test]
fn a_rotation_is_noticed_without_a_signal() {
    let mut desk = Desk::new();
    let mut log = desk.open();
    desk.raise(0..2);
    desk.deliver(&mut log);
    desk.rotate("alerts.jsonl.1");
    desk.raise(2..4);
    desk.deliver(&mut log);
    assert_eq!(ids_in(&desk.path()).len(), 2);
    fs::remove_file(desk.path()).unwrap();
    desk.raise(4..5);
    desk.deliver(&mut log);
    assert_eq!(ids_in(&desk.path()), [record(4).0], "a removed file is made again");
}

#[test]
fn a_signal_makes_the_new_file_at_once() {
    let mut desk = Desk::new();
    let mut log = desk.open();
    desk.raise(0..1);
    desk.deliver(&mut log);
    desk.rotate("alerts.jsonl.1");
    log.reopen().unwrap();
    assert_eq!(fs::read(desk.path()).unwrap(), b"");
}

#[test]
fn what_strangers_wrote_is_kept_and_closed() {
    for junk in ["stranger", "stranger\n", "stranger\nstranger", "stranger {\"id\":\"x\"}\n"] {
        let mut desk = Desk::new();
        desk.raise(0..2);
        desk.restart();
        let mut bytes = fs::read(desk.path()).unwrap();
        bytes.extend_from_slice(junk.as_bytes());
        fs::write(desk.path(), bytes).unwrap();
        desk.raise(2..3);
        desk.restart();
        desk.holds_once(3, junk);
        assert!(fs::read_to_string(desk.path()).unwrap().contains(junk), "{junk:?}");
    }
}

#[test]
fn an_endless_line_of_a_stranger_is_passed_over_even_when_it_quotes_a_record() {
    // The last one quotes where a reader that takes the line in pieces of the longest record begins a new piece.
    for length in [10, 100_000, LINE_MAX_BYTES - "stranger".len()] {
        let mut desk = Desk::new();
        fs::write(desk.path(), format!("stranger{}{}\n", "x".repeat(length), record(0).1)).unwrap();
        desk.raise(0..2);
        desk.open().append(&desk.pending).unwrap();
        desk.restart();
        desk.holds_once(2, "no cursor: the file is read from its beginning");
    }
}

#[test]
fn a_cursor_that_is_not_of_this_file_is_not_believed() {
    let mut desk = Desk::new();
    desk.raise(0..3);
    desk.open().append(&desk.pending).unwrap();
    let metadata = fs::metadata(desk.path()).unwrap();
    for offset in [5, metadata.len() + 1] {
        use std::os::unix::fs::MetadataExt;
        desk.cursor = Some(LogCursor { device: metadata.dev(), inode: metadata.ino(), offset });
        desk.open().append(&desk.pending).unwrap();
        desk.holds_once(3, &format!("offset {offset}"));
    }
}

#[test]
fn a_full_disk_is_an_error_that_a_later_try_heals() {
    let folder = crate::fresh::folder();
    let path = folder.path().join("alerts.jsonl");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let mut log = AlertLog::open(&path, None, &HashSet::new()).unwrap();
    let lines: Vec<_> = (0..2).map(record).collect();
    for _ in 0..2 {
        let error = log.append(&lines).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    }
    fs::remove_file(&path).unwrap();
    log.append(&lines).unwrap();
    assert_eq!(ids_in(&path).len(), 2);
}

/// The disk fills at every byte of a batch in turn, and later has room again. A file-size limit stands for the disk: the
/// kernel writes what fits and refuses the rest in the same way. Limits hold for a whole process, so it is one of its own.
#[test]
fn a_disk_that_fills_at_any_byte_neither_loses_nor_doubles() {
    const NAME: &str = "alert::log::a_disk_that_fills_at_any_byte_neither_loses_nor_doubles";
    const CHILD: &str = "FEEDWATCH_TEST_WITH_FILE_LIMIT";
    if std::env::var_os(CHILD).is_some() {
        return fill_the_disk_at_every_byte();
    }
    let this = std::env::current_exe().unwrap();
    // The signal that would kill the process at the limit stays ignored over exec.
    let child = std::process::Command::new("sh")
        .args(["-c", r#"trap '' XFSZ; exec "$0" "$@""#])
        .arg(this)
        .args([NAME, "--exact"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&child.stderr));
}

fn fill_the_disk_at_every_byte() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::Fsize);
    let limit = |bytes: Option<u64>| setrlimit(Resource::Fsize, Rlimit { current: bytes, ..before }).unwrap();
    let batch: usize = (1..3).map(|n| record(n).1.len() + 1).sum();
    for room in 0..batch as u64 {
        for rotated in [false, true] {
            let mut desk = Desk::new();
            let mut log = desk.open();
            desk.raise(0..1);
            desk.deliver(&mut log);
            desk.raise(1..3);
            limit(Some(desk.cursor.unwrap().offset + room));
            log.append(&desk.pending).expect_err("there is no room for all");
            log.append(&desk.pending).expect_err("there is still no room");
            limit(None);
            if rotated {
                desk.rotate("alerts.jsonl.1");
            }
            desk.deliver(&mut log);
            desk.holds_once(3, &format!("room for {room} bytes, rotated before there was more: {rotated}"));
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = crate::fresh::folder();
    fs::write(folder.path().join("file"), "").unwrap();
    let path = folder.path().join("file/alerts.jsonl");
    let error = AlertLog::open(&path, None, &HashSet::new()).unwrap_err().to_string();
    assert!(error.starts_with("cannot create the alert log's folder ") && error.contains("/file: "), "{error}");
}

#[test]
fn folders_are_made_and_the_file_is_not_for_everybody() {
    use std::os::unix::fs::PermissionsExt;
    let folder = crate::fresh::folder();
    let path = folder.path().join("a/b/alerts.jsonl");
    AlertLog::open(&path, None, &HashSet::new()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o137, 0);
}
