//! A step whose data is not at hand: the run has not come to it, or the iterations it stood in are over.

use leptos::prelude::*;
use model::{api::RunDetail, ids::StepId};

use super::Shown;
use crate::{
    editor::steps::kind_name,
    standing::{around, standings},
    text::{run as t, standing as words},
    ui::{Button, StepStatusChip, StepTile},
};

#[component]
pub fn CardPanel(
    detail: Signal<RunDetail>,
    id: StepId,
    on_choose: impl Fn(Shown) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (kind, label, outer) = detail.with_untracked(|detail| {
        let def = &detail.definition;
        let step = def.step(&id);
        let outer = def.around(&id).into_iter().find(|outer| def.step(outer).is_some_and(|step| step.kind.is_loop()));
        (
            step.map(|step| kind_name(&step.kind)).unwrap_or_default(),
            step.map(|step| step.label.clone()).unwrap_or_default(),
            outer,
        )
    });
    let of = id.clone();
    let standing = Memo::new(move |_| detail.with(|detail| standings(detail).remove(&of)));
    let outer = StoredValue::new(outer);
    let each = move || outer.get_value().and_then(|id| detail.with(|detail| standings(detail).remove(&id)?.path));
    let said = move || {
        let known = standing.get();
        let counts = known.as_ref().and_then(words::counts);
        let over = detail.with(|detail| detail.run.status.is_final());
        match (known, counts) {
            (Some(standing), Some(counts)) => detail.with(|detail| {
                let each = outer.get_value().and_then(|id| detail.definition.step(&id).map(|step| step.label.clone()));
                let failed = standing.failed_at.as_ref().map(|path| words::item(&around(path, &detail.definition)));
                t::items_over(&each.unwrap_or_default(), &counts, failed.as_deref())
            }),
            _ if over => t::UNREACHED_LONG.to_owned(),
            _ => t::NOT_YET_LONG.to_owned(),
        }
    };
    view! {
        <div class="panel">
            <div class="panel-head">
                <StepTile kind=Signal::stored(kind)/>
                <h2 class="cut">{label}</h2>
                {move || standing.get().map(|standing| view! { <StepStatusChip status=Signal::stored(standing.status)/> })}
            </div>
            <p class="muted">{said}</p>
            {move || each().map(|path| view! {
                <div><Button small=true on:click=move |_| on_choose(Shown::Step(path.clone()))>{t::SHOW_ITEMS}</Button></div>
            })}
        </div>
    }
}
