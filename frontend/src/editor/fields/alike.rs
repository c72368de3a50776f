//! Empty fields whose name also stands in the data: filled in by one press.

use std::collections::BTreeMap;

use expr::{Mapped, Seg, Source};
use leptos::prelude::*;
use manifest::{Field, FieldKind};
use serde_json::Value;

use super::Form;
use crate::{
    editor::{data::Seen, scope::What, sight::use_sight},
    text::editor as t,
    ui::{Button, Glyph},
};

#[component]
pub fn FillAlike(form: Form) -> impl IntoView {
    let sight = use_sight();
    let found = Memo::new(move |_| form.filled.with(|filled| alike(form.fields, &filled.input, &offers(&sight.seen.get().0))));
    let fill = move |_| form.put_all(found.get_untracked().into_iter().map(|one| (one.key, Some(one.value))).collect());
    move || {
        let labels = found.with(|found| found.iter().map(|one| one.label).collect::<Vec<_>>());
        (!labels.is_empty()).then(|| {
            let names = (labels.len() > 1).then(|| view! { <p class="ed-hint">{labels.join(", ")}</p> });
            view! {
                <div class="at-once">
                    <Button icon=Glyph::Sparkles on:click=fill>{t::fill_alike(&labels)}</Button>
                    {names}
                </div>
            }
        })
    }
}

/// A value that steps can see, by its name.
struct Offer {
    name: String,
    value: Mapped,
}

#[derive(Debug, Clone, PartialEq)]
struct Alike {
    key: &'static str,
    label: &'static str,
    value: Mapped,
}

/// What stands nearest: the element of the innermost loop, then what came in.
fn offers(seen: &Seen) -> Vec<Offer> {
    let mut offers = Vec::new();
    let mut offer = |source: &Source, path: &[Seg], value: Option<&Value>| {
        let entries = value.and_then(Value::as_object).into_iter().flatten();
        offers.extend(entries.filter(|(_, value)| !value.is_object() && !value.is_array()).map(|(key, _)| {
            let path = path.iter().cloned().chain([Seg::from(key.as_str())]);
            Offer { name: plain(key), value: Mapped::pill(source.clone(), path) }
        }));
    };
    for local in seen.here.iter().rev().filter(|local| matches!(local.what, What::Item(_))) {
        offer(&Source::Local(local.name.clone()), &[], local.value.as_deref());
    }
    offer(&Source::Event, &["body".into()], seen.event.as_ref().and_then(|event| event.get("body")));
    offers
}

fn alike(fields: &'static [Field], input: &BTreeMap<String, Mapped>, offers: &[Offer]) -> Vec<Alike> {
    let is_empty = |field: &Field| match input.get(&field.key) {
        None | Some(Mapped::Literal(Value::Null)) => true,
        Some(Mapped::Literal(Value::String(text))) => text.trim().is_empty(),
        Some(_) => false,
    };
    let takes_text = |field: &&Field| {
        matches!(field.kind, FieldKind::Text | FieldKind::LongText)
            && !field.advanced
            && field.shown_when.is_none()
            && field.options_from.is_none()
            && field.default.is_none()
    };
    let found = fields.iter().filter(takes_text).filter(|field| is_empty(field)).filter_map(|field| {
        let names = [plain(&field.key), plain(&field.label)];
        let offer = offers.iter().find(|offer| !offer.name.is_empty() && names.contains(&offer.name))?;
        Some(Alike { key: &field.key, label: &field.label, value: offer.value.clone() })
    });
    found.collect()
}

/// A name without what spellings differ in: `E-mail address`, `email` and `e_mail` are one.
fn plain(name: &str) -> String {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    letters.strip_suffix("address").filter(|rest| *rest == "email").map(str::to_owned).unwrap_or(letters)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(of: Value) -> &'static [Field] {
        Vec::leak(serde_json::from_value(of).unwrap())
    }

    fn offer(key: &str) -> Offer {
        Offer { name: plain(key), value: Mapped::pill(Source::Event, [Seg::from("body"), Seg::from(key)]) }
    }

    fn keys(found: &[Alike]) -> Vec<&str> {
        found.iter().map(|one| one.key).collect()
    }

    #[test]
    fn fields_are_found_by_key_or_label_however_they_are_spelt() {
        let fields = fields(json!([
            { "key": "email", "label": "Email address", "kind": "text" },
            { "key": "firstname", "label": "First name", "kind": "text" },
            { "key": "text", "label": "Message", "kind": "long_text" },
            { "key": "phone", "label": "Phone", "kind": "text" },
        ]));
        let offers = ["E-mail", "first_name", "message", ""].map(offer);
        let found = alike(fields, &BTreeMap::new(), &offers);
        assert_eq!(keys(&found), ["email", "firstname", "text"]);
        assert_eq!(found[0].value, offers[0].value);
    }

    #[test]
    fn what_is_filled_in_stays_and_choices_are_left_alone() {
        let fields = fields(json!([
            { "key": "email", "label": "Email", "kind": "text" },
            { "key": "name", "label": "Name", "kind": "text" },
            { "key": "channel", "label": "Channel", "kind": "text", "options_from": { "load": "channels", "value": "item.id", "label": "item.name" } },
            { "key": "kind", "label": "Kind", "kind": "text", "default": "lead" },
            { "key": "note", "label": "Note", "kind": "text", "advanced": true },
            { "key": "more", "label": "More", "kind": "json" },
        ]));
        let offers = ["email", "name", "channel", "kind", "note", "more"].map(offer);
        let input =
            BTreeMap::from([("email".to_owned(), Mapped::text("me@example.com")), ("name".to_owned(), Mapped::text(" "))]);
        assert_eq!(keys(&alike(fields, &input, &offers)), ["name"]);
    }
}
