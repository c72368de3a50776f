//! Fields with fixed values, a choice or a switch: one of these, or a value from the data in its place.

use leptos::prelude::*;
use manifest::{Choice as Option_, Field};
use model::Mapped;
use serde_json::Value;

use super::{Form, value::non_empty};
use crate::{
    editor::{
        mapping::{Expects, MappedField},
        problems::FieldProblems,
    },
    text::editor as t,
    ui::{Choice, Segmented, Select, Switch},
};

/// As many choices stand side by side; more make a list.
const SIDE_BY_SIDE: usize = 4;

/// Whether a value is shown by fixed choices; what is not would seem to be nothing, and be lost by one press.
fn is_choice(value: Option<&Mapped>) -> bool {
    matches!(value, None | Some(Mapped::Omit | Mapped::Literal(Value::String(_))))
}

/// The same for a switch.
fn is_switched(value: Option<&Mapped>) -> bool {
    match value {
        None | Some(Mapped::Omit | Mapped::Literal(Value::Bool(_))) => true,
        Some(Mapped::Literal(Value::String(text))) => matches!(text.as_str(), "" | "true" | "false"),
        Some(_) => false,
    }
}

/// Whether the field takes its value from the data now, and the press that changes it.
#[derive(Clone, Copy)]
struct Source {
    from_data: RwSignal<bool>,
    form: Form,
    key: &'static str,
    is_fixed: fn(Option<&Mapped>) -> bool,
}

impl Source {
    fn new(form: Form, field: &'static Field, is_fixed: fn(Option<&Mapped>) -> bool) -> Self {
        let key = field.key.as_str();
        let is_mapped = Memo::new(move |_| !is_fixed(form.input(key).as_ref()));
        let from_data = RwSignal::new(is_mapped.get_untracked());
        // Also what comes by undo, a paste or from somebody else is never hidden.
        Effect::new(move |_| {
            if is_mapped.get() {
                from_data.set(true);
            }
        });
        Source { from_data, form, key, is_fixed }
    }

    fn turn(self) {
        let to_data = !self.from_data.get_untracked();
        if !to_data && !(self.is_fixed)(untrack(|| self.form.input(self.key)).as_ref()) {
            self.form.put(self.key, None);
        }
        self.from_data.set(to_data);
    }
}

/// The press between the two; before a trigger there is no data.
#[component]
fn Turn(source: Source, back: &'static str, label: String) -> impl IntoView {
    source.form.has_data().then(|| {
        view! {
            <button type="button" class="link" on:click=move |_| source.turn()>
                {move || if source.from_data.get() { back } else { t::USE_DATA_INSTEAD }}<span class="sr-only">": "{label}</span>
            </button>
        }
    })
}

#[component]
fn FromData(source: Source, label: String, expects: Expects) -> impl IntoView {
    let Source { form, key, .. } = source;
    let value = Signal::derive(move || form.input(key).unwrap_or(Mapped::text("")));
    let put = Callback::new(move |new: Mapped| form.put(key, non_empty(new)));
    view! { <MappedField label value on_change=put bare=true expects/> }
}

#[component]
pub fn ChoiceField(form: Form, field: &'static Field, options: &'static [Option_]) -> impl IntoView {
    let key = field.key.as_str();
    let source = Source::new(form, field, is_choice);
    let label = StoredValue::new(field.label.clone());
    let fixed = Signal::derive(move || form.fixed(key).unwrap_or_default());
    let choose = Callback::new(move |new: String| form.put(key, Some(Mapped::text(new))));
    let input = move || {
        let label = label.get_value();
        if options.len() <= SIDE_BY_SIDE {
            // The kit's tabs want values that are copied: the places of the options.
            let places = options.iter().enumerate().map(|(at, option)| (at, option.label.clone())).collect::<Vec<_>>();
            let selected =
                Signal::derive(move || options.iter().position(|option| option.value == fixed.get()).unwrap_or(usize::MAX));
            view! { <Segmented tabs=places selected on_select=move |at: usize| choose.run(options[at].value.clone()) label/> }
                .into_any()
        } else {
            let choices = Signal::derive(move || {
                let mut choices: Vec<Choice> =
                    options.iter().map(|option| Choice::new(option.value.clone(), option.label.clone())).collect();
                let now = fixed.get();
                if choices.iter().all(|choice| choice.value != now) {
                    choices.insert(
                        0,
                        Choice::new(now.clone(), if now.is_empty() { t::CHOOSE.to_owned() } else { t::gone_choice(&now) }),
                    );
                }
                choices
            });
            view! { <Select value=fixed on_change=choose choices label/> }.into_any()
        }
    };
    view! {
        <div class="ed-field" data-field=format!("input.{key}")>
            <div class="ed-label">
                <span>{field.label.clone()}</span>
                <Turn source back=t::CHOOSE_FROM_LIST label=field.label.clone()/>
            </div>
            {move || if source.from_data.get() {
                view! { <FromData source label=label.get_value() expects=Expects::Text/> }.into_any()
            } else {
                input()
            }}
            <FieldProblems at=format!("input.{key}")/>
            {(!field.help.is_empty()).then(|| view! { <p class="ed-hint">{field.help.clone()}</p> })}
        </div>
    }
}

#[component]
pub fn SwitchField(form: Form, field: &'static Field) -> impl IntoView {
    let key = field.key.as_str();
    let source = Source::new(form, field, is_switched);
    let default = matches!(field.default, Some(Value::Bool(true)));
    let on = Signal::derive(move || match form.input(key) {
        Some(Mapped::Literal(Value::Bool(on))) => on,
        Some(Mapped::Literal(Value::String(text))) => text == "true",
        _ => default,
    });
    let put = move |on: bool| form.put(key, (on != default).then_some(Mapped::Literal(on.into())));
    let label = StoredValue::new(field.label.clone());
    view! {
        <div class="ed-field ed-switch" data-field=format!("input.{key}")>
            <div class="ed-switch-row">
                <span class="ed-label">{field.label.clone()}</span>
                <Turn source back=t::SWITCH_INSTEAD label=field.label.clone()/>
                <Show when=move || !source.from_data.get()>
                    <Switch on label=label.get_value() on_change=put/>
                </Show>
            </div>
            <Show when=move || source.from_data.get()>
                <FromData source label=label.get_value() expects=Expects::YesNo/>
            </Show>
            {(!field.help.is_empty()).then(|| view! { <p class="ed-hint">{field.help.clone()}</p> })}
            <FieldProblems at=format!("input.{key}")/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use expr::Source as Of;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_fixed_value_shows_is_from_data() {
        let pill = Mapped::pill(Of::Event, []);
        for fixed in [None, Some(Mapped::Omit), Some(Mapped::text("high"))] {
            assert!(is_choice(fixed.as_ref()), "{fixed:?}");
        }
        for mapped in [pill.clone(), Mapped::Expr("event.x".into()), Mapped::Null, Mapped::Literal(json!(3))] {
            assert!(!is_choice(Some(&mapped)) && !is_switched(Some(&mapped)), "{mapped:?}");
        }
        assert!(
            is_switched(None) && is_switched(Some(&Mapped::Literal(json!(false)))) && is_switched(Some(&Mapped::text("true")))
        );
        assert!(!is_switched(Some(&Mapped::text("maybe"))));
    }
}
