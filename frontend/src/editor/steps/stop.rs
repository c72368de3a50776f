use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{StepKind, Stop, StopResult},
};

use crate::{
    editor::{mapping::MappedField, state::use_editor},
    text::editor as t,
    ui::Segmented,
};

#[component]
pub fn StopForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let stop = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Stop(stop)) => stop,
        _ => Stop { result: StopResult::Success, message: None },
    });
    let id = StoredValue::new(id);
    let change = move |key: &str, edit: &dyn Fn(&mut Stop)| {
        editor.update_kind(&id.get_value(), key, |kind| {
            if let StepKind::Stop(stop) = kind {
                edit(stop);
            }
        });
    };
    let result = Memo::new(move |_| stop.with(|stop| stop.result));
    let message = Signal::derive(move || stop.with(|stop| stop.message.clone().unwrap_or(Mapped::text(""))));
    let put = move |new: Mapped| {
        let kept = (new != Mapped::text("")).then_some(new);
        change("message", &|stop| stop.message = kept.clone());
    };
    view! {
        <p class="ed-intro">{t::STOP_INTRO}</p>
        <div class="ed-field">
            <div class="ed-label"><span>{t::STOP_AS}</span></div>
            <Segmented
                tabs=vec![
                    (StopResult::Success, t::STOP_SUCCESS.to_owned()),
                    (StopResult::Filtered, t::STOP_FILTERED.to_owned()),
                    (StopResult::Failure, t::STOP_FAILURE.to_owned()),
                ]
                selected=result
                on_select=move |result| change("result", &|stop| stop.result = result)
                label=t::STOP_AS
            />
        </div>
        <MappedField label=t::STOP_MESSAGE.to_owned() value=message on_change=put placeholder=t::STOP_MESSAGE_EXAMPLE at="message"/>
    }
}
