//! Certificates: refused with the reason, accepted when somebody vouches for them.

use std::sync::Arc;

use feedwatch::fetch::{Http, Tuning};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{AGES, document, error, get, tuned};
use crate::server::{Server, moved, ok};

/// A server whose certificate vouches for itself, and that certificate.
fn server(name: &str, change: impl Fn(&mut CertificateParams)) -> (Server, Vec<u8>) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = config.with_single_cert(vec![certificate.clone()], key).unwrap();
    (Server::start_tls(config), certificate.to_vec())
}

fn trusting(root: Vec<u8>) -> Http {
    tuned(AGES, Tuning { roots: vec![root], ..Tuning::default() })
}

#[tokio::test]
async fn a_certificate_that_somebody_trusted_vouches_for_is_accepted() {
    let (server, root) = server("localhost", |_| {});
    server.on("/feed", ok("<rss/>"));
    assert_eq!(document(get(&trusting(root), &server.named_url("/feed")).await).body, b"<rss/>");
}

#[tokio::test]
async fn a_certificate_that_is_not_good_is_refused_with_the_reason() {
    let (unknown, _) = server("localhost", |_| {});
    let found = error(get(&tuned(AGES, Tuning::default()), &unknown.named_url("/feed")).await);
    assert_eq!(found, "TLS: the server's certificate is not signed by anybody this system trusts");

    let (other, root) = server("other.example", |_| {});
    let found = error(get(&trusting(root), &other.named_url("/feed")).await);
    assert_eq!(found, "TLS: the server's certificate is for another name");

    let (expired, root) = server("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let found = error(get(&trusting(root), &expired.named_url("/feed")).await);
    assert_eq!(found, "TLS: the server's certificate has expired");

    let (early, root) = server("localhost", |params| params.not_before = date_time_ymd(3000, 1, 1));
    let found = error(get(&trusting(root), &early.named_url("/feed")).await);
    assert_eq!(found, "TLS: the server's certificate is not valid yet");
    assert!([unknown, other, expired, early].iter().all(|server| server.asked().is_empty()));
}

#[tokio::test]
async fn https_does_not_step_down() {
    let (server, root) = server("localhost", |_| {});
    let plain = Server::start();
    server.on("/feed", moved(302, &plain.url("/feed")));
    let found = error(get(&trusting(root), &server.named_url("/feed")).await);
    assert_eq!(found, format!("bad redirect: from https down to {}", plain.url("/feed")));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_apart() {
    let plain = Server::start();
    let found = error(get(&tuned(AGES, Tuning::default()), &plain.url("/feed").replace("http:", "https:")).await);
    assert!(found.starts_with("TLS: "), "{found}");
}

/// The environment is the process's, so this test runs once more as a process of its own.
#[tokio::test]
async fn a_machine_without_certificates_still_speaks_plain_http_and_past_any_proxy() {
    const INNER: &str = "FEEDWATCH_TEST_INNER";
    if std::env::var_os(INNER).is_some() {
        let plain = Server::start();
        plain.on("/feed", ok("<rss/>"));
        let http = tuned(AGES, Tuning::default());
        assert_eq!(document(get(&http, &plain.url("/feed")).await).body, b"<rss/>");
        let found = error(get(&http, "https://127.0.0.1:1024/").await);
        assert!(found.ends_with("is the system's certificate bundle installed?"), "{found}");
        return;
    }
    let name = "fetch::tls::a_machine_without_certificates_still_speaks_plain_http_and_past_any_proxy";
    let mut inner = std::process::Command::new(std::env::current_exe().unwrap());
    inner.args(["--exact", name]).env(INNER, "1");
    for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        inner.env(variable, "/nonexistent");
    }
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        inner.env(variable, "http://127.0.0.1:1");
    }
    let output = inner.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
