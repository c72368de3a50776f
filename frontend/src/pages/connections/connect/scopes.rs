use std::collections::BTreeSet;

use leptos::prelude::*;
use manifest::{Connector, Scope};

use crate::{
    text::connect as t,
    ui::{Chip, ChipTone},
};

/// What to ask for at first: what steps need, or everything where there are no steps yet.
pub fn at_first(connector: &Connector, needs: &[String]) -> BTreeSet<String> {
    let known = connector.scopes.iter().map(|scope| &scope.id);
    known.filter(|id| needs.is_empty() || needs.contains(id)).cloned().collect()
}

/// What is asked for and why, each to be ticked; what steps need stays.
#[component]
pub fn ScopeList(
    connector: &'static Connector,
    needs: Vec<String>,
    chosen: RwSignal<BTreeSet<String>>,
    /// Asked for whatever is ticked.
    always: Vec<String>,
) -> impl IntoView {
    let (needed, others): (Vec<&'static Scope>, Vec<_>) = connector.scopes.iter().partition(|scope| needs.contains(&scope.id));
    if connector.scopes.is_empty() && always.is_empty() {
        return ().into_any();
    }
    let line = move |scope: &'static Scope, is_needed: bool| {
        let on = move || chosen.with(|chosen| chosen.contains(&scope.id));
        let change = move |_| {
            chosen.update(|chosen| {
                if !chosen.remove(&scope.id) {
                    chosen.insert(scope.id.clone());
                }
            });
        };
        view! {
            <li>
                <label class="scope">
                    <input type="checkbox" prop:checked=on disabled=is_needed on:change=change/>
                    <span><b>{scope.why.clone()}</b><code>{scope.id.clone()}</code></span>
                    {is_needed.then(|| view! { <span data-tip=t::NEEDED_ABOUT><Chip tone=Signal::stored(ChipTone::Accent)>{t::NEEDED}</Chip></span> })}
                </label>
            </li>
        }
    };
    let always: Vec<String> = always.into_iter().filter(|id| !connector.scopes.iter().any(|scope| &scope.id == id)).collect();
    let fixed = always.into_iter().map(|id| {
        view! {
            <li>
                <label class="scope">
                    <input type="checkbox" prop:checked=true disabled=true/>
                    <span><b>{t::ALWAYS}</b><code>{id}</code></span>
                </label>
            </li>
        }
    });
    let fixed = fixed.collect_view();
    let others_open = needed.is_empty();
    let count = others.len();
    let others = others.into_iter().map(|scope| line(scope, false)).collect_view();
    let others = match (count, others_open) {
        (0, _) => ().into_any(),
        (_, true) => view! { <p class="field-hint">{t::NARROW}</p> <ul class="scopes">{others}</ul> }.into_any(),
        _ => view! {
            <details class="fold">
                <summary>{t::MORE_SCOPES} " (" {t::other_scopes(count)} ")"</summary>
                <p class="field-hint">{t::MORE_SCOPES_ABOUT}</p>
                <ul class="scopes">{others}</ul>
            </details>
        }
        .into_any(),
    };
    let needed = needed.into_iter().map(|scope| line(scope, true)).collect_view();
    view! {
        <fieldset class="asked">
            <legend>{t::ASKED}</legend>
            <ul class="scopes">{needed} {fixed}</ul>
            {others}
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_asked_for_than_steps_need() {
        let Some(slack) = manifest::find("slack") else { panic!("there is no Slack") };
        let some = vec!["chat:write".to_owned(), "unheard:of".to_owned()];
        assert_eq!(at_first(slack, &some), BTreeSet::from(["chat:write".to_owned()]));
        assert_eq!(at_first(slack, &[]).len(), slack.scopes.len());
    }
}
