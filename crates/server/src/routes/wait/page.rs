//! The pages of an approval, and what all pages of strangers have: written by the server, without any script.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use jiff::tz::TimeZone;
use model::{Timestamp, api::User};

use super::{
    Door, html,
    stage::{Decided, Question, Stage},
};
use crate::{app::App, error::ApiError};

const STYLE: &str = include_str!("page.css");
const LOGO: &str = r#"<svg viewBox="0 0 24 24" fill="none" stroke-linecap="round" aria-hidden="true"><circle cx="5.5" cy="7" r="3" class="ink" stroke-width="2"/><circle cx="18.5" cy="17" r="3" class="ink" stroke-width="2"/><path d="M5.5 10c0 8 6 3 7.5 2s5.5-3.5 5.5 2" class="cable" stroke-width="2.4"/></svg>"#;
/// Characters of the question in the tab's title.
const TITLE: usize = 80;

/// A mark before the headline: its class and what is drawn.
#[derive(Clone, Copy)]
pub(crate) enum Mark {
    Yes,
    No,
    Time,
    Person,
    Off,
}

impl Mark {
    fn svg(self) -> (&'static str, &'static str) {
        match self {
            Mark::Yes => ("yes", "<path d=\"M20 6 9 17l-5-5\"/>"),
            Mark::No => ("no", "<path d=\"M18 6 6 18M6 6l12 12\"/>"),
            Mark::Time => ("time", "<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M12 7v5l3 2\"/>"),
            Mark::Person => ("person", "<circle cx=\"12\" cy=\"8\" r=\"4\"/><path d=\"M5 21a7 7 0 0 1 14 0\"/>"),
            Mark::Off => ("off", "<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M8 12h8\"/>"),
        }
    }
}

/// Where the question stands, for somebody who may see it.
pub(super) fn shown(app: &App, door: &Door, stage: Stage, person: Option<&User>) -> Response {
    match stage {
        Stage::Open(question) => open(app, door, &question, person),
        Stage::Decided(decided) if decided.timed_out => {
            let lead =
                format!("Nobody answered before {}. The workflow has gone on without an answer.", moment(door, decided.at));
            message(app, StatusCode::GONE, Mark::Time, "The time for this is up", &lead, &from(door))
        }
        Stage::Decided(decided) => answered(app, door, &decided),
        Stage::NotYet => {
            let lead = "The workflow has not come to this question. Load the page again in a moment.";
            message(app, StatusCode::OK, Mark::Time, "Not asked yet", lead, &from(door))
        }
        Stage::Over => {
            let lead = "The run that asked has ended or gone another way. Nothing you decide here would have an effect.";
            message(app, StatusCode::GONE, Mark::Off, "Nobody waits for this any more", lead, &from(door))
        }
    }
}

/// For whoever is not signed in, where people are named.
pub(super) fn sign_in(app: &App, status: StatusCode) -> Response {
    let lead = "This question is for named people. Sign in, then come back to this page and load it again.";
    let rest = format!(
        "<p class=\"actions\"><a class=\"button primary\" href=\"{}/\" target=\"_blank\" rel=\"noopener noreferrer\">Sign in</a><a class=\"button\" href=\"\">Load again</a></p>",
        html::text(&app.base_url)
    );
    message(app, status, Mark::Person, "Sign in to decide", lead, &rest)
}

/// For somebody who is signed in and not among the named ones.
pub(super) fn not_asked(app: &App, email: &str) -> Response {
    let lead = format!("You are signed in as {email}, and this question is for somebody else.");
    message(app, StatusCode::FORBIDDEN, Mark::Person, "This is not for you to decide", &lead, "")
}

/// An error a person can do something about, as a page; nothing for one of the server's own.
pub(super) fn refused(app: &App, error: &ApiError) -> Option<Response> {
    let title = match error.status() {
        StatusCode::NOT_FOUND => "This link does not work",
        StatusCode::GONE => "Nobody waits for this any more",
        StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE => return None,
        _ => "This was not taken",
    };
    let lead = match error.status() {
        StatusCode::NOT_FOUND => {
            "There is nothing to answer here. It may have been copied only in part, or what it led to is no longer kept."
        }
        _ => error.message(),
    };
    Some(message(app, error.status(), Mark::Off, title, lead, ""))
}

fn open(app: &App, door: &Door, question: &Question, person: Option<&User>) -> Response {
    let asked = if question.text.trim().is_empty() { "Do you approve?" } else { question.text.trim() };
    let mut body = format!("<p class=\"from\">{}</p><h1>{}</h1>", html::text(&door.run.workflow_name), html::text(asked));
    if !question.shown.is_empty() {
        body.push_str("<dl class=\"shown\">");
        for (name, value) in &question.shown {
            let value = value.as_ref().map_or_else(|| "<span class=\"none\">missing</span>".to_owned(), html::value);
            body.push_str(&format!("<div><dt>{}</dt><dd><bdi>{value}</bdi></dd></div>", html::text(name)));
        }
        body.push_str("</dl>");
    }
    // Relative to the page itself: the same link, behind whatever proxy.
    body.push_str(&format!(
        "<form method=\"post\" action=\"{}\" autocomplete=\"off\">\
         <label for=\"comment\">Comment <span>optional</span></label>\
         <textarea id=\"comment\" name=\"comment\" rows=\"3\" maxlength=\"2000\"></textarea>\
         <p class=\"actions\"><button class=\"button primary\" name=\"decision\" value=\"approve\">Approve</button>\
         <button class=\"button danger\" name=\"decision\" value=\"reject\">Reject</button></p></form>",
        html::text(&door.signature)
    ));
    let until = question.until.map(|until| format!("Open until {}.", moment(door, until)));
    let person = person.map(|person| format!("You decide as {}.", person.email));
    let notes: Vec<String> = person.into_iter().chain(until).collect();
    if !notes.is_empty() {
        body.push_str(&format!("<p class=\"note\">{}</p>", html::text(&notes.join(" "))));
    }
    document(app, StatusCode::OK, asked, &body)
}

fn answered(app: &App, door: &Door, decided: &Decided) -> Response {
    let (mark, title) = match decided.approved {
        Some(true) => (Mark::Yes, "Approved"),
        Some(false) => (Mark::No, "Rejected"),
        None => (Mark::Yes, "This has been answered"),
    };
    let by = decided.by.as_deref().unwrap_or("somebody who had the link");
    let lead = format!("Decided by {by}, {}.", moment(door, decided.at));
    let mut rest = String::new();
    if !decided.comment.trim().is_empty() {
        rest.push_str(&format!("<blockquote><bdi>{}</bdi></blockquote>", html::text(&decided.comment)));
    }
    rest.push_str(&from(door));
    message(app, StatusCode::OK, mark, title, &lead, &rest)
}

fn from(door: &Door) -> String {
    format!("<p class=\"note\">Asked by the workflow “{}”.</p>", html::text(&door.run.workflow_name))
}

/// One sentence, what it means, and what can be done; `rest` is HTML.
pub(crate) fn message(app: &App, status: StatusCode, mark: Mark, title: &str, lead: &str, rest: &str) -> Response {
    message_with(app, status, mark, title, "", &format!("<p class=\"lead\">{}</p>{rest}", html::text(lead)))
}

/// The same with styles of one's own; all below the headline is HTML.
pub(crate) fn message_with(app: &App, status: StatusCode, mark: Mark, title: &str, style: &str, rest: &str) -> Response {
    let (class, drawn) = mark.svg();
    let body = format!(
        "<span class=\"mark {class}\"><svg viewBox=\"0 0 24 24\" fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\" \
         stroke-width=\"2.2\" aria-hidden=\"true\">{drawn}</svg></span><h1>{}</h1>{rest}",
        html::text(title),
    );
    written(app, status, title, style, &body)
}

fn document(app: &App, status: StatusCode, title: &str, body: &str) -> Response {
    written(app, status, title, "", body)
}

/// A whole page; `style` comes after the styles that all pages share.
pub(crate) fn written(app: &App, status: StatusCode, title: &str, style: &str, body: &str) -> Response {
    // Nothing of the page's own but its style: even markup that got in would neither run, load nor send anything.
    let nonce = hex::encode(rand::random::<[u8; 16]>());
    let title: String = title.chars().take(TITLE).collect();
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex, nofollow\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{} · Patchbay</title><style nonce=\"{nonce}\">{STYLE}{style}</style></head>\
         <body><main><p class=\"brand\">{LOGO}<span>Patchbay</span></p><article>{body}</article></main></body></html>",
        html::text(&title)
    );
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; font-src 'self'; form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'",
        own_origin(app)
    );
    let mut response = (status, Html(page)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Named as well, for a proxy that makes the browser see another origin than the one the page was asked from.
fn own_origin(app: &App) -> String {
    let public = app.options.public_url.as_ref().map(|url| url.origin().ascii_serialization());
    public.filter(|origin| origin != "null").map(|origin| format!(" {origin}")).unwrap_or_default()
}

/// A time as people write it, in the workflow's time zone.
fn moment(door: &Door, at: Timestamp) -> String {
    let zone = TimeZone::get(&door.definition.settings.time_zone).unwrap_or(TimeZone::UTC);
    match jiff::Timestamp::from_millisecond(at.ms()) {
        Ok(at) => at.to_zoned(zone).strftime("%-d %B %Y, %H:%M %Z").to_string(),
        Err(_) => at.rfc3339(),
    }
}
