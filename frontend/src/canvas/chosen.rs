//! What can be done with several steps at once, in a bar over the canvas; and the rectangle they are caught with.

use leptos::prelude::*;
use model::{Role, ids::StepId};

use super::stage::{Stage, use_stage};
use crate::{
    commands::{Command, table, use_commands},
    text::{commands::label, editor as t},
    ui::{Glyph, IconButton},
};

/// What the bar offers, in order.
const OFFERED: [Command; 7] =
    [Command::Copy, Command::Cut, Command::Duplicate, Command::SwitchOff, Command::Wrap, Command::Park, Command::Delete];

#[component]
pub fn ChosenBar() -> impl IntoView {
    let editor = use_stage().editor;
    let commands = use_commands();
    let count = Memo::new(move |_| editor.marked.with(|marked| marked.len()));
    let are = move || count.get() > 1;
    let allowed =
        move |command: &Command| editor.may_edit.get() || table::spec(*command).is_some_and(|spec| spec.role == Role::Viewer);
    let button = move |command: Command| {
        view! {
            <IconButton glyph=table::glyph(command) label=label(command).to_owned() small=true on:click=move |_| {
                commands.run(command);
            }/>
        }
    };
    view! {
        <div class="chosen-said sr-only" role="status">{move || are().then(|| t::chosen(count.get()))}</div>
        <Show when=are>
            <div class="chosen-bar" role="toolbar" aria-label=t::CHOSEN_STEPS>
                <b class="num">{move || t::chosen(count.get())}</b>
                {move || OFFERED.into_iter().filter(allowed).map(button).collect_view()}
                <span class="controls-rule" aria-hidden="true"></span>
                <IconButton glyph=Glyph::Close label=t::LET_GO.to_owned() small=true on:click=move |_| editor.select(None)/>
            </div>
        </Show>
    }
}

/// The rectangle under the pointer, in pixels of the view.
#[component]
pub fn Band() -> impl IntoView {
    let stage = use_stage();
    let style = move || {
        stage.band.get().map(|band| {
            let layout::Rect { x, y, w, h } = band;
            format!("transform:translate({x:.0}px,{y:.0}px);width:{w:.0}px;height:{h:.0}px")
        })
    };
    view! { <Show when=move || stage.band.with(Option::is_some)><div class="band" style=style aria-hidden="true"></div></Show> }
}

/// The steps that a rectangle of the view touches.
pub fn caught(stage: Stage, band: layout::Rect) -> Vec<StepId> {
    let area = stage.board.view.get_untracked().area(band);
    stage.board.placed.with_untracked(|placed| {
        let touched = placed.layout.nodes.iter().filter(|node| area.touches(&node.rect()));
        touched
            .filter_map(|node| match &node.id {
                layout::NodeId::Step(id) => Some(id.clone()),
                _ => None,
            })
            .collect()
    })
}
