//! Names with values, row by row: query parameters, headers, the fields of a form or a flat JSON body.

use expr::Entry;
use leptos::prelude::*;
use model::Mapped;
use serde_json::Value;

use super::MappedField;
use crate::{
    editor::problems::FieldProblems,
    text::editor as t,
    ui::{Button, Glyph, Icon, IconButton, Tone},
};

/// The rows of an object; none for what is no flat list of named values.
pub fn entries(value: &Mapped) -> Option<Vec<(String, Mapped)>> {
    match value {
        Mapped::Object(entries) => entries
            .iter()
            .map(|entry| match &entry.key {
                Mapped::Literal(Value::String(key)) => Some((key.clone(), entry.value.clone())),
                _ => None,
            })
            .collect(),
        Mapped::Literal(Value::Object(map)) => Some(
            map.iter()
                .map(|(key, value)| (key.clone(), if value.is_null() { Mapped::Null } else { Mapped::Literal(value.clone()) }))
                .collect(),
        ),
        Mapped::Omit => Some(Vec::new()),
        Mapped::Literal(Value::String(text)) if text.is_empty() => Some(Vec::new()),
        _ => None,
    }
}

/// The object of some rows.
pub fn object(rows: Vec<(String, Mapped)>) -> Mapped {
    Mapped::Object(rows.into_iter().map(|(key, value)| Entry { key: Mapped::text(key), value }).collect())
}

/// A change of the list of pairs.
type Edit<'a> = &'a dyn Fn(&mut Vec<(String, Mapped)>);

#[component]
pub fn Pairs(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] value: Signal<Mapped>,
    #[prop(into)] on_change: Callback<Mapped>,
    /// Names to offer.
    #[prop(optional)]
    suggest: Vec<String>,
    #[prop(optional, into)] at: Option<String>,
    #[prop(optional)] bare: bool,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(into)] add: String,
) -> impl IntoView {
    let rows = Memo::new(move |_| value.with(|value| entries(value).unwrap_or_default()));
    let change = move |edit: Edit<'_>| {
        let mut now = rows.get_untracked();
        edit(&mut now);
        on_change.run(object(now));
    };
    let list = crate::ui::fresh_id("names");
    let count = Memo::new(move |_| rows.with(Vec::len));
    let known = list.clone();
    let row = move |at: usize| {
        let name = Signal::derive(move || rows.with(|rows| rows.get(at).map(|(name, _)| name.clone()).unwrap_or_default()));
        let value = Signal::derive(move || rows.with(|rows| rows.get(at).map_or(Mapped::Omit, |(_, value)| value.clone())));
        let rename = move |event| {
            let new = event_target_value(&event);
            change(&|rows| {
                if let Some(row) = rows.get_mut(at) {
                    row.0 = new.clone();
                }
            });
        };
        let put = Callback::new(move |new: Mapped| {
            change(&|rows| {
                if let Some(row) = rows.get_mut(at) {
                    row.1 = new.clone();
                }
            });
        });
        let shown = Signal::derive(move || {
            let name = name.get();
            if name.is_empty() { t::VALUE.to_owned() } else { t::value_of(&name) }
        });
        view! {
            <div class="pair">
                <input
                    class="input pair-name"
                    aria-label=t::NAME
                    placeholder=t::NAME
                    list=known.clone()
                    spellcheck="false"
                    autocomplete="off"
                    prop:value=name
                    on:input=rename
                />
                <MappedField label=shown value on_change=put bare=true placeholder=t::VALUE/>
                <IconButton
                    glyph=Glyph::Close
                    label=t::REMOVE_ROW.to_owned()
                    small=true
                    on:click=move |_| change(&|rows| {
                        if at < rows.len() {
                            rows.remove(at);
                        }
                    })
                />
            </div>
        }
    };
    let add_row = move |_| change(&|rows| rows.push((String::new(), Mapped::text(""))));
    let word = StoredValue::new(add);
    let button =
        move || view! { <Button tone=Tone::Ghost small=true icon=Glyph::Plus on:click=add_row>{word.get_value()}</Button> };
    let problems = at.clone();
    view! {
        <div class="ed-field" data-field=at>
            {(!bare).then(|| view! {
                <div class="ed-label">
                    <span class="ed-label-words">
                        {label}
                        {hint.filter(|hint| !hint.is_empty()).map(|hint| view! { <span class="ed-tip" tabindex="0" role="note" aria-label=hint.clone() data-tip=hint><Icon glyph=Glyph::Info/></span> })}
                    </span>
                    {move || (count.get() == 0).then(button)}
                </div>
            })}
            <div class="pairs" role="group" aria-label=label>
                <For each=move || 0..count.get() key=|at| *at children=row/>
            </div>
            <datalist id=list>{suggest.into_iter().map(|name| view! { <option value=name></option> }).collect_view()}</datalist>
            {move || (bare || count.get() > 0).then(|| view! { <div class="ed-more">{button()}</div> })}
            {problems.map(|at| view! { <FieldProblems at/> })}
        </div>
    }
}
