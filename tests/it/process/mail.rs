//! Mail to a tiny server on loopback that says what a test wants.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
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

impl PostOffice {
    fn start(answers: &[(&str, &'static str)]) -> PostOffice {
        PostOffice::within(None, answers)
    }

    /// One that speaks within TLS from the first byte, if it has a certificate.
    fn within(tls: Option<ServerConfig>, answers: &[(&str, &'static str)]) -> PostOffice {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let office = PostOffice { port, taken: Arc::clone(&taken) };
        let mut answers: VecDeque<(String, &str)> =
            answers.iter().map(|(to, answer)| (to.to_string(), *answer)).collect();
        let tls = tls.map(Arc::new);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                // A client that goes away ends its conversation, not the office.
                let _ = match &tls {
                    Some(tls) => {
                        let within = ServerConnection::new(Arc::clone(tls)).unwrap();
                        converse(StreamOwned::new(within, stream), &mut answers, &taken)
                    }
                    None => converse(stream, &mut answers, &taken),
                };
            }
        });
        office
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

/// `answers` are for commands that begin so, in their order; `.` is the end of a mail.
fn converse<S: Read + Write>(
    stream: S,
    answers: &mut VecDeque<(String, &'static str)>,
    taken: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut answer = |stream: &mut BufReader<S>, said: &str, usual: &str| {
        let wanted = answers.front().is_some_and(|(to, _)| said.starts_with(to.as_str()));
        let answer = if wanted { answers.pop_front().unwrap().1 } else { usual };
        say(stream, answer)?;
        Ok::<_, std::io::Error>(answer.starts_with('2'))
    };
    say(&mut stream, "220 post.example ready")?;
    while let Some(line) = heard(&mut stream)? {
        match line.split(' ').next().unwrap() {
            "EHLO" => answer(&mut stream, &line, "250-post.example\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
            "AUTH" => answer(&mut stream, &line, "235 welcome")?,
            "DATA" => {
                say(&mut stream, "354 go on")?;
                let mut mail = String::new();
                while let Some(line) = heard(&mut stream)?.filter(|line| line != ".") {
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push('\n');
                }
                let took = answer(&mut stream, ".", "250 taken")?;
                if took {
                    taken.lock().unwrap().push(mail);
                }
                took
            }
            "QUIT" => return answer(&mut stream, &line, "221 bye").map(|_| ()),
            _ => answer(&mut stream, &line, "250 fine")?,
        };
    }
    Ok(())
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
    assert!(sinks().contains("1 dead letter, the last:") && sinks().contains("552"), "{}", sinks());
}

#[test]
fn a_password_comes_from_a_file_and_a_wrong_one_waits_to_be_mended() {
    use std::os::unix::fs::PermissionsExt;
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

#[test]
fn within_tls_mail_goes_to_a_server_that_the_system_trusts_and_to_no_other() {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = config.with_single_cert(vec![certificate.der().clone()], private).unwrap();
    let office = PostOffice::within(Some(config), &[]);
    let (home, _server) = house(&office, 1, "");
    let text = std::fs::read_to_string(home.path("feedwatch.toml")).unwrap();
    home.write("feedwatch.toml", &text.replace("smtp://127.0.0.1", "smtps://localhost"));
    let base64 = BASE64_STANDARD.encode(certificate.der());
    home.write("trusted.pem", &format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"));
    let refused = home.run(&["sinks", "--test", "post"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(office.taken().is_empty());
    // What the system trusts, for this run.
    let trusting = home.command(&["sinks", "--test", "post"]).env("SSL_CERT_FILE", home.path("trusted.pem")).output();
    assert_eq!(trusting.unwrap().status.code(), Some(0), "{}", home.log());
    assert_eq!(header(&office.taken()[0], "Subject"), "test: feedwatch reaches the sink post");
}
