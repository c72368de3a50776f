//! The forms of single steps and triggers.

// Conditions
pub const AND: &str = "and";
pub const OR: &str = "or";
pub const NOT: &str = "not";
pub const SOMETHING: &str = "…";
pub const GOES_ON_IF: &str = "Goes on if";
pub const GROUP_WHERE: &str = "and in this group";
pub const ALL_HOLD: &str = "all of these hold";
pub const ANY_HOLDS: &str = "any of these holds";
pub const NONE_HOLDS: &str = "none of these holds";
pub const AN_EXPRESSION: &str = "an expression gives true";
pub const HOW_ROWS_COUNT: &str = "How the rows count together";
pub const ADD_CONDITION: &str = "Add a condition";
pub const ADD_GROUP: &str = "Add a group";
pub const REMOVE_GROUP: &str = "Remove the group";
pub const NO_CONDITION_YET: &str = "No condition yet";
pub const EVERYTHING_PASSES: &str = "Everything passes";
pub const EXPRESSION_EXAMPLE: &str = "event.body.amount > 10 and event.body.country in ['DE', 'AT']";
pub const EXPRESSION_HINT: &str = "Steps are named as in {{ }}. The result must be true or false.";
pub const VALUE_TO_LOOK_AT: &str = "Value to look at";
pub const CHOOSE_A_VALUE: &str = "Choose a value";
pub const COMPARISON: &str = "Comparison";
pub const COMPARE_WITH: &str = "Compare with";
pub const HOLDS: &str = "Holds for the sample";
pub const DOES_NOT_HOLD: &str = "Does not hold for the sample";
pub const SAMPLE_PASSES: &str = "The sample passes";
pub const SAMPLE_STOPS: &str = "The sample does not pass";

// Filter
pub const FILTER_INTRO: &str = "Events that do not fit end here, quietly: they count as filtered, not as failed.";

// Set
pub const SET_INTRO: &str = "Later steps find these values under this step's name.";
pub const SET_NAME_EXAMPLE: &str = "name";
pub const SET_VALUE_EXAMPLE: &str = "Text, or choose a value";
pub const ADD_FIELD: &str = "Add a field";
pub const REMOVE_FIELD: &str = "Remove this field";
pub const MORE_ABOUT_FIELD: &str = "More about this field";
pub const REQUIRED_FIELD: &str = "Must have a value";
pub const REQUIRED_FIELD_ABOUT: &str = "A missing value fails the step instead of being left out.";
pub const REQUIRED_RETURN_ABOUT: &str = "A missing value fails the run instead of being left out.";
pub const DATE_EXAMPLE: &str = "2026-03-01";
pub const NO_FIELDS_YET: &str = "No fields yet";

// Branch
pub const BRANCH_INTRO: &str = "Each path has a condition. Afterwards the paths come together again.";
pub const BRANCH_MODE: &str = "Which paths are taken";
pub const BRANCH_FIRST: &str = "The first that fits";
pub const BRANCH_ALL: &str = "Every one that fits";
pub const FIRST_PATH: &str = "Path 1";
pub const EVERYTHING_ELSE: &str = "Everything else";
pub const ELSE_HINT: &str = "Taken when no other path was.";
pub const PATH_NAME: &str = "Name of the path";
pub const PATH: &str = "Path";
pub const TAKEN_IF: &str = "Taken if";
pub const ADD_PATH: &str = "Add a path";
pub const ADD_ELSE: &str = "Add “everything else”";
pub const REMOVE_PATH: &str = "Remove this path and its steps";
pub const ADD_STEP_HERE: &str = "Add a step here";
pub const ARM_RESULTS: &str = "Results of this path";
pub const ARM_RESULTS_HINT: &str = "Steps after the branch find these under the branch's name, whichever path was taken.";

// Delay
pub const DELAY_INTRO: &str = "The run sleeps and goes on by itself, also after a restart of the server.";
pub const HOW_TO_WAIT: &str = "How to wait";
pub const WAIT_FOR: &str = "For a time";
pub const WAIT_UNTIL: &str = "Until a moment";
pub const HOW_LONG: &str = "How long";
pub const MOMENT: &str = "Moment";
pub const MOMENT_EXAMPLE: &str = "2026-03-01T09:00:00Z";
pub const MOMENT_HINT: &str = "A date and time such as 2026-03-01T09:00:00Z. One that has passed does not wait.";

// Respond
pub const RESPOND_INTRO: &str = "Answers the sender. The first answer counts; later ones are ignored.";
pub const NOBODY_WAITS: &str = "The trigger answers at once, so nobody waits for this answer.";
pub const OPEN_TRIGGER: &str = "Let it wait";
pub const STATUS: &str = "Status";
pub const ANSWER: &str = "Answer";
pub const ANSWER_AS: &str = "Answer as";
pub const TEXT: &str = "Text";
pub const HEADERS: &str = "Headers";
pub const ADD_HEADER: &str = "Add a header";

// Stop
pub const STOP_INTRO: &str = "Nothing after this step runs. Calls that are under way finish first.";
pub const STOP_AS: &str = "The run counts as";
pub const STOP_SUCCESS: &str = "Done";
pub const STOP_FILTERED: &str = "Filtered";
pub const STOP_FAILURE: &str = "Failed";
pub const STOP_MESSAGE: &str = "Message on the run";
pub const STOP_MESSAGE_EXAMPLE: &str = "Why does it end here?";

// Actions
pub const NO_ADDRESS_YET: &str = "No address yet";
pub const UNKNOWN_CONNECTOR: &str =
    "This version of Patchbay does not know this step's connector. It is kept as it is; update Patchbay to edit it.";
pub const FIELDS: &str = "Fields";
pub const HOW_TO_WRITE_BODY: &str = "How to write the content";
pub const CONNECTION: &str = "Connection";
pub const CONNECTION_HINT: &str = "The account that this uses. Its keys are kept sealed and never shown again.";
pub const USE_SIMULATED: &str = "Use a simulated account";
pub const CHOOSE_CONNECTION: &str = "Choose a connection";
pub const NO_CONNECTION: &str = "None";
pub const GONE_CONNECTION: &str = "A connection that no longer exists";
pub const ADD: &str = "Add";

// If it fails
pub const RETRY_TITLE: &str = "Try again";
pub const RETRY_SWITCH: &str = "Repeat a call that surely did not arrive, or that may be sent twice";
pub const RETRY_UP_TO: &str = "Try up to";
pub const RETRY_TIMES: &str = "times. Wait";
pub const RETRY_DOUBLING: &str = "first, then twice as long each time, but at most";
pub const RETRY_HINT: &str = "When the other side says how long to wait, that is done instead. A clear “no” is never repeated.";
pub const ATTEMPTS: &str = "Attempts";
pub const FIRST_WAIT: &str = "First wait";
pub const LONGEST_WAIT: &str = "Longest wait";
pub const TIMEOUT_TITLE: &str = "Give up on an attempt";
pub const TIMEOUT_AFTER: &str = "An attempt without an answer ends after";
pub const ON_ERROR_TITLE: &str = "If it still fails";
pub const ON_ERROR_STOP: &str = "Fail the run";
pub const ON_ERROR_STOP_ABOUT: &str = "Nothing after this step runs. The event is kept, so the run can be replayed.";
pub const ON_ERROR_CONTINUE: &str = "Carry on";
pub const UNKNOWN_TITLE: &str = "If nobody can say whether it happened";
pub const UNKNOWN_HINT: &str = "The connection broke after the call was sent, and it must not simply be sent twice.";
pub const UNKNOWN_ASK: &str = "Ask me";
pub const UNKNOWN_ASK_ABOUT: &str = "The run waits until a person has looked: it happened, or run it again.";
pub const UNKNOWN_RETRY: &str = "Send it again";
pub const UNKNOWN_RETRY_ABOUT: &str = "It may then have happened twice.";
pub const UNKNOWN_FAIL: &str = "Count it as failed";
pub const UNKNOWN_FAIL_ABOUT: &str = "It may have happened all the same.";

// Webhook
pub const WEBHOOK_URL: &str = "Address";
pub const WEBHOOK_URL_HINT: &str = "Events sent here start runs while the workflow is on.";
pub const ACK: &str = "The sender is answered";
pub const ACK_AT_ONCE: &str = "At once";
pub const ACK_AFTER_RUN: &str = "After the run";
pub const ACK_AT_ONCE_HINT: &str = "As soon as the event is safely stored, with a receipt.";
pub const ACK_WAIT: &str = "With what the run answers, within";
pub const ACK_WAIT_THEN: &str = "; after that with a receipt.";
pub const METHODS: &str = "Accepted methods";
pub const LIST_BODY: &str = "A list in the body is";
pub const LIST_ONE: &str = "One event";
pub const LIST_EACH: &str = "One event per item";
pub const SIZE_LIMIT: &str = "Largest body, in MB";
pub const ORIGINS: &str = "Web pages that may send";
pub const ORIGINS_EXAMPLE: &str = "https://www.example.com";
pub const ORIGINS_HINT: &str = "Origins, one per line; * for any. Only browsers ask; other senders are not affected.";
pub const VERIFY: &str = "Who may send";
pub const VERIFY_NONE: &str = "Anyone who knows the address";
pub const VERIFY_SECRET: &str = "Senders with a shared secret in a header";
pub const VERIFY_HMAC: &str = "Senders who sign the body (HMAC-SHA256)";
pub const VERIFY_NONE_HINT: &str = "The address is long and random; keep it to yourself.";
pub const HEADER_NAME: &str = "Header";
pub const SIGNATURE_PREFIX: &str = "Text before the signature";
pub const SIGNATURE_ENCODING: &str = "Signature written as";
pub const SECRET: &str = "Secret";
pub const SECRET_EXAMPLE: &str = "A new secret";
pub const KEEP_SECRET: &str = "Keep";
pub const SECRET_KEPT: &str = "The secret is kept sealed.";
pub const SECRET_REMOVED: &str = "The secret is gone.";
pub const SECRET_IS_SET: &str = "A secret is set";
pub const SECRET_MISSING: &str = "Without a secret every delivery is refused.";
pub const TAKE_SECRET_AWAY: &str = "Remove";
pub const DEDUPE: &str = "Recognise duplicates";
pub const DEDUPE_HINT: &str = "An event with a key that was seen before starts no second run.";
pub const DEDUPE_KEY: &str = "Key";
pub const DEDUPE_KEY_EXAMPLE: &str = "{{ event.body.id }}";
pub const DEDUPE_WINDOW: &str = "Remember a key for";
pub const TRIGGER_FILTER: &str = "Only some events";
pub const TRIGGER_FILTER_HINT: &str = "Others are kept as filtered and start no run.";

// Schedule
pub const WHEN: &str = "When";
pub const CRON: &str = "Schedule in five fields";
pub const CRON_HINT: &str = "Minute, hour, day of month, month, day of week.";
pub const CRON_OWN: &str = "My own schedule";
pub const CRON_PRESETS: &[(&str, &str)] = &[
    ("*/5 * * * *", "Every 5 minutes"),
    ("*/15 * * * *", "Every 15 minutes"),
    ("0 * * * *", "Every hour"),
    ("0 9 * * *", "Every day at 09:00"),
    ("0 9 * * 1-5", "On weekdays at 09:00"),
    ("0 9 * * 1", "Every Monday at 09:00"),
    ("0 9 1 * *", "On the first of the month at 09:00"),
];
pub const TIME_ZONE: &str = "Time zone";
pub const LATE: &str = "Times missed while the server was off";
pub const LATE_ONCE: &str = "Run once";
pub const LATE_SKIP: &str = "Leave out";
pub const LATE_HINT: &str = "However many were missed, at most one run makes up for them.";

// By hand
pub const MANUAL_INTRO: &str = "Whoever starts it fills in these fields.";
pub const ADD_FORM_FIELD: &str = "Add a field";
pub const FIELD_LABEL: &str = "Label";
pub const FIELD_LABEL_EXAMPLE: &str = "What to ask for";
pub const FIELD_KIND: &str = "Kind of field";
pub const FIELD_KEY: &str = "Name in expressions";
pub const CHOICES: &str = "Choices, one per line";
pub const CHOICES_EXAMPLE: &str = "Small\nLarge";
pub const CHOOSE: &str = "Choose…";
pub const TRY_THE_FORM: &str = "The form";
pub const RUN_NOW: &str = "Run now";
pub const RUN_NOW_HINT: &str = "“Run now” starts a real run of the published version.";
pub const RUN_NOW_NEEDS_VERSION: &str = "Publish a version to start real runs; until then use the form as a sample and test.";
pub const RUN_STARTED: &str = "The run has started.";

// Loops, paths side by side, sections
pub const FOR_EACH_INTRO: &str =
    "The steps inside run once for every element. Afterwards its items hold what each of them gave, in order.";
pub const LIST: &str = "List";
pub const LIST_HINT: &str = "A list, or a group, whose entries are then gone through as key and value.";
pub const NO_LIST_YET: &str = "No list yet";
pub const ITEM_NAME: &str = "Name of the element";
pub const ITEM_NAME_HINT: &str = "Steps inside find the element under this name, and its place under loop.index.";
pub const AT_A_TIME: &str = "How many at a time";
pub const ON_ITEM_ERROR: &str = "When one fails";
pub const ITEM_STOP: &str = "The loop fails";
pub const ITEM_SKIP: &str = "Go on without it";
pub const ITEM_RESULT: &str = "What each gives";
pub const ITEM_RESULT_HINT: &str = "Left empty: what the last step inside gave.";
pub const PARALLEL_INTRO: &str = "All paths run at the same time.";
pub const JOIN: &str = "When to go on";
pub const JOIN_ALL: &str = "When all are done";
pub const JOIN_FIRST: &str = "When one is done";
pub const JOIN_FIRST_HINT: &str =
    "What the others have not begun is skipped. Calls they have sent are still waited for before the run ends.";
pub const SECTION_INTRO: &str = "Steps that belong together.";
pub const SECTION_CATCH: &str = "When a step in it fails";
pub const SECTION_FAILS: &str = "The section fails";
pub const SECTION_CARRIES_OUT: &str = "Carry other steps out";
pub const SECTION_ERROR_HINT: &str = "They find what went wrong under error.message and error.step.";
pub const SECTION_ERROR_FULL: &str = "Take the steps out of the error path first.";
pub const SECTION_GROUPS: &str = "A group of steps";
pub const SECTION_CATCHES: &str = "Catches what fails inside";
pub const IN_BODY: &str = "Steps";
pub const IN_EACH_BODY: &str = "For each";
pub const IN_ERROR_BODY: &str = "If one fails";
pub const REPEAT_INTRO: &str = "The steps inside run at least once, and again until the condition holds.";
pub const UNTIL: &str = "Until";
pub const MOST_ROUNDS: &str = "At most so many times";
pub const PAUSE_BETWEEN: &str = "Pause between two rounds";
pub const BREAK_ABOUT: &str = "Ends the loop around it";
pub const CONTINUE_ABOUT: &str = "Goes on with the next element";
pub const GOES_ON_UNTIL: &str = "Stops when";
pub const FOR_EACH_GIVES: &[(&str, &str)] =
    &[("items", "what each element gave, in order"), ("failed", "how many failed"), ("errors", "why, of the first hundred")];
pub const REPEAT_GIVES: &[(&str, &str)] =
    &[("rounds", "how often it ran"), ("met", "whether the condition held in the end"), ("output", "what the last round gave")];

/// `fields`: those that are empty and stand in the data under the same name.
pub fn fill_alike(fields: &[&str]) -> String {
    match fields {
        [one] => format!("Fill in {one} from the data"),
        several => format!("Fill in {} fields from the data", several.len()),
    }
}
