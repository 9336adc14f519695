//! Cookies that redirects set, for the duration of one chain of redirects (RFC 6265). Some servers redirect every
//! client in a circle until it returns the cookie that they just set. Pure.
//!
//! Nothing is kept after the chain. Cookies of an answer that is not a redirect are ignored. A cookie is sent only to
//! servers that it was set for, by a server of their domain. Two ports are two servers here, except the standard ports
//! 80 and 443.

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use url::{Host, Position, Url};

use super::clip;
use super::date::http_date;
use crate::clock::Timestamp;
use crate::hash::hash64;

/// As large as RFC 6265 section 6.1 lets one cookie be at the least, ...
const COOKIE_BYTES_MAX: usize = 4096;
/// ... and what all of them may take: servers refuse requests with more than 8 to 16 kB of fields.
const JAR_BYTES_MAX: usize = 8 * 1024;

/// The cookies of a way, and with which of them each address on it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jar {
    cookies: Vec<Cookie>,
    /// Hashes of an address and of the field that was sent there.
    asked: Vec<(u64, u64)>,
    /// The cookie that was refused last, and why.
    refused: Option<(String, &'static str)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: Vec<u8>,
    value: Vec<u8>,
    /// The host that set it, or the domain that it named.
    domain: String,
    /// Whether it is for that host alone.
    host_only: bool,
    port: u16,
    path: String,
    secure: bool,
}

/// Why a cookie is not taken.
type Refused = &'static str;

impl Jar {
    /// Takes the cookies that an answer sets.
    pub(crate) fn take(&mut self, at: &Url, fields: &HeaderMap, now: Timestamp) {
        for field in fields.get_all(SET_COOKIE) {
            match read(at, field.as_bytes(), now) {
                Ok((cookie, is_over)) => {
                    let same = |other: &Cookie| {
                        (&other.name, &other.domain, &other.path, other.port)
                            == (&cookie.name, &cookie.domain, &cookie.path, cookie.port)
                    };
                    self.cookies.retain(|other| !same(other));
                    if !is_over {
                        self.cookies.push(cookie);
                    }
                }
                Err(why) => self.refused = Some((shown(name_of(field.as_bytes())), why)),
            }
        }
        // The newest are those that the next step wants.
        let mut room = JAR_BYTES_MAX;
        let first = self.cookies.iter().rposition(|cookie| {
            let fits = room.checked_sub(cookie.name.len() + cookie.value.len() + "=; ".len());
            room = fits.unwrap_or(0);
            fits.is_none()
        });
        self.cookies.drain(..first.map_or(0, |at| at + 1));
    }

    /// The Cookie field for a request, if there is any for it.
    pub(crate) fn field(&self, to: &Url) -> Option<HeaderValue> {
        let mut sent: Vec<&Cookie> = self.cookies.iter().filter(|cookie| cookie.is_for(to)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pair = |cookie: &&Cookie| match cookie.name.as_slice() {
            [] => cookie.value.clone(),
            name => [name, b"=", &cookie.value].concat(),
        };
        let pairs: Vec<Vec<u8>> = sent.iter().map(pair).collect();
        (!pairs.is_empty()).then(|| HeaderValue::from_bytes(&pairs.join(&b"; "[..])).ok())?
    }

    /// An address is requested with the cookies that now apply to it.
    pub(crate) fn note(&mut self, at: &Url) {
        let asked = self.question(at);
        self.asked.push(asked);
    }

    /// Whether an address that was asked before would now be asked with other cookies than each time before.
    pub(crate) fn asks_anew(&self, to: &Url) -> bool {
        let (address, field) = self.question(to);
        let mut before = self.asked.iter().filter(|(asked, _)| *asked == address).peekable();
        before.peek().is_some() && before.all(|(_, sent)| *sent != field)
    }

    /// Whether any cookie was taken.
    pub(crate) fn is_used(&self) -> bool {
        !self.cookies.is_empty()
    }

    /// What became of the cookies on a way that leads nowhere, to follow a message; empty when there were none.
    pub(crate) fn tale(&self) -> String {
        const NAMES_MAX: usize = 3;
        let names: Vec<String> = self.cookies.iter().rev().take(NAMES_MAX).map(|cookie| shown(&cookie.name)).collect();
        let sent = match names.as_slice() {
            [] => String::new(),
            [name] => format!(", although it was sent the cookie {name} that it had set"),
            names => format!(", although it was sent the cookies {} that it had set", names.join(", ")),
        };
        let refused = self.refused.as_ref();
        let refused = refused.map(|(name, why)| format!("; the cookie {name} was not taken: {why}"));
        sent + &refused.unwrap_or_default()
    }

    fn question(&self, to: &Url) -> (u64, u64) {
        let field = self.field(to);
        let sent = field.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
        (hash64(&[to[..Position::AfterQuery].as_bytes()]), hash64(&[sent]))
    }
}

impl Cookie {
    fn is_for(&self, to: &Url) -> bool {
        let Some(host) = to.host_str() else { return false };
        let is_host = if self.host_only { host == self.domain } else { is_within(host, &self.domain) };
        is_host && self.port == server_port(to) && is_below(to.path(), &self.path) && (!self.secure || is_safe(to))
    }
}

/// Reads a Set-Cookie field (RFC 6265 section 5.2 and 5.3), and whether it takes the cookie back.
fn read(at: &Url, field: &[u8], now: Timestamp) -> Result<(Cookie, bool), Refused> {
    if field.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Err("it has control characters");
    }
    let mut parts = field.split(|byte| *byte == b';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
        Some(equals) => (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii()),
        None => (&b""[..], pair.trim_ascii()),
    };
    if name.is_empty() && value.is_empty() {
        return Err("it has neither name nor value");
    }
    if name.len() + value.len() > COOKIE_BYTES_MAX {
        return Err("it is longer than 4096 bytes");
    }
    let (mut domain, mut path, mut secure, mut expires, mut max_age) = (None, None, false, None, None);
    for part in parts {
        let part = String::from_utf8_lossy(part);
        let (key, value) = part.split_once('=').unwrap_or((&part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "domain" => {
                domain = Some(value.trim_start_matches('.')).filter(|value| !value.is_empty()).map(str::to_owned)
            }
            "path" => path = Some(value.to_owned()).filter(|value| value.starts_with('/')),
            "secure" => secure = true,
            "expires" => expires = http_date(value),
            "max-age" => max_age = value.parse::<i64>().ok(),
            _ => {}
        }
    }
    let host = at.host_str().ok_or("its server has no name")?;
    let prefix = |prefix: &[u8]| name.len() >= prefix.len() && name[..prefix.len()].eq_ignore_ascii_case(prefix);
    if secure && !is_safe(at) {
        return Err("it is for https only and was set over http");
    }
    if prefix(b"__secure-") && !secure {
        return Err("its name promises that it is for https only");
    }
    if prefix(b"__host-") && (!secure || domain.is_some() || path.as_deref() != Some("/")) {
        return Err("its name promises that it is for this host, all paths and https only");
    }
    let domain = domain.map(|domain| allowed_domain(at, host, &domain)).transpose()?.flatten();
    let is_over = max_age.map_or_else(|| expires.is_some_and(|end| end <= now), |seconds| seconds <= 0);
    let cookie = Cookie {
        name: name.to_vec(),
        value: value.to_vec(),
        host_only: domain.is_none(),
        domain: domain.unwrap_or_else(|| host.to_owned()),
        port: server_port(at),
        path: path.unwrap_or_else(|| folder(at.path()).to_owned()),
        secure,
    };
    Ok((cookie, is_over))
}

/// The domain that a host may set cookies for; none when it is the host itself and nothing else.
fn allowed_domain(at: &Url, host: &str, domain: &str) -> Result<Option<String>, Refused> {
    const STRANGE: Refused = "its Domain is not its server's";
    let Ok(named) = Host::parse(domain) else { return Err(STRANGE) };
    let named = named.to_string();
    let Some(Host::Domain(_)) = at.host() else { return if named == host { Ok(None) } else { Err(STRANGE) } };
    // A public suffix: anybody can register names below it, so its cookies would go to strangers.
    if psl::domain_str(&named).is_none() {
        return if named == host { Ok(None) } else { Err("its Domain is one under which anybody may have a name") };
    }
    if is_within(host, &named) { Ok(Some(named)) } else { Err(STRANGE) }
}

/// Whether a host is a domain or a name below it.
fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a path is another or lies below it (RFC 6265 section 5.1.4).
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || folder.ends_with('/') || rest.starts_with('/'))
}

/// The path that a cookie is for when it names none.
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

/// A redirect from http to https stays with the server; every other port is another one's.
fn server_port(url: &Url) -> u16 {
    match url.port_or_known_default() {
        Some(80 | 443) | None => 80,
        Some(port) => port,
    }
}

fn is_safe(url: &Url) -> bool {
    url.scheme() == "https"
}

fn name_of(field: &[u8]) -> &[u8] {
    field.split(|byte| matches!(byte, b'=' | b';')).next().unwrap_or_default().trim_ascii()
}

/// A name as a message shows it.
fn shown(name: &[u8]) -> String {
    const ROOM_BYTES: usize = 60;
    let name = String::from_utf8_lossy(&name[..name.len().min(ROOM_BYTES)]);
    format!("{:?}", clip(&name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn now() -> Timestamp {
        "2026-03-06T12:00:00Z".parse().unwrap()
    }

    fn jar(at: &str, fields: &[&str]) -> Jar {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(SET_COOKIE, HeaderValue::from_bytes(field.as_bytes()).unwrap());
        }
        let mut jar = Jar::default();
        jar.take(&url(at), &headers, now());
        jar
    }

    /// The cookies sent to one address that another one set.
    #[track_caller]
    fn check(at: &str, fields: &[&str], to: &str, sent: &str) {
        let field = jar(at, fields).field(&url(to));
        let found = field.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
        assert_eq!(String::from_utf8_lossy(found), sent, "{fields:?} of {at} to {to}");
    }

    #[test]
    fn a_cookie_goes_to_its_own_server_and_to_no_other() {
        let own = |fields: &[&str], to, sent| check("http://www.a.example/x/feed?q", fields, to, sent);
        own(&["a=1"], "http://www.a.example/x/other", "a=1");
        own(&["a=1"], "http://www.a.example/", "");
        own(&["a=1; Path=/"], "http://www.a.example/", "a=1");
        own(&["a=1; path=/"], "https://www.a.example/", "a=1");
        own(&["a=1; Path=/"], "http://www.a.example:8080/", "");
        for other in
            ["http://a.example/", "http://b.example/", "http://www.a.example.evil.example/", "http://x.www.a.example/"]
        {
            own(&["a=1; Path=/"], other, "");
        }
        check("http://127.0.0.1:8080/", &["a=1"], "http://127.0.0.1:8080/x", "a=1");
        check("http://127.0.0.1:8080/", &["a=1"], "http://127.0.0.1:8081/x", "");
        check("http://127.0.0.1:8080/", &["a=1"], "http://localhost:8080/x", "");
        check("http://[::1]:8080/", &["a=1; Domain=[::1]"], "http://[::1]:8080/x", "a=1");
    }

    #[test]
    fn a_domain_is_taken_from_who_may_speak_for_it() {
        let own = |domain: &str, to, sent| {
            check("https://www.news.co.uk/", &[&format!("a=1; Path=/; Domain={domain}")], to, sent);
        };
        own("news.co.uk", "https://feeds.news.co.uk/", "a=1");
        own(".News.CO.uk", "https://feeds.news.co.uk/", "a=1");
        own("www.news.co.uk", "https://x.www.news.co.uk/", "a=1");
        own("www.news.co.uk", "https://news.co.uk/", "");
        own("news.co.uk", "https://badnews.co.uk/", "");
        for refused in ["co.uk", "uk", "other.co.uk", "x.www.news.co.uk", "ws.co.uk", "127.0.0.1", "news..uk", "a b"] {
            own(refused, "https://www.news.co.uk/", "");
        }
        own("", "https://www.news.co.uk/", "a=1");
        // Pages of strangers side by side under one suffix.
        check("https://me.github.io/", &["a=1; Domain=github.io"], "https://you.github.io/", "");
        check("http://intranet/", &["a=1; Domain=intranet"], "http://intranet/", "a=1");
        check("http://127.0.0.1/", &["a=1; Domain=127.0.0.1"], "http://127.0.0.1/", "a=1");
        check("http://127.0.0.1/", &["a=1; Domain=0.0.1"], "http://127.0.0.1/", "");
    }

    #[test]
    fn paths_and_schemes_are_kept_to() {
        let own = |field: &str, to, sent| check("https://a.example/x/feed", &[field], to, sent);
        own("a=1; Path=/x", "https://a.example/x", "a=1");
        own("a=1; Path=/x", "https://a.example/x/y", "a=1");
        own("a=1; Path=/x", "https://a.example/xy", "");
        own("a=1; Path=/x/", "https://a.example/x", "");
        own("a=1; Path=x", "https://a.example/x/z", "a=1");
        own("a=1; Path=/; Secure", "https://a.example/", "a=1");
        own("a=1; Path=/; Secure", "http://a.example/", "");
        check("http://a.example/", &["a=1; Secure"], "https://a.example/", "");
        own("__Host-a=1; Path=/; Secure", "https://a.example/", "__Host-a=1");
        own("__Host-a=1; Path=/; Secure; Domain=a.example", "https://a.example/", "");
        own("__Secure-a=1; Path=/", "https://a.example/", "");
        own("a=1; HttpOnly; SameSite=Strict; Partitioned; Priority=High", "https://a.example/x/", "a=1");
    }

    #[test]
    fn the_newest_value_counts_and_what_is_over_goes() {
        let own = |fields: &[&str], sent| check("http://a.example/", fields, "http://a.example/x/y", sent);
        own(&["a=1", "b=2", "a=3"], "b=2; a=3");
        own(&["a=1; Path=/x", "a=2", "c=3; Path=/x/y"], "c=3; a=1; a=2");
        own(&["a=1", "a=; Max-Age=0"], "");
        own(&["a=1", "a=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "");
        own(&["a=1; Expires=Thu, 01 Jan 2037 00:00:00 GMT"], "a=1");
        own(&["a=1; Expires=Thu, 01-Jan-70 00:00:00 GMT; Max-Age=60"], "a=1");
        own(&["a=1; Expires=soon; Max-Age=long"], "a=1");
        own(&["  a = \"q x\" ; Path=/"], "a=\"q x\"");
        own(&["plain", "=x", "a==b", "=", ""], "x; a==b");
        own(&["a=caf\u{e9}"], "a=caf\u{e9}");
    }

    #[test]
    fn no_server_fills_the_jar_or_the_request() {
        let long = format!("long={}", "x".repeat(4096));
        check("http://a.example/", &[&long, "a=1"], "http://a.example/", "a=1");
        let many: Vec<String> = (0..1000).map(|n| format!("n{n}={}", "x".repeat(90))).collect();
        let mut jar = jar("http://a.example/", &many.iter().map(String::as_str).collect::<Vec<_>>());
        let sent = jar.field(&url("http://a.example/")).unwrap();
        assert!((7000..=8192).contains(&sent.len()), "{}", sent.len());
        assert!(sent.to_str().unwrap().contains("n999=") && !sent.to_str().unwrap().contains("n1="));
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_static("last=1"));
        jar.take(&url("http://a.example/"), &headers, now());
        assert!(jar.field(&url("http://a.example/")).unwrap().to_str().unwrap().ends_with("last=1"));
    }

    #[test]
    fn an_address_is_asked_anew_only_with_other_cookies() {
        let feed = url("http://a.example/feed");
        let mut jar = Jar::default();
        assert!(!jar.asks_anew(&feed), "it was never asked");
        jar.note(&feed);
        assert!(!jar.asks_anew(&feed));
        let set = |jar: &mut Jar, field| {
            let headers = HeaderMap::from_iter([(SET_COOKIE, HeaderValue::from_static(field))]);
            jar.take(&feed, &headers, now());
        };
        set(&mut jar, "a=1; Path=/elsewhere");
        assert!(!jar.asks_anew(&feed));
        set(&mut jar, "a=1");
        assert!(jar.asks_anew(&url("http://a.example/feed#part")));
        jar.note(&feed);
        assert!(!jar.asks_anew(&feed));
        set(&mut jar, "a=2");
        assert!(jar.asks_anew(&feed));
        set(&mut jar, "a=1");
        assert!(!jar.asks_anew(&feed), "so it was asked before");
    }

    #[test]
    fn a_message_names_the_cookies_and_shows_nothing_raw() {
        let tale = |fields: &[&str]| jar("http://a.example/", fields).tale();
        assert_eq!(tale(&[]), "");
        assert_eq!(tale(&["seen=1"]), ", although it was sent the cookie \"seen\" that it had set");
        assert_eq!(tale(&["a=1", "b=2"]), ", although it was sent the cookies \"b\", \"a\" that it had set");
        assert_eq!(
            tale(&["a=1; Domain=b.example"]),
            "; the cookie \"a\" was not taken: its Domain is not its server's"
        );
        assert_eq!(
            tale(&["a=1; Secure"]),
            "; the cookie \"a\" was not taken: it is for https only and was set over http"
        );
        let long = format!("{}=1; Secure", "\u{202e}".repeat(5000));
        assert!(tale(&[&long]).len() < 400 && tale(&[&long]).contains("\\u{202e}"));
    }
}
