//! The trigger that is a form with a page of its own.

pub const FORM_INTRO: &str = "Anybody who has the address can fill it in; what they send starts a run.";
pub const FORM_ADDRESS: &str = "Address of the form";
pub const FORM_ADDRESS_HINT: &str =
    "The page works once the workflow is published. Give the address to whoever should fill it in.";
pub const FORM_OPEN: &str = "Open the form";
pub const FORM_TEST_ADDRESS: &str = "Try it out";
pub const FORM_TEST_ADDRESS_HINT: &str =
    "The form as it is in the draft. What is sent here becomes an example and starts nothing.";
pub const FORM_OPEN_TEST: &str = "Open the form to try it out";
pub const FORM_TITLE: &str = "Title";
pub const FORM_TITLE_EXAMPLE: &str = "Contact us";
pub const FORM_FIRST_NAME: &str = "First name";
pub const FORM_LAST_NAME: &str = "Last name";
pub const FORM_EMAIL: &str = "Email";
pub const FORM_MESSAGE: &str = "Message";
pub const FORM_ABOUT: &str = "Text above the fields";
pub const FORM_ABOUT_HINT: &str = "An empty line begins a new paragraph.";
pub const FORM_FIELDS: &str = "Fields";
pub const FORM_SUBMIT: &str = "Button";
pub const FORM_THANKS: &str = "Said after it was sent";
pub const FORM_LIMIT: &str = "Most from one address within ten minutes";
pub const FORM_LIMIT_HINT: &str = "Whoever sends more is asked to wait. People in one office often share an address.";
pub const FIELD_HELP: &str = "Help shown with the field";
pub const FIELD_HELP_EXAMPLE: &str = "Help, if it needs any";
