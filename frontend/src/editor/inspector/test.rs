//! Testing one step: what is missing, the button, and what came of it.

use leptos::prelude::*;
use manifest::Effect;
use model::{
    Role,
    ids::{StepId, StepPath},
    step::StepKind,
};

use super::{StepResult, differences::Differences};
use crate::{
    editor::{
        extent::Extent,
        pins::PinLine,
        request,
        sight::use_sight,
        state::{Selected, Tab, Tested, use_editor},
        testing,
    },
    moment::{self, Style},
    session::use_session,
    standing::around,
    text::{self, editor as t},
    ui::{Button, Glyph, Icon, JsonTree, Tone},
};

/// The bar under the form: the test is always one click away.
#[component]
pub fn TestFoot(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let sight = use_sight();
    let id = StoredValue::new(id);
    let running =
        Memo::new(move |_| editor.tested.with(|tested| tested.is_running() && tested.only.as_ref() == Some(&id.get_value())));
    let busy = Memo::new(move |_| editor.tested.with(Tested::is_running));
    let known_run = Memo::new(move |_| editor.tested.with(|tested| tested.run.is_some()));
    let may_cancel = use_session().may(Role::Operator);
    let missing = Memo::new(move |_| testing::untested(editor, &id.get_value()));
    let with_all = testing::needs_all(editor, &id.get_value());
    let no_event = Memo::new(move |_| editor.event().is_none());
    let about = Memo::new(move |_| {
        let step = editor.step(&id.get_value())?;
        let action = match &step.kind {
            StepKind::Action(action) => action,
            // What that one does is not known here.
            StepKind::SubWorkflow(_) => return None,
            _ => return Some(t::CHANGES_NOTHING.to_owned()),
        };
        let request = request::preview(action, &sight.seen.get().0, &editor.names.get());
        let method = (action.connector == "http").then_some(request.method.as_str());
        Some(if request.effect == Effect::Read { t::ONLY_READS.to_owned() } else { t::really_sends(method) })
    });
    view! {
        <footer class="insp-foot">
            <Button
                icon=Glyph::Play
                busy=running
                disabled=Signal::derive(move || !with_all && missing.get().is_some() || busy.get())
                on:click=move |_| {
                    editor.tab.set(Tab::Test);
                    testing::test(editor, Some(id.get_value()));
                }
            >
                {if with_all { t::TEST_ALL } else { t::TEST_STEP }}
            </Button>
            <Show when=move || running.get() && known_run.get()>
                <Button tone=Tone::Ghost on:click=move |_| testing::cancel(editor, may_cancel)>
                    {if may_cancel { t::CANCEL_TEST } else { t::STOP_WATCHING }}
                </Button>
            </Show>
            <Show when=move || !with_all && !running.get()>
                <Button
                    tone=Tone::Ghost
                    disabled=Signal::derive(move || busy.get() || no_event.get())
                    on:click=move |_| {
                        editor.tab.set(Tab::Test);
                        testing::begin(editor, Extent::To(id.get_value()));
                    }
                >
                    {t::TEST_TO_HERE}
                </Button>
            </Show>
            <span class="insp-foot-about">
                {move || match (missing.get().filter(|_| !with_all), no_event.get()) {
                    (Some((earlier, label)), _) => view! {
                        {t::test_first(&label)}" "
                        <button type="button" class="link" on:click=move |_| {
                            editor.inspect(Selected::Step(earlier.clone()));
                            editor.tab.set(Tab::Test);
                        }>{t::GO_THERE}</button>
                    }.into_any(),
                    (None, true) => t::NEEDS_EVENT.into_any(),
                    (None, false) if with_all => t::TESTED_WITH_ALL.into_any(),
                    (None, false) => about.get().into_any(),
                }}
            </span>
        </footer>
    }
}

#[component]
pub fn TestTab(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let step = Memo::new(move |_| editor.tested.with(|tested| tested.steps.get(&id.get_value()).cloned()));
    let state = Memo::new(move |_| step.with(|step| step.as_ref().map(|step| step.state.clone())));
    let kind = Memo::new(move |_| editor.step(&id.get_value()).map(|step| step.kind));
    let running = Memo::new(move |_| {
        editor
            .tested
            .with(|tested| tested.is_running() && (tested.only.is_none() || tested.only.as_ref() == Some(&id.get_value())))
    });
    let failure = Memo::new(move |_| editor.tested.with(|tested| tested.error.clone()));
    let known = Memo::new(move |_| editor.seen.with(|seen| seen.0.outputs.get(&id.get_value()).cloned()));
    // What it gave last: in this test, else in an earlier one.
    let output = Memo::new(move |_| {
        let now = state.with(|state| state.as_ref().and_then(|state| Some((**state.output.as_ref()?.inline()?).clone())));
        now.or_else(|| known.with(|known| known.as_ref().filter(|known| !known.made_up).map(|known| (*known.value).clone())))
    });
    view! {
        {move || failure.get().map(|message| view! { <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{message}</span></p> })}
        <InLoop id=id.get_value() path=Signal::derive(move || step.with(|step| step.as_ref().map(|step| step.path.clone())))/>
        {move || match (state.get(), known.get()) {
            (Some(state), _) => {
                let before = editor.tested.with(|tested| tested.before.get(&id.get_value()).cloned());
                let now = state.output.as_ref().and_then(|output| output.inline().map(|value| (**value).clone()));
                view! {
                    <StepResult state kind=kind.get_untracked()/>
                    {before.zip(now).map(|(before, now)| view! { <Differences before now/> })}
                }
                .into_any()
            }
            (None, _) if running.get() => view! { <p class="note" role="status"><Icon glyph=Glyph::Loader/><span>{t::TEST_RUNNING}</span></p> }.into_any(),
            (None, Some(output)) => view! {
                <p class="ed-intro">
                    {match output.tested_at {
                        Some(at) => t::last_tested(&moment::absolute(at, Style::Short)),
                        None => t::WORKED_OUT_LONG.to_owned(),
                    }}
                </p>
                <JsonTree value=Signal::stored((*output.value).clone())/>
            }.into_any(),
            (None, None) => view! {
                <div class="test-empty">
                    <p>{t::NOT_TESTED_LONG}</p>
                    <Show when=move || editor.event().is_none()>
                        <Button small=true tone=Tone::Plain icon=Glyph::Inbox on:click=move |_| testing::start(editor, Extent::Only(id.get_value()), Vec::new())>{t::GET_A_SAMPLE}</Button>
                    </Show>
                </div>
            }.into_any(),
        }}
        <PinLine id=id.get_value() output/>
        <RequestPreview id=id.get_value()/>
    }
}

/// Of a step inside a loop: in how many items it ended how, and which of them is shown.
#[component]
fn InLoop(id: StepId, path: Signal<Option<StepPath>>) -> impl IntoView {
    let editor = use_editor();
    let words = Memo::new(move |_| {
        let shown = path.get();
        editor.tested.with(|tested| {
            let standing = tested.standings.get(&id)?;
            let counts = standing.times.and(text::standing::counts(standing))?;
            let item = |path: &StepPath| text::standing::item(&around(path, &tested.definition));
            let failed = standing.failed_at.as_ref().map(&item);
            Some(t::tested_in_loop(&counts, failed.as_deref(), shown.as_ref().map(item).as_deref()))
        })
    });
    move || {
        words
            .get()
            .map(|words| view! { <p class="note" data-testid="tested-items"><Icon glyph=Glyph::List/><span>{words}</span></p> })
    }
}

/// What an action would send, always in sight on the test tab.
#[component]
fn RequestPreview(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let sight = use_sight();
    let request = Memo::new(move |_| match editor.step(&id).map(|step| step.kind) {
        Some(StepKind::Action(action)) => Some(request::preview(&action, &sight.seen.get().0, &editor.names.get())),
        _ => None,
    });
    move || {
        request.get().map(|request| {
            view! {
                <details class="result-part" prop:open=true>
                    <summary>{t::WHAT_IT_SENDS}</summary>
                    <crate::editor::confirm::RequestView request/>
                </details>
            }
        })
    }
}
