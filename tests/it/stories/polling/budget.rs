//! More feeds than the owner's budget of polls allows.

use std::time::Duration;

use feedwatch::clock::span;

use super::{MINUTE, WATCHES};
use crate::stories::house::{House, feed, fixed, plain};

#[tokio::test(start_paused = true)]
async fn what_adds_up_to_more_than_the_budget_is_stretched_by_one_factor_but_for_fixed_feeds() {
    // A hundred and twenty feeds a minute are two polls a second, and one feed is fixed; one poll a second is allowed.
    let free: Vec<String> = (0..120).map(|n| format!("https://h{n}.example/feed")).collect();
    let fixed_url = "https://fixed.example/feed";
    let poll = |budget: u32| {
        format!(
            "[poll]\nevery = \"1m\"\nno_faster = \"1m\"\nadaptive = false\nstartup_spread = \"1m\"\npolls_per_second = {budget}\n"
        )
    };
    let feeds: String = free.iter().map(|url| plain(url)).collect::<String>() + &feed(fixed_url, "1m");
    let house = House::for_days(&(poll(1) + &feeds), WATCHES);
    for url in free.iter().map(String::as_str).chain([fixed_url]) {
        house.web.serve(url, fixed(Vec::new()));
    }
    let start = house.clock.now();
    let ended = house.run_for(30 * MINUTE).await;
    assert!((200..=205).contains(&ended.status.stretch_percent), "{:?}", ended.status);
    assert_eq!((ended.status.wished_per_hour, ended.status.allowed_per_hour), (7_260, 3_600));
    // The first round comes as it was spread; from then on the budget holds.
    let later = house.web.asked().iter().filter(|asked| span(start, asked.at) >= 2 * MINUTE).count();
    assert!(later <= 28 * 60, "{later}");
    for url in &free {
        let asked = house.web.asked_at(url);
        assert!((13..=16).contains(&asked.len()), "{url}: {}", asked.len());
        assert!(asked.windows(2).all(|pair| span(pair[0], pair[1]) >= Duration::from_secs(120)), "all by one factor");
    }
    assert!((27..=31).contains(&house.web.asked_at(fixed_url).len()));
    let waits =
        |house: &House, wait: &str| house.feeds().iter().filter(|row| row.feed.polls.wait.to_string() == wait).count();
    assert_eq!(waits(&house, "stretched: more polls are due than can be made"), free.len());

    // A larger budget ends it. What was on its way when we stopped is asked again at once.
    house.pass(Duration::from_secs(1)).await;
    house.write(&(poll(20) + &feeds), WATCHES);
    let ended = house.run_for(10 * MINUTE).await;
    assert_eq!((ended.status.stretch_percent, waits(&house, "the feed's rhythm")), (100, free.len()));
}
