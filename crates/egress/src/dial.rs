//! Guarded connections for protocols other than HTTP: the same address rules, the same trust in certificates.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use crate::certificate::authority;
use crate::failure::{Failure, FailureKind};
use crate::guard::Guard;

/// Secures connections; the certificates of the system are read once.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    roots: Arc<[CertificateDer<'static>]>,
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl Tls {
    pub(crate) fn new(roots: &[CertificateDer<'static>]) -> Self {
        Self { roots: roots.into(), config: Arc::default() }
    }

    fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new_with_extra_roots(self.roots.iter().cloned(), Arc::clone(&provider))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }
}

/// A connection to a checked address.
#[derive(Debug)]
pub struct Connection {
    io: Io,
    host: Host,
    port: u16,
    tls: Tls,
    timeout: Duration,
    is_own_network: bool,
}

#[derive(Debug)]
enum Io {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

/// Resolves and connects: nothing is sent. `host` is a name or an address, in any spelling an address of the web may have.
pub(crate) async fn dial(guard: &Guard, tls: &Tls, host: &str, port: u16, timeout: Duration) -> Result<Connection, Failure> {
    let host = parse(host)?;
    match tokio::time::timeout(timeout, connect(guard, &host, port)).await {
        Ok(Ok((stream, ip))) => {
            let is_own_network = guard.is_allowed(ip);
            // Both sides wait for each other's lines.
            let _ = stream.set_nodelay(true);
            Ok(Connection { io: Io::Plain(stream), host, port, tls: tls.clone(), timeout, is_own_network })
        }
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(Failure::unsent(
            FailureKind::Connect,
            format!("No connection to {host}:{port}: it did not accept a connection in time"),
        )),
    }
}

/// As the addresses of the web are read, so that no spelling means one host here and another there.
fn parse(host: &str) -> Result<Host, Failure> {
    let host = host.trim();
    let is_bare_v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    let parsed = if is_bare_v6 { Host::parse(&format!("[{host}]")) } else { Host::parse(host) };
    match parsed {
        Ok(Host::Domain(name)) if name.trim_end_matches('.').is_empty() => Err(no_host()),
        Ok(host) => Ok(host),
        Err(_) => Err(no_host()),
    }
}

fn no_host() -> Failure {
    Failure::unsent(FailureKind::InvalidUrl, "This is not the name of a host; write it like mail.example.com")
}

async fn connect(guard: &Guard, host: &Host, port: u16) -> Result<(TcpStream, IpAddr), Failure> {
    if port == 0 {
        return Err(Failure::unsent(FailureKind::InvalidUrl, "The port must lie between 1 and 65535"));
    }
    guard.check_host(host)?;
    let addresses = match host {
        Host::Ipv4(ip) => vec![SocketAddr::from((*ip, port))],
        Host::Ipv6(ip) => vec![SocketAddr::from((*ip, port))],
        Host::Domain(name) => {
            let found = guard.resolve_checked(name).await?;
            found.into_iter().map(|address| SocketAddr::new(address.ip(), port)).collect()
        }
    };
    let mut last = io::ErrorKind::AddrNotAvailable;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok((stream, address.ip())),
            Err(error) => last = error.kind(),
        }
    }
    let why = match last {
        io::ErrorKind::ConnectionRefused => "nothing accepts connections there",
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => "it cannot be reached from here",
        _ => "the connection failed",
    };
    Err(Failure::unsent(FailureKind::Connect, format!("No connection to {host}:{port}: {why}")))
}

impl Connection {
    /// Encrypts what follows, after the certificate was checked against the host's name.
    pub async fn secure(self) -> Result<Connection, Failure> {
        let failed = |why: &str| Failure::unsent(FailureKind::Tls, format!("No secure connection to {}: {why}", self.host));
        let Io::Plain(stream) = self.io else { return Ok(self) };
        let name = match &self.host {
            Host::Domain(name) => ServerName::try_from(name.trim_end_matches('.').to_owned()).map_err(|_| no_host())?,
            Host::Ipv4(ip) => ServerName::IpAddress(IpAddr::from(*ip).into()),
            Host::Ipv6(ip) => ServerName::IpAddress(IpAddr::from(*ip).into()),
        };
        let config = self.tls.config().map_err(|_| failed("the certificates of this machine cannot be read"))?;
        let handshake = TlsConnector::from(config).connect(name, stream);
        match tokio::time::timeout(self.timeout, handshake).await {
            Ok(Ok(stream)) => Ok(Connection { io: Io::Secure(Box::new(stream)), ..self }),
            Ok(Err(error)) => Err(match tls_error(&error) {
                Some(rustls::Error::InvalidCertificate(why)) => {
                    Failure::untrusted(&authority(&self.host.to_string(), self.port), why)
                }
                Some(rustls::Error::InvalidMessage(_)) => failed("it does not speak TLS on this port"),
                Some(_) => failed("the TLS handshake failed"),
                None => failed("it closed the connection during the TLS handshake"),
            }),
            Err(_) => Err(failed("the TLS handshake took too long")),
        }
    }

    pub fn is_secure(&self) -> bool {
        matches!(self.io, Io::Secure(_))
    }

    /// Whether the operator named this network as one that may be called although it is private.
    pub fn is_own_network(&self) -> bool {
        self.is_own_network
    }

    /// The address of this side.
    pub fn local_ip(&self) -> Option<IpAddr> {
        let stream = match &self.io {
            Io::Plain(stream) => stream,
            Io::Secure(stream) => stream.get_ref().0,
        };
        stream.local_addr().ok().map(|address| address.ip())
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Io::Secure(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Io::Secure(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_flush(context),
            Io::Secure(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Io::Secure(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
