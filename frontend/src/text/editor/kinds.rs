//! What every kind of step and trigger is called.

/// A kind: stable name, label, help, more words it is found by.
pub type Kind = (&'static str, &'static str, &'static str, &'static str);

/// Kinds of step that are no calls, under the headings of the picker.
pub const KINDS: &[(&str, &[Kind])] = &[("Data", DATA), ("Flow", FLOW), ("Loops", LOOPS), ("Wait and gather", WAIT)];

const DATA: &[Kind] = &[
    ("set", "Set fields", "Name values, change and combine them", "map rename variable format edit compute"),
    (
        "transform",
        "Transform",
        "Reshape a value, one operation after the other",
        "convert sort filter list date number text csv xml json parse split join round format",
    ),
    ("lookup", "Lookup table", "Turn one value into another by a table", "map translate dictionary vlookup switch table codes"),
    ("store", "Remember", "Keep values between runs: counters, lists, the last id", "store memory save counter state key value"),
    ("code", "Code", "A few lines of JavaScript for what nothing else can do", "javascript script function custom js"),
];

const FLOW: &[Kind] = &[
    ("filter", "Filter", "Go on only if the data fits", "if only when condition stop check"),
    ("branch", "Branch", "Take different paths, depending on the data", "if else switch condition split path route"),
    ("parallel", "At the same time", "Carry several paths out side by side", "parallel concurrent fan out race together"),
    ("section", "Section", "Group steps, and say what happens when one of them fails", "try catch error handler group block"),
    (
        "sub_workflow",
        "Run a workflow",
        "Start another workflow, and use what it gives back",
        "sub workflow call reuse child start",
    ),
    ("respond", "Respond", "Answer whoever sent the event", "reply answer return response status"),
    ("stop", "Stop", "End the run here, as done or as failed", "end exit finish fail abort"),
];

const LOOPS: &[Kind] = &[
    ("for_each", "For each", "Carry steps out for every element of a list", "loop iterate list items array each batch"),
    ("repeat_until", "Repeat until", "Carry steps out again until a condition holds", "loop while poll retry wait until"),
    ("break", "Leave the loop", "End the loop around it", "break exit stop loop"),
    ("continue", "Next one", "Go on with the next element of the loop", "continue skip next loop"),
];

const WAIT: &[Kind] = &[
    ("delay", "Delay", "Wait for a time, or until a moment", "wait sleep pause later schedule until weekday"),
    (
        "wait_approval",
        "Wait for approval",
        "Ask people a question, and go on with their answer",
        "approve person human question confirm decide review sign off",
    ),
    (
        "wait_callback",
        "Wait for a callback",
        "Go on when another system answers under a link",
        "webhook resume link signal external",
    ),
    (
        "collect",
        "Collect",
        "Gather the data of several runs, and go on once with all of it",
        "batch digest group aggregate bundle summary",
    ),
];

/// Kinds of trigger: name, label, help.
pub const TRIGGERS: &[(&str, &str, &str)] = &[
    ("webhook", "Webhook", "Another system sends an event to an address of this workflow"),
    ("schedule", "Schedule", "At set times: every hour, on weekdays at nine, on the first of the month"),
    ("form", "Form", "People fill in a page that everybody who has its address can open"),
    ("manual", "By hand", "Somebody fills in a form and presses a button"),
    ("workflow", "Another workflow", "A step of another workflow starts this one, and gets back what it gives"),
    ("failure", "A failure", "A run of another workflow has failed"),
];

/// The label of a kind of step.
pub fn label_of_kind(kind: &str) -> &'static str {
    KINDS.iter().flat_map(|(_, kinds)| kinds.iter()).find(|(id, ..)| *id == kind).map_or("", |(_, label, ..)| label)
}
