//! The picture in README.md: what the demonstration prints on a terminal, drawn anew and compared.

use std::path::Path;

use anstyle_svg::{Term, WIN10_CONSOLE};
use feedwatch::alert::{Look, When, full, id};
use feedwatch::clock::Timestamp;
use feedwatch::model::Alert;
use jiff::tz::TimeZone;

use super::program::Home;

/// What the picture shows of the eleven alerts: enough to see what they are like.
const ALERTS: usize = 5;
const COLUMNS: usize = 92;
/// When the demonstration is run in the picture, and where it lies.
const AT: &str = "2026-11-24T12:13:00Z";
const FOLDER: &str = "file:///home/you/feedwatch/config/demo/";

/// An alert as it would be in every picture: its time and its id depend on when and where the demonstration is run.
fn anywhere(mut alert: Alert) -> Alert {
    let at: Timestamp = AT.parse().unwrap();
    let url = alert.feed.url.split_once("feeds/").map(|(_, file)| format!("{FOLDER}feeds/{file}")).unwrap();
    alert.id = id(&url, &alert.article.key, &alert.watch.name, alert.kind);
    alert.time = at;
    alert
}

#[test]
fn the_picture_in_the_readme_shows_what_the_demonstration_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let demo = root.join("config/demo");
    let home = Home::new(&[]);
    std::fs::create_dir(home.path("feeds")).unwrap();
    for name in ["watches.toml", "feeds/wire.xml", "feeds/harbour-post.atom", "feeds/strait-letter.json"] {
        std::fs::copy(demo.join(name), home.path(name)).unwrap();
    }
    let settings = std::fs::read_to_string(demo.join("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &(settings.replace("../../target/demo", "state") + "\n[poll]\nat_once = 1\n"));
    let done = home.run(&["once", "--config", "feedwatch.toml"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut alerts: Vec<Alert> = home.alerts().into_iter().map(anywhere).collect();
    assert_eq!(alerts.len(), 11);
    alerts.sort_by(|a, b| (&a.feed.title, &a.article.title, &a.id).cmp(&(&b.feed.title, &b.article.title, &b.id)));

    let look = Look { colour: true, width: Some(COLUMNS), when: When::In(TimeZone::UTC) };
    let shown: String = alerts.iter().take(ALERTS).map(|alert| full(alert, &look)).collect();
    let prompt = "$ feedwatch run --config config/demo/feedwatch.toml\n";
    let drawn = Term::new().palette(WIN10_CONSOLE).render_svg(&format!("{prompt}{shown}"));
    // What is dimmed can be read on any screen.
    let drawn = drawn.replace("opacity: 0.4", "opacity: 0.65");

    let file = root.join("docs/alerts.svg");
    if std::env::var_os("FEEDWATCH_BLESS").is_some() {
        std::fs::write(&file, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == drawn,
        "docs/alerts.svg is not what is printed now: FEEDWATCH_BLESS=1 cargo test picture draws it anew"
    );
}
