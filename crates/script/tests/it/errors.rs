use model::run::{ErrorClass, StepError};
use script::{Error, Fault, Place};
use serde_json::json;

use crate::{failure, output, run};

fn fault(source: &str) -> Fault {
    match run(source, json!({})) {
        Err(Error::Exception(fault) | Error::Syntax(fault)) => fault,
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn an_exception_says_where() {
    let found = fault("const a = 1;\n  return input.name.first;");
    assert_eq!(found.place.map(|place| place.line), Some(2));
    assert!(found.message.starts_with("TypeError: "), "{found}");
    let found = fault("function pick(x) {\n  throw new RangeError('too far')\n}\nreturn pick(1)");
    assert_eq!((found.place.map(|place| place.line), found.message.as_str()), (Some(2), "RangeError: too far"));
    let found = fault("return JSON.parse('{')");
    assert_eq!(found.place.map(|place| place.line), Some(1), "{found}");
    assert!(found.message.starts_with("SyntaxError: "), "{found}");
    assert_eq!(failure("return JSON.parse('{')").0, "code.exception", "the source itself is in order");
}

#[test]
fn anything_can_be_thrown() {
    for (source, message) in [
        ("throw 'plain text'", "plain text"),
        ("throw 5", "5"),
        ("throw { message: 'a message' }", "a message"),
        ("throw {}", "An object without a message was thrown."),
        ("throw undefined", "undefined"),
        ("throw { get message() { throw 1 } }", "An object without a message was thrown."),
    ] {
        assert_eq!(fault(source).message, message, "{source}");
    }
    assert_eq!(fault("throw new Error('x'.repeat(100000))").message.chars().count(), 500);
}

#[test]
fn a_source_that_cannot_be_read_says_where() {
    let found = fault("const a = 1;\nconst b = ;\nreturn a");
    assert_eq!(found.place.map(|place| place.line), Some(2), "{found}");
    assert!(found.message.starts_with("SyntaxError: "), "{found}");
    for source in ["return {", "return 1 }", "'open", "import x from 'std'", "}}", "let input = 1"] {
        let (code, message) = failure(source);
        assert_eq!(code, "code.syntax", "{source}: {message}");
        assert!(!message.contains("rquickjs") && !message.contains("async function"), "{message}");
    }
    let last = fault("const a = 1;\nif (a) {").place;
    assert_eq!(last.map(|place| place.line), Some(2), "the end of the source, not of what surrounds it");
    assert_eq!(output("return 1 }) ; (async function () { return 2", json!({})), json!(2), "what surrounds it is no wall");
    assert_eq!(output("return 1 // and no line end", json!({})), json!(1));
}

#[test]
fn modules_cannot_be_loaded() {
    for source in ["return await import('std')", "return await import('./x.js')", "return await import('data:text/javascript,1')"]
    {
        assert_eq!(failure(source).0, "code.exception", "{source}");
    }
}

#[test]
fn errors_become_those_of_a_step() {
    let error =
        StepError::from(Error::Exception(Fault { place: Some(Place { line: 3, column: 7 }), message: "Error: no".into() }));
    assert_eq!(
        (error.class, error.code.as_str(), error.message.as_str()),
        (ErrorClass::Input, "code.exception", "Line 3, column 7: Error: no")
    );
    assert_eq!(error.field.as_deref(), Some("source"));
    assert_eq!(StepError::from(Error::Timeout(1000)).class, ErrorClass::Permanent);
    assert_eq!(
        StepError::from(Error::Memory(32 * 1024 * 1024)).message,
        "The code needs more than its 32 MB of memory. Let it hold less at a time."
    );
}
