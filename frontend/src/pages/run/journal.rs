//! The run's journal, as it is written: every fact in the order it happened.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Timestamp,
    api::{Empty, GetJournal, JournalQuery, JournalRow, RunDetail},
    ids::RunId,
    run::RunEvent,
};

use crate::{
    api::{Problem, call},
    moment::Style,
    text::run::{self as r, journal as t},
    ui::{Button, Dialog, ErrorState, JsonTree, Moment, SkeletonRows, Tone, coded},
};

/// Rows read at a time.
const ROWS: u32 = 100;

/// Over the page, while `open`.
#[component]
pub fn JournalDialog(detail: Signal<RunDetail>, open: RwSignal<bool>) -> impl IntoView {
    view! { <Dialog open title=t::TITLE wide=true><Journal detail/></Dialog> }
}

/// What was read so far.
#[derive(Clone, Copy)]
struct Reader {
    id: RunId,
    rows: RwSignal<Vec<JournalRow>>,
    /// There are rows after those.
    more: RwSignal<bool>,
    ready: RwSignal<bool>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
}

impl Reader {
    fn read(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let after = self.rows.with_untracked(|rows| rows.last().map(|row| row.seq));
        spawn_local(async move {
            let query = JournalQuery { after, limit: Some(ROWS) };
            match call::<GetJournal>((self.id,), &query, &Empty {}).await {
                Ok(journal) => {
                    self.rows.try_update(|rows| rows.extend(journal.rows));
                    self.more.try_set(journal.more);
                    self.ready.try_set(true);
                    self.problem.try_set(None);
                }
                Err(problem) => _ = self.problem.try_set(Some(problem)),
            }
            self.busy.try_set(false);
        });
    }
}

#[component]
fn Journal(detail: Signal<RunDetail>) -> impl IntoView {
    let reader = Reader {
        id: detail.with_untracked(|detail| detail.run.id),
        rows: RwSignal::new(Vec::new()),
        more: RwSignal::new(false),
        ready: RwSignal::new(false),
        busy: RwSignal::new(false),
        problem: RwSignal::new(None),
    };
    // What is written while it is open comes to the end, once somebody has read so far.
    let seq = Memo::new(move |_| detail.with(|detail| detail.run.seq));
    Effect::new(move |_| {
        seq.track();
        if !reader.more.get_untracked() {
            reader.read();
        }
    });
    let failed = Memo::new(move |_| reader.problem.with(Option::is_some));
    let facts = move || {
        reader.rows.with(|rows| {
            let of = |row: &JournalRow| {
                let seq = row.seq;
                row.events.iter().cloned().enumerate().map(move |(at, event)| ((seq, at), event)).collect::<Vec<_>>()
            };
            rows.iter().flat_map(of).collect::<Vec<_>>()
        })
    };
    view! {
        <p class="dialog-text">{t::ABOUT}</p>
        <Show when=move || !reader.ready.get() && !failed.get()><SkeletonRows rows=5/></Show>
        <ol class="journal" aria-label=t::EVENTS>
            <For each=facts key=|(key, _)| *key children=move |(_, event)| view! { <Fact event detail/> }/>
        </ol>
        <Show when=move || failed.get()><ErrorState problem=reader.problem on_retry=move |()| reader.read()/></Show>
        <Show when=move || reader.more.get()>
            <div class="more-row"><Button tone=Tone::Ghost busy=reader.busy on:click=move |_| reader.read()>{t::MORE}</Button></div>
        </Show>
    }
}

#[component]
fn Fact(event: RunEvent, detail: Signal<RunDetail>) -> impl IntoView {
    let RunEvent { at, kind } = event;
    let at: Timestamp = at;
    let step = detail.with_untracked(|detail| name(detail, &kind));
    let says = t::fact(&kind, &step);
    let kind = StoredValue::new(kind);
    let open = RwSignal::new(false);
    view! {
        <li>
            <span class="journal-at muted num"><Moment at style=Style::Time/></span>
            <div class="journal-says">
                <p>{coded(&says)}</p>
                <details on:toggle=move |event| open.set(is_open(&event))>
                    <summary class="small muted">{t::DATA}</summary>
                    // Made when somebody looks: it may be large.
                    {move || open.get().then(|| {
                        let value = kind.with_value(|kind| serde_json::to_value(kind).unwrap_or_default());
                        view! { <JsonTree value open=2/> }
                    })}
                </details>
            </div>
        </li>
    }
}

fn is_open(event: &leptos::ev::Event) -> bool {
    event.target().and_then(|details| js_sys::Reflect::get(&details, &"open".into()).ok()).is_some_and(|open| open.is_truthy())
}

/// What the step of a fact is called, with the number of its item within a loop.
fn name(detail: &RunDetail, kind: &model::run::RunEventKind) -> String {
    let Some(path) = kind.path() else { return String::new() };
    let id = path.step();
    let label = detail.definition.step(&id).map_or_else(|| id.to_string(), |step| step.label.clone());
    match path.iterations().last() {
        Some((_, index)) => r::lane_of_item(index, &label),
        None => label,
    }
}
