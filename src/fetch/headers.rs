//! What an answer's header fields tell: validators, freshness, how long to stay away. Reads; decides nothing.

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, LAST_MODIFIED, RETRY_AFTER};
use url::Url;

use crate::clock::{DAY, Timestamp, span};
use crate::fetch::Hints;
use crate::model::Validators;
use crate::web::date::http_date;

/// RFC 9111 section 1.2.2 lets a cache take anything beyond 2^31 seconds as "for ever"; a year is as good and cannot
/// overflow a date. The schedule decides how much of it is honoured.
const WISH_MAX: Duration = DAY.saturating_mul(365);

/// Real validators have some dozens of bytes. Most servers refuse a request with a field of more than 8 kB, so a longer
/// one could only do harm.
const VALIDATOR_MAX_BYTES: usize = 8000;

/// The validators of an answer, copied: a slice of the response would pin its connection's read buffer. `giver` is the
/// address that gave them, when not the feed's own.
pub(super) fn validators(headers: &HeaderMap, giver: Option<&Url>) -> Validators {
    let own = |name: HeaderName| {
        let value = headers.get(name)?.as_bytes();
        (1..=VALIDATOR_MAX_BYTES).contains(&value.len()).then(|| Box::from(value))
    };
    Validators { url: giver.cloned(), etag: own(ETAG), last_modified: own(LAST_MODIFIED) }
}

/// What an answer wishes, `now` standing in for a missing Date.
pub(super) fn hints(headers: &HeaderMap, now: Timestamp) -> Hints {
    Hints { fresh_for: fresh_for(headers, now), retry_after: retry_after(headers, now) }
}

/// How long the answer stays fresh (RFC 9111 section 4.2). Stale or uncacheable answers set no wait: they do not mean
/// "poll at once".
fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let control = CacheControl::read(headers);
    if control.no_cache {
        return None;
    }
    let lifetime = control.max_age.or_else(|| {
        let expires = date(headers, EXPIRES)?;
        Some(span(date(headers, DATE).unwrap_or(now), expires))
    })?;
    let age = text(headers, AGE).and_then(seconds).unwrap_or_default();
    Some(lifetime.saturating_sub(age).min(WISH_MAX)).filter(|wait| !wait.is_zero())
}

/// How long to stay away (RFC 9110 section 10.2.3): seconds, or a date, which counts against the answer's own Date
/// because the server's clock may be wrong by hours. Past means now; unreadable means nothing was said.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?;
    let negative = value.strip_prefix('-').is_some_and(|rest| seconds(rest).is_some());
    let wait = match seconds(value) {
        Some(wait) => wait,
        None if negative => Duration::ZERO,
        None => {
            let until = http_date(value)?;
            span(date(headers, DATE).unwrap_or(now), until)
        }
    };
    Some(wait.min(WISH_MAX))
}

/// When the server's quota for us is full again, by whichever of the RateLimit fields says the longest:
/// `X-RateLimit-Reset` and `RateLimit-Reset` in seconds or, as some write it, the instant in Unix time; `RateLimit`
/// with `reset=` or `t=`, as the drafts of that field have it (draft-ietf-httpapi-ratelimit-headers).
pub(super) fn quota_reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    /// More seconds than any quota lasts, fewer than since 1970.
    const UNIX_TIME_MIN: Duration = Duration::from_secs(1_000_000_000);
    let names = ["x-ratelimit-reset", "ratelimit-reset"].map(HeaderName::from_static);
    let single = names.into_iter().filter_map(|name| seconds(text(headers, name)?));
    let field = text(headers, HeaderName::from_static("ratelimit")).unwrap_or_default();
    let parameters = field.split([',', ';']).filter_map(|parameter| match parameter.trim().split_once('=')? {
        ("reset" | "t", value) => seconds(value.trim()),
        _ => None,
    });
    let since_1970 = Duration::from_secs(now.as_second().max(0).cast_unsigned());
    let left = |reset: Duration| if reset < UNIX_TIME_MIN { reset } else { reset.saturating_sub(since_1970) };
    single.chain(parameters).map(left).max().map(|reset| reset.min(WISH_MAX))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    http_date(text(headers, name)?)
}

/// Delta-seconds: digits only. More than fits is as long as can be said.
fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

#[derive(Default)]
struct CacheControl {
    no_cache: bool,
    max_age: Option<Duration>,
}

impl CacheControl {
    /// Directives come in any case, quoted, repeated and over several fields; of several max-ages the largest counts.
    /// `s-maxage` is for shared caches, not for us.
    fn read(headers: &HeaderMap) -> CacheControl {
        let mut control = CacheControl::default();
        let fields = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
        for directive in fields.flat_map(|field| field.split(',')) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-cache" | "no-store" => control.no_cache = true,
                "max-age" => control.max_age = control.max_age.max(seconds(value.trim().trim_matches('"'))),
                _ => {}
            }
        }
        control
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const DAY: u64 = 24 * 3600;

    fn fields(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        headers
    }

    /// Our clock in these tests; the servers' clocks differ from it on purpose.
    fn now() -> Timestamp {
        "2026-03-06T12:00:00Z".parse().unwrap()
    }

    #[track_caller]
    fn waits(lines: &[&str], secs: impl Into<Option<u64>>) {
        assert_eq!(retry_after(&fields(lines), now()).map(|wait| wait.as_secs()), secs.into(), "{lines:?}");
    }

    #[test]
    fn retry_after_is_read_in_every_form_and_held_at_a_year() {
        waits(&[], None);
        waits(&["retry-after: 120"], 120);
        waits(&["retry-after:  7 "], 7);
        waits(&["retry-after: 0"], 0);
        waits(&["retry-after: -5"], 0);
        waits(&["retry-after: soon"], None);
        waits(&["retry-after: 1.5"], None);
        waits(&["retry-after: 604801"], 604_801);
        waits(&["retry-after: 99999999999999999999999999"], 365 * DAY);
        waits(&["retry-after: Fri, 31 Dec 9999 23:59:59 GMT"], 365 * DAY);
        waits(&["retry-after: Fri, 06 Mar 2026 12:01:00 GMT"], 60);
        waits(&["retry-after: Friday, 06-Mar-26 12:01:00 GMT"], 60);
        waits(&["retry-after: Fri Mar  6 12:01:00 2026"], 60);
        waits(&["retry-after: Mon, 6 Mar 2026 12:01:00 UTC"], 60);
        waits(&["retry-after: 2026-03-06T12:01:00Z"], None);
        waits(&["retry-after: caf\u{e9}"], None);
        waits(&["retry-after: Fri, 06 Mar 2026 11:00:00 GMT"], 0);
        waits(&["retry-after: Fri, 06 Mar 2066 11:00:00 GMT"], 365 * DAY);
        // The server's clock is two hours ahead of ours, and so is its date.
        waits(&["date: Fri, 06 Mar 2026 14:00:00 GMT", "retry-after: Fri, 06 Mar 2026 14:00:30 GMT"], 30);
    }

    #[test]
    fn a_quotas_end_is_read_from_all_fields_that_tell_it() {
        let check = |lines: &[&str], secs: Option<u64>| {
            assert_eq!(quota_reset(&fields(lines), now()).map(|wait| wait.as_secs()), secs, "{lines:?}");
        };
        let in_a_minute = (now().as_second() + 60).to_string();
        check(&[], None);
        check(&["x-ratelimit-reset: 20"], Some(20));
        check(&[&format!("x-ratelimit-reset: {in_a_minute}")], Some(60));
        check(&["x-ratelimit-reset: 1000000001"], Some(0));
        check(&["ratelimit-reset: 7", "x-ratelimit-reset: soon"], Some(7));
        check(&["ratelimit: limit=10, remaining=0, reset=30", "ratelimit-reset: 7"], Some(30));
        check(&["ratelimit: \"default\";r=0;t=45"], Some(45));
        check(&["x-ratelimit-remaining: 0"], None);
        check(&["x-ratelimit-reset: 99999999999999999999999"], Some(365 * DAY));
    }

    #[track_caller]
    fn stays(lines: &[&str], secs: impl Into<Option<u64>>) {
        assert_eq!(fresh_for(&fields(lines), now()).map(|wait| wait.as_secs()), secs.into(), "{lines:?}");
    }

    #[test]
    fn freshness_is_max_age_else_expires_less_the_age() {
        stays(&[], None);
        stays(&["cache-control: max-age=600"], 600);
        stays(&["cache-control: public, Max-Age=\"600\""], 600);
        stays(&["cache-control: max-age=60, max-age=600"], 600);
        stays(&["cache-control: max-age=60", "cache-control: max-age=600, must-revalidate"], 600);
        stays(&["cache-control: max-age=600", "age: 100"], 500);
        stays(&["cache-control: max-age=600", "age: 700"], None);
        stays(&["cache-control: max-age=600", "age: x"], 600);
        stays(&["cache-control: s-maxage=600"], None);
        stays(&["cache-control: max-age=-1"], None);
        stays(&["cache-control: max-age=0"], None);
        stays(&["cache-control: max-age"], None);
        stays(&["cache-control: no-cache, max-age=600"], None);
        stays(&["cache-control: no-store", "expires: Fri, 06 Mar 2026 13:00:00 GMT"], None);
        stays(&["cache-control: max-age=99999999999999999999"], 365 * DAY);
        stays(&["cache-control: max-age=60", "expires: Fri, 06 Mar 2026 13:00:00 GMT"], 60);
        stays(&["expires: Fri, 06 Mar 2026 13:00:00 GMT"], 3600);
        stays(&["expires: Fri, 06 Mar 2026 13:00:00 GMT", "date: Fri, 06 Mar 2026 12:59:00 GMT"], 60);
        stays(&["expires: Fri, 06 Mar 2026 13:00:00 GMT", "age: 600"], 3000);
        stays(&["expires: 0"], None);
        stays(&["expires: Fri, 06 Mar 2020 13:00:00 GMT"], None);
    }

    #[test]
    fn validators_are_copied_byte_for_byte() {
        let mut headers = HeaderMap::new();
        let odd = b"W/\"caf\xe9 \x80\xff\"";
        headers.insert(ETAG, reqwest::header::HeaderValue::from_bytes(odd).unwrap());
        headers.insert(LAST_MODIFIED, "yesterday".parse().unwrap());
        let url = Url::parse("http://a.example/feed").unwrap();
        let found = validators(&headers, Some(&url));
        assert_eq!(found.etag.as_deref(), Some(&odd[..]));
        assert_eq!(found.last_modified.as_deref(), Some(&b"yesterday"[..]));
        assert_eq!(found.url, Some(url));
    }

    #[test]
    fn an_empty_or_monstrous_validator_is_none() {
        let headers = fields(&["etag: ", &format!("last-modified: {}", "x".repeat(VALIDATOR_MAX_BYTES + 1))]);
        assert!(validators(&headers, None).is_empty());
    }
}
