//! A web server on loopback that answers by script and misbehaves on demand. Raw sockets, because no HTTP library can
//! be talked into sending what real servers send. It runs on a thread of its own, so that blocking tests can use it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

/// What a path answers, field by field; by default complete, correct and with the connection kept.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    head: Vec<u8>,
    fields: Vec<u8>,
    length: Option<String>,
    body: Vec<u8>,
    revalidates: bool,
    fault: Option<Fault>,
}

/// How an answer goes wrong after what there is of it was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The connection is closed in order.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing more comes, and the connection stays open.
    Hang,
    /// The body comes again and again, for ever.
    Endless,
    /// Every byte of the body waits this long.
    Drip(Duration),
    /// Nothing at all is sent, not even the header.
    Silence,
}

/// 200 with a body.
pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Answer {
    Answer { body: body.into(), ..status(200) }
}

/// A status without a body.
pub(crate) fn status(code: u16) -> Answer {
    let head = format!("HTTP/1.1 {code} Whatever\r\n").into_bytes();
    Answer { head, fields: Vec::new(), length: None, body: Vec::new(), revalidates: false, fault: None }
}

/// A status with a body.
pub(crate) fn saying((code, body): (u16, &str)) -> Answer {
    Answer { body: body.into(), ..status(code) }
}

/// A redirect.
pub(crate) fn moved(code: u16, to: &str) -> Answer {
    status(code).with("Location", to)
}

/// These bytes, whatever they are, and then the end of the connection.
pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Answer {
    Answer { head: bytes.into(), fault: Some(Fault::Close), length: Some(String::new()), ..status(200) }
}

impl Answer {
    /// Adds a header field.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Answer {
        self.fields.extend_from_slice(name.as_bytes());
        self.fields.extend_from_slice(b": ");
        self.fields.extend_from_slice(value.as_ref());
        self.fields.extend_from_slice(b"\r\n");
        self
    }

    /// Claims another Content-Length than the true one.
    pub(crate) fn claiming(mut self, claimed: u64) -> Answer {
        self.length = Some(format!("Content-Length: {claimed}\r\n"));
        self
    }

    /// Gives no length: the body ends with the connection.
    pub(crate) fn until_close(mut self) -> Answer {
        self.length = Some(String::new());
        self.then(Fault::Close)
    }

    /// Goes wrong at the end.
    pub(crate) fn then(mut self, fault: Fault) -> Answer {
        self.fault = Some(fault);
        self
    }

    /// Has this validator, and answers 304 to who knows it.
    pub(crate) fn etag(mut self, etag: impl AsRef<[u8]>) -> Answer {
        self.revalidates = true;
        self.with("ETag", etag)
    }

    fn matches(&self, asked: &Asked) -> bool {
        let known = asked.field("if-none-match");
        self.revalidates && known.is_some_and(|known| contains(&self.fields, &[b"ETag: ", known, b"\r\n"].concat()))
    }
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// "GET".
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Names in lower case, values as they came.
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    /// What came with it.
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// A field's value.
    pub(crate) fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_slice())
    }

    fn read(head: &[u8]) -> Asked {
        let mut lines = head.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let fields = lines.filter_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
            Some((name, line[colon + 1..].trim_ascii().to_vec()))
        });
        Asked { method, path, fields: fields.collect(), body: Vec::new() }
    }
}

#[derive(Default)]
struct State {
    scripts: HashMap<String, Vec<Answer>>,
    asked: Vec<Asked>,
}

/// The server. It ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<Mutex<State>>,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Plain http on a free port of 127.0.0.1.
    pub(crate) fn start() -> Server {
        Server::serve(None)
    }

    /// The same behind TLS.
    pub(crate) fn start_tls(config: ServerConfig) -> Server {
        Server::serve(Some(TlsAcceptor::from(Arc::new(config))))
    }

    fn serve(tls: Option<TlsAcceptor>) -> Server {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        listener.set_nonblocking(true).expect("a fresh socket takes flags");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::<Mutex<State>>::default();
        let (_stop, stopped) = oneshot::channel::<()>();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = state.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
            runtime.block_on(async {
                let accepting = accept(TcpListener::from_std(listener).expect("it is non-blocking"), tls, shared);
                tokio::select! { () = accepting => {}, _ = stopped => {} }
            });
        });
        Server { address, scheme, state, _stop }
    }

    /// The address of a path, by number.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The address of a path, by the name "localhost".
    pub(crate) fn named_url(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.address.port())
    }

    /// What a path (with its query) answers from now on; with a star at its end, all paths that begin like it.
    pub(crate) fn on(&self, path: &str, answer: Answer) {
        self.in_turn(path, [answer]);
    }

    /// What a path answers to one request after another; the last answer stays.
    pub(crate) fn in_turn(&self, path: &str, answers: impl IntoIterator<Item = Answer>) {
        self.state().scripts.insert(path.to_owned(), answers.into_iter().collect());
    }

    /// The requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// The last request for a path.
    pub(crate) fn last(&self, path: &str) -> Asked {
        let asked = self.state().asked.iter().rfind(|asked| asked.path == path).cloned();
        asked.unwrap_or_else(|| panic!("{path} was never asked for"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics inside")
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<Mutex<State>>) {
    while let Ok((socket, _)) = listener.accept().await {
        let (tls, state) = (tls.clone(), state.clone());
        tokio::spawn(async move {
            // A client that hangs up is the client's business.
            let _ = socket.set_nodelay(true);
            match tls {
                None => drop(converse(socket, &state).await),
                Some(tls) => {
                    if let Ok(stream) = tls.accept(socket).await {
                        drop(converse(stream, &state).await);
                    }
                }
            }
        });
    }
}

/// A connection that can be cut hard.
trait Wire: AsyncRead + AsyncWrite + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn converse(mut wire: impl Wire, state: &Mutex<State>) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if wire.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            if !buffer[0].is_ascii_uppercase() {
                return wire.write_all(b"HTTP/1.1 400 That is no HTTP\r\n\r\n").await;
            }
        };
        let head: Vec<u8> = buffer.drain(..end).collect();
        let mut asked = Asked::read(&head);
        let length = asked.field("content-length").and_then(|length| std::str::from_utf8(length).ok()?.parse().ok());
        let length: usize = length.unwrap_or_default();
        while buffer.len() < length {
            if wire.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        asked.body = buffer.drain(..length).collect();
        let answer = take_answer(&mut state.lock().expect("no test panics inside"), asked);
        send(&mut wire, &answer).await?;
        if answer.fault.is_some() {
            return Ok(());
        }
    }
}

fn take_answer(state: &mut State, asked: Asked) -> Answer {
    let begins = |key: &&String| key.strip_suffix('*').is_some_and(|prefix| asked.path.starts_with(prefix));
    let key = match state.scripts.contains_key(&asked.path) {
        true => asked.path.clone(),
        false => state.scripts.keys().find(begins).cloned().unwrap_or_default(),
    };
    let answer = match state.scripts.get_mut(&key) {
        None => status(404),
        Some(turns) if turns.len() > 1 => turns.remove(0),
        Some(turns) => turns[0].clone(),
    };
    let answer = if answer.matches(&asked) { Answer { fields: answer.fields, ..status(304) } } else { answer };
    state.asked.push(asked);
    answer
}

async fn send(wire: &mut impl Wire, answer: &Answer) -> std::io::Result<()> {
    let length = answer.length.clone().unwrap_or_else(|| format!("Content-Length: {}\r\n", answer.body.len()));
    let mut head = answer.head.clone();
    if head.ends_with(b"Whatever\r\n") {
        head = [head, answer.fields.clone(), length.into_bytes(), b"\r\n".to_vec()].concat();
    }
    match answer.fault {
        Some(Fault::Silence) => {}
        Some(Fault::Drip(pause)) => {
            wire.write_all(&head).await?;
            for byte in &answer.body {
                wire.write_all(&[*byte]).await?;
                tokio::time::sleep(pause).await;
            }
        }
        _ => {
            head.extend_from_slice(&answer.body);
            wire.write_all(&head).await?;
        }
    }
    wire.flush().await?;
    match answer.fault {
        Some(Fault::Hang | Fault::Silence) => while wire.read(&mut [0; 512]).await? > 0 {},
        Some(Fault::Endless) => loop {
            wire.write_all(&answer.body).await?;
        },
        Some(Fault::Reset) => wire.socket().set_zero_linger()?,
        Some(Fault::Close) => wire.shutdown().await?,
        Some(Fault::Drip(_)) | None => {}
    }
    Ok(())
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
