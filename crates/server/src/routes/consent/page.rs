//! The page a consent ends on. Its script tells the other pages of the browser, closes the window, or goes back to where the person was.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use model::api::ConsentEnd;

use crate::routes::wait::html;

const STYLE: &str = include_str!("../wait/page.css");
const SCRIPT: &str = include_str!("end.js");

pub(super) fn shown(status: StatusCode, end: &ConsentEnd) -> Response {
    let title = if end.connection.is_some() { "Connected" } else { "Not connected" };
    let told = serde_json::to_string(end).unwrap_or_default();
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style><script src=\"/oauth/end.js\" defer></script></head><body data-end=\"{}\"><main><article><h1>{title}</h1>\
         <p class=\"lead\" role=\"status\">{}</p><p class=\"note\">You can close this window.</p>\
         <p class=\"actions\"><a class=\"button\" id=\"back\" href=\"/connections\">Back to Patchbay</a></p></article></main></body></html>",
        html::text(&told),
        html::text(&end.message),
    );
    (status, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Html(body)).into_response()
}

/// `GET /oauth/end.js`
pub(crate) async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], SCRIPT).into_response()
}
