//! The other side: what it does with calls, and what it says when it is asked about one.

use engine::{Call, LookupOutcome};
use model::run::{AttemptState, CallOutcome, EffectClass, ErrorClass, KeyLimits, StepError};
use serde_json::{Value, json};

use super::World;

/// How the outside behaves.
#[derive(Debug, Clone)]
pub struct Outside {
    pub seed: u64,
    /// Everything may happen; otherwise calls only fail now and then, and succeed in the end.
    pub wild: bool,
    pub class: EffectClass,
    /// Of calls of the class `safe`.
    pub limits: KeyLimits,
    /// Questions are answered in the end; otherwise nobody ever says.
    pub answers: bool,
    /// Some failures of a calm outside leave open whether the call was carried out.
    pub silent: bool,
}

impl Outside {
    pub fn new(seed: u64, wild: bool, class: EffectClass) -> Self {
        Outside { seed, wild, class, limits: KeyLimits::default(), answers: true, silent: false }
    }
}

impl World<'_> {
    pub(super) fn wild_limits(&self, key: &str) -> KeyLimits {
        let roll = self.chance(key, 40);
        let ttl_s = roll.is_multiple_of(2).then_some(roll / 2 % 200);
        KeyLimits { ttl_s, replays_errors: (roll / 400).is_multiple_of(2), lookup: (roll / 800).is_multiple_of(2) }
    }

    /// What the other side says when it is asked whether a call happened: the truth, in the end.
    pub(super) fn answered(&self, question: &Call) -> LookupOutcome {
        let asked = self.state.steps[&question.path].attempts.iter().filter(|a| a.lookup == question.lookup && a.error.is_some());
        let roll = self.chance(&question.key, question.n + 50);
        if !self.outside.answers || (asked.count() as u64) < roll % 3 {
            let class = if self.outside.wild { ErrorClass::ALL[(roll / 3 % 9) as usize] } else { ErrorClass::Transient };
            return LookupOutcome::Failed { error: StepError::new(class, "test", "Not now."), retry_after_ms: None };
        }
        match self.effects.contains_key(&question.key) {
            true => LookupOutcome::Happened(self.answer(&question.key)),
            false => LookupOutcome::DidNot,
        }
    }

    pub(super) fn send(&mut self, call: &Call) {
        // A question changes nothing.
        if call.lookup.is_some() {
            return;
        }
        let first = *self.seen.entry(call.key.clone()).or_insert(self.now);
        let ttl_ms = self.outside.limits.ttl_s.map_or(i64::MAX, |ttl| i64::try_from(ttl * 1000).unwrap());
        let knows_keys = self.outside.class == EffectClass::Safe && self.now.since(first) <= ttl_ms;
        if self.fails(call).is_none_or(|indeterminate| indeterminate && self.chance(&call.key, 60).is_multiple_of(2)) {
            let times = self.effects.entry(call.key.clone()).or_default();
            *times += u32::from(*times == 0 || !knows_keys);
        }
        if !self.sent.contains(&call.key) {
            self.sent.push(call.key.clone());
        }
        *self.times.entry(call.key.clone()).or_default() += 1;
    }

    /// In a calm world: whether a call fails, and if so whether it may have been carried out all the same.
    pub(super) fn fails(&self, call: &Call) -> Option<bool> {
        // How often it is known to have failed: a crash tells nothing.
        let failed = self.state.steps[&call.path].calls().filter(|a| a.key == call.key && has_failed(a)).count() as u64;
        (failed < self.chance(&call.key, 0) % 3).then(|| self.outside.silent && self.chance(&call.key, 61).is_multiple_of(2))
    }

    pub(super) fn outcome(&self, call: &Call) -> CallOutcome {
        if self.outside.wild {
            let roll = self.chance(&call.key, call.n);
            if roll.is_multiple_of(3) {
                return CallOutcome::Succeeded { output: self.answer(&call.key), response: None };
            }
            let class = ErrorClass::ALL[(roll / 3 % 9) as usize];
            let retry_after_ms = roll.is_multiple_of(7).then_some(roll % 100_000);
            // Whoever refuses credentials has not carried anything out.
            let indeterminate = class != ErrorClass::Auth && (roll / 30).is_multiple_of(2);
            let status = roll.is_multiple_of(5).then_some(503);
            let error = StepError { status, ..StepError::new(class, "test", "It failed.") };
            return CallOutcome::Failed { error, indeterminate, retry_after_ms };
        }
        if let Some(indeterminate) = self.fails(call) {
            let status = indeterminate.then_some(500);
            let error = StepError { status, ..StepError::new(ErrorClass::Transient, "test", "Not now.") };
            return CallOutcome::Failed { error, indeterminate, retry_after_ms: None };
        }
        CallOutcome::Succeeded { output: self.answer(&call.key), response: None }
    }

    pub(super) fn answer(&self, key: &str) -> Value {
        json!({ "for": key })
    }

    /// A number that follows from the seed, a key and a number.
    pub(super) fn chance(&self, key: &str, n: u32) -> u64 {
        let mut hash = self.outside.seed ^ 0x9e37_79b9_7f4a_7c15;
        for byte in key.bytes().chain(n.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            hash ^= hash >> 29;
        }
        hash >> 8
    }
}

/// One whose own answer was a failure; that of a call nobody answered is not known.
fn has_failed(attempt: &AttemptState) -> bool {
    attempt.error.as_ref().is_some_and(|error| error.code != "call.interrupted")
}
