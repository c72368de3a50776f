use std::collections::BTreeMap;

use leptos::{html, prelude::*};
use model::{
    Mapped,
    ids::StepId,
    step::{Code, StepKind},
};

use crate::{
    editor::{
        mapping::{Pairs, pairs},
        problems::FieldProblems,
        state::use_editor,
    },
    text::editor as t,
    ui::{Glyph, Icon},
};

#[component]
pub fn CodeForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let code = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Code(code)) => code,
        _ => Code { source: String::new(), input: BTreeMap::new() },
    });
    let id = StoredValue::new(id);
    let change = move |key: &str, edit: &dyn Fn(&mut Code)| {
        editor.update_kind(&id.get_value(), key, |kind| {
            if let StepKind::Code(code) = kind {
                edit(code);
            }
        });
    };
    let input = Signal::derive(move || code.with(|code| pairs::object(code.input.clone().into_iter().collect())));
    let source = Signal::derive(move || code.with(|code| code.source.clone()));
    // Two rows of the same name would be one: the half-typed row stays here until its name is its own.
    let rows = RwSignal::new(input.get_untracked());
    Effect::new(move |_| {
        let kept = input.get();
        let typed: BTreeMap<String, Mapped> = rows.with_untracked(pairs::entries).unwrap_or_default().into_iter().collect();
        if typed != code.with_untracked(|code| code.input.clone()) {
            rows.set(kept);
        }
    });
    let put_input = Callback::new(move |new: Mapped| {
        rows.set(new.clone());
        let map: BTreeMap<String, Mapped> = pairs::entries(&new).unwrap_or_default().into_iter().collect();
        change("input", &|code| code.input.clone_from(&map));
    });
    // The line the last test stopped at, as long as the code is what was tested.
    let failed = Memo::new(move |_| {
        let id = id.get_value();
        editor.tested.with(|tested| {
            let error = tested.steps.get(&id)?.error.as_ref()?;
            let same = matches!(&tested.definition.step(&id)?.kind, StepKind::Code(then) if code.with(|now| now == then));
            same.then(|| (line_in(&error.message), error.message.clone()))
        })
    });
    view! {
        <p class="ed-intro">{t::CODE_INTRO}</p>
        <Pairs label=t::CODE_INPUT.to_owned() value=rows on_change=put_input add=t::ADD_INPUT hint=t::CODE_INPUT_HINT at="input"/>
        <div class="ed-field" data-field="source">
            <div class="ed-label"><span>{t::SOURCE}</span></div>
            <SourceBox source on_change=Callback::new(move |new: String| change("source", &|code| code.source.clone_from(&new))) bad=Signal::derive(move || failed.get().and_then(|(line, _)| line))/>
            {move || failed.get().map(|(_, message)| view! { <p class="field-problem bad"><Icon glyph=Glyph::Alert/><span>{message}</span></p> })}
            <Show when=move || { source.with(String::len) > Code::MAX_SOURCE_BYTES }>
                <p class="field-problem bad"><Icon glyph=Glyph::Alert/><span>{t::CODE_TOO_LONG}</span></p>
            </Show>
            <FieldProblems at="source"/>
        </div>
    }
}

/// The line a message of the script names: `... (line 3, column 5)`.
fn line_in(message: &str) -> Option<usize> {
    let after = message.to_lowercase().find("line ").map(|at| at + "line ".len())?;
    let digits: String = message.get(after..)?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|line| *line > 0)
}

/// Code with the numbers of its lines. Enter keeps the indentation.
#[component]
fn SourceBox(source: Signal<String>, on_change: Callback<String>, bad: Signal<Option<usize>>) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let lines = Memo::new(move |_| source.with(|source| source.split('\n').count()));
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() != "Enter" || event.ctrl_key() || event.meta_key() || event.is_composing() {
            return;
        }
        let Some(area) = area.try_get_untracked().flatten() else { return };
        let (Ok(Some(from)), Ok(Some(to))) = (area.selection_start(), area.selection_end()) else { return };
        let text = area.value();
        let indent = indentation(&text, from as usize);
        if indent.is_empty() {
            return;
        }
        event.prevent_default();
        let piece = format!("\n{indent}");
        if area.set_range_text_with_start_and_end(&piece, from, to).is_ok() {
            let at = from + u32::try_from(piece.encode_utf16().count()).unwrap_or(0);
            let _ = area.set_selection_range(at, at);
            on_change.run(area.value());
        }
    };
    view! {
        <div class="code">
            <div class="code-lines" aria-hidden="true">
                {move || {
                    let wrong = bad.get();
                    (1..=lines.get()).map(|n| view! { <span class:bad=wrong == Some(n)>{n}</span> }).collect_view()
                }}
            </div>
            <textarea
                node_ref=area
                aria-label=t::SOURCE
                aria-invalid=move || bad.get().is_some().then_some("true")
                wrap="off"
                rows="12"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                prop:value=source
                on:input=move |event| on_change.run(event_target_value(&event))
                on:keydown=key
            ></textarea>
        </div>
    }
}

/// The space before the first letter of the line at `caret` (UTF-16 units), two more after an opening bracket.
fn indentation(text: &str, caret: usize) -> String {
    let units: Vec<u16> = text.encode_utf16().take(caret).collect();
    let before = String::from_utf16_lossy(&units);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let mut indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    if line.trim_end().ends_with(['{', '(', '[']) {
        indent.push_str("  ");
    }
    indent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line_a_message_names() {
        assert_eq!(line_in("x is not defined (line 3, column 5)"), Some(3));
        assert_eq!(line_in("Line 12: unexpected token"), Some(12));
        assert_eq!(line_in("out of time"), None);
        assert_eq!(line_in("in the outline of it"), None);
    }

    #[test]
    fn a_new_line_begins_where_the_one_before_did() {
        assert_eq!(indentation("if (x) {", 8), "  ");
        assert_eq!(indentation("a\n  b", 5), "  ");
        assert_eq!(indentation("  fn(", 5), "    ");
        assert_eq!(indentation("a", 1), "");
    }
}
