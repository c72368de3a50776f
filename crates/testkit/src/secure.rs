//! A service behind TLS whose certificate may be bad, and may be mended.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What a server shows of itself. All but [`Certificate::SelfSigned`] come from [`authorities`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// For `localhost`.
    Good,
    SelfSigned,
    Expired,
    OtherName,
}

macro_rules! tls {
    ($name:literal) => {
        include_bytes!(concat!("../../egress/tests/it/tls/", $name))
    };
}

/// The authorities of the tests, in PEM, for clients that trust them.
pub fn authorities() -> Vec<u8> {
    [&tls!("ca.pem")[..], &tls!("second-ca.pem")[..]].concat()
}

/// Answers every request with `{}`, once the caller accepts its certificate.
#[derive(Debug)]
pub struct SecureServer {
    address: SocketAddr,
    config: Arc<Mutex<Arc<ServerConfig>>>,
    server: JoinHandle<()>,
}

impl SecureServer {
    /// # Panics
    /// When no port is free or the certificate cannot be read.
    pub async fn start(certificate: Certificate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let config = Arc::new(Mutex::new(config(certificate)));
        let now = Arc::clone(&config);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = TlsAcceptor::from(Arc::clone(&now.lock().unwrap_or_else(PoisonError::into_inner)));
                tokio::spawn(answer(acceptor, stream));
            }
        });
        Self { address, config, server }
    }

    /// Shows another certificate from now on.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn present(&self, certificate: Certificate) {
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = config(certificate);
    }

    /// `localhost:1234`
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// `https://localhost:1234/path`
    pub fn url(&self, path: &str) -> String {
        format!("https://{}/{}", self.host(), path.trim_start_matches('/'))
    }
}

impl Drop for SecureServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn config(certificate: Certificate) -> Arc<ServerConfig> {
    let (pem, key): (&[u8], &[u8]) = match certificate {
        Certificate::Good => (tls!("localhost.pem"), tls!("localhost.key.pem")),
        Certificate::SelfSigned => (tls!("self.pem"), tls!("self.key.pem")),
        Certificate::Expired => (tls!("expired.pem"), tls!("expired.key.pem")),
        Certificate::OtherName => (tls!("other.pem"), tls!("other.key.pem")),
    };
    let pem = CertificateDer::from_pem_slice(pem).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(key).expect("its key");
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS");
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![pem], key).expect("a key that fits"))
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let (mut head, mut piece) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(read) => head.extend_from_slice(&piece[..read]),
        }
    }
    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
}
