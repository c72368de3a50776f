use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use url::Url;

/// One request to another system.
#[derive(Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Headers that carry a secret beside the well-known ones: they never follow a redirect to another origin.
    pub secret_headers: Vec<HeaderName>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Bytes::new(), secret_headers: Vec::new() }
    }
}

/// Leaves out everything that may hold a secret: header values, the query, the body.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The limits of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendLimits {
    /// For the whole call: connections, redirects and the last byte of the answer.
    pub timeout: Duration,
    /// Largest answer in bytes, counted after decompression.
    pub max_response_bytes: u64,
    /// Redirects to follow; with 0 a redirect is an answer like any other.
    pub max_redirects: u8,
}

impl Default for SendLimits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), max_response_bytes: 10 * 1024 * 1024, max_redirects: 5 }
    }
}

/// A complete answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    /// Decompressed.
    pub body: Bytes,
    /// Where the answer came from, after redirects.
    pub url: Url,
    /// How many redirects were followed.
    pub redirects: u8,
}
