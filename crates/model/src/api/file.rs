//! A workflow as text: what export prints, and what import reads from a file or from what somebody pastes.

use serde_json::{Map, Value};

use super::ImportedWorkflow;
use crate::definition::SCHEMA;

/// A longer text is not read, in bytes.
pub const MOST_FILE_BYTES: usize = 10 * 1024 * 1024;
/// As much of what a reader says is passed on, in characters: it quotes the text.
const MOST_REASON: usize = 300;

/// Why a text is no workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("the text is no exported workflow")]
    NoWorkflow,
    #[error("these are copied steps, not a whole workflow: paste them on a canvas")]
    Steps,
    #[error("the workflow was exported by a newer version")]
    Newer,
    #[error("the text has more than {MOST_FILE_BYTES} bytes")]
    TooLarge,
    #[error("the workflow is damaged: {0}")]
    Broken(String),
}

impl FileError {
    pub fn code(&self) -> &'static str {
        match self {
            FileError::NoWorkflow => "import.no_workflow",
            FileError::Steps => "import.steps",
            FileError::Newer => "import.newer",
            FileError::TooLarge => "import.too_large",
            FileError::Broken(_) => "import.broken",
        }
    }
}

impl ImportedWorkflow {
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads what [`Self::to_text`] printed.
    ///
    /// # Errors
    /// When it is no workflow, or one that this version cannot read.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        if text.len() > MOST_FILE_BYTES {
            return Err(FileError::TooLarge);
        }
        // Some editors begin a file with the mark of its encoding.
        let text = text.trim_start_matches('\u{feff}').trim();
        let Ok(whole) = serde_json::from_str::<Map<String, Value>>(text) else { return Err(FileError::NoWorkflow) };
        if whole.get("patchbay").and_then(Value::as_str) == Some("steps") {
            return Err(FileError::Steps);
        }
        let Some(definition) = whole.get("definition").and_then(Value::as_object) else { return Err(FileError::NoWorkflow) };
        if definition.get("schema").and_then(Value::as_u64).is_some_and(|schema| schema > u64::from(SCHEMA)) {
            return Err(FileError::Newer);
        }
        // From the text once more: the reader then names line and column.
        serde_json::from_str(text).map_err(|error| FileError::Broken(error.to_string().chars().take(MOST_REASON).collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::WorkflowDefinition;

    fn workflow(name: &str) -> ImportedWorkflow {
        ImportedWorkflow { name: name.into(), definition: WorkflowDefinition::default(), publish: false }
    }

    #[test]
    fn what_is_printed_is_read_again() {
        for name in ["Orders", "\"><img src=x onerror=alert(1)>", "\u{202e}طلبات", &"x".repeat(10_000)] {
            let workflow = workflow(name);
            let text = workflow.to_text();
            assert_eq!(ImportedWorkflow::parse(&text), Ok(workflow.clone()));
            assert_eq!(ImportedWorkflow::parse(&format!("\u{feff}\r\n {text}\n")), Ok(workflow));
        }
    }

    #[test]
    fn what_is_none_says_why() {
        let code = |text: &str| ImportedWorkflow::parse(text).expect_err("refused").code();
        for text in [
            "",
            "hello",
            "[]",
            "7",
            "{}",
            r#"{"name":"x"}"#,
            r#"{"name":"x","definition":[]}"#,
            "{\"name\":\"x\",\"definition\":{",
        ] {
            assert_eq!(code(text), "import.no_workflow", "{text}");
        }
        let file = |definition: Value| json!({ "name": "x", "definition": definition }).to_string();
        assert_eq!(code(r#"{"patchbay":"steps","schema":1,"steps":{},"body":[]}"#), "import.steps");
        assert_eq!(code(&file(json!({ "schema": SCHEMA + 1, "from": "later" }))), "import.newer");
        assert_eq!(code(&file(json!({}))), "import.broken");
        assert_eq!(
            code(&file(json!({ "schema": 1, "steps": { "a": { "slug": "a", "kind": { "type": "dance" } } } }))),
            "import.broken"
        );
        assert_eq!(code(&" ".repeat(MOST_FILE_BYTES + 1)), "import.too_large");
        assert_eq!(code(&"[".repeat(100_000)), "import.no_workflow", "deep nesting is refused, not followed");
    }

    #[test]
    fn a_reason_is_short_and_names_the_place() {
        let text = json!({ "name": "x", "definition": { "schema": 1, "x".repeat(20_000): 1 } }).to_string();
        let Err(FileError::Broken(reason)) = ImportedWorkflow::parse(&text) else { panic!("refused") };
        assert!(reason.chars().count() <= MOST_REASON && reason.contains("unknown field"), "{reason}");
    }
}
