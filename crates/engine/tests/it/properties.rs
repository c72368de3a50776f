use std::collections::BTreeSet;

use model::run::{EffectClass, KeyLimits, RunEventKind, RunState, StepStatus};
use proptest::prelude::*;

use crate::{
    workflows,
    world::{Outside, World},
};

fn class() -> impl Strategy<Value = EffectClass> {
    prop::sample::select(vec![EffectClass::Safe, EffectClass::Lookup, EffectClass::Unsafe])
}

fn limits() -> impl Strategy<Value = KeyLimits> {
    let ttl_s = prop::option::of(31_u64..200);
    (ttl_s, any::<bool>(), any::<bool>()).prop_map(|(ttl_s, replays_errors, lookup)| KeyLimits { ttl_s, replays_errors, lookup })
}

/// What does not depend on when something happened.
fn ends(state: &RunState) -> Vec<(String, StepStatus, Option<String>)> {
    let output =
        |step: &model::run::StepState| step.output.as_ref().and_then(|output| output.inline()).map(|output| output.to_string());
    state.steps.iter().map(|(path, step)| (path.0.clone(), step.status, output(step))).collect()
}

fn tells_moments(state: &RunState) -> bool {
    ends(state).iter().any(|(_, _, output)| {
        output.as_ref().is_some_and(|text| text.contains("\"until\"") || text.contains("\"timed_out\":true"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the outside does and wherever the process dies: every fact moves states along the tables (asserted in the world), every
    /// run ends, the fold of the journal is the state, and what was begun has ended.
    #[test]
    fn every_run_comes_to_its_end(
        def in workflows::varied(), bits: u8, seed: u64, crashes in prop::collection::btree_set(1_usize..40, 0..6),
    ) {
        let mut world = World::new(&def, bits, Outside::new(seed, true, EffectClass::Safe), crashes);
        world.drive();
        let folded = RunState::fold(&world.journal);
        prop_assert_eq!(&folded, &world.state);
        prop_assert!(folded.status.is_final());
        prop_assert!(folded.in_flight().next().is_none(), "ended with a call under way");

        let finished = world.journal.iter().filter(|event| matches!(event.kind, RunEventKind::RunFinished { .. })).count();
        prop_assert_eq!(finished, 1);
        let timed_out = folded.error.as_ref().is_some_and(|error| error.code == "run.timed_out");
        for (path, step) in &folded.steps {
            let calls = step.input.is_some();
            prop_assert!(!calls || timed_out || step.status.is_final(), "{} was begun and is {:?}", path, step.status);
            let known = step.lookup.is_none() && step.last_call().is_none_or(|last| last.error.is_some());
            prop_assert!(step.status != StepStatus::Skipped || known, "{} was left with nobody knowing how it ended", path);
        }
    }

    /// Calls that get no answer, a process that dies at any commit, keys that are forgotten, errors that are kept: what the other side has
    /// carried out is what it would have been without all that, or a person is asked; and never does it happen twice.
    #[test]
    fn the_world_sees_what_it_would_have_seen(
        def in workflows::patient(), bits: u8, seed: u64, class in class(), limits in limits(), answers in prop::bool::weighted(0.8),
        crashes in prop::collection::btree_set(1_usize..30, 0..5),
    ) {
        let mut def = def;
        def.settings.run_timeout_ms = None;
        let outside = Outside { limits, answers, ..Outside::new(seed, false, class) };
        let mut calm = World::new(&def, bits, outside.clone(), BTreeSet::new());
        calm.drive();
        prop_assert!(!calm.asked && calm.effects.values().all(|times| *times == 1));
        let few = crashes.len() <= 2;
        let mut rough = World::new(&def, bits, Outside { silent: true, ..outside }, crashes);
        rough.drive();
        prop_assert!(rough.effects.values().all(|times| *times == 1), "twice: {:?}", rough.effects);
        prop_assert!(rough.effects.keys().all(|key| calm.effects.contains_key(key)), "something nobody asked for");
        if !rough.asked {
            prop_assert_eq!(&rough.effects, &calm.effects);
        }
        // Whoever can be asked and answers leaves nothing to a person, unless only a new key would help.
        prop_assert!(!(rough.asked && class == EffectClass::Lookup && answers && few && !limits.replays_errors));
        prop_assert!(!rough.asked || class != EffectClass::Safe || limits.is_limited());
        prop_assert_eq!(rough.state.status, calm.state.status);
        if !tells_moments(&calm.state) {
            prop_assert_eq!(ends(&rough.state), ends(&calm.state));
        }
    }

    /// A crash at any commit changes neither which calls are made nor their keys, unless a person had to be asked; and a call that must
    /// not be sent twice never is.
    #[test]
    fn crashes_do_not_change_the_calls(
        def in workflows::patient(), bits: u8, seed: u64, class in class(), crashes in prop::collection::btree_set(1_usize..30, 1..5),
    ) {
        let mut def = def;
        def.settings.run_timeout_ms = None;
        let sorted = |keys: &[String]| keys.iter().cloned().collect::<BTreeSet<_>>();
        let outside = Outside::new(seed, false, class);
        let mut calm = World::new(&def, bits, outside.clone(), BTreeSet::new());
        calm.drive();
        let mut rough = World::new(&def, bits, outside, crashes);
        rough.drive();
        if class == EffectClass::Safe {
            prop_assert!(!rough.asked);
            prop_assert_eq!(sorted(&rough.sent), sorted(&calm.sent));
        } else {
            // The person answered what the other side would have: a call that died before it was sent is the only one missing.
            let missing = calm.sent.iter().filter(|key| !rough.sent.contains(key)).count();
            prop_assert!(missing == 0 || rough.asked);
            prop_assert!(rough.sent.iter().all(|key| calm.sent.contains(key)), "a call nobody asked for");
        }
        prop_assert_eq!(rough.state.status, calm.state.status);
        if !tells_moments(&calm.state) {
            prop_assert_eq!(ends(&rough.state), ends(&calm.state));
        }
        if class != EffectClass::Safe {
            for (key, times) in &rough.times {
                // The journal tells, also of steps that are no longer part of the state.
                let mut attempts = std::collections::BTreeMap::new();
                let mut known_failures = 0;
                for event in &rough.journal {
                    match &event.kind {
                        RunEventKind::AttemptStarted { path, n, key: of, .. } => drop(attempts.insert((path, *n), of)),
                        RunEventKind::AttemptFailed { path, n, .. } if attempts.get(&(path, *n)) == Some(&key) => known_failures += 1,
                        _ => {}
                    }
                }
                prop_assert!(*times <= known_failures + 1, "sent again although nobody knew how it had ended");
            }
        }
    }
}
