//! The choice of the next operation: those first that fit the value as it is by then.

use expr::operation::{self, Kind, Operation};
use leptos::{ev, html, prelude::*};
use model::step::TransformOp;
use serde_json::Value;

use super::Form;
use crate::{
    editor::fuzzy,
    text::editor as t,
    ui::{Button, Glyph, Icon, Tone},
};

type Section = (&'static str, Vec<&'static Operation>);

/// What an operation must take to fit a value.
fn kind_of(value: &Value) -> Option<Kind> {
    match value {
        Value::String(_) => Some(Kind::Text),
        Value::Number(_) => Some(Kind::Number),
        Value::Bool(_) => Some(Kind::Boolean),
        Value::Array(_) => Some(Kind::List),
        Value::Object(_) => Some(Kind::Object),
        Value::Null => None,
    }
}

fn sections(query: &str, fits: Option<Kind>) -> Vec<Section> {
    if query.trim().is_empty() {
        let mut sections: Vec<Section> = Vec::new();
        for operation in operation::operations() {
            match sections.iter_mut().find(|(group, _)| *group == operation.group.label()) {
                Some((_, found)) => found.push(operation),
                None => sections.push((operation.group.label(), vec![operation])),
            }
        }
        // Groups with the most that fits come first; their own order stays.
        let score =
            |found: &[&Operation]| found.iter().filter(|operation| Some(operation.takes) == fits).count() * 2 > found.len();
        sections.sort_by_key(|(_, found)| !score(found));
        return sections;
    }
    let mut found: Vec<(i32, &'static Operation)> = operation::operations()
        .filter_map(|operation| {
            let choices = operation.arguments.iter().flat_map(|argument| argument.choices);
            let by_choice = choices.filter_map(|choice| fuzzy::score(query, choice.label)).max().map(|points| points - 300);
            let points = fuzzy::score(query, operation.label).max(fuzzy::score(query, operation.name)).max(by_choice)?;
            Some((points + if Some(operation.takes) == fits { 50 } else { 0 }, operation))
        })
        .collect();
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    vec![("", found.into_iter().map(|(_, operation)| operation).collect())]
}

#[component]
pub fn OperationMenu(form: Form) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        {move || if open.get() {
            view! { <Opened form open/> }.into_any()
        } else {
            view! { <div class="ed-more"><Button small=true icon=Glyph::Plus tone=Tone::Plain on:click=move |_| open.set(true)>{t::ADD_OPERATION}</Button></div> }.into_any()
        }}
    }
}

#[component]
fn Opened(form: Form, open: RwSignal<bool>) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let input = NodeRef::<html::Input>::new();
    let root = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            request_animation_frame(move || _ = input.focus());
        }
    });
    let shown = Memo::new(move |_| {
        let fits = form.stages.with(|stages| stages.last().and_then(|stage| stage.value()).and_then(kind_of));
        query.with(|query| {
            sections(query, fits)
                .into_iter()
                .map(|(group, found)| (group, found.iter().map(|one| one.name).collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        })
    });
    let flat =
        Memo::new(move |_| shown.with(|sections| sections.iter().flat_map(|(_, names)| names.clone()).collect::<Vec<_>>()));
    let choose = move |name: &'static str| {
        form.change("add", move |transform| {
            transform.operations.push(TransformOp { op: name.to_owned(), with: Default::default() });
        });
        open.set(false);
    };
    let key = move |event: ev::KeyboardEvent| {
        let last = flat.with_untracked(Vec::len).saturating_sub(1);
        let at = active.get_untracked().min(last);
        match event.key().as_str() {
            "ArrowDown" => active.set(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" => active.set(at.checked_sub(1).unwrap_or(last)),
            "Enter" => {
                event.prevent_default();
                if let Some(name) = flat.with_untracked(|flat| flat.get(at).copied()) {
                    choose(name);
                }
                return;
            }
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                open.set(false);
                return;
            }
            _ => return,
        }
        event.prevent_default();
        request_animation_frame(move || {
            let row =
                root.try_get_untracked().flatten().and_then(|root| root.query_selector("[aria-selected=true]").ok().flatten());
            if let Some(row) = row {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                row.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    };
    view! {
        <div class="op-menu" node_ref=root data-testid="operations">
            <label class="pick-search">
                <Icon glyph=Glyph::Search/>
                <input
                    node_ref=input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="operation-list"
                    aria-label=t::SEARCH_OPERATIONS
                    placeholder=t::SEARCH_OPERATIONS
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=query
                    on:input=move |event| {
                        query.set(event_target_value(&event));
                        active.set(0);
                    }
                    on:keydown=key
                />
            </label>
            <div class="op-list" id="operation-list" role="listbox" aria-label=t::ADD_OPERATION>
                {move || {
                    let sections = shown.get();
                    if sections.iter().all(|(_, names)| names.is_empty()) {
                        return view! { <p class="pick-none">{t::NO_OPERATION_FOUND}</p> }.into_any();
                    }
                    let mut at = 0;
                    sections.into_iter().map(|(group, names)| {
                        let rows = names.into_iter().map(|name| {
                            let this = at;
                            at += 1;
                            view! {
                                <div
                                    class="op-row"
                                    class:on=move || active.get() == this
                                    role="option"
                                    aria-selected=move || if active.get() == this { "true" } else { "false" }
                                    data-operation=name
                                    on:mousemove=move |_| if active.get_untracked() != this { active.set(this) }
                                    on:click=move |_| choose(name)
                                >
                                    {crate::editor::transform::label(name)}
                                </div>
                            }
                        }).collect_view();
                        view! { {(!group.is_empty()).then(|| view! { <h4 role="presentation">{group}</h4> })} {rows} }
                    }).collect_view().into_any()
                }}
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_the_value_comes_first() {
        let groups = |fits| sections("", fits).into_iter().map(|(group, _)| group).collect::<Vec<_>>();
        assert_eq!(groups(Some(Kind::List)).first(), Some(&"Lists"));
        assert_eq!(groups(Some(Kind::Text)).first(), Some(&"Text"));
        assert_eq!(groups(None).len(), groups(Some(Kind::List)).len());
        assert!(sections("trim", None)[0].1.iter().any(|operation| operation.name == "trim"));
    }
}
