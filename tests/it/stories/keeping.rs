//! Old articles go and never come back as new; what an alert was raised for stays; a key that is not written deletes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use feedwatch::clock::{Clock, later};
use feedwatch::daemon::{Order, Until};

use super::house::{House, answer, feed, fixed, item, rss};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const ONE: &str = "https://one.example/feed";
const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";

impl House {
    /// Writes the files with this `keep`, or without one.
    fn keep(&self, keep: &str, watches: &str) {
        self.write(
            &format!("[alerts]\nheartbeat = \"off\"\nmax_age = \"off\"\nbacklog_age = \"off\"\n{}", feed(ONE, "1h")),
            watches,
        );
        if !keep.is_empty() {
            let path = self.path("feedwatch.toml");
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, text.replacen("[store]\n", &format!("[store]\nkeep = \"{keep}\"\n"), 1)).unwrap();
        }
    }

    /// Days in which nothing ran.
    fn leap(&mut self, days: u64) {
        self.clock = Clock::starting_at(later(self.clock.now(), DAY * days as u32));
    }

    fn titles(&self) -> Vec<String> {
        self.articles().into_iter().map(|article| article.title).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn articles_go_when_they_are_old_and_never_come_back_as_new() {
    let mut house = House::for_days("", WATCHES);
    house.keep("30d", WATCHES);
    let (start, today) = (house.clock.now(), Arc::new(AtomicU64::new(0)));
    let day = Arc::clone(&today);
    // Two items for good, of which one is edited in the end, and a new one each day that scrolls out.
    let page = move |day: u64| {
        let edited = if day >= 45 { ", updated" } else { "" };
        let strike = format!("A strike of porters{edited}");
        let mut items = vec![item("told", "Mediation begins", start), item("plain", &strike, start)];
        items.extend(
            (day.saturating_sub(3)..=day).map(|day| item(&format!("d{day}"), &format!("Rain, day {day}"), start)),
        );
        items
    };
    house.web.serve(
        ONE,
        Box::new(move |request, _| answer(request, rss(request.url.as_str(), &page(day.load(Ordering::Relaxed))))),
    );
    for day in (0..=60).step_by(3) {
        today.store(day, Ordering::Relaxed);
        house.run_for(HOUR * 2).await;
        house.leap(3);
        if day == 27 {
            assert_eq!(house.titles().len(), 2 + 28, "none is old yet");
        }
    }
    let kept = house.titles();
    assert!(kept.contains(&"Mediation begins".to_owned()), "an alert was raised for it: {kept:?}");
    assert!(!kept.iter().any(|title| title.contains("strike")), "the feed shows and edits what was deleted: {kept:?}");
    assert!((29..=33).contains(&kept.len()), "{} {kept:?}", kept.len());
    assert_eq!(house.logged_titles(), ["Mediation begins"]);

    // A watch that would find the deleted article finds nothing: it is no news.
    house.keep("30d", &WATCHES.replace("\"mediation\"", "\"strike\""));
    house.run_for(HOUR * 2).await;
    assert_eq!(house.logged_titles(), ["Mediation begins"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_written_never_shortens_what_was_kept() {
    let mut house = House::for_days("", WATCHES);
    house.keep("forever", WATCHES);
    house.web.serve(ONE, fixed(vec![item("1", "A strike", house.clock.now())]));
    house.run_for(HOUR).await;
    house.keep("", WATCHES);
    house.run_for(HOUR).await;
    house.leap(400);
    house.run_for(HOUR).await;
    assert_eq!(house.titles(), ["A strike"], "the line was taken out, which deletes nothing");

    let (daemon, orders) = house.start(Until::Stopped);
    house.pass(HOUR).await;
    house.keep("60d", WATCHES);
    orders.send(Order::Reload).await.unwrap();
    house.pass(HOUR).await;
    assert_eq!(house.titles(), [""; 0], "written, it counts");
    orders.send(Order::Stop).await.unwrap();
    daemon.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_new_database_keeps_a_year() {
    let mut house = House::for_days("", WATCHES);
    house.keep("", WATCHES);
    house.web.serve(ONE, fixed(vec![item("1", "A strike", house.clock.now())]));
    house.run_for(HOUR).await;
    house.leap(364);
    house.run_for(HOUR).await;
    assert_eq!(house.titles(), ["A strike"]);
    house.leap(2);
    house.run_for(HOUR).await;
    assert_eq!(house.titles(), [""; 0]);
}
