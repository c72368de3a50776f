use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use url::Url;

use crate::body::{Sent, WatchedBody};
use crate::dial::{self, Connection, Tls};
use crate::failure::{Failure, FailureKind};
use crate::guard::Guard;
use crate::options::{Error, Options};
use crate::redirect;
use crate::request::{Request, Response, SendLimits};

/// Below the 5 s after which common servers close an idle connection: a request sent into a closing connection is lost in a
/// way nobody can tell from "carried out".
const POOL_IDLE: Duration = Duration::from_secs(4);

/// The one outbound client. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Egress {
    client: reqwest::Client,
    guard: Guard,
    tls: Tls,
    connect_timeout: Duration,
}

impl Egress {
    /// Sets up the client with the operator's options.
    pub fn new(options: Options) -> Result<Self, Error> {
        // Fails only when one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::new(options.allow);
        let roots = options.roots.iter().map(|root| reqwest::Certificate::from_der(root)).collect::<Result<Vec<_>, _>>();
        let roots = roots.map_err(|_| Error::Roots)?;
        let client = reqwest::Client::builder()
            .user_agent(options.user_agent)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .tcp_nodelay(true)
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .dns_resolver(Arc::new(guard.clone()))
            .tls_certs_merge(roots)
            .build()
            .map_err(|error| Error::Client(error.to_string()))?;
        Ok(Self { client, guard, tls: Tls::new(&options.roots), connect_timeout: options.connect_timeout })
    }

    /// Connects to a host for another protocol than HTTP, under the same rules; nothing is sent. Names are resolved here, and only
    /// checked addresses are connected to.
    pub async fn dial(&self, host: &str, port: u16) -> Result<Connection, Failure> {
        dial::dial(&self.guard, &self.tls, host, port, self.connect_timeout).await
    }

    /// Whether the guard lets this address be connected to.
    pub fn check_ip(&self, ip: IpAddr) -> Result<(), Failure> {
        self.guard.check_ip(ip)
    }

    /// Sends the request and reads the whole answer, following redirects. Any status is an answer, not a failure.
    pub async fn send(&self, request: Request, limits: &SendLimits) -> Result<Response, Failure> {
        let sent = Sent::default();
        let host = host_of(&request.url);
        let call = Box::pin(self.follow(request, limits, sent.clone()));
        match tokio::time::timeout(limits.timeout, call).await {
            Ok(done) => done,
            Err(_) => {
                let message = format!("{host} did not answer within {}", in_words(limits.timeout));
                Err(Failure { sent: sent.get(), ..Failure::unsent(FailureKind::Timeout, message) })
            }
        }
    }

    async fn follow(&self, mut request: Request, limits: &SendLimits, sent: Sent) -> Result<Response, Failure> {
        if !request.url.username().is_empty() || request.url.password().is_some() {
            let message = "The address holds a user name or password; put them into a connection instead";
            return Err(Failure::unsent(FailureKind::InvalidUrl, message));
        }
        let mut redirects = 0;
        let mut last_status = None;
        loop {
            let since = |failure: Failure| Failure { sent: sent.get(), status: last_status.or(failure.status), ..failure };
            self.guard.check_url(&request.url).map_err(since)?;
            let answer = self.send_one(&request, &sent).await.map_err(since)?;
            let status = answer.status();
            if let Some(target) = next_hop(&answer, &request.url, limits) {
                if redirects == limits.max_redirects {
                    let message = format!("{} redirects more than {redirects} times", host_of(&request.url));
                    let kind = FailureKind::TooManyRedirects;
                    return Err(Failure { sent: sent.get(), status: Some(status.as_u16()), ..Failure::unsent(kind, message) });
                }
                redirects += 1;
                last_status = Some(status.as_u16());
                redirect::follow(&mut request, status, target);
                continue;
            }
            return read(answer, request.url, redirects, limits).await;
        }
    }

    async fn send_one(&self, request: &Request, sent: &Sent) -> Result<reqwest::Response, Failure> {
        let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.clone());
        *outgoing.headers_mut() = framed(&request.headers, &request.method, request.body.is_empty());
        *outgoing.body_mut() = Some(reqwest::Body::wrap(WatchedBody::new(request.body.clone(), sent.clone())));
        let answer = self.client.execute(outgoing).await;
        answer.map_err(|error| Failure::from_client(&error, &host_of(&request.url), sent.get()))
    }
}

/// The headers to send: how the message is framed is decided here, never by the caller, or two servers on the way could
/// disagree on where a request ends.
fn framed(headers: &HeaderMap, method: &Method, is_empty: bool) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
    ] {
        headers.remove(name);
    }
    // Servers may answer 411 to these methods without it (RFC 9110, 8.6).
    if is_empty && [Method::POST, Method::PUT, Method::PATCH].contains(method) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers
}

fn next_hop(answer: &reqwest::Response, from: &Url, limits: &SendLimits) -> Option<Url> {
    if limits.max_redirects == 0 {
        return None;
    }
    redirect::target(answer.status(), answer.headers(), from)
}

async fn read(mut answer: reqwest::Response, url: Url, redirects: u8, limits: &SendLimits) -> Result<Response, Failure> {
    let status = answer.status();
    let host = host_of(&url);
    let headers = std::mem::take(answer.headers_mut());
    let limit = limits.max_response_bytes;
    if answer.content_length().is_some_and(|bytes| bytes > limit) {
        return Err(too_large(&host, status, limit));
    }
    let broken = |error: reqwest::Error| Failure { status: Some(status.as_u16()), ..Failure::from_client(&error, &host, true) };

    // Most answers come in one piece, which is then kept as it is.
    let Some(first) = answer.chunk().await.map_err(broken)? else {
        return Ok(Response { status: status.as_u16(), headers, body: Bytes::new(), url, redirects });
    };
    if first.len() as u64 > limit {
        return Err(too_large(&host, status, limit));
    }
    let body = match answer.chunk().await.map_err(broken)? {
        None => first,
        Some(second) => {
            let mut whole = BytesMut::from(first);
            let mut piece = Some(second);
            while let Some(bytes) = piece {
                if (whole.len() + bytes.len()) as u64 > limit {
                    return Err(too_large(&host, status, limit));
                }
                whole.extend_from_slice(&bytes);
                piece = answer.chunk().await.map_err(broken)?;
            }
            whole.freeze()
        }
    };
    Ok(Response { status: status.as_u16(), headers, body, url, redirects })
}

fn too_large(host: &str, status: StatusCode, limit: u64) -> Failure {
    let message = format!("{host} answered {} with more than the {limit} bytes this step accepts", status.as_u16());
    Failure { sent: true, status: Some(status.as_u16()), ..Failure::unsent(FailureKind::TooLarge, message) }
}

/// The host and a port that is not the usual one: what may be told of an address.
fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => "the address".to_owned(),
    }
}

fn in_words(time: Duration) -> String {
    match time.as_millis() {
        ms if ms % 1000 == 0 => format!("{} s", ms / 1000),
        ms => format!("{ms} ms"),
    }
}
