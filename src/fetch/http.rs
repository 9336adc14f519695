//! The contract kept by reqwest: one question, one answer within the limits.
//!
//! It never retries, never waits for politeness, keeps cookies no longer than a way of redirects lasts, and sends
//! nothing that was not asked for.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
    REFRESH,
};
use reqwest::{Certificate, Client, StatusCode};
use tokio::time::Instant;
use url::{Host, Url};

use crate::clock::Clock;
use crate::fetch::crowd::{Crowd, Place};
use crate::fetch::dns::{self, Lookup, Resolver};
use crate::fetch::room::Room;
use crate::fetch::{Answer, Document, Fetch, FetchError, Guard, Post, Request, Response, Way};
use crate::fetch::{cause, encoding, file, headers};
use crate::model::Validators;
use crate::web::guard::Door;
use crate::web::{guard, redirect};

/// A redirect is waited for as long as it asks, up to this: it may never say less, and then the feed would never be
/// read. Beyond that it is taken at once, and the feed left alone for so long afterwards.
const REDIRECT_REST_MAX: Duration = Duration::from_secs(60);

/// How we name ourselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// A page or address that tells a server's owner who polls; the project's page when the owner gives none.
    pub contact: Option<String>,
    /// Feeds that are polled in all, as aggregators tell; 0 says nothing. The same to every server.
    pub feeds: usize,
}

/// How much an answer may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A whole poll, from the first look-up to the last byte.
    pub timeout: Duration,
    /// Bytes of a body after decompression.
    pub max_body_bytes: u64,
}

/// What is rarely other than its default: patience within the whole timeout, and where names and trust come from.
#[derive(Clone)]
pub struct Tuning {
    /// For name, connection and TLS together.
    pub connect: Duration,
    /// From asking to the end of the answer's header, connecting included.
    pub answer: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// Whether connections are kept for a while, for the next request to the same host.
    pub keep_idle: bool,
    /// Certificates to trust besides the system's, in DER.
    pub roots: Vec<Vec<u8>>,
    /// Who tells a name's addresses.
    pub lookup: Lookup,
    /// Memory for documents: one for the whole process.
    pub room: Room,
}

impl Default for Tuning {
    fn default() -> Self {
        Tuning {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(20),
            idle: Duration::from_secs(15),
            keep_idle: true,
            roots: Vec::new(),
            lookup: dns::system(),
            room: Room::default(),
        }
    }
}

/// The web as reqwest sees it. Clones share connections and the memory of names.
#[derive(Clone)]
pub struct Http {
    identity: Identity,
    /// Speaks http alone, and so trusts nobody.
    plain: Client,
    /// Speaks https, or says why it cannot. Made when it is first wanted: reading the system's certificates takes some
    /// milliseconds, and a machine may have none.
    secure: Arc<OnceLock<Result<Client, String>>>,
    guard: Arc<Guard>,
    pub(super) limits: Limits,
    pub(super) tuning: Tuning,
    resolver: Resolver,
    crowd: Crowd,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Http").field("guard", &self.guard).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Chooses the TLS library's cryptography for the whole process. Harmless when done already.
pub fn install_crypto() {
    // An error says that one is installed, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Http {
    /// Clients of its own, which costs some milliseconds: make one for all feeds.
    pub fn new(identity: &Identity, limits: Limits, guard: Guard) -> Http {
        Http::tuned(identity, limits, guard, Tuning::default())
    }

    /// As `new`, with other patience.
    pub fn tuned(identity: &Identity, limits: Limits, guard: Guard, mut tuning: Tuning) -> Http {
        install_crypto();
        tuning.connect = tuning.connect.min(limits.timeout);
        let guard = Arc::new(guard);
        let resolver = Resolver::new(guard.clone(), tuning.lookup.clone());
        let plain = settings(identity, resolver.clone(), &tuning).tls_certs_only([]).build();
        let plain = plain.expect("only the system's certificates can fail to load");
        let (identity, secure, crowd) = (identity.clone(), Arc::default(), Crowd::default());
        Http { identity, plain, secure, guard, limits, tuning, resolver, crowd }
    }

    /// The client that speaks the scheme of an address. A machine without a certificate bundle can still read plain
    /// http and files.
    pub(super) fn client(&self, at: &Url) -> Result<&Client, FetchError> {
        if at.scheme() != "https" {
            return Ok(&self.plain);
        }
        let secure = self.secure.get_or_init(|| {
            let roots = self.tuning.roots.iter().filter_map(|der| Certificate::from_der(der).ok());
            let client = settings(&self.identity, self.resolver.clone(), &self.tuning).tls_certs_merge(roots).build();
            client.map_err(|error| cause::chain(&error))
        });
        secure.as_ref().map_err(|why| {
            FetchError::Unreachable(format!("TLS: {why}; is the system's certificate bundle installed?"))
        })
    }

    pub(super) fn guard(&self) -> &Guard {
        &self.guard
    }
}

/// Everything that makes a well-behaved client out of a general one.
fn settings(identity: &Identity, resolver: Resolver, tuning: &Tuning) -> reqwest::ClientBuilder {
    /// Answers with 100 to 1,000 fields exist; the library's own bound is 100.
    const HEADER_FIELDS_MAX: usize = 256;
    /// Feeds are visited hourly: a connection that waits longer than a host's next feed takes only holds memory. And
    /// servers close idle ones after 5 s and more (Apache's default): to write into one that closes loses a poll.
    /// A bound by host beside it would not help: there are never more than the schedule lets be in use at once, and
    /// fewer would mean a new connection for almost every feed of a host.
    const KEEP_IDLE: Duration = Duration::from_secs(4);
    const ACCEPTED: &str = "application/rss+xml, application/atom+xml, application/feed+json, \
        application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1";

    let fields = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static(ACCEPTED)),
        (ACCEPT_ENCODING, HeaderValue::from_static(encoding::ACCEPTED)),
    ]);
    Client::builder()
        .user_agent(user_agent(identity))
        .default_headers(fields)
        .connect_timeout(tuning.connect)
        .dns_resolver(resolver)
        // A proxy would look names up past the guard.
        .no_proxy()
        // Ours, in `answer`: every step passes the guard, and validators do not travel to another address.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // The schedule is the only one that asks again.
        .retry(reqwest::retry::never())
        .pool_idle_timeout(KEEP_IDLE)
        .pool_max_idle_per_host(if tuning.keep_idle { usize::MAX } else { 0 })
        // Sloppy servers are many, and none of this is unsafe for a client without a shared cache.
        .http1_max_headers(HEADER_FIELDS_MAX)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
}

/// Name and version first, then where to complain; never a browser's name, never the library's.
fn user_agent(identity: &Identity) -> HeaderValue {
    const NAME: &str = concat!("feedwatch/", env!("CARGO_PKG_VERSION"));
    let Identity { contact, feeds } = identity;
    let contact = contact.as_deref().unwrap_or(env!("CARGO_PKG_REPOSITORY"));
    let contact: String = contact.chars().filter(char::is_ascii_graphic).filter(|c| !"()\\".contains(*c)).collect();
    let contact = Some(format!("+{contact}")).filter(|contact| contact.len() > 1);
    let feeds = (*feeds > 0).then(|| format!("{feeds} feed{} here", if *feeds == 1 { "" } else { "s" }));
    let known: Vec<String> = contact.into_iter().chain(feeds).collect();
    let agent = if known.is_empty() { NAME.to_owned() } else { format!("{NAME} ({})", known.join("; ")) };
    HeaderValue::from_str(&agent).expect("only visible ASCII is left")
}

impl Fetch for Http {
    async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let began = Instant::now();
        let left = self.limits.timeout.saturating_sub(request.way.spent);
        let asking = Asking { http: self, began, deadline: began + left, waited: Duration::ZERO };
        // Kilobytes, which are otherwise moved along with whatever task waits for them.
        Box::pin(asking.answer(request)).await
    }

    async fn post(&self, post: Post) -> Result<Answer, FetchError> {
        super::post::post(self, post).await
    }
}

/// One question on its way.
pub(super) struct Asking<'a> {
    pub(super) http: &'a Http,
    began: Instant,
    /// Moved on by what it waits for memory: that is not the server's time.
    pub(super) deadline: Instant,
    /// How long it has waited for memory.
    pub(super) waited: Duration,
}

impl Asking<'_> {
    async fn answer(mut self, request: Request) -> Result<Response, FetchError> {
        let Request { url: configured, validators: known, mut way } = request;
        let start = without_login(&configured);
        let at = way.steps.last().map_or(&start, |step| &step.to);
        let door = Door::of(at, self.is_own(&start, at, way.is_inside));
        self.http.guard.door(at, door.is_own)?;
        let Limits { timeout, max_body_bytes } = self.http.limits;
        if at.scheme() == "file" {
            let share = self.http.tuning.room.share();
            let length = file::length(&configured, max_body_bytes).await?;
            self.room(&share, length).await?;
            let reading = file::read(configured, max_body_bytes);
            let document = self.within("reading the file", timeout, reading).await??;
            share.weigh(document.body.len());
            return Ok(Response::Document(Box::new(Document { held: share.held(), ..document })));
        }
        let (_place, is_opened) = self.place(at, door).await?;
        if way.steps.is_empty() {
            way.is_inside = is_opened;
        }
        way.cookies.note(at);
        // Validators mean nothing to another address than the one they came from.
        let giver = known.url.as_ref().unwrap_or(&start);
        let conditional = !known.is_empty() && redirect::same_document(giver, at);
        let cookies = way.cookies.field(at);
        let response = self.send(&configured, at, door, conditional.then_some(&known), cookies).await?;
        let mut hints = headers::hints(response.headers(), Clock::System.now());
        let rest = hints.retry_after.filter(|rest| *rest <= REDIRECT_REST_MAX).unwrap_or_default();
        // How long somebody else on the way wants to be left alone is no word of who refuses at its end.
        let refused_for = hints.retry_after;
        hints.retry_after = hints.retry_after.max(way.retry_after);
        if let Some(permanent) = redirect::kind(response.status()) {
            let location = response.headers().get(LOCATION).map(HeaderValue::as_bytes);
            way.cookies.take(at, response.headers(), Clock::System.now());
            let step = redirect::next(&start, &way.steps, &way.cookies, location, permanent)?;
            self.http.guard.door(&step.to, self.is_own(&start, &step.to, way.is_inside))?;
            let mut way = Way { retry_after: hints.retry_after, rest, spent: way.spent + self.began.elapsed(), ..way };
            way.steps.push(step);
            return Ok(Response::Elsewhere(way));
        }
        let reset = || headers::quota_reset(response.headers(), Clock::System.now());
        if let Some(error) = refusal(response.status(), refused_for, reset) {
            return Err(if is_page(&response) { challenge(error) } else { error });
        }
        let redirects = way.steps;
        let url = redirects.last().map_or(start, |step| step.to.clone());
        let giver = (!redirects.is_empty()).then_some(&url);
        let validators = headers::validators(response.headers(), giver);
        if response.status() == StatusCode::NOT_MODIFIED {
            let broken = FetchError::Broken("HTTP 304 (not modified) to a request without validators".to_owned());
            return if conditional { Ok(Response::NotModified { validators, hints, redirects }) } else { Err(broken) };
        }
        let content_type = response.headers().get(CONTENT_TYPE).map(lossy);
        let refresh = response.headers().get(REFRESH).map(lossy);
        let share = self.http.tuning.room.share();
        let body = self.body(response, &share).await?;
        let held = share.held();
        let document = Document { body, content_type, url, validators, hints, redirects, refresh, held };
        Ok(Response::Document(Box::new(document)))
    }

    /// Whether an address on the way from `start` is one of the owner's own. What is asked first stands in the owner's
    /// files. Other servers that stand there count only for a way that begins inside: nobody outside may send us to
    /// them.
    fn is_own(&self, start: &Url, at: &Url, is_inside: bool) -> bool {
        guard::is_one_server(start, at) || (is_inside && self.http.guard.names(at))
    }

    /// A place among the requests to an address, and whether the owner opened the way there. Then there is nobody to
    /// spare but the owner.
    async fn place(&self, at: &Url, door: Door) -> Result<(Option<Place>, bool), FetchError> {
        let Tuning { connect, .. } = self.http.tuning;
        let address = match at.host() {
            None => return Ok((None, false)),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(name)) => {
                let found = self.within("connecting", connect, self.http.resolver.clone().allowed(name, door)).await?;
                let addresses = found.map_err(|error| cause::of_look_up(&*error))?;
                // Name servers turn them round; the smallest stands for all.
                let Some(smallest) = addresses.into_iter().min() else { return Ok((None, false)) };
                smallest
            }
        };
        if self.http.guard.allows(address) {
            return Ok((None, true));
        }
        let place = self.http.crowd.enter(address).ok_or(FetchError::Crowded)?;
        Ok((Some(place), false))
    }

    /// Asks one address. Credentials come from the configured URL and stay with its origin.
    async fn send(
        &self,
        configured: &Url,
        at: &Url,
        door: Door,
        known: Option<&Validators>,
        cookies: Option<HeaderValue>,
    ) -> Result<reqwest::Response, FetchError> {
        let client = self.http.client(at)?;
        let mut asked = at.clone();
        if configured.origin() == at.origin() {
            // reqwest turns them into an Authorization field. Neither setter fails for a URL with a host.
            let _ = asked.set_username(configured.username());
            let _ = asked.set_password(configured.password());
        }
        let mut sending = client.get(asked);
        let field = |value: &[u8]| HeaderValue::from_bytes(value).ok();
        if let Some(etag) = known.and_then(|known| field(known.etag.as_deref()?)) {
            sending = sending.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = known.and_then(|known| field(known.last_modified.as_deref()?)) {
            sending = sending.header(IF_MODIFIED_SINCE, date);
        }
        if let Some(cookies) = cookies {
            sending = sending.header(COOKIE, cookies);
        }
        let Tuning { connect, answer, .. } = self.http.tuning;
        let sending = dns::ASKED.scope(door, sending.send());
        let sent = self.within("waiting for the answer", answer, sending).await?;
        sent.map_err(|error| cause::of_request(error, at, connect))
    }

    /// Waits for a step at most as long as the step may take and the whole has left.
    async fn within<T>(
        &self,
        doing: &'static str,
        limit: Duration,
        step: impl Future<Output = T>,
    ) -> Result<T, FetchError> {
        let end = Instant::now() + limit;
        let after = if end < self.deadline { limit } else { self.http.limits.timeout };
        let waited = tokio::time::timeout_at(end.min(self.deadline), step).await;
        waited.map_err(|_| FetchError::TimedOut { doing, after })
    }
}

/// What a status means when it is neither a document nor "not modified".
pub(super) fn refusal(
    status: StatusCode,
    retry_after: Option<Duration>,
    reset: impl FnOnce() -> Option<Duration>,
) -> Option<FetchError> {
    match (status.as_u16(), retry_after) {
        // 203 is a document that a proxy changed.
        (200 | 203 | 304, _) => None,
        (429, retry_after) | (503, retry_after @ Some(_)) => {
            Some(FetchError::Throttled { status: status.as_u16(), retry_after, reset: reset() })
        }
        (410, _) => Some(FetchError::Gone),
        (status @ 300..=399, _) => Some(FetchError::Redirect(format!("HTTP {status} cannot be followed"))),
        (status, retry_after) => Some(FetchError::Status { status, retry_after }),
    }
}

/// Whether an answer comes with a page for browsers.
fn is_page(response: &reqwest::Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).map(lossy).unwrap_or_default().to_ascii_lowercase();
    ["text/html", "application/xhtml+xml"].iter().any(|page| kind.starts_with(page))
}

/// What a refusal is that comes with a page for browsers (R28).
fn challenge(error: FetchError) -> FetchError {
    match error {
        FetchError::Status { status: status @ (403 | 503), retry_after } => {
            FetchError::Challenge { status, retry_after }
        }
        other => other,
    }
}

fn without_login(url: &Url) -> Url {
    let mut url = url.clone();
    // Only a URL without a host has no place for them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
