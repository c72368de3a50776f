//! The editor. Words that depend on a value stand in [`say`] and [`tests_and_times`], those of single forms in [`forms`], [`waits`]
//! and [`data_steps`], the names of all kinds in [`kinds`].

mod accounts;
mod app_triggers;
mod changes;
mod curl;
mod data_steps;
mod forms;
mod hosted_forms;
mod kinds;
mod mapper;
mod mends;
pub mod mine;
mod say;
mod settings;
mod several;
mod shelf;
mod tests_and_times;
mod waits;

pub use accounts::*;
pub use app_triggers::*;
pub use changes::*;
pub use curl::*;
pub use data_steps::*;
pub use forms::*;
pub use hosted_forms::*;
pub use kinds::*;
pub use mapper::*;
pub use mends::*;
pub use say::*;
pub use settings::*;
pub use several::*;
pub use shelf::*;
pub use tests_and_times::*;
pub use waits::*;

// Top bar
pub const WORKFLOWS: &str = "Workflows";
pub const WORKFLOW_NAME: &str = "Name of the workflow";
pub const NO_SUCH_WORKFLOW: &str = "This workflow does not exist, or no longer.";
pub const UNDO: &str = "Undo";
pub const REDO: &str = "Redo";
pub const TEST: &str = "Test";
pub const PUBLISH: &str = "Publish";
pub const REVIEW_AND_PUBLISH: &str = "Review and publish";
pub const STATE_MENU: &str = "Turn on, pause or turn off";
pub const NOT_PUBLISHED_YET: &str = "Nothing is published yet. Publish a version, then it can be turned on.";
pub const TURN_ON: &str = "On";
pub const ON_ABOUT: &str = "Every event starts a run.";
pub const PAUSE: &str = "Paused";
pub const PAUSE_ABOUT: &str = "Events are kept in order and run when you go on.";
pub const TURN_OFF: &str = "Off";
pub const OFF_ABOUT: &str = "Events are refused, and the sender is told so.";

pub const WORKFLOW_MENU: &str = "More about this workflow";
pub const SETTINGS: &str = "Settings";
pub const HISTORY: &str = "History";
pub const LIVE: &str = "Live";
pub const NO_VERSIONS: &str = "Nothing is published yet.";

// Saving
pub const DRAFT_SAVED: &str = "Draft saved";
pub const NO_CHANGES: &str = "No changes";
pub const SAVING: &str = "Saving…";
pub const NOT_SAVED: &str = "The draft is not saved.";
pub const OUTLINE: &str = "Steps";
pub const CLOSE_OUTLINE: &str = "Close the list of steps";
pub const OUTLINE_EMPTY: &str = "No steps";
pub const IS_SWITCHED_OFF: &str = "switched off";
pub const KEPT_NOWHERE: &str = "Not kept anywhere: this browser's storage is full";
pub const NOT_SAVED_OFFLINE: &str = "No connection: kept in this browser, trying again";
pub const NOT_SAVED_CONFLICT: &str = "Not saved";
pub const CONFLICT: &str = "Somebody else changed the same as you.";
pub const CONFLICT_ABOUT: &str = "Nothing is lost: your edits stay in this browser until you choose.";
pub const EDITS_BROUGHT_BACK: &str = "Edits that were not saved last time are back.";

// Publishing
pub const FIRST_VERSION: &str = "The first version";
pub const WHAT_CHANGES: &str = "What changes for new events";
pub const NOTHING_CHANGES: &str = "Nothing differs from the live version.";
pub const VERSION_NOTE: &str = "Note for this version";
pub const VERSION_NOTE_EXAMPLE: &str = "Why this change?";
pub const TURN_ON_TOO: &str = "Turn it on";
pub const TURN_ON_TOO_ABOUT: &str = "New events start runs from the moment it is published.";
pub const PUBLISH_AND_TURN_ON: &str = "Publish and turn on";
pub const SAVE_FIRST: &str = "The draft could not be saved, so it cannot be published. See the notice above the canvas.";

// Canvas
pub const CANVAS_LABEL: &str = "Steps of the workflow";
pub const VIEW_CONTROLS: &str = "View";
pub const ZOOM_IN: &str = "Zoom in";
pub const ZOOM_OUT: &str = "Zoom out";
pub const ACTUAL_SIZE: &str = "Actual size";
pub const FIT: &str = "Show everything";
pub const FOLD: &str = "Fold away what is inside";
pub const READ_ONLY: &str = "You can look, but not change anything.";
pub const READ_ONLY_ABOUT: &str = "Your role here is viewer. An owner of this workspace can make you a maker.";
pub const DROP_HERE: &str = "Move here";
pub const ADD_FIRST: &str = "Add the first step";
pub const THINGS_TO_LOOK_AT: &str = "Things to look at";
pub const THE_WORKFLOW: &str = "The workflow";

// Picking
pub const ADD_STEP: &str = "Add a step";
pub const SEARCH_STEPS: &str = "What should happen next?";
pub const SEARCH_TRIGGERS: &str = "What starts it?";
pub const NO_SUCH_STEP: &str = "Nothing fits that. Try “request”, “wait” or “if”.";
pub const GROUP_RECENT: &str = "Recent";
pub const GROUP_ACTIONS: &str = "Actions";
pub const GROUP_TRIGGERS: &str = "Triggers";
pub const GROUP_APPS: &str = "Apps";
pub const IN_AN_APP: &str = "In an app";
pub const IN_AN_APP_ABOUT: &str = "Something happens in GitHub, Stripe, a sheet or another app you use";
pub const PICKER_KEYS: &str = "↑ ↓ to choose · Enter to add · Esc to close";
pub const ACTION_KEYWORDS: &str = "api call rest webhook post get put send fetch url web service json";
pub const CHOOSE_START: &str = "Choose what starts it";
pub const CHOOSE_START_SHORT: &str = "Nothing starts this workflow yet";
pub const CHOOSE_START_ABOUT: &str = "Every run begins with an event. You can change this later, or add a second trigger.";

// Inspector
pub const INSPECTOR: &str = "Inspector";
pub const CLOSE_INSPECTOR: &str = "Close";
pub const TAB_SET_UP: &str = "Set up";
pub const TAB_TEST: &str = "Test";
pub const TAB_FAILURE: &str = "If it fails";
pub const TAB_SAMPLES: &str = "Samples";
pub const STEP_NAME: &str = "Name of the step";
pub const TRIGGER_NAME: &str = "Name of the trigger";
pub const NAME_IN_EXPRESSIONS: &str = "Its name in expressions";
pub const STEP_MENU: &str = "More about this step";
pub const TRIGGER_MENU: &str = "More about this trigger";
pub const DUPLICATE: &str = "Duplicate";
pub const WRITE_NOTE: &str = "Write a note";
pub const NOTE: &str = "Note";
pub const NOTE_EXAMPLE: &str = "Why is this step here? What should others know?";
pub const SWITCH_OFF: &str = "Switch off";
pub const SWITCH_ON: &str = "Switch on";
pub const SWITCHED_OFF: &str = "Off";
pub const DELETE_STEP: &str = "Delete";
pub const ADD_TRIGGER: &str = "Add a trigger";
pub const REMOVE_TRIGGER: &str = "Remove this trigger";

// Mapped fields
pub const REQUIRED: &str = "required";
pub const INSERT_DATA: &str = "Insert data";
pub const DATA_TO_INSERT: &str = "Data to insert";
pub const SEARCH_DATA: &str = "Search the data of earlier steps…";
pub const THIS_ELEMENT: &str = "This element";
pub const THIS_ENTRY: &str = "This entry";
pub const WHOLE_ELEMENT: &str = "all of it";
pub const PLACE_IN_LOOP: &str = "Place in the loop";
pub const WHAT_FAILED: &str = "What failed";
pub const LINKS: &str = "Links of waits";
pub const LINKS_NOTE: &str = "to answer this run";
pub const NO_ELEMENT_YET: &str = "Known once the sample has a list to go through.";
pub const SAMPLE_ERROR: &str = "The other side answered with status 404";
pub const NOTHING_FOUND: &str = "Nothing is called that.";
pub const WHOLE_BODY: &str = "everything";
pub const REQUEST_DETAILS: &str = "The request";
pub const FIRST_ITEM: &str = "first item";
pub const OPEN_ROW: &str = "Show what is inside";
pub const CLOSE_ROW: &str = "Hide what is inside";
pub const CHANGE_THE_VALUE: &str = "Change the value";
pub const MADE_UP: &str = "example";
pub const NO_EVENT_YET: &str = "no event yet";
pub const WORKED_OUT: &str = "from the sample";
pub const NOT_TESTED_YET: &str = "not tested yet ";
pub const EMPTY_TEXT: &str = "empty text";
pub const NO_SAMPLE_YET: &str = "The value shows here once there is an event.";
pub const GET_A_SAMPLE: &str = "Get one";
pub const TEST_IT_NOW: &str = "Test it";
pub const NOTHING_THERE: &str = "Nothing is there, so this is left out.";
pub const NOT_AS_TEXT: &str = "This value goes through a list and is kept as it was imported.";
pub const WHAT_IT_GIVES: &str = "With the sample";
pub const NAME: &str = "Name";
pub const VALUE: &str = "Value";
pub const REMOVE_ROW: &str = "Remove";
pub const MORE_SETTINGS: &str = "More settings";
pub const MOVE_UP: &str = "Move up";
pub const MOVE_DOWN: &str = "Move down";

// Tests
pub const TEST_STEP: &str = "Test this step";
pub const TEST_ALL: &str = "Test the workflow";
pub const TESTED_WITH_ALL: &str = "This step depends on the steps around it, so all of them are tested.";
pub const TEST_RUNNING: &str = "The test is running…";
pub const TEST_SUCCEEDED: &str = "The test went through.";
pub const TEST_FILTERED: &str = "The test ended at a filter: this event would be passed over.";
pub const TEST_OUT_OF_SIGHT: &str =
    "The server does not answer, so this test can no longer be watched. It may still be under way: open its run to see.";
pub const CANCEL_TEST: &str = "Cancel the test";
pub const STOP_WATCHING: &str = "Stop watching";
pub const TEST_CANCELLED: &str = "The test was cancelled.";
pub const TEST_WAITING: &str = "The test waits at a step.";
pub const TEST_WITHOUT_RUN: &str = "The trigger's filter does not let this event pass, so there was nothing to test.";
pub const OPEN_RUN: &str = "Open the run";
pub const CHANGES_NOTHING: &str = "Changes nothing elsewhere";
pub const ONLY_READS: &str = "Only reads";
pub const NEEDS_EVENT: &str = "Needs a sample event first";
pub const GO_THERE: &str = "Go there";
pub const NOT_TESTED_LONG: &str =
    "Not tested yet. A test shows what this step takes and gives, and its result can be used in later steps.";
pub const WORKED_OUT_LONG: &str = "What this step gives with the sample event:";
pub const OUTPUT: &str = "Output";
pub const INPUT: &str = "Input";
pub const ANSWER_OF_OTHER_SIDE: &str = "What the other side answered";
pub const WHAT_IT_LOOKED_AT: &str = "What it compared";
pub const MISSING_VALUE: &str = "missing";
pub const WHAT_IT_SENDS: &str = "What it sends";
pub const TOO_LARGE: &str = "too large to show here; open the run to see it";
pub const CONFIRM_TEST_ABOUT: &str = "A test of this is not a rehearsal: the other side really gets this.";
pub const SEND_IT: &str = "Send it";
pub const SOME_VALUES_LATER: &str = "Values in {{ }} are known only once the steps before have run.";

// Samples
pub const CAPTURE: &str = "Sample event";
pub const WAITING_FOR_EVENT: &str = "Waiting for an event…";
pub const WAITING_HINT: &str =
    "Send one to the test address. It shows up here by itself, starts nothing, and gives you real fields to work with.";
pub const SEND_ONE: &str = "Send one with curl";
pub const TEST_URL_HINT: &str = "The test address only captures: no run is started.";
pub const COPY_URL: &str = "Copy the address";
pub const COPY_TEST_URL: &str = "Copy the test address";
pub const COPY_COMMAND: &str = "Copy the command";
pub const ALL_SAMPLES: &str = "All samples";
pub const SAMPLES_INTRO: &str = "The chosen event fills every field of the editor and every test.";
pub const WRITE_ONE: &str = "Write one";
pub const TEST_WORKFLOW_WITH_IT: &str = "Test the workflow with it";
pub const EDIT_AS_NEW: &str = "Edit as a new sample";
pub const FORGET_SAMPLE: &str = "Forget this sample";
pub const SAMPLE_EVENT: &str = "Sample event as JSON";
pub const USE_AS_SAMPLE: &str = "Use as sample";
pub const SAMPLE_KEPT: &str = "The sample is kept and in use.";
pub const NO_SAMPLES: &str = "No events yet. Send one to the test address, or write one.";
pub const MADE_UP_HINT: &str = "Until there is a real event, this example is used:";
