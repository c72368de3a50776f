use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{Delay, StepKind},
};

use crate::{
    editor::{mapping::MappedField, problems::FieldProblems, span::SpanInput, state::use_editor},
    text::editor as t,
    ui::Segmented,
};

#[component]
pub fn DelayForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let delay = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Delay(delay)) => delay,
        _ => Delay::For { ms: 0 },
    });
    let id = StoredValue::new(id);
    let put = move |new: Delay| editor.update_kind(&id.get_value(), "delay", |kind| *kind = StepKind::Delay(new));
    let fixed = Memo::new(move |_| delay.with(|delay| matches!(delay, Delay::For { .. })));
    let ms = Signal::derive(move || match delay.get() {
        Delay::For { ms } => ms,
        Delay::Until(_) => 0,
    });
    let until = Signal::derive(move || match delay.get() {
        Delay::Until(until) => until,
        Delay::For { .. } => Mapped::text(""),
    });
    let choose = move |wanted: bool| {
        if wanted != fixed.get_untracked() {
            put(if wanted { Delay::For { ms: 300_000 } } else { Delay::Until(Mapped::text("")) });
        }
    };
    view! {
        <p class="ed-intro">{t::DELAY_INTRO}</p>
        <Segmented tabs=vec![(true, t::WAIT_FOR.to_owned()), (false, t::WAIT_UNTIL.to_owned())] selected=fixed on_select=choose label=t::HOW_TO_WAIT/>
        {move || {
            if fixed.get() {
                view! {
                    <div class="ed-field">
                        <div class="ed-label"><span>{t::HOW_LONG}</span></div>
                        <SpanInput label=t::HOW_LONG ms on_change=move |ms| put(Delay::For { ms })/>
                        <FieldProblems at="for"/>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <MappedField
                        label=t::MOMENT.to_owned()
                        value=until
                        on_change=move |until| put(Delay::Until(until))
                        placeholder=t::MOMENT_EXAMPLE
                        hint=t::MOMENT_HINT
                        at="until"
                    />
                }
                    .into_any()
            }
        }}
    }
}
