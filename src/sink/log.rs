//! alerts.jsonl: every alert on a line of its own, exactly once, over crashes, rotation and full disks.
//! Knows nothing of the store; it is told what is pending and says how far it came.
//!
//! The protocol. The store keeps which alerts are pending, in the order of raising, and a cursor. A delivery is: take
//! the first pending ones, `append` them, then mark them and keep the cursor in one transaction. Wherever this is
//! interrupted, the next `append` gets the same alerts again, and leaves out those that are in the file already:
//! because it wrote them itself since the last mark, or because `open` found them past the cursor.
//!
//! A line that was torn in the middle (a crash, a full disk) is completed and not removed, so that a reader who follows
//! the file never sees a byte change.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::alert::LINE_MAX_BYTES;
use crate::model::LogCursor;

/// Readable by its owner and group, and restricted further by the process's umask: other users must not see the topics
/// of a watch.
const MODE: u32 = 0o640;

/// The file alerts are appended to.
#[derive(Debug)]
pub struct AlertLog {
    path: PathBuf,
    file: File,
    /// Which file that is; the path may name another one by now.
    identity: (u64, u64),
    /// The beginning of a line at the end of the file whose rest is missing.
    torn: Vec<u8>,
    /// Ids that are in the file and that the store may not have marked yet.
    unmarked: HashSet<String>,
}

impl AlertLog {
    /// Opens the log at `path`, making it and its folder where needed, and finds out which of the `pending` ids it
    /// holds already, past the cursor of the last mark.
    ///
    /// When logrotate came in between, the file of the cursor is looked for among its siblings `alerts.jsonl*` by
    /// inode, and the others are read whole. Compressed ones are not: a crash, and then two rotations before the next
    /// start, would be needed to put an unmarked line there.
    pub fn open(path: &Path, cursor: Option<LogCursor>, pending: &HashSet<String>) -> io::Result<AlertLog> {
        let mut log = AlertLog::at_end_of(path, open_to_append(path)?)?;
        if pending.is_empty() {
            return Ok(log);
        }
        let here = cursor.filter(|cursor| log.identity == identity_of(cursor));
        log.unmarked = ids(&log.file, start(&log.file, here)?, pending)?;
        if here.is_none() {
            log.look_through_siblings(cursor, pending)?;
        }
        Ok(log)
    }

    fn look_through_siblings(&mut self, cursor: Option<LogCursor>, pending: &HashSet<String>) -> io::Result<()> {
        for sibling in siblings(&self.path)? {
            let file = match File::open(&sibling) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => continue, // not written by us
                file => file?,
            };
            let held = identity(&file.metadata()?);
            let here = cursor.filter(|cursor| held == identity_of(cursor));
            self.unmarked.extend(ids(&file, start(&file, here)?, pending)?);
            if here.is_some() && !torn_line(&file)?.is_empty() {
                // A line was torn before the rotation: it is finished where it begins, and then the path is followed.
                let file = OpenOptions::new().read(true).append(true).open(&sibling)?;
                let unmarked = std::mem::take(&mut self.unmarked);
                *self = AlertLog { unmarked, ..AlertLog::at_end_of(&self.path, file)? };
            }
        }
        Ok(())
    }

    /// Appends those of `lines` (id and record, in the order of raising, without newlines) that are not in the file
    /// yet, and returns the cursor to store with the marks when everything is safe on disk.
    ///
    /// After an error nothing may be marked; the same lines come again later, and none is lost or doubled by that.
    pub fn append(&mut self, lines: &[(String, String)]) -> io::Result<LogCursor> {
        if !lines.iter().any(|(id, _)| self.unmarked.contains(id)) {
            // The store moved on: all that was written before is marked.
            self.unmarked.clear();
        }
        if !self.torn.is_empty() {
            self.finish_torn_line(lines)?;
        }
        self.reopen()?;
        if !self.torn.is_empty() {
            self.finish_torn_line(lines)?;
        }
        for (id, line) in lines {
            if !self.unmarked.contains(id) {
                self.write_line(id, line, 0)?;
            }
        }
        sync(&self.file)?;
        let (device, inode) = self.identity;
        Ok(LogCursor { device, inode, offset: self.file.metadata()?.len() })
    }

    /// Whether a record is in the file already that the store may not have marked.
    pub fn holds(&self, id: &str) -> bool {
        self.unmarked.contains(id)
    }

    /// Lets go of a file that was renamed or removed, and opens what the path names now; nothing when that is the same.
    ///
    /// For SIGUSR1. `append` does it by itself, so that a forgotten signal costs nothing.
    pub fn reopen(&mut self) -> io::Result<()> {
        let now = fs::metadata(&self.path).map(|metadata| identity(&metadata));
        if self.torn.is_empty() && now.ok() != Some(self.identity) {
            sync(&self.file)?;
            let file = open_to_append(&self.path)?;
            let unmarked = std::mem::take(&mut self.unmarked);
            *self = AlertLog { unmarked, ..AlertLog::at_end_of(&self.path, file)? };
        }
        Ok(())
    }

    fn at_end_of(path: &Path, file: File) -> io::Result<AlertLog> {
        let identity = identity(&file.metadata()?);
        let torn = torn_line(&file)?;
        Ok(AlertLog { path: path.to_owned(), file, identity, torn, unmarked: HashSet::new() })
    }

    /// The rest of the pending line that begins like the torn one; if there is none, the torn line is not ours, and
    /// only gets a newline.
    fn finish_torn_line(&mut self, lines: &[(String, String)]) -> io::Result<()> {
        let begun =
            |(id, line): &&(String, String)| line.as_bytes().starts_with(&self.torn) && !self.unmarked.contains(id);
        match lines.iter().find(begun) {
            Some((id, line)) => self.write_line(id, line, self.torn.len())?,
            None => {
                self.file.write_all(b"\n")?;
                self.torn.clear();
            }
        }
        sync(&self.file)
    }

    /// One write per line, except that a short write is continued. After an error `torn` is the part that was written.
    fn write_line(&mut self, id: &str, line: &str, written: usize) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        let mut at = written;
        while at < bytes.len() {
            let error = match self.file.write(&bytes[at..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(more) => {
                    at += more;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            self.torn = bytes[..at].to_vec();
            return Err(error);
        }
        self.torn.clear();
        self.unmarked.insert(id.to_owned());
        Ok(())
    }
}

fn open_to_append(path: &Path) -> io::Result<File> {
    let told = |what: &str, name: &Path, error: io::Error| {
        io::Error::new(error.kind(), format!("cannot {what} {}: {error}", name.display()))
    };
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(|error| told("create the alert log's folder", folder, error))?;
    let file = OpenOptions::new().read(true).append(true).create(true).mode(MODE).open(path);
    let file = file.map_err(|error| told("open the alert log", path, error))?;
    if file.metadata()?.len() == 0 {
        // A new name is safe only once its folder is synced; a file system that cannot do that loses only a power cut's
        // race, and must not stop the log.
        let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    }
    Ok(file)
}

/// Waits until the disk has it. What is no file, such as `/dev/stdout`, has nothing to wait for.
fn sync(file: &File) -> io::Result<()> {
    match file.sync_data() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn identity_of(cursor: &LogCursor) -> (u64, u64) {
    (cursor.device, cursor.inode)
}

/// Earlier files of the log that can be read: `alerts.jsonl.1`, `alerts.jsonl-20241109`, oldest first.
fn siblings(path: &Path) -> io::Result<Vec<PathBuf>> {
    const COMPRESSED: [&str; 5] = ["gz", "xz", "bz2", "zst", "lz4"];
    parts(path, |end| COMPRESSED.iter().all(|known| end != *known))
}

/// Files named like the log and a bit more, with an ending that is wanted (or none), oldest first.
fn parts(path: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder_of(path))? {
        let entry = entry?;
        let file = PathBuf::from(entry.file_name());
        let ours = file.to_string_lossy().strip_prefix(&*name).is_some_and(|rest| rest.starts_with(['.', '-']));
        let end = file.extension().unwrap_or_default().to_string_lossy();
        if ours && wanted(&end) && entry.file_type()?.is_file() {
            found.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Where to begin reading: at the cursor if it can be one of this file, else at the beginning.
///
/// Inode numbers are given out again, and some people truncate logs: a cursor past the end, or not at the end of a
/// line, is another file's.
fn start(file: &File, cursor: Option<LogCursor>) -> io::Result<u64> {
    let Some(LogCursor { offset, .. }) = cursor.filter(|cursor| cursor.offset > 0) else { return Ok(0) };
    let mut last = [0];
    let ends_a_line = file.metadata()?.len() >= offset && file.read_at(&mut last, offset - 1)? == 1 && last == *b"\n";
    Ok(if ends_a_line { offset } else { 0 })
}

/// Which of the wanted ids are in complete lines from byte `start` on. Other lines are skipped.
fn ids(file: &File, start: u64, wanted: &HashSet<String>) -> io::Result<HashSet<String>> {
    let mut file = file;
    file.seek(SeekFrom::Start(start))?;
    let mut found = HashSet::new();
    each_id(BufReader::new(file), |id| found.extend(wanted.get(id).cloned()))?;
    Ok(found)
}

/// The ids of all records in the log and its earlier files, the compressed ones of logrotate's default included. For a
/// database that was restored and may know less than was told.
pub fn logged_ids(path: &Path) -> io::Result<HashSet<String>> {
    let mut found = HashSet::new();
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Ok(found);
    }
    for file in parts(path, |end| end == "gz")?.into_iter().chain(siblings(path)?).chain([path.to_owned()]) {
        let is_packed = file.extension().is_some_and(|end| end == "gz");
        let told = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
        let opened = match File::open(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened.map_err(told)?,
        };
        let take = |id: &str| found.extend([id.to_owned()]);
        match is_packed {
            true => each_id(BufReader::new(MultiGzDecoder::new(opened)), take).map_err(told)?,
            false => each_id(BufReader::new(opened), take).map_err(told)?,
        }
    }
    Ok(found)
}

/// Hands over the id of each whole line that is a record.
fn each_id(mut reader: impl BufRead, mut take: impl FnMut(&str)) -> io::Result<()> {
    #[derive(serde::Deserialize)]
    struct Record {
        id: String,
    }
    let mut piece = Vec::new();
    let mut whole = true;
    loop {
        piece.clear();
        // A stranger's line without end must not fill the memory: it is read in pieces, none of them a record.
        if reader.by_ref().take(LINE_MAX_BYTES as u64).read_until(b'\n', &mut piece)? == 0 {
            return Ok(());
        }
        let ends = piece.ends_with(b"\n");
        if whole
            && ends
            && let Ok(record) = serde_json::from_slice::<Record>(&piece)
        {
            take(&record.id);
        }
        whole = ends;
    }
}

/// The text after the last newline. Of an endless line that is not ours, only the last part, which is not the beginning
/// of a record.
fn torn_line(file: &File) -> io::Result<Vec<u8>> {
    let mut file = file;
    let end = file.metadata()?.len();
    let from = end.saturating_sub(LINE_MAX_BYTES as u64);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(end - from).read_to_end(&mut tail)?;
    let begins = tail.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    Ok(tail.split_off(begins))
}
