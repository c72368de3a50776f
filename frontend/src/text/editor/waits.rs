//! Waits, other workflows, and what is gathered over several runs.

use crate::text::{plural, quoted};

// Waits
pub const CALLBACK_INTRO: &str =
    "The run sleeps until another system sends a POST or PUT to a link of its own. An answer that comes early is kept.";
pub const APPROVAL_INTRO: &str =
    "The run sleeps until somebody has decided. Send the link by mail or chat in an earlier step; opening it decides nothing.";
pub const WAIT_LINK: &str = "The link";
pub const WAIT_LINK_HINT: &str =
    "Put it into a step before this one: into the mail, the message or the request that asks for the answer.";
pub const COPY_LINK: &str = "Copy the link's name";
pub const LINK_PUT_IN: &str = "Used before this step";
pub const LINK_NOT_PUT_IN: &str = "No step before this one uses the link yet, so nobody can answer.";
pub const QUESTION: &str = "Question";
pub const QUESTION_EXAMPLE: &str = "Refund {{ event.body.amount }}?";
pub const SHOWN_DATA: &str = "Shown beside it";
pub const SHOWN_DATA_HINT: &str = "What a person needs to see to decide.";
pub const ADD_SHOWN: &str = "Add a line";
pub const PEOPLE: &str = "Who may decide";
pub const PEOPLE_ANYONE: &str = "Whoever has the link";
pub const PEOPLE_SOME: &str = "Only these people";
pub const PEOPLE_ANYONE_HINT: &str = "Nobody has to sign in. Send the link only to people you trust with it.";
pub const PEOPLE_SOME_HINT: &str = "Members of this workspace, one e-mail address per line. They sign in before they decide.";
pub const PEOPLE_EXAMPLE: &str = "ada@example.com";
pub const WAIT_AT_MOST: &str = "Wait at most";
pub const WHEN_LATE: &str = "When nobody answers in time";
pub const LATE_FAILS: &str = "The step fails";
pub const LATE_CARRIES_OUT: &str = "Carry other steps out";
pub const LATE_STEPS_HINT: &str = "They stand under “No answer in time” on the canvas. Afterwards the workflow goes on.";
pub const LATE_STEPS_FULL: &str = "Take the steps out of “No answer in time” first.";
pub const IN_TIMEOUT_BODY: &str = "No answer in time";
pub const GIVES: &str = "Later steps find";
pub const CALLBACK_GIVES: &[(&str, &str)] =
    &[("body", "what was sent"), ("query", "the link's parameters"), ("timed_out", "whether nobody answered in time")];
pub const APPROVAL_GIVES: &[(&str, &str)] = &[
    ("approved", "yes or no"),
    ("comment", "what the person wrote"),
    ("by", "who decided"),
    ("timed_out", "whether nobody answered in time"),
];
pub const NO_QUESTION_YET: &str = "No question yet";

pub fn sample_link(slug: &str) -> String {
    format!("https://patchbay.example/wait/…/{slug}")
}

pub fn asks(question: &str, people: usize) -> String {
    match people {
        0 => format!("Ask: {question}"),
        people => format!("Ask {}: {question}", plural(people as u64, "person", "people")),
    }
}

pub fn waits_for_answer(span: &str) -> String {
    format!("Until another system answers, at most {span}")
}

pub fn of_step(label: &str) -> String {
    format!("in {}", quoted(label))
}

// Delay until the next time
pub const WAIT_NEXT: &str = "Until the next";
pub const ON_DAYS: &str = "On";
pub const AT_TIME: &str = "At";
pub const DAY_NAMES: [(&str, &str); 7] = [
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];
pub const WEEKDAYS: &str = "Weekdays";
pub const EVERY_DAY: &str = "Every day";

/// `days`: 1 is Monday.
pub fn next_time(days: &[u8], at: &str) -> String {
    let name = |day: &u8| DAY_NAMES.get(usize::from(*day).wrapping_sub(1)).map(|(_, name)| *name);
    match days {
        [] => "No day yet".into(),
        [1, 2, 3, 4, 5] => format!("Until the next weekday at {at}"),
        [1, 2, 3, 4, 5, 6, 7] => format!("Until it is {at}"),
        days => format!("Until the next {} at {at}", days.iter().filter_map(name).collect::<Vec<_>>().join(" or ")),
    }
}

pub fn zone_of_workflow(zone: &str) -> String {
    format!("The workflow's: {}", zone.replace('_', " "))
}

// Another workflow
pub const SUB_WORKFLOW_INTRO: &str = "Starts another workflow, as a run of its own that you find linked from this one.";
pub const WORKFLOW: &str = "Workflow";
pub const CHOOSE_WORKFLOW: &str = "Choose a workflow";
pub const NO_WORKFLOW_YET: &str = "No workflow chosen yet";
pub const GONE_WORKFLOW: &str = "A workflow that is not there any more";
pub const NO_CALLABLE: &str =
    "No other workflow can be started this way yet. Open one, add the trigger “Another workflow” to it, and publish it.";
pub const OPEN_WORKFLOW: &str = "Open it";
pub const NOT_LIVE: &str = "It is not published yet; until then this step fails.";
pub const IS_OFF: &str = "It is off; as long as it is, this step fails.";
pub const NO_WORKFLOW_TRIGGER: &str = "It has no trigger “Another workflow” any more, so it cannot be started from here.";
pub const TAKES_NOTHING: &str = "It takes no data.";
pub const SUB_WAIT: &str = "Then";
pub const SUB_WAITS: &str = "Wait until it is done";
pub const SUB_GOES_ON: &str = "Go on at once";
pub const SUB_WAITS_HINT: &str = "When it fails, this step fails with the same words.";
pub const SUB_GOES_ON_HINT: &str = "What it gives back is then not known here.";
pub const NOT_ASKED_FOR: &str = "No longer asked for";
pub const FROM_DATA: &str = "From the data…";
pub const YES: &str = "Yes";
pub const NO: &str = "No";

pub fn runs_workflow(name: &str, waits: bool) -> String {
    if waits { format!("Run {}", quoted(name)) } else { format!("Start {} and go on", quoted(name)) }
}

pub fn gives_back(slug: &str, keys: &[String]) -> String {
    if keys.is_empty() {
        "It gives nothing back.".into()
    } else {
        format!("Later steps find {} under {slug}.output.", keys.join(", "))
    }
}

// Started by another workflow
pub const WORKFLOW_TRIGGER_INTRO: &str = "A step “Run a workflow” in another workflow starts this one. It asks for these fields.";
pub const RETURNS: &str = "What it gives back";
pub const RETURNS_HINT: &str = "Known to the other workflow when this one has gone through.";
pub const ADD_RETURN: &str = "Add a value";
pub const TRY_THE_DATA: &str = "Data to test with";
pub const FAILURE_TRIGGER_INTRO: &str =
    "Starts when a run of another workflow has failed for good. Its own failures never start it again.";
pub const WHOSE_FAILURES: &str = "Whose failures";
pub const ALL_WORKFLOWS: &str = "Every other workflow";
pub const SOME_WORKFLOWS: &str = "Only some";
pub const FAILURE_GIVES: &[(&str, &str)] = &[
    ("event.body.workflow.name", "which workflow"),
    ("event.body.run.url", "the page of the run"),
    ("event.body.error.message", "what went wrong"),
    ("event.body.event", "the event it was about"),
];
pub const NO_OTHER_WORKFLOWS: &str = "There is no other workflow yet.";
pub const FAILURE_EXAMPLE_WORKFLOW: &str = "Orders to the CRM";

pub fn workflow_waits(fields: usize, returns: usize) -> String {
    let takes =
        if fields == 0 { "Takes nothing".to_owned() } else { format!("Takes {}", plural(fields as u64, "field", "fields")) };
    if returns == 0 { takes } else { format!("{takes}, gives {} back", plural(returns as u64, "value", "values")) }
}

pub fn failure_waits(workflows: usize) -> String {
    if workflows == 0 {
        "When a run of any other workflow fails".into()
    } else {
        format!("When a run of {} fails", plural(workflows as u64, "workflow", "workflows"))
    }
}

// Collect
pub const COLLECT_INTRO: &str =
    "Every run that comes here adds its part and ends. When the batch is closed, one new run goes on with all parts.";
pub const COLLECT_ITEM: &str = "What each run adds";
pub const COLLECT_KEY: &str = "One batch per";
pub const COLLECT_KEY_HINT: &str = "Left empty: all go into one batch.";
pub const COLLECT_KEY_EXAMPLE: &str = "{{ event.body.customer_id }}";
pub const CLOSES: &str = "Go on";
pub const CLOSE_BY_COUNT: &str = "With so many parts";
pub const CLOSE_COUNT_UNIT: &str = "parts";
pub const CLOSE_BY_TIME: &str = "So long after the first part";
pub const CLOSE_BY_SCHEDULE: &str = "At set times";
pub const CLOSE_HINT: &str = "Whichever comes first. An empty batch starts nothing.";
pub const NEVER_CLOSES: &str = "Choose at least one, or the parts are never worked on.";
pub const COLLECT_GIVES: &[(&str, &str)] = &[
    ("items", "all parts, in the order they came"),
    ("count", "how many"),
    ("key", "what the batch was for"),
    ("closed_by", "count, time or schedule"),
];

pub fn collects(rules: &[String], per: &str) -> String {
    let until = if rules.is_empty() { "Never goes on yet".to_owned() } else { format!("Go on {}", rules.join(" or ")) };
    if per.is_empty() { until } else { format!("{until}, per {per}") }
}

pub fn until_count(count: u32) -> String {
    format!("with {count} parts")
}

pub fn until_span(span: &str) -> String {
    format!("after {span}")
}

pub fn until_schedule(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|c| c.to_lowercase().collect::<String>()).unwrap_or_default() + chars.as_str()
}

// Loops
pub const ITEM_STEPS: &str = "Carry steps out";
pub const ITEM_STEPS_HINT: &str =
    "They stand under “If one fails” on the canvas, and find what went wrong under error.message and error.step.";
pub const ITEM_STEPS_FULL: &str = "Take the steps out of “If one fails” first.";
