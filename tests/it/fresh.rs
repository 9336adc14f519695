//! Fresh folders and databases. Benches include this file by path.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::OnceLock;

use feedwatch::store::Store;
use tempfile::TempDir;

/// A new folder, in memory where the system has that: a virtual year would wait for thousands of real fsyncs.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder can be made")
}

/// Puts an empty database of today's schema there, as the first start makes it. It is made once and copied from then on: to
/// make it costs more than most tests do with it.
#[allow(dead_code, reason = "some benches have no use for it")]
pub(crate) fn database(path: &Path) {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = MADE.get_or_init(|| {
        let folder = folder();
        let made = folder.path().join("feedwatch.db");
        drop(Store::open(&made).expect("a database can be made"));
        std::fs::read(made).expect("it was made")
    });
    std::fs::write(path, bytes).expect("a file can be written");
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("it is ours");
}
