//! The pages of a form: written by the server, without any script.

use axum::{http::StatusCode, response::Response};
use triggers::form::{Door, Mistakes, OpenForm, TOKEN, TRAP};

use super::fields;
use crate::{
    app::App,
    routes::wait::{
        html::text,
        page::{Mark, message_with, written},
    },
};

const STYLE: &str = include_str!("form.css");

/// The form itself; with `mistakes`, what was typed is still there.
pub(super) fn shown(app: &App, status: StatusCode, open: &OpenForm, own: &str, mistakes: Option<&Mistakes>) -> Response {
    let form = &open.form;
    let title = titled(open);
    let mut body = String::new();
    if open.test {
        body.push_str("<p class=\"flag\">Test: what you send here is kept as an example in the editor and starts nothing.</p>");
    }
    body.push_str(&format!("<h1>{}</h1>{}", text(title), paragraphs("about", &form.about)));
    if open.door == Door::Held {
        let note = "Whoever runs this form has paused it. What you send is kept, and dealt with when it goes on.";
        body.push_str(&format!("<p class=\"flag\">{note}</p>"));
    }
    body.push_str(&mistakes.map(|mistakes| summary(open, mistakes)).unwrap_or_default());
    // Relative to the page itself: the same form, behind whatever proxy.
    body.push_str(&format!(
        "<form method=\"post\" action=\"{}\" enctype=\"multipart/form-data\"><input type=\"hidden\" name=\"{TOKEN}\" value=\"{}\">",
        text(own),
        hex::encode(rand::random::<[u8; 16]>())
    ));
    for (at, field) in form.fields.iter().enumerate() {
        body.push_str(&fields::html(at, field, mistakes));
    }
    let submit = if form.submit.trim().is_empty() { "Send" } else { form.submit.trim() };
    body.push_str(&format!(
        "<div class=\"trap\" aria-hidden=\"true\"><label for=\"{TRAP}\">Leave this empty</label>\
         <input id=\"{TRAP}\" name=\"{TRAP}\" type=\"text\" tabindex=\"-1\" autocomplete=\"off\"></div>\
         <p class=\"actions\"><button class=\"button primary\">{}</button></p></form>",
        text(submit)
    ));
    let tab = if mistakes.is_some() { format!("Not sent yet: {title}") } else { title.to_owned() };
    written(app, status, &tab, STYLE, &body)
}

pub(super) fn thanks(app: &App, open: &OpenForm, own: &str, held: bool) -> Response {
    let thanks = if open.form.thanks.trim().is_empty() { "Thank you. We have received it." } else { &open.form.thanks };
    let mut rest = paragraphs("lead", thanks);
    if held {
        rest.push_str("<p class=\"note\">It is kept, and dealt with as soon as whoever runs this form goes on with it.</p>");
    }
    if open.test {
        rest.push_str("<p class=\"note\">This was a test: the example is in the editor, and nothing was started.</p>");
    }
    rest.push_str(&format!("<p class=\"actions\"><a class=\"button\" href=\"{}\">Fill it in again</a></p>", text(own)));
    message_with(app, StatusCode::OK, Mark::Yes, titled(open), STYLE, &rest)
}

pub(super) fn closed(app: &App, open: &OpenForm) -> Response {
    let lead =
        "<p class=\"lead\">This form takes nothing at the moment. Ask whoever gave you the address when it opens again.</p>";
    message_with(app, StatusCode::GONE, Mark::Off, &format!("“{}” is closed", titled(open)), STYLE, lead)
}

fn titled(open: &OpenForm) -> &str {
    if open.form.title.trim().is_empty() { "Form" } else { open.form.title.trim() }
}

/// What is wrong, before the fields, with links to them.
fn summary(open: &OpenForm, mistakes: &Mistakes) -> String {
    let mut out = String::from("<div class=\"wrong\" role=\"alert\">");
    if let Some(whole) = &mistakes.whole {
        out.push_str(&format!("<p>{}</p>", text(whole)));
    }
    let wrong: Vec<_> =
        open.form.fields.iter().enumerate().filter(|(_, field)| mistakes.fields.contains_key(&field.key)).collect();
    if !wrong.is_empty() {
        out.push_str(match wrong.len() {
            1 => "<p>One thing is missing or does not fit:</p><ul>",
            _ => "<p>Some things are missing or do not fit:</p><ul>",
        });
        for (at, field) in wrong {
            out.push_str(&format!("<li><a href=\"#{}\">{}</a></li>", fields::id(at, field), text(fields::label(field))));
        }
        out.push_str("</ul>");
    }
    out.push_str("</div>");
    out
}

/// Paragraphs are separated by empty lines.
fn paragraphs(class: &str, said: &str) -> String {
    let said = said.replace("\r\n", "\n");
    let parts = said.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| format!("<p class=\"{class}\">{}</p>", text(part).replace('\n', "<br>"))).collect()
}
