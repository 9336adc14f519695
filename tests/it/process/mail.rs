//! Mail to a tiny server on loopback that says what a test wants.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine};
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::program::{Home, rss};
use crate::server::{Server, ok};

/// Takes mails one connection after the other. Each end of a mail is answered by the next of the answers, then with 250.
struct PostOffice {
    port: u16,
    taken: Arc<Mutex<Vec<String>>>,
}

/// When an office turns to TLS.
enum Tls {
    Never,
    FromTheFirstByte(ServerConfig),
    /// With STARTTLS, which it offers.
    WhenAsked(ServerConfig),
}

impl PostOffice {
    fn start(answers: &[(&str, &'static str)]) -> PostOffice {
        PostOffice::speaking(Tls::Never, answers)
    }

    fn speaking(tls: Tls, answers: &[(&str, &'static str)]) -> PostOffice {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let office = PostOffice { port, taken: Arc::clone(&taken) };
        let mut answers: VecDeque<(String, &str)> =
            answers.iter().map(|(to, answer)| (to.to_string(), *answer)).collect();
        let (tls, offers) = match tls {
            Tls::Never => (None, ""),
            Tls::FromTheFirstByte(tls) => (Some(Arc::new(tls)), ""),
            Tls::WhenAsked(tls) => (Some(Arc::new(tls)), "250-STARTTLS\r\n"),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that goes away ends its conversation, not the office.
                let _ = serve(stream.unwrap(), tls.as_ref(), offers, &mut answers, &taken);
            }
        });
        office
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

/// One client.
fn serve(
    stream: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    offers: &str,
    answers: &mut VecDeque<(String, &'static str)>,
    taken: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    const GREETING: &str = "220 post.example ready";
    let within = |tls: &Arc<ServerConfig>, stream| {
        BufReader::new(StreamOwned::new(ServerConnection::new(Arc::clone(tls)).unwrap(), stream))
    };
    match tls {
        Some(tls) if offers.is_empty() => {
            let mut stream = within(tls, stream);
            say(&mut stream, GREETING)?;
            converse(&mut stream, offers, answers, taken)?;
        }
        _ => {
            let mut stream = BufReader::new(stream);
            say(&mut stream, GREETING)?;
            if let (Talk::TurnsToTls, Some(tls)) = (converse(&mut stream, offers, answers, taken)?, tls) {
                converse(&mut within(tls, stream.into_inner()), "", answers, taken)?;
            }
        }
    }
    Ok(())
}

/// How a conversation ended.
enum Talk {
    Over,
    TurnsToTls,
}

/// `answers` are for commands that begin so, in their order; `.` is the end of a mail.
fn converse<S: Read + Write>(
    stream: &mut BufReader<S>,
    offers: &str,
    answers: &mut VecDeque<(String, &'static str)>,
    taken: &Mutex<Vec<String>>,
) -> std::io::Result<Talk> {
    let mut answer = |stream: &mut BufReader<S>, said: &str, usual: &str| {
        let wanted = answers.front().is_some_and(|(to, _)| said.starts_with(to.as_str()));
        let answer = if wanted { answers.pop_front().unwrap().1 } else { usual };
        say(stream, answer)?;
        Ok::<_, std::io::Error>(answer.starts_with('2'))
    };
    while let Some(line) = heard(stream)? {
        match line.split(' ').next().unwrap() {
            "EHLO" => answer(stream, &line, &format!("250-post.example\r\n{offers}250-8BITMIME\r\n250 AUTH PLAIN"))?,
            "STARTTLS" => {
                say(stream, "220 go ahead")?;
                return Ok(Talk::TurnsToTls);
            }
            "AUTH" => answer(stream, &line, "235 welcome")?,
            "DATA" => {
                say(stream, "354 go on")?;
                let mut mail = String::new();
                while let Some(line) = heard(stream)?.filter(|line| line != ".") {
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push('\n');
                }
                let took = answer(stream, ".", "250 taken")?;
                if took {
                    taken.lock().unwrap().push(mail);
                }
                took
            }
            "QUIT" => return answer(stream, &line, "221 bye").map(|_| Talk::Over),
            _ => answer(stream, &line, "250 fine")?,
        };
    }
    Ok(Talk::Over)
}

fn say<S: Read + Write>(stream: &mut BufReader<S>, answer: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{answer}\r\n").as_bytes())?;
    stream.get_mut().flush()
}

/// The next line without its end; none when the client is gone.
fn heard<S: Read>(stream: &mut BufReader<S>) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    let read = stream.read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A house whose feed has so many items, with a sink that mails.
fn house(office: &PostOffice, items: usize, more: &str) -> (Home, Server) {
    let server = Server::start();
    server.on("/f", ok(rss(0..items, "f")));
    let home = Home::new(&[server.url("/f")]);
    let text = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    let port = office.port;
    let sink = format!(
        "[sink.post]\nmail = [\"The Desk <desk@paper.example>\", \"night@paper.example\"]\nfrom = \"feedwatch@paper.example\"\n\
         server = \"smtp://127.0.0.1:{port}\"\n{more}"
    );
    home.write("feedwatch.toml", &format!("{text}{sink}"));
    (home, server)
}

/// The text of a quoted-printable body.
fn body(mail: &str) -> String {
    let (_, body) = mail.split_once("\n\n").unwrap();
    let body = body.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = (*first == b'=').then(|| std::str::from_utf8(&after[..2]).unwrap());
        bytes.push(coded.map_or(*first, |hex| u8::from_str_radix(hex, 16).unwrap()));
        rest = if coded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap()
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

#[test]
fn each_alert_is_a_mail_that_reads_like_the_terminal_and_can_be_told_from_a_repeat() {
    let office = PostOffice::start(&[]);
    let (home, _server) = house(&office, 2, "");
    assert!(home.run(&["once"]).status.success(), "{}", home.log());
    let (mails, alerts) = (office.taken(), home.alerts());
    assert_eq!(mails.len(), 2);
    for (mail, alert) in mails.iter().zip(&alerts) {
        assert_eq!(header(mail, "Message-ID"), format!("<{}@paper.example>", alert.id));
        assert_eq!(header(mail, "References"), format!("<{}@paper.example>", alert.story.id));
        assert_eq!(header(mail, "Subject"), alert.message);
        assert_eq!(header(mail, "From"), "feedwatch@paper.example");
        assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
        assert!(header(mail, "To").contains("<desk@paper.example>"), "{mail}");
        let body = body(mail);
        let shown = String::from_utf8(home.run(&["alerts"]).stdout).unwrap();
        let title = &alert.article.title;
        assert!(
            body.contains(&format!("mediation  {title}\n    {}  f — [[Mediation]] talks", &alert.id[..8])),
            "{body}"
        );
        assert!(body.contains(&format!("\n    feedwatch alerts show {}\n", alert.id)), "{body}");
        assert!(shown.contains(body.lines().next().unwrap()), "{shown}");
    }
}

#[test]
fn what_passes_is_tried_again_and_what_the_server_will_never_take_is_a_dead_letter() {
    // Busy at first; then it takes one mail and finds the next too large.
    let office = PostOffice::start(&[("MAIL", "421 too busy"), (".", "250 taken"), (".", "552 too large for us")]);
    let (home, _server) = house(&office, 3, "");
    assert!(home.run(&["once"]).status.success(), "{}", home.log());
    let sinks = || String::from_utf8(home.run(&["sinks"]).stdout).unwrap();
    assert!(sinks().contains("3 alerts owed") && sinks().contains("421"), "{}", sinks());
    assert!(sinks().contains("mail to The Desk <desk@paper.example>, night@paper.example through smtp://127.0.0.1"));
    assert!(home.run(&["sinks", "--retry", "post"]).status.success());
    assert!(home.run(&["once"]).status.success());
    assert_eq!(office.taken().len(), 2, "the first and the third");
    assert!(sinks().contains("1 dead letter, the last ") && sinks().contains("552"), "{}", sinks());
}

#[test]
fn a_password_comes_from_a_file_and_a_wrong_one_waits_to_be_mended() {
    let office = PostOffice::start(&[("AUTH PLAIN AGZlZWQAc2VzYW1l", "535 not today")]);
    let (home, _server) = house(&office, 1, "user = \"feed\"\nsecret_file = \"mail.key\"\n");
    home.write("mail.key", "sesame\n");
    std::fs::set_permissions(home.path("mail.key"), PermissionsExt::from_mode(0o600)).unwrap();
    let refused = home.run(&["sinks", "--test", "post"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(said.contains("535") && !said.contains("sesame"), "{said}");
    let taken = home.run(&["sinks", "--test", "post"]);
    assert_eq!(taken.status.code(), Some(0), "{taken:?}");
    assert_eq!(header(&office.taken()[0], "Subject"), "test: feedwatch reaches the sink post");
}

#[test]
fn a_server_elsewhere_must_speak_tls() {
    let office = PostOffice::start(&[]);
    let (home, _server) = house(&office, 1, "");
    let text = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    // Another name of loopback that does not say so.
    let text = text.replace("smtp://127.0.0.1", "smtp://0.0.0.0");
    home.write("feedwatch.toml", &text);
    let refused = home.run(&["sinks", "--test", "post"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stdout).contains("STARTTLS"), "{refused:?}");
    assert!(office.taken().is_empty());
}

/// What proves that a server has this name, as the server and as its clients need it.
fn proof(name: &str) -> (ServerConfig, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = config.with_single_cert(vec![certificate.der().clone()], private).unwrap();
    let base64 = BASE64_STANDARD.encode(certificate.der());
    (config, format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"))
}

#[test]
fn over_tls_mail_goes_to_a_server_that_the_system_trusts_and_to_no_other() {
    // Two names of loopback; that 0.0.0.0 is this machine does not show, so that STARTTLS is asked of it.
    type Way = (&'static str, &'static str, fn(ServerConfig) -> Tls);
    let ways: [Way; 2] = [("smtps", "localhost", Tls::FromTheFirstByte), ("smtp", "0.0.0.0", Tls::WhenAsked)];
    for (scheme, name, tls) in ways {
        for (proven, good) in [(name, true), ("other.example", false)] {
            let (config, trusted) = proof(proven);
            let office = PostOffice::speaking(tls(config), &[]);
            let (home, _server) = house(&office, 1, "user = \"feed\"\nsecret_file = \"mail.key\"\n");
            home.write("mail.key", "sesame\n");
            std::fs::set_permissions(home.path("mail.key"), PermissionsExt::from_mode(0o600)).unwrap();
            let text = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
            home.write("feedwatch.toml", &text.replace("smtp://127.0.0.1", &format!("{scheme}://{name}")));
            home.write("trusted.pem", &trusted);
            let test = || home.command(&["sinks", "--test", "post"]);
            let unknown = test().output().unwrap();
            assert_eq!(unknown.status.code(), Some(1), "{scheme}: {unknown:?}");
            assert!(office.taken().is_empty());
            // What the system trusts, for this run.
            let trusting = test().env("SSL_CERT_FILE", home.path("trusted.pem")).output().unwrap();
            assert_eq!(trusting.status.success(), good, "{scheme}, proven to be {proven}: {trusting:?}");
            let subjects: Vec<String> = office.taken().iter().map(|mail| header(mail, "Subject").to_owned()).collect();
            let wanted: &[&str] = if good { &["test: feedwatch reaches the sink post"] } else { &[] };
            assert_eq!(subjects, wanted);
            let why = |output: &std::process::Output| {
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                said.trim_end().rsplit_once("certificate ").map(|(_, why)| why.to_owned())
            };
            assert_eq!(why(&unknown).as_deref(), Some("is not signed by anybody this system trusts"));
            assert_eq!(why(&trusting).as_deref(), (!good).then_some("is for another name"));
        }
    }
}
