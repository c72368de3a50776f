//! Tests of a step or the whole workflow: what has to be known first, what would be sent, and the run itself.

use std::time::Duration;

use expr::{Source, condition_references, references};
use leptos::{prelude::*, task::spawn_local};
use manifest::Effect;
use model::{
    WorkflowDefinition,
    api::{CancelRun, Empty, GetRun, ListSamples, RunDetail, TestRun, TestWorkflow},
    ids::{RunId, StepId},
    run::RunStatus,
    step::{Content, Step, StepKind},
};

use super::{
    extent::{Extent, unchanged, up_to},
    pins,
    request::{self, Request},
    samples,
    scope::What,
    state::{Editor, Selected, Tab, Tested},
    ways::{self, Way},
};
use crate::{
    api::call,
    standing::{standings, worst},
    text::editor as t,
};

/// Looks that fail one after the other until a test counts as out of sight.
const MOST_FAILURES: u32 = 20;

/// Before a look at a running test, in milliseconds: most are over within a moment, and one that waits for days is not asked for often.
fn pause_before(look: u32, failures: u32) -> u64 {
    match (failures, look) {
        (1.., _) => 1_000,
        (0, 0..6) => 90,
        (0, 6..340) => 350,
        (0, 340..640) => 2_000,
        (0, _) => 10_000,
    }
}

/// A test that would change something elsewhere: it waits for a person's word.
#[derive(Debug, Clone, PartialEq)]
pub struct Asking {
    pub extent: Extent,
    pub calls: Vec<Planned>,
}

/// A call that a test would make.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    pub step: StepId,
    pub label: String,
    pub connection: Option<String>,
    pub request: Request,
    /// What a person agrees to: while it is the same, they are not asked again.
    pub consent: String,
    pub ways: Vec<Way>,
    /// Which of them was chosen.
    pub chosen: usize,
}

impl Planned {
    fn way(&self) -> &Way {
        self.ways.get(self.chosen).unwrap_or(&Way::Send)
    }
}

/// Waits.
pub async fn pause(ms: u64) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(
            move || {
                let _ = resolve.call0(&wasm_bindgen::JsValue::UNDEFINED);
            },
            Duration::from_millis(ms),
        );
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}

/// Tests one step, or everything.
pub fn test(editor: Editor, only: Option<StepId>) {
    begin(editor, only.map_or(Extent::All, Extent::Only));
}

/// Starts a test; asks first when it would change something elsewhere and nobody has agreed to just that.
pub fn begin(editor: Editor, extent: Extent) {
    if editor.tested.with_untracked(Tested::is_running) {
        return;
    }
    let extent = match extent {
        Extent::Only(id) if needs_all(editor, &id) => Extent::All,
        extent => extent,
    };
    // The test tab says which step comes first.
    if extent.only().is_some_and(|id| untrack(|| untested(editor, id)).is_some()) {
        return;
    }
    let calls = planned(editor, &extent);
    let agreed = editor.consents.with_untracked(|known| calls.iter().all(|call| known.get(&call.step) == Some(&call.consent)));
    if agreed {
        start(editor, extent, Vec::new());
    } else {
        editor.asking.set(Some(Asking { extent, calls }));
    }
}

/// A person has seen what would be sent, and said what is to be done with it.
pub fn agree(editor: Editor, asking: Asking) {
    let sent = asking.calls.iter().filter(|call| *call.way() == Way::Send);
    let agreed: Vec<_> = sent.map(|call| (call.step.clone(), call.consent.clone())).collect();
    editor.consents.update(|known| known.extend(agreed));
    let ways = asking.calls.into_iter().map(|call| (call.step.clone(), call.way().clone())).collect();
    start(editor, asking.extent, ways);
}

/// What the last test of this event gave and would give again.
pub fn still_holds(editor: Editor) -> serde_json::Map<String, serde_json::Value> {
    let event = editor.seen.get_untracked().0.event.clone();
    editor.tested.with_untracked(|tested| {
        if tested.event.is_none() || tested.event != event {
            return serde_json::Map::new();
        }
        editor.def.with_untracked(|def| {
            let uses = |id: &StepId| def.step(id).map(|step| used(step, def)).unwrap_or_default();
            unchanged(def, &tested.definition, &tested.steps, uses)
        })
    })
}

/// What steps give without being run: what is pinned, and what still holds where only what changed is tested.
fn given(editor: Editor, extent: &Extent) -> serde_json::Map<String, serde_json::Value> {
    if extent.only().is_some() {
        return serde_json::Map::new();
    }
    let mut given = if *extent == Extent::Changed { still_holds(editor) } else { serde_json::Map::new() };
    given.extend(pins::given(editor).into_iter().map(|(id, output)| (id.0, output)));
    given
}

/// Whether a step sees names that only the steps around it give: the element of a loop, what failed. It cannot be tested alone.
pub fn needs_all(editor: Editor, id: &StepId) -> bool {
    let seen = editor.seen.get_untracked().0;
    seen.at(id).here.iter().any(|local| !matches!(local.what, What::Links))
}

/// The calls of a test that are more than reading.
fn planned(editor: Editor, extent: &Extent) -> Vec<Planned> {
    let kept = given(editor, extent);
    editor.def.with_untracked(|def| {
        let def = &match extent {
            Extent::To(id) => up_to(def, id),
            _ => def.clone(),
        };
        let ids = extent.only().map_or_else(|| def.in_order(), |id| vec![id.clone()]);
        let seen = editor.seen.get_untracked().0;
        ids.into_iter()
            .filter(|id| !kept.contains_key(id.as_str()))
            .filter_map(|id| {
                let step = def.step(&id)?;
                let StepKind::Action(action) = &step.kind else { return None };
                if step.disabled || untrack(|| editor.is_sandbox(&Selected::Step(id.clone()))) {
                    return None;
                }
                let request = request::preview(action, &seen.at(&id), &editor.names.get_untracked());
                if request.effect == Effect::Read {
                    return None;
                }
                let connection = action.connection.and_then(|id| {
                    editor.connections.with_untracked(|all| all.iter().find(|one| one.id == id).map(|one| one.label.clone()))
                });
                let setup = serde_json::to_string(&step.kind).unwrap_or_default();
                let consent = format!("{} {} {:?} {setup}", request.method, request.url, request.recipient);
                let ways = ways::offered(editor, def, &id, action, &request, &seen);
                Some(Planned { step: id, label: step.label.clone(), connection, request, consent, ways, chosen: 0 })
            })
            .collect()
    })
}

/// The first earlier step whose output this one uses and which has none yet.
pub fn untested(editor: Editor, id: &StepId) -> Option<(StepId, String)> {
    editor.def.with(|def| {
        let step = def.step(id)?;
        let seen = editor.seen.get().0;
        used(step, def).into_iter().find(|earlier| !seen.outputs.contains_key(earlier)).and_then(|earlier| {
            let label = def.step(&earlier)?.label.clone();
            Some((earlier, label))
        })
    })
}

/// The steps whose outputs a step uses.
fn used(step: &Step, def: &WorkflowDefinition) -> Vec<StepId> {
    let names = def.names();
    let mut found = Vec::new();
    // What is asked after a body is about the steps inside it, which run with the test.
    for slot in step.kind.slots().into_iter().filter(|slot| slot.after_body.is_none()) {
        match slot.content {
            Content::Mapped(mapped) => found.extend(references(mapped, &names)),
            Content::Condition(condition) => found.extend(condition_references(condition, &names)),
        }
    }
    let mut steps = Vec::new();
    for reference in found {
        if let Source::Step(id) = reference.source
            && let id = StepId(id)
            && def.steps.contains_key(&id)
            && !steps.contains(&id)
        {
            steps.push(id);
        }
    }
    steps
}

/// Runs the test. Whoever calls this has asked where it was due.
pub fn start(editor: Editor, extent: Extent, ways: Vec<(StepId, Way)>) {
    editor.asking.set(None);
    let Some(event) = editor.seen.get_untracked().0.event.clone() else {
        // Without an event there is nothing to test with: show where one comes from.
        if let Some(trigger) = editor.def.with_untracked(|def| def.triggers.first().map(|trigger| trigger.id.clone())) {
            editor.inspect(Selected::Trigger(trigger));
            editor.tab.set(Tab::Test);
        } else {
            editor.picking.set(Some(super::state::Picking::Trigger));
        }
        return;
    };
    let definition = editor.def.get_untracked();
    let Some(trigger) = samples::trigger_in_use(editor, &definition) else { return };
    let only = extent.only().cloned();
    let mut given = given(editor, &extent);
    if let Some(id) = &only {
        let seen = editor.seen.get_untracked().0;
        for earlier in definition.before(id) {
            if let Some(output) = seen.outputs.get(&earlier) {
                given.insert(earlier.0.clone(), (*output.value).clone());
            }
        }
    }
    let before = editor.tested.with_untracked(Tested::outputs);
    editor.tested.set(Tested {
        only: only.clone(),
        definition: definition.clone(),
        event: Some(event.clone()),
        status: Some(RunStatus::Queued),
        before,
        ..Tested::default()
    });
    let mut definition = match &extent {
        Extent::To(id) => up_to(&definition, id),
        _ => definition,
    };
    given.extend(ways::applied(&mut definition, ways).into_iter().map(|(id, output)| (id.0, output)));
    let body = TestRun { definition, trigger, event: (*event).clone(), only, given };
    spawn_local(async move {
        match call::<TestWorkflow>((editor.id,), &Empty {}, &body).await {
            Ok(receipt) => match receipt.run {
                Some(run) => watch(editor, run).await,
                None => fail(editor, t::TEST_WITHOUT_RUN.into()),
            },
            Err(problem) => fail(editor, problem.message),
        }
    });
}

fn fail(editor: Editor, message: String) {
    editor.tested.try_update(|tested| tested.error = Some(message));
}

/// Follows a test run to its end and takes what its steps gave as samples.
async fn watch(editor: Editor, run: RunId) {
    editor.tested.try_update(|tested| tested.run = Some(run));
    let mut failures = 0;
    for look in 0_u32.. {
        pause(pause_before(look, failures)).await;
        let Some(current) = editor.tested.try_with_untracked(|tested| tested.run) else { return };
        if current != Some(run) {
            return;
        }
        match call::<GetRun>((run,), &Empty {}, &Empty {}).await {
            Ok(detail) => {
                failures = 0;
                let ended = detail.run.status.is_final();
                take(editor, detail);
                if ended {
                    reload_samples(editor).await;
                    return;
                }
            }
            // A server that is started anew, or has not written the run yet.
            Err(problem) if problem.is_offline() || problem.is_not_found() || problem.status >= 500 => {
                failures += 1;
                if failures >= MOST_FAILURES {
                    return fail(editor, t::TEST_OUT_OF_SIGHT.into());
                }
            }
            Err(problem) => return fail(editor, problem.message),
        }
    }
}

fn take(editor: Editor, detail: RunDetail) {
    let standings = standings(&detail);
    editor.tested.try_update(|tested| {
        tested.status = Some(detail.run.status);
        tested.finished_at = detail.run.finished_at;
        tested.message = detail.message.or_else(|| detail.run.error.map(|error| error.message));
        let only = tested.only.clone();
        let is_tested = |id: &StepId| only.as_ref().is_none_or(|only| only == id);
        tested.standings = standings;
        tested.standings.retain(|id, _| is_tested(id));
        tested.steps =
            worst(&detail.steps).into_iter().filter(|(id, _)| is_tested(id)).map(|(id, step)| (id, step.clone())).collect();
    });
}

/// Ends the test that is under way. Whoever may not cancel runs only stops watching it.
pub fn cancel(editor: Editor, may_cancel: bool) {
    let Some(run) = editor.tested.with_untracked(|tested| tested.run.filter(|_| tested.is_running())) else { return };
    if !may_cancel {
        editor.tested.set(Tested::default());
        return;
    }
    spawn_local(async move {
        if let Err(problem) = call::<CancelRun>((run,), &Empty {}, &Empty {}).await {
            editor.toasts.problem(&problem);
        }
    });
}

pub async fn reload_samples(editor: Editor) {
    if let Ok(samples) = call::<ListSamples>((editor.id,), &Empty {}, &Empty {}).await {
        editor.samples.try_set(samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_looked_at_for_as_long_as_it_is_under_way_and_less_often_with_time() {
        let pauses: Vec<u64> = (0..2_000).map(|look| pause_before(look, 0)).collect();
        assert!(pauses.is_sorted() && pauses[0] < 100 && pauses.last() == Some(&10_000));
        let first_two_minutes = pauses
            .iter()
            .scan(0, |sum, ms| {
                *sum += ms;
                Some(*sum)
            })
            .take_while(|sum| *sum < 120_000)
            .count();
        assert!((300..400).contains(&first_two_minutes), "{first_two_minutes}");
        assert_eq!(pause_before(0, 1), 1_000);
    }
}
