//! `file:` feeds.

use feedwatch::fetch::{FetchError, Guard, Http, Identity, Limits};
use url::Url;

use super::{AGES, LIMIT, document, error, get};

fn http(files: bool) -> Http {
    let limits = Limits { timeout: AGES, max_body_bytes: LIMIT };
    Http::new(&Identity { contact: None, feeds: 0 }, limits, Guard { files, ..Guard::default() })
}

#[tokio::test]
async fn a_file_is_read_when_the_guard_allows_files() {
    let folder = crate::fresh::folder();
    let path = folder.path().join("my feed.xml");
    std::fs::write(&path, "<rss/>").unwrap();
    let url = Url::from_file_path(&path).unwrap();
    let found = document(get(&http(true), url.as_str()).await);
    assert_eq!((found.body.as_slice(), found.url), (b"<rss/>".as_slice(), url.clone()));
    assert!(found.validators.is_empty());
    let refused = get(&http(false), url.as_str()).await.unwrap_err();
    assert!(matches!(refused, FetchError::Refused(_)));
    let advice = "refused by the guard: file: feeds are off; to read them, write files = true in [guard]";
    assert_eq!(refused.to_string(), advice);
}

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    let folder = crate::fresh::folder();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("large"), vec![b' '; LIMIT as usize + 1]).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let http = http(true);
    std::fs::create_dir(at("folder")).unwrap();
    let reads = async |name: &str| error(get(&http, Url::from_file_path(at(name)).unwrap().as_str()).await);
    let cannot = |name: &str, why: &str| format!("cannot read {}: {why}", at(name).display());
    assert_eq!(reads("absent").await, cannot("absent", "there is no such file"));
    assert_eq!(reads("folder").await, cannot("folder", "it is a directory"));
    assert_eq!(reads("socket").await, cannot("socket", "it is no regular file"));
    assert_eq!(reads("large").await, "the body is larger than 20000 bytes");
    assert_eq!(
        error(get(&http, "file://other.example/feed").await),
        "file://other.example/feed names no file on this machine"
    );
    drop(socket);
}
