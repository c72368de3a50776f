use model::ids::StepId;
use model::step::Code;

use super::report::{Report, step_field};

pub(super) fn check(id: &StepId, code: &Code, report: &mut Report) {
    if code.source.trim().is_empty() {
        report.error(step_field(id, "source"), "required", "Write the code; it ends with `return` and a value");
    } else if code.source.len() > Code::MAX_SOURCE_BYTES {
        let message = format!("The code has more than {} kB; make it shorter", Code::MAX_SOURCE_BYTES / 1024);
        report.error(step_field(id, "source"), "code_too_long", message);
    } else if !mentions_return(&code.source) {
        let message = "The code returns nothing; end it with `return` and a value";
        report.warning(step_field(id, "source"), "code_return", message);
    }
    if code.input.keys().any(|name| name.trim().is_empty()) {
        report.error(step_field(id, "input"), "field_name", "A field of the input has no name");
    }
}

/// As a word, wherever it stands: what the code does is not read.
fn mentions_return(source: &str) -> bool {
    source.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '$')).any(|word| word == "return")
}
