//! The first choice in a new workflow: what starts it.

use leptos::prelude::*;

use super::{
    picker::add_trigger,
    state::{Picking, use_editor},
};
use crate::{
    text::editor as t,
    ui::{Glyph, Icon, StepTile},
};

#[component]
pub fn ChooseTrigger() -> impl IntoView {
    let editor = use_editor();
    let cards = t::TRIGGERS
        .iter()
        .map(|(id, label, help)| {
            view! {
                <button type="button" class="start-card" data-choice=*id on:click=move |_| add_trigger(editor, id)>
                    <StepTile kind=(*id).to_owned()/>
                    <b>{*label}</b>
                    <span>{*help}</span>
                    <i><Icon glyph=Glyph::ArrowRight/></i>
                </button>
            }
        })
        .collect_view();
    view! {
        <section class="start" aria-label=t::CHOOSE_START>
            <h2>{t::CHOOSE_START}</h2>
            <p>{t::CHOOSE_START_ABOUT}</p>
            <div class="start-cards">
                {cards}
                <button type="button" class="start-card" data-choice="app" on:click=move |_| editor.picking.set(Some(Picking::Trigger))>
                    <StepTile kind="app".to_owned()/>
                    <b>{t::IN_AN_APP}</b>
                    <span>{t::IN_AN_APP_ABOUT}</span>
                    <i><Icon glyph=Glyph::ArrowRight/></i>
                </button>
            </div>
        </section>
    }
}
