//! Items that join a batch across runs.

use std::str::FromStr;

use croner::Cron;
use engine::CollectCall;
use jiff::tz::TimeZone;
use model::{
    Timestamp,
    ids::StepPath,
    run::{ErrorClass, StepError},
    step::Collect,
};
use serde_json::json;
use store::CollectJoin;

use crate::drive::{
    Drive, Stop,
    commit::{Riders, Written},
};

impl Drive<'_> {
    pub(super) async fn collect(&mut self, path: StepPath, call: CollectCall) -> Result<(), Stop> {
        if self.is_test() {
            // A test joins no batch: it shows what would have.
            let key = Some(call.key).filter(|key| !key.is_empty());
            self.out(&path, Ok(json!({ "batch": null, "position": 1, "simulated": true, "key": key, "item": call.item })));
            return Ok(());
        }
        let (closes_at, by_schedule) = match closing(&call, self.inner.store.now()) {
            Ok(closing) => closing,
            Err(message) => {
                self.out(&path, Err(StepError::new(ErrorClass::Permanent, "collect.schedule", message)));
                return Ok(());
            }
        };
        let Some(trigger) = self.state.trigger.clone() else {
            self.out(&path, Err(StepError::new(ErrorClass::System, "collect.trigger", "The run does not say what started it.")));
            return Ok(());
        };
        let join = CollectJoin {
            path: path.clone(),
            step: call.step,
            key: call.key,
            item: call.item,
            version: self.state.version,
            trigger,
            count: Some(call.count.unwrap_or(Collect::MAX_ITEMS).clamp(1, Collect::MAX_ITEMS)),
            closes_at,
            by_schedule,
        };
        loop {
            // The writer puts batch and position into it, which are known only under the batch's lock.
            let facts = engine::local_ended(&self.context(), &self.state, &path, Ok(json!({})));
            if facts.is_empty() {
                return Ok(());
            }
            if self.commit_with(facts, Riders { collect: vec![join.clone()], ..Riders::default() }).await? == Written::Yes {
                return Ok(());
            }
        }
    }
}

/// When a batch closes that begins now, and whether that is a time of its schedule.
fn closing(call: &CollectCall, now: Timestamp) -> Result<(Option<Timestamp>, bool), String> {
    let after = call.after_ms.map(|ms| now.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX)));
    let slot = call.schedule.as_ref().map(|cron| next(cron, &call.time_zone, now)).transpose()?.flatten();
    Ok(match (after, slot) {
        (Some(after), Some(slot)) if slot < after => (Some(slot), true),
        (None, Some(slot)) => (Some(slot), true),
        (after, _) => (after, false),
    })
}

/// The first time of a schedule after `now`; none when there is no further one.
fn next(cron: &str, time_zone: &str, now: Timestamp) -> Result<Option<Timestamp>, String> {
    let zone = TimeZone::get(time_zone).map_err(|_| format!("`{time_zone}` is no time zone; write it like Europe/Berlin."))?;
    let parsed = Cron::from_str(cron).map_err(|error| format!("The schedule `{cron}` is not understood: {error}."))?;
    let from = jiff::Timestamp::from_millisecond(now.ms()).map_err(|error| error.to_string())?.to_zoned(zone);
    Ok(parsed.find_next_occurrence(&from, false).ok().map(|next| Timestamp(next.timestamp().as_millisecond())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(after_ms: Option<u64>, schedule: Option<&str>, zone: &str) -> CollectCall {
        CollectCall {
            step: "c".into(),
            item: json!(1),
            key: String::new(),
            count: None,
            after_ms,
            schedule: schedule.map(str::to_owned),
            time_zone: zone.to_owned(),
        }
    }

    #[test]
    fn the_sooner_of_time_and_schedule_closes() {
        // 2026-01-01T00:00:00Z
        let now = Timestamp(1_767_225_600_000);
        let hour = 3_600_000;
        let at =
            |after, schedule, zone| closing(&call(after, schedule, zone), now).map(|(at, by)| (at.map(|at| at.since(now)), by));
        assert_eq!(at(Some(5_000), None, "UTC"), Ok((Some(5_000), false)));
        assert_eq!(at(None, Some("0 9 * * *"), "UTC"), Ok((Some(9 * hour), true)));
        assert_eq!(at(None, Some("0 9 * * *"), "Europe/Berlin"), Ok((Some(8 * hour), true)), "in its own zone");
        assert_eq!(at(Some(5_000), Some("0 9 * * *"), "UTC"), Ok((Some(5_000), false)));
        assert_eq!(at(Some(36_000_000), Some("0 9 * * *"), "UTC"), Ok((Some(9 * hour), true)));
        assert_eq!(at(None, None, "UTC"), Ok((None, false)), "by count alone");
        assert!(at(None, Some("every day"), "UTC").is_err());
        assert!(at(None, Some("0 9 * * *"), "Mars/Olympus").is_err());
    }
}
