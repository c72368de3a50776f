use std::time::Duration;

use ipnet::IpNet;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// How the outbound client is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Networks that may be called although they are private: `PATCHBAY_EGRESS_ALLOW`.
    pub allow: Vec<IpNet>,
    /// Longest time for name resolution, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// The `User-Agent` of requests that do not set their own.
    pub user_agent: String,
    /// Certificates that are trusted beside the system's: of a company's own authority.
    pub roots: Vec<CertificateDer<'static>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            user_agent: concat!("Patchbay/", env!("CARGO_PKG_VERSION")).to_owned(),
            roots: Vec::new(),
        }
    }
}

impl Options {
    /// Reads a comma-separated list of networks, such as `10.1.0.0/16, 127.0.0.1, fd00::/8`. A bare address stands for itself.
    pub fn parse_allow(text: &str) -> Result<Vec<IpNet>, Error> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(parse_network).collect()
    }
}

impl Options {
    /// Reads certificates in PEM, of which there must be at least one.
    pub fn parse_roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
        let read = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        read.ok().filter(|roots| !roots.is_empty()).ok_or(Error::Roots)
    }
}

fn parse_network(item: &str) -> Result<IpNet, Error> {
    let network = match item.parse::<std::net::IpAddr>() {
        Ok(address) => Some(IpNet::from(address)),
        Err(_) => item.parse::<IpNet>().ok(),
    };
    network.map(|network| network.trunc()).ok_or_else(|| Error::Network(item.to_owned()))
}

/// Why the client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("\"{0}\" is not a network; write it like 10.1.0.0/16 or 127.0.0.1/32")]
    Network(String),
    #[error("no certificates could be read; they begin with -----BEGIN CERTIFICATE-----")]
    Roots,
    #[error("the outbound client could not be set up: {0}")]
    Client(String),
}

impl Error {
    /// A stable name for the error.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Network(_) => "egress_network",
            Error::Roots => "egress_roots",
            Error::Client(_) => "egress_client",
        }
    }
}
