//! Dates as feeds write them.

use feedwatch::clock::Timestamp;
use feedwatch::feed::can_be_published;
use feedwatch::feed::dates::{capped, parse, read};
use feedwatch::feed::orders::{OpenDate, meant};
use feedwatch::model::DateOrder;

const CASES: &[(&str, &str)] = &[
    // RFC 3339 and W3CDTF
    ("2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z"),
    ("2003-12-31T10:14:55.5-08:00", "2003-12-31T18:14:55.5Z"),
    ("2003-12-31 10:14:55", "2003-12-31T10:14:55Z"),
    ("2003-12-31T10:14Z", "2003-12-31T10:14:00Z"),
    ("2003-12-31", "2003-12-31T00:00:00Z"),
    ("2003-12", "2003-12-01T00:00:00Z"),
    ("2003", "2003-01-01T00:00:00Z"),
    ("2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z"),
    ("2003-12-31T23:59:60Z", "2003-12-31T23:59:59Z"),
    // ISO 8601
    ("20031231", "2003-12-31T00:00:00Z"),
    ("20031231T101455Z", "2003-12-31T10:14:55Z"),
    ("2003-335", "2003-12-01T00:00:00Z"),
    ("2003-W01-2", "2002-12-31T00:00:00Z"),
    ("03-12-31", "2003-12-31T00:00:00Z"),
    // RFC 822 and 2822
    ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"),
    ("Thu, 1 Jan 04 19:48 EST", "2004-01-02T00:48:00Z"),
    ("01 Jan 2004 00:00:00 +0530", "2003-12-31T18:30:00Z"),
    ("Thu, 31 Jun 2004", ""),
    ("Wed, 19 Aug 2009 18:28:00 GMT+2", "2009-08-19T16:28:00Z"),
    ("Thu,01 Jan 2004 19:48:21 -0000 (UTC)", "2004-01-01T19:48:21Z"),
    ("Thursday, January 1st, 2004 7:48 pm", "2004-01-01T19:48:00Z"),
    ("Jan 5, 2004 12:00 AM", "2004-01-05T00:00:00Z"),
    // asctime and others
    ("Sun Jan  4 16:29:06 2004", "2004-01-04T16:29:06Z"),
    ("Sun Jan 04 16:29:06 PST 2004", "2004-01-05T00:29:06Z"),
    ("Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53Z"),
    ("31.12.2003 10:00", "2003-12-31T10:00:00Z"),
    ("12/31/2003", "2003-12-31T00:00:00Z"),
    ("31/12/2003", "2003-12-31T00:00:00Z"),
    ("1072915200", "2004-01-01T00:00:00Z"),
    ("1072915200000", "2004-01-01T00:00:00Z"),
    ("Tue, 26 Mar 2013 14:00:00 America/New_York", "2013-03-26T18:00:00Z"),
    ("2013-03-26 14:00 Europe/Berlin", "2013-03-26T13:00:00Z"),
    ("2013-03-26 14:00 Nowhere/Land", "2013-03-26T14:00:00Z"),
    // Languages
    ("Mi, 31 Dez 2003 10:00:00 +0100", "2003-12-31T09:00:00Z"),
    ("1. März 2004", "2004-03-01T00:00:00Z"),
    ("mar, 2 mars 2004", "2004-03-02T00:00:00Z"),
    ("mer. 31 déc. 2003 10:00", "2003-12-31T10:00:00Z"),
    ("5 de enero de 2004", "2004-01-05T00:00:00Z"),
    ("5 gennaio 2004", "2004-01-05T00:00:00Z"),
    ("5 de fevereiro de 2004", "2004-02-05T00:00:00Z"),
    ("5 maart 2004", "2004-03-05T00:00:00Z"),
    ("5 października 2004", "2004-10-05T00:00:00Z"),
    ("2004. július 13. 9:15", "2004-07-13T09:15:00Z"),
    ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00Z"),
    ("5 января 2004 г.", "2004-01-05T00:00:00Z"),
    ("2004년 05월 28일  01:31:15", "2004-05-27T16:31:15Z"),
    ("2004-05-28 오후 01:31:15", "2004-05-28T04:31:15Z"),
    // Unix time to the second, also with a fraction, in milli- and microseconds
    ("1796031296", "2026-11-30T09:34:56Z"),
    ("1796031296.25", "2026-11-30T09:34:56Z"),
    ("1796031296250", "2026-11-30T09:34:56.25Z"),
    ("1796031296250000", "2026-11-30T09:34:56.25Z"),
    // Other calendars and digits
    ("1405/09/09 10:00", "2026-11-30T10:00:00Z"),
    ("1405-09-09T10:00:00+03:30", "2026-11-30T06:30:00Z"),
    ("۱۴۰۵/۰۹/۰۹", "2026-11-30T00:00:00Z"),
    ("1403-01-01", "2024-03-20T00:00:00Z"),
    ("1404-01-01", "2025-03-21T00:00:00Z"),
    ("1403-12-30", "2025-03-20T00:00:00Z"),
    ("1404-12-31", ""),
    ("1446-01-01", "2024-07-08T00:00:00Z"),
    ("1448/06/20", "2026-12-01T00:00:00Z"),
    ("30/11/2569 10:00", "2026-11-30T10:00:00Z"),
    ("2569-11-30T10:00:00+07:00", "2026-11-30T03:00:00Z"),
    ("令和8年11月30日 10:00", "2026-11-30T10:00:00Z"),
    ("令和元年5月1日", "2019-05-01T00:00:00Z"),
    ("R8.11.30", "2026-11-30T00:00:00Z"),
    ("平成30年1月5日", "2018-01-05T00:00:00Z"),
    ("民國115年11月30日", "2026-11-30T00:00:00Z"),
    ("2026年11月30日", "2026-11-30T00:00:00Z"),
    ("0026-11-30T10:00:00Z", "2026-11-30T10:00:00Z"),
    ("Mon, 30 Nov 0026 10:00:00 GMT", "2026-11-30T10:00:00Z"),
    ("26-11-30", "2026-11-30T00:00:00Z"),
    // Orders
    ("2026/25/04", "2026-04-25T00:00:00Z"),
    ("Tue, 03/11/2026", "2026-11-03T00:00:00Z"),
    ("Wed, 03/11/2026", "2026-03-11T00:00:00Z"),
    ("Sun, 03/11/2026", "2026-03-11T00:00:00Z"),
    ("03.11.2026", "2026-11-03T00:00:00Z"),
    // A month that is not known makes no day of a number
    ("30 نوفمبر 2026 10:00", ""),
    ("2026 نوفمبر 5", ""),
    ("2026 نوفمبر 5, 10", ""),
    ("نوفمبر 2026", ""),
    // None
    ("", ""),
    ("yesterday", ""),
    ("0000-00-00", ""),
    ("2003-13-40", ""),
    ("99999999999999999999999", ""),
];

#[test]
fn reads_what_feeds_write() {
    for (text, expected) in CASES {
        let read = parse(text).map(|at| at.to_string()).unwrap_or_default();
        assert_eq!(read, *expected, "{text}");
    }
}

#[test]
fn holds_dates_of_the_future_at_now() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let now = at("2024-01-01T00:00:00Z");
    for (date, kept) in
        [("2024-01-01T23:00:00Z", "2024-01-01T23:00:00Z"), ("2024-01-03T00:00:00Z", "2024-01-01T00:00:00Z")]
    {
        assert_eq!(capped(at(date), now), at(kept));
    }
}

#[test]
fn reads_day_and_month_in_the_order_that_the_other_dates_of_the_document_show() {
    // The first order that they show, if any; dates as written, and the days they are.
    type Case = (Option<DateOrder>, &'static [(&'static str, &'static str)]);
    const CASES: &[Case] = &[
        (Some(DateOrder::DayFirst), &[("03/04/2026", "2026-04-03"), ("25/04/2026", "2026-04-25")]),
        (Some(DateOrder::MonthFirst), &[("03/04/2026", "2026-03-04"), ("04/25/2026", "2026-04-25")]),
        (Some(DateOrder::MonthFirst), &[("05-11-2026 10:00", "2026-05-11"), ("11-25-2026 10:00", "2026-11-25")]),
        (Some(DateOrder::DayFirst), &[("Tue, 03/11/2026", "2026-11-03"), ("04/11/2026", "2026-11-04")]),
        (
            Some(DateOrder::DayFirst),
            &[("12/31/2026", "2026-12-31"), ("30/11/2026", "2026-11-30"), ("29/11/2026", "2026-11-29")],
        ),
        (None, &[("03/04/2026", "2026-03-04"), ("05/04/2026", "2026-05-04")]),
        (None, &[("2026-04-03", "2026-04-03"), ("Thu, 25 Apr 2026 10:00:00 GMT", "2026-04-25")]),
    ];
    for (order, dates) in CASES {
        let item = |(n, (date, _)): (usize, &(&str, &str))| {
            format!("<item><guid>{n}</guid><title>A</title><pubDate>{date}</pubDate></item>")
        };
        let items: String = dates.iter().enumerate().map(item).collect();
        let parsed = super::parse(super::rss(&items).as_bytes(), None).unwrap();
        let read: Vec<String> =
            parsed.articles.iter().map(|article| article.published.unwrap().strftime("%F").to_string()).collect();
        let expected: Vec<&str> = dates.iter().map(|(_, day)| *day).collect();
        assert_eq!((parsed.date_order, read.iter().map(String::as_str).collect()), (*order, expected), "{dates:?}");
    }
}

#[test]
fn takes_the_order_in_which_the_newest_date_lies_nearest_before_the_poll() {
    let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
    for (dates, learned, expected) in [
        (&["03/11/2026", "05/11/2026"] as &[&str], None, Some(DateOrder::DayFirst)),
        (&["11/03/2026", "11/05/2026"], None, Some(DateOrder::MonthFirst)),
        (&["11/12/2026"], None, Some(DateOrder::MonthFirst)),
        (&["11/11/2026"], None, None),
        (&["10/11/2026"], None, Some(DateOrder::DayFirst)),
        (&["10/11/2026"], Some(DateOrder::MonthFirst), Some(DateOrder::MonthFirst)),
        (&["26/11/03", "26/11/02"], None, Some(DateOrder::YearFirst)),
        (&["03/11/26", "25/11/26"], None, Some(DateOrder::DayFirst)),
        (&[], None, None),
    ] {
        let open = dates.iter().map(|date| OpenDate {
            item: 0,
            is_update: false,
            readings: read(date).unwrap().open.unwrap(),
        });
        assert_eq!(meant(&open.collect::<Vec<_>>(), learned, now), expected, "{dates:?}");
    }
}

#[test]
fn knows_instants_at_which_nothing_was_published() {
    for (date, can_be) in [
        ("1970-01-01T00:00:00Z", false),
        ("1999-11-30T00:00:00+02:00", false),
        ("2000-01-01T00:00:00-08:00", false),
        ("2001-01-01T00:00:00+13:00", false),
        ("2001-01-01T23:59:00-11:00", false),
        ("0001-01-01", false),
        ("Wed, 30 Nov -0001 00:00:00 +0000", false),
        ("1360/02/31", false),
        ("115/11/30", false),
        ("2001-02-01", true),
        ("2003-12-31", true),
    ] {
        assert_eq!(parse(date).is_some_and(can_be_published), can_be, "{date}");
    }
}
