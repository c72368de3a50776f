use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, RunDetail, Settle, SettleRun},
    ids::StepPath,
    run::{Choice, StepStatus},
};

use crate::{
    api::call,
    text::{run as t, ui},
    ui::{Button, Dialog, Field, Glyph, Icon, TextArea, Tone, use_toasts},
};

#[derive(Clone, Copy, PartialEq)]
enum Picked {
    Happened,
    Again,
    Fail,
}

/// Asks what happened to a call whose outcome is unknown.
#[component]
pub fn SettleButton(detail: Signal<RunDetail>, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let open = RwSignal::new(false);
    let step = Memo::new(move |_| detail.with(unknown_step));
    let title = move || step.with(|step| step.as_ref().map(|(_, label)| t::settle_title(label))).unwrap_or_default();
    view! {
        <Button tone=Tone::Primary icon=Glyph::Question on:click=move |_| open.set(true)>{t::SETTLE}</Button>
        <Dialog open title=Signal::derive(title)>
            <SettleForm detail open path=Signal::derive(move || step.get().map(|(path, _)| path)) on_changed/>
        </Dialog>
    }
}

fn unknown_step(detail: &RunDetail) -> Option<(StepPath, String)> {
    let step = detail.steps.iter().find(|step| step.state.status == StepStatus::Unknown)?;
    Some((step.path.clone(), step.label.clone()))
}

#[component]
fn SettleForm(
    detail: Signal<RunDetail>,
    open: RwSignal<bool>,
    path: Signal<Option<StepPath>>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let (picked, output) = (RwSignal::new(None::<Picked>), RwSignal::new(String::new()));
    let (busy, wrong) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let id = detail.with_untracked(|detail| detail.run.id);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (Some(picked), Some(path)) = (picked.get_untracked(), path.get_untracked()) else { return };
        let text = output.get_untracked();
        let choice = match picked {
            Picked::Happened if text.trim().is_empty() => Choice::Happened { output: None },
            Picked::Happened => match serde_json::from_str(&text) {
                Ok(output) => Choice::Happened { output: Some(output) },
                Err(_) => {
                    wrong.set(Some(t::SETTLE_OUTPUT_WRONG.into()));
                    return;
                }
            },
            Picked::Again => Choice::RunAgain,
            Picked::Fail => Choice::Fail,
        };
        busy.set(true);
        spawn_local(async move {
            match call::<SettleRun>((id,), &Empty {}, &Settle { path, choice }).await {
                Ok(_) => {
                    toasts.done(t::SETTLED);
                    on_changed();
                    open.set(false);
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let choices = [
        (Picked::Happened, Glyph::Check, t::SETTLE_HAPPENED, t::SETTLE_HAPPENED_ABOUT),
        (Picked::Again, Glyph::Refresh, t::SETTLE_AGAIN, t::SETTLE_AGAIN_ABOUT),
        (Picked::Fail, Glyph::Close, t::SETTLE_FAIL, t::SETTLE_FAIL_ABOUT),
    ];
    view! {
        <form class="form" on:submit=submit>
            <p class="dialog-text">{t::SETTLE_LOOK}</p>
            <div class="options" role="radiogroup" aria-label=t::SETTLE>
                {choices
                    .into_iter()
                    .map(|(this, glyph, name, about)| {
                        view! {
                            <label class="option">
                                <input type="radio" name="settle" prop:checked=move || picked.get() == Some(this) on:change=move |_| picked.set(Some(this))/>
                                <Icon glyph/>
                                <span><b>{name}</b><small>{about}</small></span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            <Show when=move || picked.get() == Some(Picked::Happened)>
                <Field label=t::SETTLE_OUTPUT hint=t::SETTLE_OUTPUT_HINT.to_owned() error=wrong optional=true>
                    <TextArea value=output on_input=move |v| output.set(v) mono=true/>
                </Field>
            </Show>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy disabled=Signal::derive(move || picked.get().is_none())>{t::SETTLE_CONFIRM}</Button>
            </footer>
        </form>
    }
}
