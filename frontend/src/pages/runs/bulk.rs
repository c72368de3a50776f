//! Actions on all runs that fit the filter, or on one group of equal failures: asked about with the count, then followed. The one that was
//! begun stands in the address, so that loading the page again goes on with it.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use model::{
    Role,
    api::{BulkAction, BulkState, NewBulk, RunsQuery},
    ids::{JobId, StepId},
    run::{Hold, RunStatus},
};

use super::{bulk_dialog::BulkDialog, feed::Feed, filter::Filter};
use crate::{
    bulk::{Begun, BulkProgress},
    moment::now,
    session::use_session,
    text::runs::bulk as t,
    ui::{Glyph, Icon, IconButton, Menu, MenuItem, MenuNote, Popover, use_toasts},
};

/// What somebody wants to do, before it is confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub action: BulkAction,
    /// Which runs, narrowed to those the action can be carried out for; nothing: there can be none.
    pub runs: Option<RunsQuery>,
    /// Where they failed, all of them.
    pub step: Option<(StepId, String)>,
}

/// Puts a job into the address of the page.
type Go = Box<dyn Fn(Option<JobId>)>;

#[derive(Clone, Copy)]
pub struct Room {
    pub asked: RwSignal<Option<Asked>>,
    pub open: RwSignal<bool>,
    pub begun: Begun,
    /// Rises when one is over: what is shown may have gone.
    pub over: RwSignal<u32>,
    go: StoredValue<Go, LocalStorage>,
}

impl Room {
    pub fn new(filter: Memo<Filter>, feed: Feed) -> Self {
        let navigate = use_navigate();
        let path = use_location().pathname;
        let go = move |bulk: Option<JobId>| {
            let next = Filter { bulk, ..filter.get_untracked() };
            let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
            navigate(&format!("{}{}", path.get_untracked(), next.address()), options);
        };
        let room = Room {
            asked: RwSignal::new(None),
            open: RwSignal::new(false),
            begun: Begun::new(use_toasts()),
            over: RwSignal::new(0),
            go: StoredValue::new_local(Box::new(go)),
        };
        let job = Memo::new(move |_| filter.with(|filter| filter.bulk));
        Effect::new(move |_| match job.get() {
            Some(id) => room.begun.follow(id),
            None => room.begun.leave(),
        });
        let ended = Memo::new(move |_| {
            let over = |bulk: &model::api::Bulk| bulk.state != BulkState::Running;
            room.begun.bulk.with(|bulk| bulk.as_ref().is_some_and(over))
        });
        Effect::new(move |before: Option<bool>| {
            let is_over = ended.get();
            if is_over && before == Some(false) {
                room.over.update(|n| *n = n.wrapping_add(1));
                feed.read_anew();
            }
            is_over
        });
        room
    }

    pub fn ask(self, action: BulkAction, of: RunsQuery, step: Option<(StepId, String)>) {
        self.asked.set(Some(Asked { action, runs: narrowed(action, of), step }));
        self.open.set(true);
    }

    pub fn start(self, new: NewBulk, all: Option<u64>) {
        self.begun.start(new, all, move |id| {
            self.open.try_set(false);
            self.go.try_with_value(|go| go(Some(id)));
        });
    }

    fn hide(self) {
        self.go.try_with_value(|go| go(None));
    }
}

/// The runs that fit and for which the action can be carried out; nothing: there can be none.
fn narrowed(action: BulkAction, of: RunsQuery) -> Option<RunsQuery> {
    let fits = |status: RunStatus| match action {
        BulkAction::Replay | BulkAction::Delete => status.is_final(),
        BulkAction::Cancel => !status.is_final(),
        BulkAction::Settle => status == RunStatus::Waiting,
        BulkAction::Run => false,
    };
    let asked: Vec<RunStatus> = match of.status.as_deref() {
        Some(list) => list.split(',').filter_map(RunStatus::parse).collect(),
        None => RunStatus::ALL.to_vec(),
    };
    let statuses: Vec<&str> = asked.into_iter().filter(|status| fits(*status)).map(RunStatus::as_str).collect();
    if statuses.is_empty() {
        return None;
    }
    let mut narrowed = RunsQuery { status: Some(statuses.join(",")), ..of };
    match action {
        // A test is tested again, not replayed.
        BulkAction::Replay if narrowed.kind.as_deref() == Some("test") => return None,
        BulkAction::Replay => narrowed.kind = None,
        BulkAction::Settle if narrowed.hold.is_some_and(|hold| hold != Hold::Unknown) => return None,
        BulkAction::Settle => narrowed.hold = Some(Hold::Unknown),
        _ => {}
    }
    Some(narrowed)
}

/// Beside the exports: what can be done with all that is shown.
#[component]
pub fn BulkMenu(filter: Memo<Filter>, room: Room) -> impl IntoView {
    let session = use_session();
    let trigger = move || {
        view! {
            <Icon glyph=Glyph::Bolt/>
            <span>{t::MENU}</span>
            <Icon glyph=Glyph::ChevronDown/>
        }
    };
    let ask = move |action| room.ask(action, filter.get_untracked().shown(now()), None);
    view! {
        <Show when=move || session.may(Role::Operator)>
            <Popover role="menu" trigger>
                <MenuNote>{t::NOTE}</MenuNote>
                <MenuItem glyph=Glyph::Replay on_choose=move |()| ask(BulkAction::Replay)>{t::REPLAY}</MenuItem>
                <MenuItem glyph=Glyph::Ban on_choose=move |()| ask(BulkAction::Cancel)>{t::CANCEL}</MenuItem>
                <MenuItem glyph=Glyph::Question on_choose=move |()| ask(BulkAction::Settle)>{t::SETTLE}</MenuItem>
                <MenuItem glyph=Glyph::Trash danger=true on_choose=move |()| ask(BulkAction::Delete)>{t::DELETE}</MenuItem>
            </Popover>
        </Show>
    }
}

/// The same for runs that failed alike; they have ended, so there is nothing to cancel or to settle.
#[component]
pub fn GroupMenu(
    room: Room,
    count: u64,
    /// Which runs those are.
    runs: Filter,
    step: Option<(StepId, String)>,
) -> impl IntoView {
    let session = use_session();
    let (runs, step) = (StoredValue::new(runs), StoredValue::new(step));
    let ask = move |action| room.ask(action, runs.with_value(|runs| runs.query(now())), step.get_value());
    view! {
        <Show when=move || session.may(Role::Operator)>
            <Menu label=t::group(count)>
                <MenuItem glyph=Glyph::Replay on_choose=move |()| ask(BulkAction::Replay)>{t::REPLAY}</MenuItem>
                <MenuItem glyph=Glyph::Trash danger=true on_choose=move |()| ask(BulkAction::Delete)>{t::DELETE}</MenuItem>
            </Menu>
        </Show>
    }
}

/// The dialog that asks, and under the filters how far the one that was begun has come.
#[component]
pub fn BulkBar(room: Room) -> impl IntoView {
    let session = use_session();
    let shown = Memo::new(move |_| room.begun.bulk.with(Option::is_some));
    view! {
        <Show when=move || shown.get()>
            <div class="bulk-state" role="status" aria-label=t::STATE>
                <BulkProgress begun=room.begun may_stop=Signal::derive(move || session.may(Role::Operator))/>
                <span class="grow"></span>
                <IconButton glyph=Glyph::Close label=t::HIDE.to_owned() small=true on:click=move |_| room.hide()/>
            </div>
        </Show>
        <BulkDialog room/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: Option<&str>) -> RunsQuery {
        RunsQuery { status: status.map(str::to_owned), ..RunsQuery::default() }
    }

    #[test]
    fn an_action_is_for_those_it_can_be_carried_out_for() {
        let status = |action, asked| narrowed(action, of(asked)).and_then(|query| query.status);
        assert_eq!(status(BulkAction::Cancel, Some("failed,queued,waiting")).as_deref(), Some("queued,waiting"));
        assert_eq!(status(BulkAction::Cancel, Some("failed")), None);
        assert_eq!(status(BulkAction::Delete, Some("running")), None);
        let ended = status(BulkAction::Delete, None).unwrap_or_default();
        assert!(ended.contains("failed") && !ended.contains("queued"), "{ended}");
        assert_eq!(status(BulkAction::Run, None), None);
    }

    #[test]
    fn tests_are_not_replayed_and_only_the_unknown_is_settled() {
        let tests = RunsQuery { kind: Some("test".into()), ..RunsQuery::default() };
        assert_eq!(narrowed(BulkAction::Replay, tests.clone()), None);
        assert!(narrowed(BulkAction::Delete, tests).is_some_and(|query| query.kind.as_deref() == Some("test")));
        let all = RunsQuery { kind: Some("all".into()), ..RunsQuery::default() };
        assert!(narrowed(BulkAction::Replay, all).is_some_and(|query| query.kind.is_none()));
        assert!(narrowed(BulkAction::Settle, of(None)).is_some_and(|query| query.hold == Some(Hold::Unknown)));
        assert_eq!(narrowed(BulkAction::Settle, RunsQuery { hold: Some(Hold::Connection), ..RunsQuery::default() }), None);
    }
}
