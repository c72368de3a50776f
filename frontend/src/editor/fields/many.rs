//! Several values in one field: chosen from the account, or typed one after the other.

use std::sync::Arc;

use leptos::prelude::*;
use manifest::Field;
use model::Mapped;
use serde_json::Value;

use super::{Form, combobox::Combobox, loads, loads::What, offered::Offered};
use crate::{
    editor::{mapping::MappedField, problems::FieldProblems},
    text::editor as t,
    ui::{Choice, Glyph, Icon, IconButton},
};

/// The fixed entries of a list; none for what comes from data.
fn entries(value: Option<&Mapped>) -> Option<Vec<String>> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        None | Some(Mapped::Omit) => Some(Vec::new()),
        Some(Mapped::Literal(Value::Array(items))) => items.iter().map(plain).collect(),
        Some(Mapped::Literal(Value::String(text))) => Some(split(text)),
        Some(Mapped::List(items)) => items
            .iter()
            .map(|item| match item {
                Mapped::Literal(value) => plain(value),
                _ => None,
            })
            .collect(),
        Some(_) => None,
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// Entries as the field holds them.
fn held(entries: Vec<String>) -> Option<Mapped> {
    (!entries.is_empty()).then(|| Mapped::Literal(Value::Array(entries.into_iter().map(Value::String).collect())))
}

#[component]
pub fn ManyField(form: Form, field: &'static Field) -> impl IntoView {
    let key = field.key.as_str();
    let at = format!("input.{key}");
    let value = Memo::new(move |_| form.input(key).or_else(|| field.default.clone().map(Mapped::Literal)));
    let chosen = Memo::new(move |_| value.with(|value| entries(value.as_ref())).unwrap_or_default());
    let from_data = RwSignal::new(value.with_untracked(|value| entries(value.as_ref()).is_none()));
    let loads_any = field.options_from.is_some();
    let at_once = loads_any && chosen.with_untracked(|chosen| !chosen.is_empty());
    // A field without a load has nothing to ask: nobody ever wants it.
    let offered = Offered::new(form, field, What::Options, at_once);
    let options = Signal::derive(move || {
        let chosen = chosen.get();
        let all = if loads_any { offered.choices() } else { Arc::default() };
        Arc::new(all.iter().filter(|choice| !chosen.contains(&choice.value)).cloned().collect::<Vec<Choice>>())
    });
    let add = move |text: String| {
        let mut now = chosen.get_untracked();
        let known = options.with_untracked(|options| options.iter().any(|choice| choice.value == text));
        // A value of the account may hold a comma; typed text with commas is several values.
        for entry in if known { vec![text] } else { split(&text) } {
            if !now.contains(&entry) {
                now.push(entry);
            }
        }
        form.put(key, held(now));
    };
    let remove = move |entry: &str| {
        let mut now = chosen.get_untracked();
        now.retain(|one| one != entry);
        form.put(key, held(now));
    };
    let switch = move |_| {
        let to_data = !from_data.get_untracked();
        if !to_data && value.with_untracked(|value| entries(value.as_ref()).is_none()) {
            form.put(key, None);
        }
        from_data.set(to_data);
    };
    let mapped = Signal::derive(move || value.get().unwrap_or(Mapped::text("")));
    let put_mapped = Callback::new(move |new: Mapped| {
        let empty = new == Mapped::Omit || new == Mapped::text("");
        form.put(key, (!empty).then_some(new));
    });
    let token = move |entry: String| {
        let of = entry.clone();
        let words = Memo::new(move |_| {
            let of_form = form.filled.with(|filled| filled.connection.map(|connection| (connection, filled.form.clone())));
            of_form.and_then(|(connection, form)| loads::label(connection, &form, key, &of)).unwrap_or_else(|| of.clone())
        });
        let (id, gone) = (entry.clone(), entry.clone());
        let is_gone = Memo::new(move |_| loads_any && offered.lacks(&gone));
        view! {
            <li class="token" class:gone=is_gone>
                <span>{words}</span>
                {move || is_gone.get().then(|| view! { <small>{t::NOT_IN_ACCOUNT}</small> })}
                <button type="button" aria-label=move || t::remove(&words.get()) on:click=move |_| remove(&id)><Icon glyph=Glyph::Close/></button>
            </li>
        }
    };
    let name = StoredValue::new(field.label.clone());
    let problems = at.clone();
    let placeholder = Signal::derive(move || {
        let not_yet = if loads_any { offered.not_yet() } else { None };
        not_yet.unwrap_or_else(|| if loads_any { t::ADD_FROM_LIST.to_owned() } else { t::ADD_BY_TYPING.to_owned() })
    });
    view! {
        <div class="ed-field" data-field=at>
            <div class="ed-label">
                <span>{field.label.clone()}{field.required.then(|| view! { " " <i>{t::REQUIRED}</i> })}</span>
                {form.has_data().then(|| view! {
                    <button type="button" class="link" on:click=switch>
                        {move || if from_data.get() { t::CHOOSE_SINGLE_VALUES } else { t::USE_DATA_INSTEAD }}
                    </button>
                })}
            </div>
            {move || if from_data.get() {
                view! { <MappedField label=name.get_value() value=mapped on_change=put_mapped bare=true/> }.into_any()
            } else {
                view! {
                    {move || chosen.with(|chosen| !chosen.is_empty()).then(|| view! {
                        <ul class="tokens" aria-label=name.get_value()>
                            <For each=move || chosen.get() key=Clone::clone children=token/>
                        </ul>
                    })}
                    <div class="with-button">
                        <Combobox
                            label=name.get_value()
                            shown=""
                            options
                            said=Signal::derive(move || if loads_any { offered.said() } else { None })
                            on_choose=add
                            on_open=Callback::new(move |()| if loads_any { offered.want() })
                            on_search=Callback::new(move |text| offered.search(text))
                            on_retry=Callback::new(move |()| offered.again())
                            found_elsewhere=offered.searches
                            typed_words=t::add_typed
                            placeholder
                            adds=true
                        />
                        {loads_any.then(|| view! {
                            <IconButton
                                glyph=Glyph::Refresh
                                label=t::refresh_list(&name.get_value())
                                busy=Signal::derive(move || offered.is_busy())
                                disabled=Signal::derive(move || offered.not_yet().is_some())
                                on:click=move |_| offered.again()
                            />
                        })}
                    </div>
                }.into_any()
            }}
            <FieldProblems at=problems/>
            {(!field.help.is_empty()).then(|| view! { <p class="ed-hint">{field.help.clone()}</p> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_text_with_commas_are_entries() {
        assert_eq!(entries(None), Some(vec![]));
        assert_eq!(entries(Some(&Mapped::text("bug, help wanted,"))), Some(vec!["bug".into(), "help wanted".into()]));
        assert_eq!(entries(Some(&Mapped::Literal(json!(["a", 2])))), Some(vec!["a".into(), "2".into()]));
        assert_eq!(entries(Some(&Mapped::List(vec![Mapped::text("a")]))), Some(vec!["a".into()]));
        assert_eq!(entries(Some(&Mapped::Literal(json!([{"a": 1}])))), None);
        assert_eq!(entries(Some(&Mapped::List(vec![Mapped::Null]))), None);
    }

    #[test]
    fn no_entry_is_no_value() {
        assert_eq!(held(vec![]), None);
        assert_eq!(held(vec!["a".into()]), Some(Mapped::Literal(json!(["a"]))));
    }
}
