//! The database is taken away under the running daemon: that is noticed at the next heartbeat, and nothing is told twice.

use std::path::Path;
use std::time::Duration;

use feedwatch::daemon::{DaemonError, Until};
use feedwatch::store::StoreError;

use super::house::{House, feed, fixed, item};

const URL: &str = "https://a.example/feed";
/// A heartbeat, and the time that it takes.
const BEAT: Duration = Duration::from_secs(22);

async fn check(what: &str, says: &str, happens: impl Fn(&Path)) {
    let house = House::new(&feed(URL, "1m"), "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n");
    house.web.serve(URL, fixed(vec![item("1", "Mediation", house.clock.now())]));
    house.run_for(Duration::from_secs(30)).await;
    let (daemon, _orders) = house.start(Until::Stopped);
    house.pass(Duration::from_secs(30)).await;
    happens(&house.path("feedwatch.db"));
    house.pass(BEAT).await;
    assert!(daemon.is_finished(), "{what}: it goes on");
    match daemon.await.unwrap() {
        Err(DaemonError::Store(error @ StoreError::Replaced { .. })) => {
            assert!(error.to_string().contains(says), "{what}: {error}");
        }
        other => panic!("{what}: {other:?}"),
    }
    assert_eq!(house.logged_titles(), ["Mediation"], "{what}");
}

fn copy(database: &Path) -> std::path::PathBuf {
    let other = database.with_extension("other");
    std::fs::copy(database, &other).unwrap();
    other
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_taken_away_ends_the_daemon_with_a_word_of_what_happened() {
    let moved = |database: &Path| std::fs::rename(database, database.with_extension("old")).unwrap();
    check("moved", "was moved away or deleted", moved).await;
    check("deleted", "was moved away or deleted", |database| std::fs::remove_file(database).unwrap()).await;
    check("replaced by a copy of itself", "was replaced by another file", |database| {
        std::fs::rename(copy(database), database).unwrap();
    })
    .await;
    check("replaced by an empty file", "was replaced by another file", |database| {
        moved(database);
        std::fs::write(database, "").unwrap();
    })
    .await;
    check("replaced by a link", "was replaced by another file", |database| {
        let other = copy(database);
        std::fs::remove_file(database).unwrap();
        std::os::unix::fs::symlink(other, database).unwrap();
    })
    .await;
    check("its folder moved", "was moved away or deleted", |database| {
        moved(database);
        let _ = std::fs::remove_file(database.with_extension("db-wal"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_log_of_another_database_that_was_put_in_place_stays() {
    let house = House::new(&feed(URL, "1m"), "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n");
    house.web.serve(URL, fixed(vec![item("1", "Mediation", house.clock.now())]));
    let (daemon, _orders) = house.start(Until::Stopped);
    house.pass(Duration::from_secs(30)).await;
    let (database, wal) = (house.path("feedwatch.db"), house.path("feedwatch.db-wal"));
    std::fs::rename(&database, house.path("old.db")).unwrap();
    std::fs::remove_file(&wal).unwrap();
    std::fs::write(&database, "another").unwrap();
    std::fs::write(&wal, "its log").unwrap();
    house.pass(BEAT).await;
    daemon.await.unwrap().unwrap_err();
    assert_eq!(std::fs::read(&wal).unwrap(), b"its log");
}
