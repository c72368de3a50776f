//! The body of a request: named fields, files, JSON or text, as the form's kind of body says.

use leptos::prelude::*;
use manifest::Field;
use model::Mapped;

use crate::{
    editor::{
        fields::Form,
        mapping::{JsonField, MappedField, Pairs, pairs},
        problems::FieldProblems,
    },
    text::editor as t,
    ui::Segmented,
};

#[component]
pub fn BodyField(form: Form, field: &'static Field) -> impl IntoView {
    let key = field.key.as_str();
    let kind = Memo::new(move |_| form.fixed("body_kind").unwrap_or_default());
    let value = Signal::derive(move || form.input(key).unwrap_or(Mapped::Omit));
    let put = Callback::new(move |new: Mapped| form.put(key, Some(new)));
    let rows = Memo::new(move |_| value.with(pairs::entries));
    let simple = move || {
        rows.with(|rows| {
            rows.as_ref().is_some_and(|rows| {
                rows.iter().all(|(_, value)| !matches!(value, Mapped::Object(_) | Mapped::List(_) | Mapped::Null))
            })
        })
    };
    let as_json = RwSignal::new(!untrack(simple));
    view! {
        {move || match kind.get().as_str() {
            "json" => {
                view! {
                    <div class="ed-field">
                        <div class="ed-label">
                            <span>{field.label.clone()}</span>
                            <Segmented
                                tabs=vec![(false, t::FIELDS.to_owned()), (true, "JSON".to_owned())]
                                selected=as_json
                                on_select=move |json| if json || untrack(simple) { as_json.set(json) }
                                label=t::HOW_TO_WRITE_BODY
                            />
                        </div>
                        {move || {
                            if as_json.get() {
                                view! { <JsonField label=field.label.clone() value on_change=put bare=true/> }.into_any()
                            } else {
                                view! { <Pairs label=field.label.clone() value on_change=put add=t::ADD_FIELD bare=true/> }.into_any()
                            }
                        }}
                        <FieldProblems at=format!("input.{key}")/>
                    </div>
                }
                    .into_any()
            }
            "form" => {
                view! {
                    <Pairs label=field.label.clone() value on_change=put add=t::ADD_FIELD/>
                    <FieldProblems at=format!("input.{key}")/>
                }
                    .into_any()
            }
            "multipart" => {
                view! {
                    <Pairs label=field.label.clone() value on_change=put add=t::ADD_FIELD hint=t::FORM_WITH_FILES/>
                    <FieldProblems at=format!("input.{key}")/>
                }
                    .into_any()
            }
            "file" => {
                let label = field.label.clone();
                view! { <MappedField label value on_change=put hint=t::FILE_FROM_DATA placeholder=t::FILE_EXAMPLE at=format!("input.{key}") required=true/> }
                    .into_any()
            }
            _ => view! { <MappedField label=field.label.clone() value on_change=put at=format!("input.{key}") required=field.required/> }.into_any(),
        }}
    }
}
