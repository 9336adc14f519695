//! Where feedwatch may connect: addresses in every spelling, and names whatever they lead to.

use feedwatch::fetch::{Fetch, FetchError, Guard, Opening, Redirect, Request, Tuning, Way};
use feedwatch::model::Validators;
use url::Url;

use super::{AGES, document, error, get, guarded, names, tuned};
use crate::server::{Server, moved, ok};

fn openings(texts: &[&str]) -> Vec<Opening> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn guard() -> Guard {
    let ranges = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    Guard {
        allow: openings(&["10.20.0.0/16", "fd00:1::/32", "10.30.0.5:8080", "10.30.1.0/24:81", "[fd00:3::1]:8080"]),
        deny: ranges(&["10.20.66.0/24", "8.8.8.0/24", "2a00:64::/96"]),
        ..Guard::default()
    }
}

#[track_caller]
fn check(urls: &[&str], says: Option<&str>) {
    for url in urls {
        let found = Url::parse(url).map_err(|error| error.to_string());
        let found = found.and_then(|url| guard().url(&url).map_err(|refusal| refusal.to_string()));
        match (found, says) {
            (Ok(()), None) => {}
            (Err(why), Some(says)) if why.contains(says) => {}
            (found, _) => panic!("{url}: expected {says:?}, found {found:?}"),
        }
    }
}

#[test]
fn public_addresses_are_asked() {
    check(&["http://1.1.1.1/", "https://9.9.9.9:8443/x", "http://100.63.255.255/", "http://100.128.0.1/"], None);
    check(&["http://172.15.0.1/", "http://172.32.0.1/", "http://192.0.1.1/", "http://198.17.0.1/"], None);
    check(&["http://223.255.255.255/", "http://126.255.255.255/", "http://11.0.0.0/", "http://1.0/"], None);
    check(&["http://[2606:4700::1111]/", "http://[2001:200::1]/", "http://[2003::1]/", "http://[3ffe::1]/"], None);
    check(&["http://[64:ff9b::1.1.1.1]/", "http://[::ffff:1.1.1.1]/", "http://[2a00:1450::1]/"], None);
    check(
        &["http://news.example/", "https://news.example:1024/", "http://localhost/", "http://user:pw@a.example/"],
        None,
    );
}

#[test]
fn loopback_is_refused_in_every_spelling() {
    check(&["http://127.0.0.1/", "http://127.255.255.254/", "http://127.1/", "http://127.0.1/"], Some("is loopback"));
    check(&["http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://017700000001/"], Some("is loopback"));
    check(&["http://0177.0.0.01/", "http://127.0.0.1./", "http://%31%32%37.0.0.1/"], Some("is loopback"));
    check(&["http://１２７.０.０.１/", "http://127。0。0。1/", "http://①②⑦.0.0.1/"], Some("is loopback"));
    check(&["http://[::1]/", "http://[0:0:0:0:0:0:0:1]/"], Some("::1 is loopback"));
    check(&["http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"], Some("127.0.0.1 is loopback"));
    check(&["http://[64:ff9b::127.0.0.1]/", "http://[64:ff9b::7f00:1]/"], Some("127.0.0.1 is loopback"));
}

#[test]
fn what_no_public_host_has_is_refused() {
    check(&["http://0.0.0.0/", "http://0/", "http://0.1.2.3/"], Some("this host"));
    check(&["http://10.0.0.1/", "http://10.21.0.0/", "http://172.16.0.1/", "http://172.31.255.255/"], Some("private"));
    check(&["http://192.168.0.1/", "http://3232235521/", "http://0xc0.0xa8.0.1/"], Some("private"));
    check(&["http://169.254.169.254/latest/", "http://0xa9fea9fe/", "http://[::ffff:a9fe:a9fe]/"], Some("link-local"));
    check(&["http://100.64.0.1/", "http://100.127.255.255/"], Some("a provider's inner network"));
    check(&["http://192.0.0.8/", "http://192.0.2.1/", "http://198.51.100.1/", "http://203.0.113.1/"], Some(" is "));
    check(&["http://192.88.99.1/", "http://198.18.0.1/", "http://198.19.255.255/"], Some(" is "));
    check(&["http://224.0.0.1/", "http://239.255.255.255/"], Some("multicast"));
    check(&["http://240.0.0.1/", "http://255.255.255.255/", "http://4294967295/"], Some("reserved or broadcast"));
    check(&["http://[::]/", "http://[::127.0.0.1]/", "http://[100::1]/", "http://[4000::1]/"], Some("outside"));
    check(&["http://[fc00::1]/", "http://[fd12:3456::1]/"], Some("private"));
    check(&["http://[fe80::1]/", "http://[febf::1]/"], Some("link-local"));
    check(&["http://[ff02::1]/", "http://[64:ff9b:1::1]/", "http://[fec0::1]/"], Some("::1 is "));
    check(&["http://[2002:7f00:1::]/", "http://[2002:808:808::1]/"], Some("6to4"));
    check(&["http://[2001:0:7f00:1::1]/"], Some("Teredo"));
    check(&["http://[2001:2::1]/", "http://[2001:20::1]/", "http://[2001:1ff::1]/"], Some("reserved for protocols"));
    check(&["http://[2001:db8::1]/", "http://[3fff::1]/"], Some("for documentation"));
    check(&["http://[64:ff9b::10.0.0.1]/", "http://[64:ff9b::a9fe:a9fe]/"], Some(" is "));
}

#[test]
fn the_owner_opens_and_closes_ranges() {
    check(&["http://10.20.0.1/", "http://10.20.255.255:25/", "http://[::ffff:10.20.0.1]/"], None);
    check(&["http://[64:ff9b::10.20.0.1]/", "http://[fd00:1::1]/"], None);
    check(&["http://10.20.66.1/", "http://[::ffff:10.20.66.1]/", "http://[64:ff9b::10.20.66.1]/"], Some("deny"));
    check(&["http://8.8.8.8/", "http://[2a00:64::10.0.0.1]/"], Some("which [guard] deny names"));
    check(&["http://[fd00:2::1]/"], Some("write allow = [\"fd00:2::1/128\"] in [guard]"));
}

#[test]
fn an_opening_with_a_port_opens_that_port_only() {
    check(&["http://10.30.0.5:8080/", "http://10.30.1.7:81/", "http://[fd00:3::1]:8080/"], None);
    check(
        &["http://10.30.0.5/", "http://10.30.0.5:8081/", "http://10.30.0.5:22/", "http://10.30.0.6:8080/"],
        Some("private"),
    );
    check(&["http://10.30.1.7:82/", "https://10.30.1.7/", "http://[fd00:3::1]/"], Some("private"));
    for text in ["10.0.0.5:8080", "10.0.0.0/8:80", "[fd00::1]:8080", "[fd00::/8]:80", "10.0.0.0/8", "fd00::/8"] {
        assert_eq!(text.parse::<Opening>().unwrap().to_string(), text);
    }
    for text in
        ["10.0.0.5", "10.0.0.5:0", "10.0.0.5:", "10.0.0.5:65536", "fd00::1:8080", "[fd00::1]", "host:80", ":80", ""]
    {
        assert!(text.parse::<Opening>().is_err(), "{text}");
    }
}

/// Where a feed of `server` is led by a redirect, with these openings and these servers in the files.
async fn led(server: &Server, to: &str, allow: &[&str], own: &[&str]) -> Result<(), String> {
    let table: &[(&str, &[&str])] = &[("here.example", &["127.0.0.1"])];
    let own: Vec<Url> = own.iter().map(|url| url.parse().unwrap()).collect();
    let guard = Guard { allow: openings(allow), ..Guard::default() }.knowing(own.iter());
    let http = guarded(AGES, Tuning { lookup: names(table), ..Tuning::default() }, guard);
    server.on("/feed", moved(302, to));
    get(&http, &server.url("/feed")).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_range_opens_the_servers_of_ones_own_feeds_and_no_port_to_a_redirect() {
    let (server, other) = (Server::start(), Server::start());
    server.on("/here", ok("<rss/>"));
    other.on("/", ok("<rss/>"));
    let (to, range) = (other.url("/"), ["127.0.0.0/8"]);
    let named = to.replace("127.0.0.1", "here.example");
    let exactly = to.trim_start_matches("http://").trim_end_matches('/');
    assert_eq!(led(&server, "/here", &range, &[]).await, Ok(()));
    let refused = led(&server, &to, &range, &[]).await.unwrap_err();
    assert_eq!(
        refused,
        format!(
            "refused by the guard: 127.0.0.1 is in 127.0.0.0/8, which [guard] allow opens to what your own feeds and hooks name, \
             and not to redirects that lead there; if this one is meant, add \"{exactly}\" to allow"
        )
    );
    for (to, allow, own, is_let) in [
        // What the message says to write; another feed of one's own there; another port, or another name of it.
        (&to, &["127.0.0.0/8", exactly][..], &[][..], true),
        (&to, &range, &[to.as_str()], true),
        (&to, &range, &["http://127.0.0.1/"], false),
        (&to, &range, &[named.as_str()], false),
        (&named, &range, &[], false),
        (&named, &range, &[named.as_str()], true),
        (&named, &["127.0.0.0/8", exactly], &[], true),
        // Nobody asks ssh, whoever is named.
        (&"http://127.0.0.1:22/".to_owned(), &range, &[to.as_str()], false),
    ] {
        let found = led(&server, to, allow, own).await;
        assert_eq!(found.is_ok(), is_let, "{to} with {allow:?} and {own:?}: {found:?}");
        assert!(is_let || found.unwrap_err().contains("which [guard] allow opens to what your own"));
    }
}

#[tokio::test]
async fn nobody_outside_leads_us_inside() {
    let server = Server::start();
    server.on("/", ok("<rss/>"));
    let own: Url = server.url("/").parse().unwrap();
    let exactly = server.url("/").trim_start_matches("http://").trim_end_matches('/').to_owned();
    for (allow, is_inside, is_let) in
        [("127.0.0.0/8", true, true), ("127.0.0.0/8", false, false), (&exactly, false, true)]
    {
        let guard = Guard { allow: openings(&[allow]), ..Guard::default() }.knowing([&own].into_iter());
        let http = guarded(AGES, Tuning::default(), guard);
        let way = Way { steps: vec![Redirect { to: own.clone(), permanent: false }], is_inside, ..Way::default() };
        let url = "http://news.example/feed".parse().unwrap();
        let found = http.fetch(Request { url, validators: Validators::default(), way }).await;
        assert_eq!(matches!(found, Err(FetchError::Refused(_))), !is_let, "{allow} {is_inside}: {found:?}");
    }
}

#[test]
fn what_is_no_web_address_is_refused() {
    check(&["ftp://a.example/", "gopher://a.example/", "data:,x", "javascript:x"], Some("is not a scheme of the web"));
    check(&["file:///etc/passwd"], Some("write files = true in [guard]"));
    check(
        &["http://a.example:25/", "http://a.example:22/", "https://a.example:0/", "http://1.1.1.1:1023/"],
        Some("port"),
    );
    check(&["http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/"], Some("invalid IPv6 address"));
    check(&["http://256.1.1.1/", "http://1.2.3.4.5/", "http://0x100000000/"], Some("invalid IPv4 address"));
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_leads_to() {
    let table: &[(&str, &[&str])] = &[
        ("all-inside.example", &["10.0.0.1", "::1"]),
        ("half-inside.example", &["10.0.0.1", "127.0.0.1"]),
        ("mapped.example", &["::ffff:169.254.169.254"]),
        ("tunnel.example", &["2002:7f00:1::1"]),
        ("here.example", &["127.0.0.1"]),
    ];
    let server = Server::start();
    server.on("/", ok("<rss/>"));
    let port = server.url("/").rsplit(':').next().unwrap().to_owned();
    let http = tuned(AGES, Tuning { lookup: names(table), ..Tuning::default() });
    let at = |name: &str| format!("http://{name}.example:{port}");
    // The address that is refused is dropped, the other is asked.
    assert_eq!(document(get(&http, &at("half-inside")).await).body, b"<rss/>");
    assert_eq!(document(get(&http, &at("here")).await).body, b"<rss/>");
    for (name, says) in [("all-inside", "10.0.0.1 is a private"), ("mapped", "169.254.169.254 is"), ("tunnel", "6to4")]
    {
        let found = error(get(&http, &at(name)).await);
        let expected = format!("refused by the guard: {name}.example: ");
        assert!(found.starts_with(&expected) && found.contains(says), "{found}");
    }
}

#[tokio::test]
async fn localhost_is_refused_unless_allowed() {
    let server = Server::start();
    server.on("/", ok("<rss/>"));
    let limits = feedwatch::fetch::Limits { timeout: AGES, max_body_bytes: 100 };
    let identity = feedwatch::fetch::Identity { contact: None, feeds: 0 };
    let http = feedwatch::fetch::Http::new(&identity, limits, Guard::default());
    let found = error(get(&http, &server.named_url("/")).await);
    assert!(found.starts_with("refused by the guard: localhost: ") && found.contains("is loopback"), "{found}");
    assert!(server.asked().is_empty());
}
