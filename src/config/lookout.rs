//! Whether the files look as they did: cheap enough to be asked every other second. Reads no file, only folders.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::hash::hash64;

/// Endings of files that a pattern may take in when they appear.
const ENDINGS: [&str; 2] = ["toml", "opml"];

/// A number that is another one after any change to these files, or to files of their kind beside them. Editors that
/// write a new file and rename it change it as well as those that write into the old one.
pub fn fingerprint(read: &[PathBuf]) -> u64 {
    let mut files = read.to_vec();
    let mut folders: Vec<&Path> = read.iter().filter_map(|file| file.parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        files.extend(paths.filter(|path| ENDINGS.iter().any(|end| path.extension().is_some_and(|it| it == *end))));
    }
    files.sort_unstable();
    files.dedup();
    let looks = files.iter().map(|file| look(file));
    hash64(&[&looks.flat_map(u64::to_le_bytes).collect::<Vec<u8>>()])
}

/// How a file looks from outside; one that is not there looks like nothing.
fn look(file: &Path) -> u64 {
    use std::os::unix::ffi::OsStrExt;
    let Ok(metadata) = std::fs::metadata(file) else { return 0 };
    let figures =
        [metadata.ino(), metadata.len(), metadata.mtime().cast_unsigned(), metadata.mtime_nsec().cast_unsigned()];
    hash64(&[file.as_os_str().as_bytes(), &figures.map(u64::to_le_bytes).concat()])
}
