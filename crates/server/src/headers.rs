//! What every answer says to browsers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::app::App;

/// Our own pages: nothing but our own files, scripts included; WebAssembly needs a word of its own.
const UI_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' \
     data:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What strangers' workflows answer is shown in an origin of its own: it reaches neither cookies nor the API.
const SANDBOX_POLICY: &str = "sandbox allow-forms";

const PERMISSIONS: &str =
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), bluetooth=()";

/// Adds the headers of our own pages and of the API.
pub(crate) async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // What was put into the sandbox stays there.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(UI_POLICY));
    secured(headers, app.options.is_https());
    response
}

/// What holds whatever the page's own policy is.
pub(crate) fn secured(headers: &mut HeaderMap, is_https: bool) {
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    if is_https {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// The API's answers are for whoever asked, and for now.
pub(crate) async fn not_stored(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Headers that would act on this server's whole origin, cookies above all: no workflow's answer may carry them.
const OF_THE_ORIGIN: &[&str] = &[
    "set-cookie",
    "clear-site-data",
    "strict-transport-security",
    "alt-svc",
    "nel",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
];

/// Puts what a workflow answers into the sandbox.
pub(crate) fn sandbox(headers: &mut HeaderMap) {
    for name in OF_THE_ORIGIN {
        headers.remove(*name);
    }
    set(headers, header::CONTENT_SECURITY_POLICY, SANDBOX_POLICY);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "no-referrer");
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
