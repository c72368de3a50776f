//! A mapped field: text with pills, and what it gives with the sample under it.

use leptos::prelude::*;
use model::Mapped;

use super::{
    each::{self, EachField},
    expects::Expects,
    preview::{Shown, show_expecting},
    rich::MappedText,
    shown::ShownLine,
    structured::JsonField,
};
use crate::{
    editor::{inspector::Subject, problems::FieldProblems, sight::use_sight, state::use_editor},
    text::editor as t,
};

/// The text of a mapped value, edited in place.
#[component]
pub fn MappedField(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] value: Signal<Mapped>,
    #[prop(into)] on_change: Callback<Mapped>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] placeholder: String,
    /// Where problems of this field stand: `input.url`.
    #[prop(optional, into)]
    at: Option<String>,
    #[prop(optional)] required: bool,
    /// The label is only for screen readers.
    #[prop(optional)]
    bare: bool,
    /// The kind of value it takes, where it takes only one.
    #[prop(optional, into)]
    expects: Option<Expects>,
) -> impl IntoView {
    let editor = use_editor();
    let shape = Memo::new(move |_| {
        value.with(|value| match value {
            Mapped::Each(_) => Shape::Each,
            Mapped::Omit => Shape::Text,
            value if editor.names.with(|names| expr::print_text(value, names).is_some()) => Shape::Text,
            _ => Shape::Json,
        })
    });
    let label_text = label;
    let head = (!bare).then(|| {
        view! {
            <div class="ed-label">
                <span>{label_text}</span>
                {required.then(|| view! { <i>{t::REQUIRED}</i> })}
            </div>
        }
    });
    let at_problems = at.clone();
    view! {
        <div class="ed-field" data-field=at.clone()>
            {head}
            {move || {
                let placeholder = placeholder.clone();
                match shape.get() {
                    Shape::Text => view! { <TextField label value on_change placeholder expects/> }.into_any(),
                    Shape::Json => view! { <JsonField label value on_change bare=true/> }.into_any(),
                    Shape::Each => view! { <EachField label value on_change/> }.into_any(),
                }
            }}
            {at_problems.map(|at| view! { <FieldProblems at/> })}
            {hint.filter(|hint| !hint.is_empty()).map(|hint| view! { <p class="ed-hint">{hint}</p> })}
        </div>
    }
}

/// How a value is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Json,
    Each,
}

#[component]
fn TextField(
    label: Signal<String>,
    value: Signal<Mapped>,
    on_change: Callback<Mapped>,
    placeholder: String,
    expects: Option<Expects>,
) -> impl IntoView {
    let editor = use_editor();
    let sight = use_sight();
    let print = move |value: &Mapped| editor.names.with_untracked(|names| expr::print_text(value, names)).unwrap_or_default();
    let text = RwSignal::new(value.with_untracked(print));
    // Follows changes from elsewhere (undo, a renamed step), not the echo of what was just typed.
    Effect::new(move |_| {
        let wanted = value.get();
        editor.names.track();
        let typed = text.with_untracked(|text| editor.names.with_untracked(|names| expr::parse_text(text, names)));
        let printed = print(&wanted);
        if typed != wanted && text.with_untracked(|text| *text != printed) {
            text.set(printed);
        }
    });
    let put = Callback::new(move |new: String| {
        let kept = value.with_untracked(|before| retyped(before, &new));
        text.set(new.clone());
        on_change.run(kept.unwrap_or_else(|| editor.names.with_untracked(|names| expr::parse_text(&new, names))));
    });
    let shown = Memo::new(move |_| {
        let (seen, names) = (sight.seen.get().0, editor.names.get());
        text.with(|text| show_expecting(text, &expr::parse_text(text, &names), &seen, &names, expects))
    });
    if let Some(subject) = use_context::<Subject>() {
        let said = StoredValue::new(String::new());
        let say = move |wrong: String| {
            if let Some(before) = said.try_get_value().filter(|before| *before != wrong) {
                subject.say(&before, &wrong);
                said.set_value(wrong);
            }
        };
        Effect::new(move |_| {
            say(shown.with(|shown| match shown {
                Shown::Missing { message, .. } | Shown::Error { message, .. } | Shown::Mismatch { message, .. } => {
                    message.clone()
                }
                _ => String::new(),
            }));
        });
        on_cleanup(move || say(String::new()));
    }
    let on_each = Callback::new(move |(over, rest): (Mapped, Vec<expr::Seg>)| {
        let here = sight.seen.with_untracked(|seen| seen.0.here.clone());
        on_change.run(each::made(over, rest, &here));
    });
    view! {
        <MappedText label text on_input=put on_each placeholder bad=Signal::derive(move || matches!(shown.get(), Shown::Missing { .. } | Shown::Error { .. } | Shown::Mismatch { .. }))/>
        <ShownLine shown on_fix=put/>
    }
}

/// A number stays a number, and yes or no stays that, while somebody edits it.
fn retyped(before: &Mapped, text: &str) -> Option<Mapped> {
    let Mapped::Literal(before) = before else { return None };
    if !before.is_number() && !before.is_boolean() {
        return None;
    }
    let new: serde_json::Value = serde_json::from_str(text.trim()).ok()?;
    (new.is_number() == before.is_number() && new.is_boolean() == before.is_boolean()).then_some(Mapped::Literal(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_numbers() {
        let number = Mapped::Literal(10.into());
        assert_eq!(retyped(&number, "11"), Some(Mapped::Literal(11.into())));
        assert_eq!(retyped(&number, "11a"), None);
        assert_eq!(retyped(&Mapped::text("10"), "11"), None);
        assert_eq!(retyped(&Mapped::Literal(true.into()), "1"), None);
    }
}
