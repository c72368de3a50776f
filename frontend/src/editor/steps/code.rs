use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{Code, StepKind},
};

use super::code_box::CodeBox;
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
            let error = tested.steps.get(&id)?.state.error.as_ref()?;
            let same = matches!(&tested.definition.step(&id)?.kind, StepKind::Code(then) if code.with(|now| now == then));
            same.then(|| (line_in(&error.message), error.message.clone()))
        })
    });
    view! {
        <p class="ed-intro">{t::CODE_INTRO}</p>
        <Pairs label=t::CODE_INPUT.to_owned() value=rows on_change=put_input add=t::ADD_INPUT hint=t::CODE_INPUT_HINT at="input"/>
        <div class="ed-field" data-field="source">
            <div class="ed-label"><span>{t::SOURCE}</span></div>
            <CodeBox
                source
                on_change=Callback::new(move |new: String| change("source", &|code| code.source.clone_from(&new)))
                stopped=Signal::derive(move || failed.get().and_then(|(line, message)| Some((line?, message))))
            />
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
}
