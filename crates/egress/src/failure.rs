use std::error::Error as StdError;
use std::io;

use crate::certificate;

/// A call that brought no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: FailureKind,
    /// Whether the first byte of any request of this call may have left. `false` only when surely nothing was sent.
    pub sent: bool,
    /// The status the receiver had already answered with when the call failed.
    pub status: Option<u16>,
    /// A sentence for a person. Never holds headers, bodies, user names, passwords or the query of an address.
    pub message: String,
    /// The host whose certificate was refused, with its port unless that is 443.
    pub untrusted: Option<String>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The address cannot be called at all.
    InvalidUrl,
    /// The guard does not let Patchbay call this address.
    Refused,
    /// The host name could not be resolved.
    Dns,
    /// No connection could be made.
    Connect,
    /// The connection could not be secured.
    Tls,
    /// The certificate of the host is not accepted: expired, for another name, of an unknown issuer.
    Certificate,
    /// The time for the call was over.
    Timeout,
    /// The connection ended before the answer was complete.
    Reset,
    /// The answer is larger than the limit.
    TooLarge,
    /// The receiver kept redirecting.
    TooManyRedirects,
    /// The answer could not be read.
    Other,
}

impl FailureKind {
    /// A stable name for the failure.
    pub fn code(self) -> &'static str {
        match self {
            FailureKind::InvalidUrl => "egress.invalid_url",
            FailureKind::Refused => "egress.refused",
            FailureKind::Dns => "egress.dns",
            FailureKind::Connect => "egress.connect",
            FailureKind::Tls => "egress.tls",
            FailureKind::Certificate => "egress.certificate",
            FailureKind::Timeout => "egress.timeout",
            FailureKind::Reset => "egress.reset",
            FailureKind::TooLarge => "egress.too_large",
            FailureKind::TooManyRedirects => "egress.redirects",
            FailureKind::Other => "egress.unreadable",
        }
    }
}

impl Failure {
    /// Whether nobody knows if the receiver acted on the request: bytes may have left and no definite answer came back.
    pub fn is_indeterminate(&self) -> bool {
        use FailureKind::{Certificate, InvalidUrl, Refused, TooLarge, TooManyRedirects};
        let answered =
            matches!(self.kind, Certificate | InvalidUrl | Refused | TooLarge | TooManyRedirects) && self.status.is_some();
        self.sent && !answered
    }

    /// One that surely kept everything from being sent.
    pub fn unsent(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, sent: false, status: None, message: message.into(), untrusted: None }
    }

    /// `host`: with its port unless that is 443.
    pub(crate) fn untrusted(host: &str, error: &rustls::CertificateError) -> Self {
        let message = format!("No secure connection to {host}: {}", certificate::words(error));
        Self { untrusted: Some(host.to_owned()), ..Self::unsent(FailureKind::Certificate, message) }
    }

    /// Translates the client's error for a call to `host`. Its own text is never shown: it may hold the whole address.
    pub(crate) fn from_client(error: &reqwest::Error, host: &str, sent: bool) -> Self {
        if let Some(refusal) = causes(error).find_map(|cause| cause.downcast_ref::<Failure>()) {
            return Failure { sent, ..refusal.clone() };
        }
        if let Some(rustls::Error::InvalidCertificate(why)) = causes(error).find_map(|cause| cause.downcast_ref()) {
            return Failure { sent, ..Failure::untrusted(host, why) };
        }
        let (kind, message) = if error.is_builder() {
            (FailureKind::InvalidUrl, format!("The request to {host} could not be built from this address and these headers"))
        } else if error.is_connect() {
            connect_failure(error, host)
        } else if error.is_timeout() {
            (FailureKind::Timeout, format!("{host} did not answer in time"))
        } else if error.is_decode() && io_kind(error).is_some_and(|kind| !is_lost(kind)) {
            (FailureKind::Other, format!("The answer of {host} could not be decompressed"))
        } else {
            (FailureKind::Reset, format!("The connection to {host} ended before a complete answer arrived"))
        };
        Self { sent, ..Self::unsent(kind, message) }
    }
}

fn connect_failure(error: &reqwest::Error, host: &str) -> (FailureKind, String) {
    if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        let why = match tls {
            rustls::Error::InvalidMessage(_) => "it does not speak https on this port",
            _ => "the TLS handshake failed",
        };
        return (FailureKind::Tls, format!("No secure connection to {host}: {why}"));
    }
    let why = match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => "nothing accepts connections there",
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => "it cannot be reached from here",
        Some(kind) if is_lost(kind) => "it closed the connection at once",
        _ if error.is_timeout() => "it did not accept a connection in time",
        _ => "the connection failed",
    };
    (FailureKind::Connect, format!("No connection to {host}: {why}"))
}

fn is_lost(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof)
}

fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// The error and everything below it. An `io::Error` hides the error it wraps from `source`, so that one is asked for it.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn StdError + 'static)| {
        let cause: &'a (dyn StdError + 'static) = *cause;
        if let Some(inner) = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            return Some(inner as &(dyn StdError + 'static));
        }
        cause.source()
    })
}
