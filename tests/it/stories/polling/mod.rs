//! How servers are asked: in their own time, never too often, never given up.
//!
//! The rules of polling and the tests that hold them. `poll::` are the tables of tests/it/poll, `fetch::` those of
//! tests/it/fetch on loopback, `X::tests` stand beside the code; the rest is here, in virtual time. `table` checks that what is
//! named exists; a name may be the beginning of one.
//!
//! | rule | what it asks | held by |
//! |---|---|---|
//! | R1 | validators are opaque bytes | fetch::polls::validators_come_back_byte_for_byte, headers::tests |
//! | R2 | both are sent | fetch::polls::validators_come_back_byte_for_byte |
//! | R3 | a 200 replaces the pair | ends::a_feed_that_is_suddenly_empty, store::what_a_poll_taught_comes_back_byte_for_byte |
//! | R4 | a 304 leaves what it does not give; errors and cut documents change nothing | fetch::polls::a_304_tells_only_what_it_carries, ends::a_document_that_is_cut_short |
//! | R5 | validators belong to the address that gave them | fetch::redirects, moves::a_permanent_move_is_adopted |
//! | R6 | validators, articles and due time are one transaction | stories::crashes, store::a_batch_is_settled_as_a_whole |
//! | R7 | a 304 to who knows nothing is a failure | fetch::polls::a_304_to_a_request_that_knew_nothing |
//! | R8 | lying validators are found out | poll::adapting::not_modified_for_a_fortnight |
//! | R9 | no validators: ever less, daily at the rarest | poll::adapting::a_server_without_validators |
//! | R10 | A-IM | left out: optional |
//! | R11 | adding a feed is one request | a_day_of_polling, week::a_week |
//! | R12 | freshness is a floor, from 304s too | poll::floors, headers::tests::freshness_is_max_age, wishes::ttl_and_max_age_hold |
//! | R13 | wishes count for a day at most, and are shown | poll::floors::freshness_ttl_and_update_period |
//! | R14 | ttl, skipHours, skipDays, sy, kept over 304s | poll::floors, wishes::a_feed_is_not_asked_in_the_hours, quiet::tests |
//! | R15 | no restart, reload, `once` or `--all` undercuts a floor | wishes::restarts_ask_nobody, wishes::feeds_that_leave_the_files, ends::a_gone_feed |
//! | R16 | jitter goes up only; first polls are spread | poll::floors::freshness_ttl_and_update_period, a_fresh_start_with_many_feeds_is_no_burst |
//! | R17 | restarts, stops and clock jumps are no burst | wishes::what_became_due_during_a_stop, wishes::a_clock_that_was_set_back |
//! | R18 | little overlap: sooner; none: pages that the feed links to (RFC 5005), else a gap | poll::adapting, ends::gaps_are_counted_and_shown, pages, feed::elsewhere::older_items |
//! | R19 | half the time between news | poll::adapting::the_interval_moves_towards_half |
//! | R20 | small steps, and none from odd polls | poll::adapting::first_late_partial_and_formerly_failed |
//! | R21 | daily rhythm | left out, as the rule says |
//! | R22 | no_slower | poll::adapting::little_overlap_shortens |
//! | R23 | a budget of polls; beyond it one factor stretches | budget::what_adds_up_to_more, load::tests, poll::floors::many_feeds_at_one_host_and_too_much_work |
//! | R24 | Retry-After in all forms, first of all | headers::tests::retry_after_is_read, poll::failures::retry_after_outranks, poll::failures::a_retry_after_of_nothing, wishes::a_failing_feed_that_names_a_time, hosts::a_redirect_that_asks_to_be_waited_for, fetch::redirects::a_redirect_says_how_long |
//! | R25 | 429 pauses the host, or the domain; by address is left out, see ARCHITECTURE.md | a_host_that_says_429, hosts::who_asks_for_less, hosts::two_hosts_of_a_domain, gate::tests, poll::failures::a_503_of_the_owners_own_server |
//! | R26 | after a pause slowly | hosts::after_a_pause_a_host_is_asked_slowly, window::tests::the_first_request_after_a_short_pause |
//! | R27 | 429 without a time doubles; RateLimit fields are hints | hosts::a_host_that_names_no_time, poll::failures, headers::tests::a_quotas_end |
//! | R28 | 403 after success, challenges | hosts::forbidden_after_success, hosts::forbidden_to_who_asks_every_few_seconds, fetch::faults::every_status |
//! | R29 | back-off doubles, capped, never below the interval | poll::failures::failures_double, a_failing_feed_is_asked_less |
//! | R30 | our own outage | hosts::a_pulled_cable, outage::tests |
//! | R31 | one good answer resets; daily, weekly, never given up | poll::failures::a_feed_that_fails_for_a_year |
//! | R32 | 410: confirmed, then monthly | ends::a_gone_feed, poll::failures::gone_is_asked_once_more |
//! | R33 | statuses, HTML, emptied feeds | poll::failures::what_needs_the_user, a_feed_that_is_no_feed, ends::a_feed_that_is_suddenly_empty |
//! | R34 | five hops, circles, no downgrade, no credentials | fetch::redirects, redirect::tests, hosts::redirects_wait_for_their_turn |
//! | R35 | permanent moves after proof | moves::a_permanent_move, moves::a_temporary_move |
//! | R36 | back to the user's address; two that are one | moves::when_the_adopted_address_fails, moves::when_the_adopted_address_is_gone, moves::two_feeds_that_end_at_one_address, moves::two_feeds_that_know_one_address |
//! | R37 | Refresh and other hearsay are shown, not followed | elsewhere::another_address_is_shown, feed::elsewhere, fetch::polls::what_a_server_slips_in |
//! | R38 | User-Agent | fetch::polls::a_first_poll_says_who_asks, fetch::polls::a_contact |
//! | R39 | Accept, no cookies, nothing else | fetch::polls::a_first_poll_says_who_asks, fetch::polls::what_a_server_slips_in |
//! | R40 | per host two at once, a gap apart | hosts::a_host_with_thousands_of_feeds, hosts::redirects_wait_for_their_turn, crowd::tests, hosts::who_finds_too_much, week::a_week |
//! | R41 | a hanging host holds its own permits | window::tests::a_host_that_hangs, hang::one_hanging_host |
//! | R42 | at_once, as long as requests are quick | window::tests::the_global_limit_holds, places::tests, hosts::hosts_that_never, room::tests, fetch::many::more_bodies_than_there_is_memory_for |
//! | R43 | timeouts by phase | fetch::faults |
//! | R44 | WebSub | left out: optional |
//! | R45-R48 | the guard | fetch::guard, dns::tests::a_name_that_changes_its_mind |
//! | R49-R51 | bodies and headers | fetch::faults |
//! | S1 | the schedule is an index in SQLite | scans::what_runs_all_the_time_reads_no_whole_table |
//! | S2 | a small window in memory | wishes::what_became_due_during_a_stop, window::tests |
//! | S3 | results go in batches through one writer | store::a_batch_is_settled_as_a_whole, stories::crashes |
//! | S4 | hosts are remembered while there is something to | window::tests::clearing_forgets_who_waits |
//! | S5 | texts of feeds that are not due stay on disk | poll::day::a_virtual_day |
//! | S6 | names: one question at a time, a lane for the dead | dns::tests |
//! | S7 | one TLS configuration | fetch::tls, fetch::many::feeds_of_one_host_share |
//! | S8 | files and sockets | unit_files, fetch::many::feeds_of_one_host_share |
//! | S9 | lateness is measured and answered | load::tests, hang::one_hanging_host |
//! | S10 | a million feeds in virtual time | poll::day::a_virtual_day |

mod budget;
mod ends;
mod hosts;
mod moves;
mod pages;
mod table;
mod week;
mod wishes;

use std::time::Duration;

use feedwatch::clock::span;
use feedwatch::fetch::FetchError;

use crate::stories::house::{House, answer, failing, feed, fixed, item, rss};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const WATCHES: &str = "[[watch]]\nname = \"mediation\"\nfind = \"mediation\"\n";

#[tokio::test(start_paused = true)]
async fn a_day_of_polling_misses_nothing_and_tells_nothing_twice() {
    let urls: Vec<String> = (0..40).map(|n| format!("https://h{}.example/{n}", n % 4)).collect();
    let settings: String = urls.iter().map(|url| feed(url, "30m")).collect();
    let house = House::new(&settings, WATCHES);
    let start = house.clock.now();
    for url in &urls {
        // A new item every 50 minutes, the feed shows the last five.
        house.web.serve(
            url,
            Box::new(move |request, at| {
                let count = span(start, at).as_secs() / (50 * 60) + 1;
                let url = request.url.as_str();
                let items: Vec<_> = (count.saturating_sub(5)..count)
                    .map(|n| item(&n.to_string(), &format!("Mediation {n} at {url}"), start))
                    .collect();
                answer(request, rss(url, &items))
            }),
        );
    }
    house.run_for(24 * HOUR).await;
    let per_feed = 24 * 60 / 50 + 1;
    let mut titles = house.logged_titles();
    titles.sort();
    titles.dedup();
    // The very last items may have come after a feed's last poll.
    assert!((40 * (per_feed - 1)..=40 * per_feed).contains(&titles.len()), "{}", titles.len());
    assert_eq!(titles.len(), house.logged().len());
    assert_eq!(house.articles().len(), titles.len());
    for url in &urls {
        let asked = house.web.asked_at(url);
        assert!((44..=48).contains(&asked.len()), "{url} was asked {} times", asked.len());
        assert!(asked.windows(2).all(|pair| span(pair[0], pair[1]) >= 30 * MINUTE), "{url} was asked too soon");
    }
    let conditional = house.web.asked().iter().filter(|asked| !asked.validators.is_empty()).count();
    assert_eq!(conditional, house.web.asked().len() - urls.len(), "all but the first polls are conditional");
}

#[tokio::test(start_paused = true)]
async fn a_failing_feed_is_asked_less_and_less_but_never_given_up_while_others_go_on() {
    let (good, bad) = ("https://good.example/feed", "https://bad.example/feed");
    let house = House::new(&(feed(good, "30m") + &feed(bad, "30m")), WATCHES);
    house.web.serve(good, fixed(vec![item("1", "Calm", house.clock.now())]));
    house.web.serve(bad, failing(FetchError::Unreachable("connection refused".to_owned())));
    house.run_for(5 * 24 * HOUR).await;
    let asked = house.web.asked_at(bad);
    let waits: Vec<u64> = asked.windows(2).map(|pair| span(pair[0], pair[1]).as_secs() / 3600).collect();
    assert_eq!(waits[..5], [1, 2, 4, 8, 16], "{waits:?}");
    assert!(waits[5..].iter().all(|hours| (24..=27).contains(hours)), "{waits:?}");
    assert!(house.web.asked_at(good).len() > 200);
    let row = house.feeds().into_iter().find(|row| row.feed.source.url.as_str() == bad).unwrap();
    assert_eq!(row.feed.polls.error.as_deref(), Some("connection refused"));
    assert_eq!(row.feed.polls.failures as usize, asked.len());

    // It comes back, and what it holds then is told.
    house.web.serve(bad, fixed(vec![item("1", "Mediation after days", house.clock.now())]));
    house.run_for(27 * HOUR).await;
    assert_eq!(house.logged_titles(), ["Mediation after days"]);
    let row = house.feeds().into_iter().find(|row| row.feed.source.url.as_str() == bad).unwrap();
    assert_eq!((row.feed.polls.error, row.feed.polls.failures), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_says_429_is_left_alone_by_all_its_feeds_and_over_a_restart() {
    let urls: Vec<String> = (0..3).map(|n| format!("https://busy.example/{n}")).collect();
    let other = "https://other.example/feed";
    let settings: String = urls.iter().map(|url| feed(url, "10m")).collect();
    let house = House::new(&(settings + &feed(other, "10m")), WATCHES);
    let start = house.clock.now();
    let pause = 3 * HOUR;
    for url in &urls {
        house.web.serve(
            url,
            Box::new(move |request, at| match at < start + HOUR {
                true => answer(request, rss(request.url.as_str(), &[])),
                false => Err(FetchError::Throttled { status: 429, retry_after: Some(pause), reset: None }),
            }),
        );
    }
    house.web.serve(other, fixed(Vec::new()));
    house.run_for(2 * HOUR).await;
    house.run_for(5 * HOUR).await;
    let mut asked: Vec<_> =
        urls.iter().flat_map(|url| house.web.asked_at(url)).filter(|at| *at >= start + HOUR).collect();
    asked.sort();
    // Those that were in flight together may both be told so; after that there is silence.
    let first = asked[0];
    let next = asked.iter().find(|at| span(first, **at) > 5 * Duration::from_secs(1)).unwrap();
    assert!(span(first, *next) >= pause, "asked again after {:?}", span(first, *next));
    assert!(house.web.asked_at(other).len() > 35, "other hosts go on");
}

#[tokio::test(start_paused = true)]
async fn once_leaves_out_paused_hosts_and_says_so() {
    let urls: Vec<String> = (0..5).map(|n| format!("https://busy.example/{n}")).collect();
    let other = "https://other.example/feed";
    let settings: String = urls.iter().map(|url| feed(url, "10m")).collect();
    let house = House::new(&(settings + &feed(other, "10m")), WATCHES);
    for url in &urls {
        house.web.serve(url, failing(FetchError::Throttled { status: 429, retry_after: Some(HOUR), reset: None }));
    }
    house.web.serve(other, fixed(Vec::new()));
    let ended = house.once(true).await;
    let asked = house.web.asked().len();
    assert_eq!(ended.left_out, 6 - asked, "{ended:?}");
    assert!(ended.left_out >= 3, "{ended:?}");
    let again = house.once(true).await;
    assert_eq!((again.left_out, again.status.tally.polls), (5, 1));
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_no_feed_is_a_visible_failure_and_loses_nothing() {
    let url = "https://a.example/feed";
    let house = House::new(&feed(url, "10m"), WATCHES);
    let start = house.clock.now();
    house.web.serve(
        url,
        Box::new(move |request, at| match at < start + HOUR {
            true => answer(request, rss(url, &[item("1", "Mediation", start)])),
            false => answer(request, "<!doctype html><html><body>We have moved".to_owned()),
        }),
    );
    house.run_for(3 * HOUR).await;
    let row = &house.feeds()[0];
    assert!(row.feed.polls.error.as_deref().unwrap().contains("not a feed"), "{:?}", row.feed.polls.error);
    assert_eq!((house.articles().len(), house.logged().len()), (1, 1));
    let (why, body) = house.store().kept_body(url).unwrap().unwrap();
    assert!(why[0].contains("not a feed") && body.starts_with(b"<!doctype html>"), "{why:?}");
    assert_eq!(row.charset.as_deref(), Some("UTF-8"));
}

#[tokio::test(start_paused = true)]
async fn a_fresh_start_with_many_feeds_is_no_burst() {
    let urls: Vec<String> = (0..600).map(|n| format!("https://h{n}.example/feed")).collect();
    let settings: String = urls.iter().map(|url| feed(url, "1h")).collect();
    let house = House::new(&settings, WATCHES);
    for url in &urls {
        house.web.serve(url, fixed(Vec::new()));
    }
    let start = house.clock.now();
    house.run_for(10 * MINUTE).await;
    let mut per_second = std::collections::HashMap::new();
    for asked in house.web.asked() {
        *per_second.entry(span(start, asked.at).as_secs()).or_insert(0) += 1;
    }
    assert_eq!(house.web.asked().len(), urls.len());
    assert!(per_second.values().all(|count| *count < 40), "{per_second:?}");
}
