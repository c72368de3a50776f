//! A mapped field: text with `{{ }}`, what it gives with the sample under it, and the data to choose from beside it.

use leptos::{ev, html, prelude::*};
use model::Mapped;
use wasm_bindgen::JsCast;

use super::{
    each::{self, EachField},
    picker::DataPicker,
    preview::{Shown, show},
    shown::ShownLine,
    structured::JsonField,
};
use crate::{
    editor::{inspector::Subject, problems::FieldProblems, sight::use_sight, state::use_editor},
    text::editor as t,
    ui::{Glyph, Icon},
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
                    Shape::Text => view! { <TextField label value on_change placeholder/> }.into_any(),
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
fn TextField(label: Signal<String>, value: Signal<Mapped>, on_change: Callback<Mapped>, placeholder: String) -> impl IntoView {
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
        text.with(|text| show(text, &expr::parse_text(text, &names), &seen, &names))
    });
    let on_each = Callback::new(move |over: Mapped| {
        let here = sight.seen.with_untracked(|seen| seen.0.here.clone());
        on_change.run(each::made(over, &here));
    });
    view! {
        <DataText label text on_input=put on_each placeholder bad=Signal::derive(move || matches!(shown.get(), Shown::Missing { .. } | Shown::Error { .. }))/>
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

/// A text box that grows, marks its `{{ }}`, and offers data while it has the focus.
#[component]
pub fn DataText(
    label: Signal<String>,
    text: RwSignal<String>,
    on_input: Callback<String>,
    /// Makes the value one entry per element of a list.
    #[prop(optional)]
    on_each: Option<Callback<Mapped>>,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] bad: Signal<bool>,
    #[prop(optional)] mono: bool,
) -> impl IntoView {
    let subject = use_context::<Subject>();
    let area = NodeRef::<html::Textarea>::new();
    let root = NodeRef::<html::Div>::new();
    let open = RwSignal::new(false);
    let top = RwSignal::new(0.0);
    // Where the next insertion goes: kept, because the caret is lost with the focus.
    let caret = StoredValue::new(None::<(u32, u32)>);
    let note_caret = move || {
        if let Some(area) = area.try_get_untracked().flatten() {
            let at = |end: Result<Option<u32>, _>| end.ok().flatten();
            if let (Some(from), Some(to)) = (at(area.selection_start()), at(area.selection_end())) {
                caret.set_value(Some((from, to)));
            }
        }
    };
    let focus = move |_| {
        if let Some(area) = area.try_get_untracked().flatten() {
            top.set(area.get_bounding_client_rect().top());
        }
        open.set(subject.is_some());
    };
    let blur = move |event: ev::FocusEvent| {
        let inside = root.try_get_untracked().flatten().is_some_and(|root| {
            event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok()).is_some_and(|to| root.contains(Some(&to)))
        });
        if !inside {
            open.set(false);
        }
    };
    let back_to_field = move || {
        if let Some(area) = area.try_get_untracked().flatten() {
            let _ = area.focus();
            if let Some((from, to)) = caret.get_value() {
                let _ = area.set_selection_range(from, to);
            }
        }
    };
    let insert = Callback::new(move |piece: String| {
        let before = text.get_untracked();
        let (from, to) = caret.get_value().unwrap_or_else(|| {
            let end = utf16(&before);
            (end, end)
        });
        let (after, at) = spliced(&before, from, to, &piece);
        on_input.run(after);
        caret.set_value(Some((at, at)));
        // The caret is set once the new text stands in the box.
        request_animation_frame(back_to_field);
    });
    let format = Callback::new(move |piece: String| {
        let before = text.get_untracked();
        let at = caret.get_value().map_or_else(|| utf16(&before), |(_, to)| to);
        if let Some((after, at)) = formatted(&before, at, &piece) {
            on_input.run(after);
            caret.set_value(Some((at, at)));
            request_animation_frame(back_to_field);
        }
    });
    let key = move |event: ev::KeyboardEvent| {
        let to_picker = (event.key() == " " && event.ctrl_key())
            || (event.key() == "ArrowDown" && (event.alt_key() || text.with_untracked(String::is_empty)));
        if to_picker {
            event.prevent_default();
            open.set(true);
            request_animation_frame(move || {
                if let Some(search) =
                    root.try_get_untracked().flatten().and_then(|root| root.query_selector(".pick input").ok().flatten())
                {
                    let _ = search.unchecked_into::<web_sys::HtmlElement>().focus();
                }
            });
        } else if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            event.prevent_default();
            open.set(false);
        }
    };
    let close = Callback::new(move |()| {
        back_to_field();
        open.set(false);
    });
    view! {
        <div class="mapped" class:mono=mono class:bad=bad node_ref=root on:focusout=blur>
            <div class="mapped-box">
                <div class="mapped-mirror" aria-hidden="true">
                    {move || text.with(|text| marked(text))}
                    "\u{200b}"
                </div>
                <textarea
                    node_ref=area
                    rows="1"
                    spellcheck="false"
                    autocomplete="off"
                    aria-label=label
                    aria-invalid=move || bad.get().then_some("true")
                    placeholder=placeholder
                    prop:value=text
                    on:input=move |event| {
                        on_input.run(event_target_value(&event));
                        note_caret();
                    }
                    on:focus=focus
                    on:keyup=move |_| note_caret()
                    on:click=move |_| {
                        note_caret();
                        open.set(subject.is_some());
                    }
                    on:select=move |_| note_caret()
                    on:keydown=key
                ></textarea>
                <button
                    type="button"
                    class="mapped-open"
                    tabindex="-1"
                    aria-label=t::INSERT_DATA
                    data-tip=t::INSERT_DATA
                    on:mousedown=move |event| event.prevent_default()
                    on:click=move |_| {
                        back_to_field();
                        open.set(true);
                    }
                >
                    <Icon glyph=Glyph::Braces/>
                </button>
            </div>
            <Show when=move || open.get()>
                <DataPicker top on_insert=insert on_each on_format=format on_close=close/>
            </Show>
        </div>
    }
}

/// The text as pieces, `{{ }}` marked.
fn marked(text: &str) -> Vec<AnyView> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let Some(end) = rest[open..].find("}}").map(|end| open + end + 2) else { break };
        pieces.push(rest[..open].to_owned().into_any());
        pieces.push(view! { <mark>{rest[open..end].to_owned()}</mark> }.into_any());
        rest = &rest[end..];
    }
    pieces.push(rest.to_owned().into_any());
    pieces
}

/// Length as the browser counts it.
fn utf16(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// `piece` in place of what is selected, and the caret after it. Positions are in UTF-16 units.
fn spliced(text: &str, from: u32, to: u32, piece: &str) -> (String, u32) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (from, to) = ((from as usize).min(units.len()), (to as usize).min(units.len()));
    let (from, to) = (from.min(to), from.max(to));
    let mut out = String::from_utf16_lossy(&units[..from]);
    out.push_str(piece);
    let at = utf16(&out);
    out.push_str(&String::from_utf16_lossy(&units[to..]));
    (out, at)
}

/// A formatter put at the end of the `{{ }}` around or before the caret, and the caret after it.
fn formatted(text: &str, caret: u32, formatter: &str) -> Option<(String, u32)> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let head = String::from_utf16_lossy(&units[..(caret as usize).min(units.len())]);
    let open = text.get(..head.len()).and_then(|head| head.rfind("{{")).or_else(|| text.find("{{"))?;
    let close = open + text[open..].find("}}")?;
    let inner = text[..close].trim_end();
    let mut out = format!("{inner} | {formatter} ");
    let at = utf16(&out) + 2;
    out.push_str(&text[close..]);
    Some((out, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserts_at_the_caret() {
        assert_eq!(spliced("Hi !", 3, 3, "{{ x }}"), ("Hi {{ x }}!".into(), 10));
        assert_eq!(spliced("a😀b", 3, 3, "-"), ("a😀-b".into(), 4));
        assert_eq!(spliced("abc", 2, 1, ""), ("ac".into(), 1));
    }

    #[test]
    fn numbers_stay_numbers() {
        let number = Mapped::Literal(10.into());
        assert_eq!(retyped(&number, "11"), Some(Mapped::Literal(11.into())));
        assert_eq!(retyped(&number, "11a"), None);
        assert_eq!(retyped(&Mapped::text("10"), "11"), None);
        assert_eq!(retyped(&Mapped::Literal(true.into()), "1"), None);
    }

    #[test]
    fn formats_the_expression_at_the_caret() {
        let (text, caret) = formatted("{{ a }} and {{ b }}", 19, "upper").unwrap_or_default();
        assert_eq!((text.as_str(), caret), ("{{ a }} and {{ b | upper }}", 27));
        assert_eq!(
            formatted("{{ a }} and {{ b }}", 3, "upper").map(|(text, _)| text).as_deref(),
            Some("{{ a | upper }} and {{ b }}")
        );
        assert_eq!(formatted("plain", 2, "upper"), None);
    }
}
