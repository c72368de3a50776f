use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};
use model::{
    Role,
    api::RunDetail,
    run::{Hold, RunStatus},
};

use super::{
    actions::{CancelButton, ResumeButton},
    journal::JournalDialog,
    kin::Origin,
    replay::ReplayMenu,
    replays::Replays,
    sentence::sentence,
    settle::SettleButton,
};
use crate::{
    editor::mend,
    moment::Style,
    session::use_session,
    shell::set_title,
    text::{self, run as t},
    ui::{CopyButton, Glyph, Icon, LinkButton, Moment, RunStatusChip, Tone, coded},
};

/// What happened in one sentence, the facts, and what can be done.
#[component]
pub fn Header(detail: Signal<RunDetail>, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let session = use_session();
    let run = Signal::derive(move || detail.with(|detail| detail.run.clone()));
    let id = run.with_untracked(|run| run.id);
    let search = use_location().search;
    let back = move || {
        search.with(
            |search| if search.is_empty() { "/runs".to_owned() } else { format!("/runs?{}", search.trim_start_matches('?')) },
        )
    };
    let journal = RwSignal::new(false);
    let over = Memo::new(move |_| run.with(|run| run.status.is_final()));
    let unknown = Memo::new(move |_| run.with(|run| run.hold == Some(Hold::Unknown)));
    let held = Memo::new(move |_| run.with(|run| matches!(run.hold, Some(Hold::System | Hold::Paused))));
    let failed = Memo::new(move |_| run.with(|run| run.status == RunStatus::Failed && run.kind != "test"));
    Effect::new(move |_| set_title(&t::document_title(&run.with(|run| run.workflow_name.clone()))));
    view! {
        <header class="run-head">
            <div class="run-top">
                <A href=back attr:class="icon-btn run-back" attr:aria-label=t::BACK attr:data-tip=t::BACK><Icon glyph=Glyph::ArrowLeft/></A>
                <RunStatusChip run/>
                <span class="mono muted cut">{id.to_string()}</span>
                <CopyButton value=id.to_string() label=t::COPY_ID small=true/>
                <span class="grow"></span>
                <Show when=move || failed.get() && session.may(Role::Maker)>
                    <LinkButton href=run.with_untracked(|run| mend::href(run.workflow, run.id)) tone=Tone::Primary icon=Glyph::Edit>
                        {text::mend::FIX}
                    </LinkButton>
                </Show>
                <Show when=move || session.may(Role::Operator)>
                    <Show when=move || unknown.get()><SettleButton detail on_changed/></Show>
                    <Show when=move || held.get()><ResumeButton id on_changed/></Show>
                    <Show when=move || !over.get()><CancelButton id on_changed/></Show>
                    <Show when=move || over.get()><ReplayMenu detail/></Show>
                </Show>
                <A href=back attr:class="icon-btn run-close" attr:aria-label=t::CLOSE attr:data-tip=t::CLOSE><Icon glyph=Glyph::Close/></A>
            </div>
            <p class="run-say" role="status">{move || coded(&detail.with(sentence))}</p>
            <p class="run-meta">
                <A href=move || format!("/workflows/{}", run.with(|run| run.workflow)) attr:class="link">
                    {move || run.with(|run| run.workflow_name.clone())}
                </A>
                {move || run.with(|run| match run.version {
                    // A test runs a draft, which no list of versions holds.
                    0 => view! { <span>{t::version(0)}</span> }.into_any(),
                    version => {
                        let href = format!("/workflows/{}?version={version}", run.workflow);
                        view! { <A href attr:class="link" attr:title=t::SHOW_VERSION>{t::version(version)}</A> }.into_any()
                    }
                })}
                {move || detail.with(|detail| detail.published.as_ref().map(|published| t::published_by(&published.by, published.at))).map(|says| view! { <bdi>{says}</bdi> })}
                <span>
                    <Moment at=Signal::derive(move || run.with(|run| run.created_at)) style=Style::Time/>
                    {move || detail.with(|detail| detail.definition.trigger(&detail.run.trigger).map(|trigger| format!(" {}", t::started_by(&trigger.label))))}
                </span>
                {move || run.with(|run| (run.retries > 0).then(|| view! { <span>{t::retries(run.retries)}</span> }))}
                {move || run.with(|run| (run.notes > 0).then(|| view! { <span>{t::notes(run.notes)}</span> }))}
                {move || run.with(|run| (run.kind == "test").then(|| view! { <span>{t::TEST}</span> }))}
                <Origin detail/>
                {move || {
                    run.with(|run| run.replay_of)
                        .map(|of| {
                            view! {
                                <span>
                                    {t::REPLAY_OF} " "
                                    <A href=format!("/runs/{of}") attr:class="link mono">{of.to_string()}</A>
                                </span>
                            }
                        })
                }}
                <button type="button" class="link" on:click=move |_| journal.set(true)>{t::journal::TITLE}</button>
            </p>
            <Replays detail/>
            <JournalDialog detail open=journal/>
        </header>
    }
}
