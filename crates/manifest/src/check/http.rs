//! What is particular to requests typed by hand: credentials in plain sight, and addresses that cannot be called.

use expr::Part;
use model::Mapped;
use model::ids::StepId;
use model::step::Action;

use super::known::{Known, entries};
use super::report::{Report, step_field};
use crate::credential::{is_credential_header, is_credential_parameter};

pub(super) fn check(id: &StepId, action: &Action, report: &mut Report) {
    for (name, _) in action.input.get("headers").map(entries).unwrap_or_default() {
        if is_credential_header(&name) {
            let message =
                format!("The header \"{name}\" carries a credential; move it into a connection, where it is kept sealed");
            report.error(step_field(id, format!("input.headers.{name}")), "credential_header", message);
        }
    }
    for (name, value) in action.input.get("query").map(entries).unwrap_or_default() {
        let is_typed = matches!(value, Known::Value(_)) && !value.is_empty();
        if is_typed && is_credential_parameter(&name) {
            let message = format!(
                "The parameter \"{name}\" looks like a credential; addresses end up in logs, so use a connection if the server allows it"
            );
            report.warning(step_field(id, format!("input.query.{name}")), "credential_parameter", message);
        }
    }
    if let Some(start) = action.input.get("url").and_then(start_of) {
        check_start(id, start, report);
    }
}

/// The text a mapped address begins with, and whether that is all of it.
fn start_of(mapped: &Mapped) -> Option<(&str, bool)> {
    match mapped {
        Mapped::Literal(value) => Some((value.as_str()?, true)),
        Mapped::Template(parts) => match parts.first()? {
            Part::Text(text) => Some((text, parts.len() == 1)),
            Part::Pill(_) | Part::Expr(_) => None,
        },
        _ => None,
    }
}

fn check_start(id: &StepId, (start, is_whole): (&str, bool), report: &mut Report) {
    let start = start.trim();
    if start.is_empty() {
        return;
    }
    let place = || step_field(id, "input.url");
    let lower = start.to_ascii_lowercase();
    let Some(scheme) = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme)) else {
        let problem = report.error(place(), "url", "The address must begin with https:// or http://");
        if !start.contains("://") {
            problem.suggestion = Some(format!("https://{start}"));
        }
        return;
    };
    let rest = &start[scheme.len()..];
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        let message = "The address holds a user name or password; move them into a connection";
        report.error(place(), "credential_url", message);
    } else if authority.is_empty() && (is_whole || !rest.is_empty()) {
        report.error(place(), "url", "The address has no host name; write it like https://api.example.com/contacts");
    }
}
