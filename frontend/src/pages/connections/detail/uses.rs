use leptos::prelude::*;
use model::api::{ConnectionUse, WorkflowState};

use crate::{
    pages::settings::Section,
    text::{connections as t, status},
    ui::{Chip, ChipTone, Glyph, Icon},
};

/// The workflows that use it.
#[component]
pub fn UsesSection(uses: Vec<ConnectionUse>) -> impl IntoView {
    let none = uses.is_empty();
    let lines = uses.into_iter().map(|one| {
        let tone = match one.state {
            WorkflowState::On => ChipTone::Ok,
            WorkflowState::Paused => ChipTone::Hold,
            WorkflowState::Off => ChipTone::Quiet,
        };
        let chip = if one.live {
            view! { <Chip tone=Signal::stored(tone)>{status::workflow(one.state)}</Chip> }.into_any()
        } else {
            view! { <Chip>{t::DRAFT_ONLY}</Chip> }.into_any()
        };
        view! {
            <li>
                <a class="app-line" href=format!("/workflows/{}", one.id)>
                    <Icon glyph=Glyph::Flow/>
                    <span class="grow cut">{one.name}</span>
                    {chip}
                </a>
            </li>
        }
    });
    view! {
        <Section title=t::USES about=t::USES_ABOUT>
            {none.then(|| view! { <p class="muted">{t::NO_USES}</p> })}
            <ul class="uses">{lines.collect_view()}</ul>
        </Section>
    }
}
