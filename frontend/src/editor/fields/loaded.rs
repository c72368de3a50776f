//! A field whose values come from the account: its names are shown, its ids are kept.

use leptos::prelude::*;
use manifest::{Field, FieldKind};
use model::Mapped;
use serde_json::Value;

use super::{Form, combobox::Combobox, loads, loads::What, offered::Offered};
use crate::{
    editor::{mapping::MappedField, problems::FieldProblems},
    text::editor as t,
    ui::{Glyph, Icon, IconButton},
};

/// Fixed text of a value; none for what comes from data.
pub fn fixed(value: Option<&Mapped>) -> Option<String> {
    match value {
        None | Some(Mapped::Omit) => Some(String::new()),
        Some(Mapped::Literal(Value::String(text))) => Some(text.clone()),
        Some(Mapped::Literal(value @ (Value::Number(_) | Value::Bool(_)))) => Some(value.to_string()),
        Some(_) => None,
    }
}

/// A chosen id as the field holds it.
fn held(field: &Field, id: String) -> Option<Mapped> {
    match &field.kind {
        _ if id.is_empty() => None,
        FieldKind::Number { .. } => {
            Some(id.trim().parse::<i64>().map_or_else(|_| Mapped::text(id), |n| Mapped::Literal(n.into())))
        }
        _ => Some(Mapped::text(id)),
    }
}

#[component]
pub fn LoadedField(form: Form, field: &'static Field) -> impl IntoView {
    let key = field.key.as_str();
    let at = format!("input.{key}");
    let value = Memo::new(move |_| form.input(key).or_else(|| field.default.clone().map(Mapped::Literal)));
    let chosen = Memo::new(move |_| value.with(|value| fixed(value.as_ref())).unwrap_or_default());
    let from_data = RwSignal::new(value.with_untracked(|value| fixed(value.as_ref()).is_none()));
    let at_once = !from_data.get_untracked() && chosen.with_untracked(|chosen| !chosen.is_empty());
    let offered = Offered::new(form, field, What::Options, at_once);
    let shown = Memo::new(move |_| {
        let id = chosen.get();
        let of = form.filled.with(|filled| filled.connection.map(|connection| (connection, filled.form.clone())));
        of.and_then(|(connection, form)| loads::label(connection, &form, key, &id)).unwrap_or(id)
    });
    let gone = Memo::new(move |_| {
        let id = chosen.get();
        !id.is_empty() && !from_data.get() && offered.lacks(&id)
    });
    let switch = move |_| {
        let to_data = !from_data.get_untracked();
        if !to_data && value.with_untracked(|value| fixed(value.as_ref()).is_none()) {
            form.put(key, None);
        }
        from_data.set(to_data);
    };
    let mapped = Signal::derive(move || value.get().unwrap_or(Mapped::text("")));
    let put_mapped = Callback::new(move |new: Mapped| {
        let empty = new == Mapped::Omit || new == Mapped::text("");
        form.put(key, (!empty).then_some(new));
    });
    let label = field.label.clone();
    let name = StoredValue::new(field.label.clone());
    let problems = at.clone();
    let can_ask = Memo::new(move |_| offered.not_yet().is_none());
    let placeholder = Signal::derive(move || {
        offered
            .not_yet()
            .unwrap_or_else(|| if field.placeholder.is_empty() { t::CHOOSE.to_owned() } else { field.placeholder.clone() })
    });
    view! {
        <div class="ed-field" data-field=at>
            <div class="ed-label">
                <span>{label}{field.required.then(|| view! { " " <i>{t::REQUIRED}</i> })}</span>
                {form.has_data().then(|| view! {
                    <button type="button" class="link" on:click=switch>
                        {move || if from_data.get() { t::CHOOSE_FROM_LIST } else { t::USE_DATA_INSTEAD }}
                    </button>
                })}
            </div>
            {move || if from_data.get() {
                view! { <MappedField label=name.get_value() value=mapped on_change=put_mapped bare=true placeholder=field.placeholder.clone()/> }.into_any()
            } else {
                view! {
                    <div class="with-button">
                        <Combobox
                            label=name.get_value()
                            shown
                            options=Signal::derive(move || offered.choices())
                            said=Signal::derive(move || offered.said())
                            on_choose=move |id| form.put(key, held(field, id))
                            on_open=Callback::new(move |()| offered.want())
                            on_search=Callback::new(move |text| offered.search(text))
                            on_retry=Callback::new(move |()| offered.again())
                            found_elsewhere=offered.searches
                            placeholder
                            bad=gone
                        />
                        <IconButton
                            glyph=Glyph::Refresh
                            label=t::refresh_list(&name.get_value())
                            busy=Signal::derive(move || offered.is_busy())
                            disabled=Signal::derive(move || !can_ask.get())
                            on:click=move |_| offered.again()
                        />
                    </div>
                }.into_any()
            }}
            {move || gone.get().then(|| view! {
                <p class="prev bad" role="status"><Icon glyph=Glyph::Alert/><span>{t::gone_from_account(&shown.get())}</span></p>
            })}
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
    fn ids_stay_what_they_are() {
        assert_eq!(fixed(None).as_deref(), Some(""));
        assert_eq!(fixed(Some(&Mapped::text("C01"))).as_deref(), Some("C01"));
        assert_eq!(fixed(Some(&Mapped::Literal(json!(7)))).as_deref(), Some("7"));
        assert_eq!(fixed(Some(&Mapped::Null)), None);
        let field = |kind| Field { kind, ..crate::connectors::find("github").unwrap().operations[0].fields[0].clone() };
        assert_eq!(held(&field(FieldKind::Text), "7".into()), Some(Mapped::text("7")));
        assert_eq!(held(&field(FieldKind::Number { min: None, max: None }), "7".into()), Some(Mapped::Literal(json!(7))));
        assert_eq!(held(&field(FieldKind::Text), String::new()), None);
    }
}
