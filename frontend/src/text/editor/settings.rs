//! The settings of a whole workflow.

use model::api::ExpectationSuggestion;

use crate::text::plural;

pub const TIME_ZONE_HINT: &str = "Of schedules and dates in this workflow.";
pub const WHILE_PAUSED: &str = "Events that arrive while it is paused";
pub const HOLD_EVENTS: &str = "Keep";
pub const REFUSE_EVENTS: &str = "Refuse";
pub const HOLD_EVENTS_ABOUT: &str = "They are kept in order, and run when the workflow goes on.";
pub const REFUSE_EVENTS_ABOUT: &str = "The sender is told (410) and may try again later.";
pub const LIMIT_RUNS: &str = "Limit how many runs go on at once";
pub const AT_MOST: &str = "At most";
pub const RUNS_AT_ONCE: &str = "at once; others wait their turn.";
pub const LIMIT_TIME: &str = "End runs that take too long";
pub const ENDED_AFTER: &str = "A run counts as failed after";

pub const RUNS_SECTION: &str = "Runs";
pub const ORDER_SECTION: &str = "Order";
pub const KEEP_SECTION: &str = "What is kept";
pub const LIMIT_RATE: &str = "Limit how many runs begin a minute";
pub const A_MINUTE: &str = "a minute, evenly spread; others wait their turn.";
pub const LIMIT_BACKLOG: &str = "Limit how many may wait";
pub const BACKLOG_THEN: &str = "waiting runs; then new events are refused, and senders told to try later.";
pub const BACKLOG_HINT: &str = "Without a limit of its own 100,000 may wait.";
pub const PRIORITY: &str = "Priority";
pub const PRIORITY_HINT: &str = "When many runs wait, those of workflows with a higher priority go first.";
pub const PRIORITIES: &[(i8, &str)] =
    &[(10, "Before all others"), (5, "High"), (0, "Normal"), (-5, "Low"), (-10, "After all others")];
pub const KEEP_ORDER: &str = "Keep the order of events that belong together";
pub const EXPECTED_SECTION: &str = "What should come";
pub const EXPECT: &str = "Tell us when too few events come";
pub const EXPECT_ABOUT: &str = "An alert, when fewer came between one of these times and the next.";
pub const AT_LEAST: &str = "At least";
pub const EVENTS_BY: &str = "events by each of these times:";
pub const SUGGESTED: &str = "A suggestion from the past";
pub const USE_THIS: &str = "Use this";
pub const KEEP_ORDER_ABOUT: &str =
    "Events with the same value here run one after the other, in the order they came: all changes of one customer, say.";
pub const ORDER_KEY: &str = "Belongs together by";
pub const ORDER_KEY_EXAMPLE: &str = "{{ event.body.customer_id }}";
pub const LET_PASS: &str = "Let others pass one that waits for a repair or a person";
pub const LET_PASS_ABOUT: &str = "Otherwise those behind it wait too, and nothing overtakes.";
pub const KEEP_RUNS: &str = "Keep runs for";
pub const KEEP_FAILED: &str = "Keep failed runs for";
pub const DAYS: &str = "days";
pub const AS_INSTALLED: &str = "as the server is set up";
pub const KEEP_DATA: &str = "Keep the data that ran through";
pub const DATA_ALWAYS: &str = "Always";
pub const DATA_FAILURES: &str = "Of failed runs";
pub const DATA_NEVER: &str = "Never";
pub const DATA_ALWAYS_ABOUT: &str = "Every run can be looked into and replayed as long as it is kept.";
pub const DATA_FAILURES_ABOUT: &str = "The data of runs that went well is erased as soon as they end.";
pub const DATA_NEVER_ABOUT: &str = "The data is erased as soon as a run ends. Such a run cannot be replayed.";
pub const LIMIT_KEPT: &str = "Limit how many ended runs are kept";
pub const KEPT_RUNS: &str = "runs; older ones go first, failed ones last.";
pub const LIMIT_SPACE: &str = "Limit the space their data takes";
pub const SPACE_UNIT: &str = "MB; beyond it the oldest data goes first.";

pub const HIDE_SECTION: &str = "Hidden fields";
pub const HIDE_ABOUT: &str = "Their values show as dots everywhere, also where they were passed on to, and are erased about two minutes \
    after a run has ended. A run whose values were erased cannot be replayed. This holds from the next publish on, and for what was kept before.";
pub const HIDE_OF_EVENT: &str = "What comes in";
pub const HIDE_FROM: &str = "A field of";
pub const HIDE_PATH: &str = "Path of the field";
pub const HIDE_EXAMPLE: &str = "body.customer.email";
pub const HIDE_ADD: &str = "Hide this field";
pub const HIDE_NO_PATH: &str = "Names with points between them: body.customer.email";

pub fn show_again(from: &str, path: &str) -> String {
    format!("Show “{path}” of “{from}” again")
}

/// `when`: the times in words: `On weekdays at 18:00`.
pub fn suggested(found: &ExpectationSuggestion, when: &str) -> String {
    let (events, days) = (u64::from(found.expects.events), u64::from(found.days));
    let past = if days < 14 { plural(days, "day", "days") } else { plural(days / 7, "week", "weeks") };
    let came = match found.missed {
        0 => "every time".to_owned(),
        missed => format!("{} of {} times", found.spans.saturating_sub(missed), found.spans),
    };
    let mut letters = when.chars();
    let when: String = letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default();
    let by = when.replace(" at ", " by ");
    format!("In the past {past}, at least {} came {by}, {came}.", plural(events, "event", "events"))
}
