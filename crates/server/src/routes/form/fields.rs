//! One field as HTML: its label, help, what was typed and what is wrong with it, tied together for screen readers.

use std::fmt::Write as _;

use model::definition::{FormField, FormFieldKind};
use serde_json::Value;
use triggers::form::{FIELD, Mistakes};

use crate::routes::wait::html::text;

/// Up to so many choices are all seen at once.
const MOST_RADIOS: usize = 5;

pub(super) fn label(field: &FormField) -> &str {
    if field.label.trim().is_empty() { &field.key } else { field.label.trim() }
}

/// Of what a link to the field leads to: the first of several.
pub(super) fn id(at: usize, field: &FormField) -> String {
    if is_radios(field) { format!("f{at}-0") } else { format!("f{at}") }
}

fn is_radios(field: &FormField) -> bool {
    field.kind == FormFieldKind::Choice && field.choices.len() <= MOST_RADIOS
}

/// `at`: the place of the field in its form.
pub(super) fn html(at: usize, field: &FormField, mistakes: Option<&Mistakes>) -> String {
    let error = mistakes.and_then(|mistakes| mistakes.fields.get(&field.key));
    let typed = match mistakes {
        Some(mistakes) => mistakes.typed.get(&field.key).cloned().unwrap_or_default(),
        None => field.default.as_ref().map(default).unwrap_or_default(),
    };
    let drawn = Drawn { at, field, typed, error, is_first: error.is_some() && is_first(field, mistakes) };
    let help = if field.help.trim().is_empty() {
        String::new()
    } else {
        format!("<p class=\"help\" id=\"f{at}-help\">{}</p>", text(field.help.trim()))
    };
    let wrong = error.map(|said| {
        let lost = if field.kind == FormFieldKind::File { " A file has to be chosen anew each time." } else { "" };
        format!("<p class=\"error\" id=\"f{at}-error\">{}{lost}</p>", text(said))
    });
    let wrong = wrong.unwrap_or_default();
    match field.kind {
        FormFieldKind::Switch => format!("<div class=\"field\">{}{help}{wrong}</div>", drawn.switch()),
        _ if is_radios(field) => format!("<fieldset class=\"field\">{}{help}{wrong}</fieldset>", drawn.radios()),
        _ => {
            let head = format!("<label for=\"f{at}\">{}</label>", drawn.named());
            format!("<div class=\"field\">{head}{help}{}{wrong}</div>", drawn.input())
        }
    }
}

/// Where the cursor goes when the page is shown again.
fn is_first(field: &FormField, mistakes: Option<&Mistakes>) -> bool {
    mistakes.is_some_and(|mistakes| {
        mistakes.whole.is_none() && mistakes.fields.len() == 1 && mistakes.fields.contains_key(&field.key)
    })
}

fn default(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) | Value::Null => String::new(),
        other => other.to_string(),
    }
}

struct Drawn<'a> {
    at: usize,
    field: &'a FormField,
    typed: String,
    error: Option<&'a String>,
    is_first: bool,
}

impl Drawn<'_> {
    fn named(&self) -> String {
        let mark = if self.field.required { " <span class=\"need\">required</span>" } else { "" };
        format!("{}{mark}", text(label(self.field)))
    }

    /// Name, what describes it, and whether it is needed.
    fn attributes(&self) -> String {
        let at = self.at;
        let mut out = format!(" name=\"{FIELD}{}\"", text(&self.field.key));
        let told: Vec<String> = [(!self.field.help.trim().is_empty(), "help"), (self.error.is_some(), "error")]
            .into_iter()
            .filter(|(is_there, _)| *is_there)
            .map(|(_, what)| format!("f{at}-{what}"))
            .collect();
        if !told.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(out, " aria-describedby=\"{}\"", told.join(" "));
        }
        for (holds, word) in
            [(self.error.is_some(), " aria-invalid=\"true\""), (self.field.required, " required"), (self.is_first, " autofocus")]
        {
            out.push_str(if holds { word } else { "" });
        }
        out
    }

    fn input(&self) -> String {
        let (at, attributes) = (self.at, self.attributes());
        let value = text(&self.typed);
        let plain = |kind: &str, more: &str| format!("<input id=\"f{at}\" type=\"{kind}\"{more}{attributes} value=\"{value}\">");
        match self.field.kind {
            FormFieldKind::LongText => {
                format!("<textarea id=\"f{at}\" rows=\"5\" maxlength=\"20000\"{attributes}>\n{value}</textarea>")
            }
            FormFieldKind::Choice => self.menu(&attributes),
            FormFieldKind::File => format!("<input id=\"f{at}\" type=\"file\"{attributes}>"),
            // A number's own input shows nothing of what does not fit, and so nothing could be said about it.
            FormFieldKind::Number => plain("text", " inputmode=\"decimal\" maxlength=\"40\""),
            FormFieldKind::Date => plain("date", ""),
            FormFieldKind::Email => plain("email", " autocomplete=\"email\" maxlength=\"254\""),
            FormFieldKind::Text | FormFieldKind::Switch => plain("text", " maxlength=\"2000\""),
        }
    }

    fn menu(&self, attributes: &str) -> String {
        let mut out = format!("<select id=\"f{}\"{attributes}><option value=\"\">Choose …</option>", self.at);
        for choice in &self.field.choices {
            let choice = choice.trim();
            let selected = if choice == self.typed.trim() { " selected" } else { "" };
            let _ = write!(out, "<option{selected}>{}</option>", text(choice));
        }
        out.push_str("</select>");
        out
    }

    fn radios(&self) -> String {
        let mut out = format!("<legend>{}</legend>", self.named());
        for (number, choice) in self.field.choices.iter().enumerate() {
            let choice = choice.trim();
            let id = format!("f{}-{number}", self.at);
            let checked = if choice == self.typed.trim() { " checked" } else { "" };
            let attributes = self.attributes();
            // Only one of them takes the cursor.
            let attributes = if number > 0 { attributes.replace(" autofocus", "") } else { attributes };
            let _ = write!(
                out,
                "<label class=\"tick\" for=\"{id}\"><input id=\"{id}\" type=\"radio\" value=\"{0}\"{attributes}{checked}>{0}</label>",
                text(choice)
            );
        }
        out
    }

    fn switch(&self) -> String {
        let (at, attributes) = (self.at, self.attributes());
        let checked = if self.typed == "yes" { " checked" } else { "" };
        format!(
            "<label class=\"tick\" for=\"f{at}\"><input id=\"f{at}\" type=\"checkbox\" value=\"yes\"{attributes}{checked}><span>{}</span></label>",
            self.named()
        )
    }
}
