use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use crate::{app::App, assets::Asset, auth::forwarded_host, error::ApiError};

/// Files under this folder carry a hash of their content in their name.
const HASHED: &str = "assets/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The browser's files, and the one page for every address that a person may open.
pub(crate) async fn page(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return ApiError::not_found("The address").into_response();
    }
    let path = parts.uri.path().trim_start_matches('/');
    let is_page = path.is_empty() || (!path.starts_with(HASHED) && accepts_html(&parts.headers));
    if is_page && let Some(elsewhere) = canonical(&app, &parts) {
        return Redirect::temporary(&elsewhere).into_response();
    }
    if !path.is_empty()
        && let Some(response) = file(&app, path, &parts).await
    {
        return response;
    }
    let no_page = ["api", "hooks", "forms", "wait", "files", "oauth"].contains(&path.split('/').next().unwrap_or_default());
    if !is_page || no_page {
        return ApiError::not_found("The address").into_response();
    }
    match file(&app, "index.html", &parts).await {
        Some(response) => response,
        None => {
            let text = "The browser's files are missing from this build. Run `cargo xtask build`, then start Patchbay again.\n";
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The same page at the public address, where a person came by another one: sessions belong to one host.
fn canonical(app: &App, parts: &Parts) -> Option<String> {
    let public = app.options.public_url.as_ref()?;
    let asked = forwarded_host(parts, &app.options.trusted_proxies)?;
    let host = public.host_str()?;
    let canonical = public.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    // The port that belongs to the scheme may be written or not.
    let written = public.port_or_known_default().map(|port| format!("{host}:{port}"));
    if asked.eq_ignore_ascii_case(&canonical) || written.is_some_and(|written| asked.eq_ignore_ascii_case(&written)) {
        return None;
    }
    let rest = parts.uri.path_and_query().map_or("/", |rest| rest.as_str());
    Some(format!("{}{rest}", app.base_url))
}

async fn file(app: &App, path: &str, parts: &Parts) -> Option<Response> {
    let brotli = parts.headers.get_all(header::ACCEPT_ENCODING).iter().any(|v| v.to_str().is_ok_and(accepts_brotli));
    let small = if brotli { app.assets.get(&format!("{path}.br")).await } else { None };
    let encoded = small.is_some();
    let Asset { bytes, etag } = match small {
        Some(asset) => asset,
        None => app.assets.get(path).await?,
    };
    let media_type = mime_guess::from_path(path).first_or_octet_stream();
    let media_type = match media_type.type_().as_str() {
        "text" => format!("{media_type}; charset=utf-8"),
        _ => media_type.to_string(),
    };
    let etag = HeaderValue::from_str(&etag).ok()?;
    let unchanged = parts.headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag);
    let body = if unchanged { Body::empty() } else { Body::from(bytes) };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&media_type).ok()?);
    headers.insert(header::ETAG, etag);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(if path.starts_with(HASHED) { FOR_EVER } else { "no-cache" }));
    if encoded {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    Some(response)
}

fn accepts_brotli(accept: &str) -> bool {
    accept.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = quality.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("br") && quality.is_none_or(|quality| quality > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::accepts_brotli;

    #[test]
    fn a_coding_may_be_refused() {
        assert!(accepts_brotli("gzip, deflate, br"));
        assert!(accepts_brotli("br;q=0.5"));
        assert!(!accepts_brotli("gzip, br;q=0"));
        assert!(!accepts_brotli("gzip, brx"));
    }
}
