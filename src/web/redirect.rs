//! Where a redirect may lead. Pure: one step of the way, allowed or not. The guard looks at the target afterwards.

use std::borrow::Cow;

use http::StatusCode;
use url::{Position, Url};

use super::{FetchError, Jar, Redirect, clip};

/// Browsers follow 20; a feed that needs more than a handful is lost ...
const HOPS_MAX: usize = 5;
/// ... unless cookies are set in the chain, which takes some more hops.
const HOPS_WITH_COOKIES_MAX: usize = 10;

/// Whether a status is a redirect that can be followed, and then whether it is meant for good.
pub(crate) fn kind(status: StatusCode) -> Option<bool> {
    match status.as_u16() {
        301 | 308 => Some(true),
        302 | 303 | 307 => Some(false),
        _ => None,
    }
}

/// The next step from the end of the way that began at `start`, given the answer's Location field. It may lead back to
/// where it was before if that would now be sent other cookies.
pub(crate) fn next(
    start: &Url,
    way: &[Redirect],
    cookies: &Jar,
    location: Option<&[u8]>,
    permanent: bool,
) -> Result<Redirect, FetchError> {
    let bad = |why: String| Err(FetchError::Redirect(why));
    let most = if cookies.is_used() { HOPS_WITH_COOKIES_MAX } else { HOPS_MAX };
    if way.len() >= most {
        return bad(format!("more than {most} in a row{}", cookies.tale()));
    }
    let Some(location) = location.filter(|value| !value.is_empty()) else {
        return bad("no Location".to_owned());
    };
    let at = way.last().map_or(start, |step| &step.to);
    let location = text(location);
    let Ok(mut to) = at.join(&location) else {
        return bad(format!("the Location {:?} is no address", clip(&location)));
    };
    if !to.username().is_empty() || to.password().is_some() {
        return bad("the Location brings a user name or password".to_owned());
    }
    if start.scheme() == "https" && to.scheme() == "http" {
        return bad(format!("from https down to {}", clip(to.as_str())));
    }
    // The target of a redirect without a fragment inherits it (RFC 9110 section 10.2.2).
    if to.fragment().is_none() {
        to.set_fragment(at.fragment());
    }
    let is_back = same_document(start, &to) || way.iter().any(|step| same_document(&step.to, &to));
    if is_back && !cookies.asks_anew(&to) {
        return bad(format!("in a circle, back to {}{}", clip(to.as_str()), cookies.tale()));
    }
    Ok(Redirect { to, permanent })
}

/// A field's value as the text of an address. Bytes that are not UTF-8 are read one by one, as in browsers.
fn text(value: &[u8]) -> Cow<'_, str> {
    let escaped = || {
        value.iter().map(|byte| if byte.is_ascii() { char::from(*byte).to_string() } else { format!("%{byte:02X}") })
    };
    str::from_utf8(value).map_or_else(|_| Cow::Owned(escaped().collect()), Cow::Borrowed)
}

/// Whether two addresses ask a server for the same thing: a fragment is never sent.
pub fn same_document(one: &Url, other: &Url) -> bool {
    one[..Position::AfterQuery] == other[..Position::AfterQuery]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[track_caller]
    fn check(start: &str, location: impl AsRef<[u8]>, expected: Result<&str, &str>) {
        let found = next(&Url::parse(start).unwrap(), &[], &Jar::default(), Some(location.as_ref()), true);
        match expected {
            Ok(to) => assert_eq!(found.unwrap().to.as_str(), to),
            Err(why) => assert_eq!(found.unwrap_err().to_string(), format!("bad redirect: {why}")),
        }
    }

    #[test]
    fn a_location_is_taken_relative_to_where_it_was_said() {
        check("http://a.example/x/feed?q=1", "https://b.example/f", Ok("https://b.example/f"));
        check("http://a.example/x/feed?q=1", "rss", Ok("http://a.example/x/rss"));
        check("http://a.example/x/feed?q=1", "/rss", Ok("http://a.example/rss"));
        check("http://a.example/x/feed?q=1", "//b.example/rss", Ok("http://b.example/rss"));
        check("http://a.example/x/feed?q=1", "?q=2", Ok("http://a.example/x/feed?q=2"));
        check("http://a.example/x#part", "/y", Ok("http://a.example/y#part"));
        check("http://a.example/x#part", "/y#own", Ok("http://a.example/y#own"));
        check("http://a.example/", "/caf\u{e9} x", Ok("http://a.example/caf%C3%A9%20x"));
        check("http://a.example/", b"/caf\xe9 x", Ok("http://a.example/caf%E9%20x"));
    }

    #[test]
    fn a_redirect_that_leads_nowhere_or_down_says_why() {
        check("https://a.example/x", "http://a.example/x", Err("from https down to http://a.example/x"));
        check("http://a.example/x", "http://u:p@b.example/", Err("the Location brings a user name or password"));
        check("http://a.example/x", "http://[::1", Err("the Location \"http://[::1\" is no address"));
        check("http://a.example/x", "", Err("no Location"));
        let (long, cut) = (format!("http://[{}", "x".repeat(9000)), format!("http://[{}", "x".repeat(192)));
        check("http://a.example/x", &long, Err(&format!("the Location {cut:?} is no address")));
        check("http://a.example/x", "x", Err("in a circle, back to http://a.example/x"));
        check("http://a.example/x", "#top", Err("in a circle, back to http://a.example/x#top"));
    }

    #[test]
    fn a_circle_and_an_endless_chain_end() {
        let step = |to: &str| Redirect { to: Url::parse(to).unwrap(), permanent: true };
        let start = Url::parse("http://a.example/").unwrap();
        let way: Vec<Redirect> = (1..=HOPS_MAX).map(|n| step(&format!("http://a.example/{n}"))).collect();
        let next = |way: &[Redirect], to: &str| {
            next(&start, way, &Jar::default(), Some(to.as_bytes()), false).map_err(|e| e.to_string())
        };
        assert!(next(&way[..4], "/new").is_ok());
        assert_eq!(next(&way[..4], "/2").unwrap_err(), "bad redirect: in a circle, back to http://a.example/2");
        assert_eq!(next(&way, "/new").unwrap_err(), "bad redirect: more than 5 in a row");
    }
}
