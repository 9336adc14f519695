//! The name that a server's budget goes by: the host's, or for a day that of its registrable domain, when several hosts
//! of it asked for less. Farms such as Tumblr count their guests by domain, not by host (R25).

use std::collections::HashMap;
use std::time::Duration;

use crate::clock::{DAY, Timestamp, later, span};

/// If two hosts of one domain ask for a pause within this time, this concerns the whole domain ...
const TOGETHER: Duration = Duration::from_secs(10 * 60);
/// ... and for this long the domain is polled like one host.
const AS_ONE: Duration = DAY;

/// Which hosts are asked as one.
#[derive(Debug, Default)]
pub(super) struct Gates {
    /// Until when, by domain.
    as_one: HashMap<String, Timestamp>,
    /// The host of a domain that asked for less last, and when.
    last: HashMap<String, (String, Timestamp)>,
}

impl Gates {
    /// The name of a host's budget.
    pub(super) fn of(&self, host: String, now: Timestamp) -> String {
        // Almost never is there one.
        if self.as_one.is_empty() {
            return host;
        }
        match domain(&host) {
            Some(domain) if self.as_one.get(domain).is_some_and(|until| now < *until) => domain.to_owned(),
            _ => host,
        }
    }

    /// A host asked for less. The domain that is asked as one from now on on its account, and until when.
    pub(super) fn throttled(&mut self, host: &str, now: Timestamp) -> Option<(String, Timestamp)> {
        let domain = domain(host)?;
        self.last.retain(|_, (_, at)| span(*at, now) <= TOGETHER);
        let before = self.last.insert(domain.to_owned(), (host.to_owned(), now));
        before.filter(|(other, _)| other != host)?;
        let until = later(now, AS_ONE);
        self.open(domain, until, now);
        Some((domain.to_owned(), until))
    }

    /// A domain is asked as one.
    pub(super) fn open(&mut self, domain: &str, until: Timestamp, now: Timestamp) {
        self.as_one.retain(|_, until| now < *until);
        self.as_one.insert(domain.to_owned(), until);
    }
}

/// The registrable domain of a host that is a name below it; an address has none.
pub(crate) fn domain(host: &str) -> Option<&str> {
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let is_address = host.starts_with('[') || name.ends_with(|c: char| c.is_ascii_digit());
    psl::domain_str(name).filter(|_| !is_address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_the_registrable_domain_of_the_public_suffix_list() {
        let check = |host, expected| assert_eq!(domain(host), expected, "{host}");
        check("a.b.tumblr.com", Some("tumblr.com"));
        check("tumblr.com:8080", Some("tumblr.com"));
        check("news.bbc.co.uk", Some("bbc.co.uk"));
        check("someone.github.io", Some("someone.github.io"));
        check("co.uk", None);
        check("localhost", None);
        check("127.0.0.1:80", None);
        check("[::1]:80", None);
    }

    #[test]
    fn two_hosts_that_ask_for_less_within_ten_minutes_make_their_domain_one_for_a_day() {
        let at = |minutes: u64| later(Timestamp::UNIX_EPOCH, Duration::from_secs(60 * minutes));
        let mut gates = Gates::default();
        let of = |gates: &Gates, host: &str, minutes| gates.of(host.to_owned(), at(minutes));
        assert_eq!(gates.throttled("a.farm.example", at(0)), None);
        assert_eq!(gates.throttled("a.farm.example", at(1)), None, "the same host again");
        assert_eq!(gates.throttled("b.farm.example", at(12)), None, "too long ago");
        assert_eq!(of(&gates, "b.farm.example", 12), "b.farm.example");
        let day = 24 * 60;
        assert_eq!(gates.throttled("c.farm.example", at(20)), Some(("farm.example".to_owned(), at(20 + day))));
        assert_eq!(of(&gates, "d.farm.example:8080", 21), "farm.example");
        assert_eq!(of(&gates, "d.other.example", 21), "d.other.example");
        assert_eq!(of(&gates, "d.farm.example", 20 + day), "d.farm.example");
    }
}
