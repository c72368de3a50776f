//! Connections for other protocols: what is connected to, and what is trusted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use egress::{Egress, FailureKind, Options};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::upstream::{closed, open, raw};

const CA: &[u8] = include_bytes!("tls/ca.pem");

/// A client that may call this machine and trusts the tests' authorities.
pub fn trusting() -> Egress {
    let allow = Options::parse_allow("127.0.0.0/8").unwrap();
    let roots = Options::parse_roots(&[CA, include_bytes!("tls/second-ca.pem")].concat()).unwrap();
    Egress::new(Options { allow, roots, connect_timeout: Duration::from_millis(800), ..Options::default() }).unwrap()
}

/// Says `hello` over TLS.
pub async fn secure(certificate: &'static [u8], key: &'static [u8]) -> SocketAddr {
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.write_all(b"hello").await;
                let _ = stream.shutdown().await;
            }
        }
    });
    address
}

async fn localhost() -> SocketAddr {
    secure(include_bytes!("tls/localhost.pem"), include_bytes!("tls/localhost.key.pem")).await
}

#[tokio::test]
async fn a_trusted_server_is_spoken_to_in_secret() {
    let address = localhost().await;
    for host in ["localhost", "127.0.0.1", "LOCALHOST", "127.1"] {
        let connection = trusting().dial(host, address.port()).await.expect(host);
        assert!(!connection.is_secure() && connection.is_own_network());
        assert_eq!(connection.local_ip().unwrap().to_string(), "127.0.0.1");
        let mut connection = connection.secure().await.expect(host);
        assert!(connection.is_secure());
        let mut said = String::new();
        connection.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "hello", "{host}");
    }
}

/// What may be wrong with a certificate: a client, a server, and the words.
pub async fn distrusted() -> Vec<(&'static str, Egress, SocketAddr, &'static str)> {
    let other = secure(include_bytes!("tls/other.pem"), include_bytes!("tls/other.key.pem")).await;
    let expired = secure(include_bytes!("tls/expired.pem"), include_bytes!("tls/expired.key.pem")).await;
    let own = secure(include_bytes!("tls/self.pem"), include_bytes!("tls/self.key.pem")).await;
    vec![
        ("unknown issuer", open(), localhost().await, "its certificate is not trusted; whoever runs it has to get one"),
        ("self-signed", trusting(), own, "its certificate is not trusted; whoever runs it has to get one"),
        ("expired", trusting(), expired, "its certificate has expired; whoever runs it has to renew it"),
        ("wrong name", trusting(), other, "its certificate is for another name; correct the address"),
    ]
}

#[tokio::test]
async fn certificates_are_checked() {
    for (case, egress, address, why) in distrusted().await {
        let connection = egress.dial("localhost", address.port()).await.unwrap();
        let failure = connection.secure().await.expect_err(case);
        assert_eq!((failure.kind, failure.sent), (FailureKind::Certificate, false), "{case}: {failure}");
        let host = format!("localhost:{}", address.port());
        assert!(failure.message.starts_with(&format!("No secure connection to {host}: {why}")), "{case}: {failure}");
        assert_eq!(failure.untrusted, Some(host), "{case}");
    }
    let plain = raw("220 mail.example.com ESMTP\r\n").await;
    let failure = trusting().dial("localhost", plain.port()).await.unwrap().secure().await.expect_err("no TLS");
    assert_eq!((failure.kind, failure.sent, failure.untrusted), (FailureKind::Tls, false, None));
    assert!(failure.message.contains("it does not speak TLS on this port"), "{}", failure.message);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_after_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = trusting().dial("127.0.0.1", listener.local_addr().unwrap().port()).await.unwrap();
    let failure = connection.secure().await.expect_err("no handshake");
    assert!(failure.message.contains("took too long"), "{failure}");
    let listener_gone = listener.local_addr().unwrap().port();
    drop(listener);
    let failure = trusting().dial("127.0.0.1", listener_gone).await.expect_err("nobody listens");
    assert_eq!((failure.kind, failure.sent), (FailureKind::Connect, false));
    assert!(failure.message.contains("nothing accepts connections there"), "{failure}");
    let failure = trusting().dial("127.0.0.1", 0).await.expect_err("no port");
    assert_eq!(failure.kind, FailureKind::InvalidUrl);
    let failure = closed().dial("no-such-host.invalid", 25).await.expect_err("no such name");
    assert_eq!(failure.kind, FailureKind::Dns, "{failure}");
}

#[test]
fn roots_are_certificates() {
    assert_eq!(Options::parse_roots(CA).unwrap().len(), 1);
    for odd in [&b""[..], b"hello", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        assert_eq!(Options::parse_roots(odd).unwrap_err().code(), "egress_roots");
    }
}
