//! Where feedwatch may connect: public addresses, and private ones only when the owner allows them.
//!
//! A feed's address, and every redirect, is a stranger's text: without a guard it can make us knock at the machine's
//! own services or at a cloud's metadata page. The same three gates hold for feeds and hooks: the URL (here), the
//! addresses a name leads to (`dns`), and both again at every redirect (`http`). The URL parser has already turned
//! every spelling of an IPv4 address (`127.1`, `0x7f.1`, `2130706433`) into the address itself.
//!
//! A range that the owner opens is for the servers that the owner's own files name. A stranger's redirect does not get
//! to choose among its ports: that takes an opening with a port.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::{AddrParseError, IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

use crate::hash::hash64;

/// The owner's rules for addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Private or loopback addresses that may be asked.
    pub allow: Vec<Opening>,
    /// Public ranges to refuse as well; stronger than `allow`.
    pub deny: Vec<IpNet>,
    /// Whether `file:` feeds are read.
    pub files: bool,
    /// The servers that the owner's own files name: what ranges without a port open.
    pub own: Own,
}

/// An entry of `[guard] allow`: a range is open to the servers in it that the operator's own files name; an address
/// with a port is open to everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Which addresses.
    pub range: IpNet,
    /// Which port of them.
    pub port: Option<u16>,
}

/// Names and ports of servers, by their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own(Arc<HashSet<u64>>);

/// Which server of an address is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    pub(crate) port: u16,
    /// Whether the operator's own files name it, if the caller may know that.
    pub(crate) is_own: bool,
}

/// Why an address is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused by the guard: {0}")]
pub struct Refusal(pub String);

impl Guard {
    /// The same guard, knowing that the owner's files name these addresses.
    pub fn knowing<'a>(self, addresses: impl Iterator<Item = &'a Url>) -> Guard {
        // Nothing else asks for them; there may be a million.
        let asks = self.allow.iter().any(|opening| opening.port.is_none());
        let own = if asks { Own(Arc::new(addresses.filter_map(server).collect())) } else { Own::default() };
        Guard { own, ..self }
    }

    /// Whether an address of the owner's own files may be asked: its scheme, its port, and its host when that is an
    /// address.
    pub fn url(&self, url: &Url) -> Result<(), Refusal> {
        self.door(url, true)
    }

    /// The same, for addresses that need no look-up.
    pub fn foreseen(&self, url: &Url) -> Result<(), Refusal> {
        self.url(url)?;
        let is_local = |name: &str| name == "localhost" || name.ends_with(".localhost");
        match url.host() {
            Some(Host::Domain(name)) if is_local(name) => {
                self.address(IpAddr::V4(Ipv4Addr::LOCALHOST), Door::of(url, true))
            }
            _ => Ok(()),
        }
    }

    /// Whether a URL may be asked at all.
    ///
    /// A resolver is never asked for an address, so this is the only gate for those.
    pub(crate) fn door(&self, url: &Url, is_own: bool) -> Result<(), Refusal> {
        match url.scheme() {
            "http" | "https" => {}
            "file" if self.files => return Ok(()),
            "file" => return refuse("file: feeds are off; to read them, write files = true in [guard]"),
            other => return refuse(format!("{other}: is not a scheme of the web; http and https are")),
        }
        let literal = match url.host() {
            None => return refuse("the address has no host"),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        };
        let door = Door::of(url, is_own);
        if let Some(ip) = literal {
            self.address(ip, door)?;
        }
        let chosen_by_owner = literal.is_some_and(|ip| self.openings(ip).any(|opening| opening.is_for(door)));
        if is_web_port(door.port) || chosen_by_owner {
            return Ok(());
        }
        let port = door.port;
        refuse(format!("port {port} belongs to another service; ports 80, 443 and from 1024 on are asked"))
    }

    /// Whether the operator opened this host by name, so it is one of their own.
    pub fn opens(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(ip)) => self.allows(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => self.allows(IpAddr::V6(ip)),
            Some(Host::Domain("localhost")) => self.allows(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            _ => false,
        }
    }

    /// Whether a server of this address may be connected to.
    pub(crate) fn address(&self, ip: IpAddr, door: Door) -> Result<(), Refusal> {
        if let Some(range) = self.deny.iter().find(|range| spellings(ip).any(|ip| range.contains(&ip))) {
            return refuse(format!("{ip} is in {range}, which [guard] deny names"));
        }
        if self.openings(ip).any(|opening| opening.is_for(door)) {
            return Ok(());
        }
        let opened = self.openings(ip).find(|opening| opening.port.is_none());
        let ip = unwrap(ip);
        let Some((range, what)) = special(ip) else { return Ok(()) };
        let exactly = SocketAddr::new(ip, door.port);
        if let Some(Opening { range, .. }) = opened {
            return refuse(format!(
                "{ip} is in {range}, which [guard] allow opens to what your own feeds and hooks name, and not to redirects \
                 that lead there; if this one is meant, add \"{exactly}\" to allow"
            ));
        }
        let whole = if door.is_own { IpNet::from(ip).to_string() } else { exactly.to_string() };
        refuse(format!("{ip} is {what} ({range}); to use it, write allow = [\"{whole}\"] in [guard]"))
    }

    /// Whether the owner opened the way to this address, or to a part of it.
    pub(crate) fn allows(&self, ip: IpAddr) -> bool {
        self.openings(ip).next().is_some()
    }

    /// Whether the owner's files name the server of a URL.
    pub(crate) fn names(&self, url: &Url) -> bool {
        server(url).is_some_and(|server| self.own.0.contains(&server))
    }

    fn openings(&self, ip: IpAddr) -> impl Iterator<Item = &Opening> {
        self.allow.iter().filter(move |opening| spellings(ip).any(|ip| opening.range.contains(&ip)))
    }
}

impl Opening {
    fn is_for(&self, door: Door) -> bool {
        self.port.map_or(door.is_own, |port| port == door.port)
    }
}

impl FromStr for Opening {
    type Err = AddrParseError;

    /// `10.0.0.0/8`, `10.0.0.5:8080`, `10.0.0.0/8:8080`, `[fd00::1]:8080`, `[fd00::/8]:8080`.
    fn from_str(text: &str) -> Result<Opening, AddrParseError> {
        if let Ok(range) = text.parse() {
            return Ok(Opening { range, port: None });
        }
        let (range, port) = text.rsplit_once(':').unwrap_or((text, ""));
        let port = port.parse::<u16>().ok().filter(|port| *port > 0);
        // An entry without a port is reported as a bad range.
        let Some(port) = port else { return text.parse().map(|range| Opening { range, port: None }) };
        let range = match range.strip_prefix('[').and_then(|range| range.strip_suffix(']')) {
            Some(range) => range,
            // Without brackets the end of the address is not clear.
            None if range.contains(':') => return text.parse().map(|range| Opening { range, port: None }),
            None => range,
        };
        let range = range.parse::<IpAddr>().map(IpNet::from).or_else(|_| range.parse())?;
        Ok(Opening { range, port: Some(port) })
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Opening { range, port } = self;
        let Some(port) = port else { return write!(f, "{range}") };
        match range.prefix_len() == range.max_prefix_len() {
            true => write!(f, "{}", SocketAddr::new(range.addr(), *port)),
            false if range.addr().is_ipv6() => write!(f, "[{range}]:{port}"),
            false => write!(f, "{range}:{port}"),
        }
    }
}

impl Door {
    pub(crate) fn of(url: &Url, is_own: bool) -> Door {
        Door { port: url.port_or_known_default().unwrap_or(0), is_own }
    }
}

/// Whether two URLs are of one server.
pub(crate) fn is_one_server(one: &Url, other: &Url) -> bool {
    server(one).is_some() && server(one) == server(other)
}

/// A server by name and port. A redirect from http to https stays with the server, so the web's two ports are one.
fn server(url: &Url) -> Option<u64> {
    let port = url.port_or_known_default()?;
    let port = if port == 443 { 80 } else { port };
    Some(hash64(&[url.host_str()?.as_bytes(), &port.to_le_bytes()]))
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

/// Ports below 1024 other than the web's belong to mail, databases, shells: nothing a feed has business with.
fn is_web_port(port: u16) -> bool {
    const FIRST_UNPRIVILEGED: u16 = 1024;
    matches!(port, 80 | 443) || port >= FIRST_UNPRIVILEGED
}

/// The address as written, and the IPv4 address inside it.
fn spellings(ip: IpAddr) -> impl Iterator<Item = IpAddr> {
    let inner = unwrap(ip);
    std::iter::once(ip).chain((inner != ip).then_some(inner))
}

/// The IPv4 address inside a mapped (`::ffff:0:0/96`) or NAT64 (`64:ff9b::/96`, RFC 6052) one, else the address itself.
///
/// Networks with DNS64 reach all of IPv4 through NAT64, so it is looked into and not refused. 6to4 and Teredo carry an
/// IPv4 address as well, but nobody needs them any more: those are refused.
fn unwrap(ip: IpAddr) -> IpAddr {
    const NAT64: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
    let IpAddr::V6(v6) = ip else { return ip };
    match v6.to_ipv4_mapped() {
        Some(v4) => IpAddr::V4(v4),
        // The low 32 bits are the IPv4 address.
        None if NAT64.contains(&v6) => IpAddr::V4(Ipv4Addr::from(v6.to_bits() as u32)),
        None => ip,
    }
}

/// The range that makes an address no public host's, and what that range is for.
fn special(ip: IpAddr) -> Option<(IpNet, &'static str)> {
    match ip {
        IpAddr::V4(v4) => {
            let found = SPECIAL_V4.iter().find(|(range, _)| range.contains(&v4));
            found.map(|&(range, what)| (IpNet::V4(range), what))
        }
        IpAddr::V6(v6) => {
            let found = SPECIAL_V6.iter().find(|(range, _)| range.contains(&v6));
            let outside = (!PUBLIC_V6.contains(&v6)).then_some(&(EVERYTHING_V6, "outside the public 2000::/3"));
            found.or(outside).map(|&(range, what)| (IpNet::V6(range), what))
        }
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// What IANA's special-purpose registry (RFC 6890 and its updates) keeps from public hosts.
const SPECIAL_V4: [(Ipv4Net, &str); 15] = [
    (v4(0, 0, 0, 0, 8), "this host"),
    (v4(10, 0, 0, 0, 8), "a private network"),
    (v4(100, 64, 0, 0, 10), "a provider's inner network"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local, where clouds keep their metadata"),
    (v4(172, 16, 0, 0, 12), "a private network"),
    (v4(192, 0, 0, 0, 24), "reserved for protocols"),
    (v4(192, 0, 2, 0, 24), "for documentation"),
    (v4(192, 88, 99, 0, 24), "a former 6to4 relay"),
    (v4(192, 168, 0, 0, 16), "a private network"),
    (v4(198, 18, 0, 0, 15), "for benchmarks"),
    (v4(198, 51, 100, 0, 24), "for documentation"),
    (v4(203, 0, 113, 0, 24), "for documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved or broadcast"),
];

/// The part of IPv6 that is given to public hosts. Anything else is refused without being listed.
const PUBLIC_V6: Ipv6Net = v6(0x2000, 0, 0, 3);
const EVERYTHING_V6: Ipv6Net = v6(0, 0, 0, 0);

/// Exceptions within the public part, and those outside it that deserve a better word than "outside".
const SPECIAL_V6: [(Ipv6Net, &str); 10] = [
    (v6(0x2001, 0, 0, 32), "Teredo"),
    (v6(0x2001, 0, 0, 23), "reserved for protocols"),
    (v6(0x2001, 0xdb8, 0, 32), "for documentation"),
    (v6(0x2002, 0, 0, 16), "6to4"),
    (v6(0x3fff, 0, 0, 20), "for documentation"),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), "loopback"),
    (v6(0x64, 0xff9b, 1, 48), "a network's own NAT64"),
    (v6(0xfc00, 0, 0, 7), "a private network"),
    (v6(0xfe80, 0, 0, 10), "link-local"),
    (v6(0xff00, 0, 0, 8), "multicast"),
];
