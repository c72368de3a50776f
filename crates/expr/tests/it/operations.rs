//! The table of operations as a whole, and operations made to exhaust memory and processor.

use std::collections::HashSet;

use expr::operation::{self, ArgumentKind, Settings, operate, operations};
use expr::{ErrorKind, Limits, Outcome};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn run(name: &str, input: Value, with: Value) -> Result<Outcome, expr::EvalError> {
    let with: Map<String, Value> = with.as_object().cloned().unwrap_or_default();
    operate(name, Outcome::Value(input), &with, &Settings { zone: "Europe/Berlin", limits: Limits::default() })
}

#[test]
fn the_table_is_sound() {
    let mut names = HashSet::new();
    for operation in operations() {
        assert!(names.insert(operation.name), "{} stands twice", operation.name);
        assert!(operation.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{}", operation.name);
        let mut arguments = HashSet::new();
        for argument in operation.arguments {
            let place = format!("{}.{}", operation.name, argument.name);
            assert!(arguments.insert(argument.name), "{place} stands twice");
            assert!(!argument.required || argument.preset.is_none(), "{place} is required and has a preset");
            assert!(argument.kind != ArgumentKind::Choice || !argument.choices.is_empty(), "{place} has nothing to choose");
            if let Some(preset) = argument.preset {
                assert_eq!(argument.check(&preset.value()), Ok(()), "{place}");
            }
            for choice in argument.choices {
                assert_eq!(argument.check(&choice.value.into()), Ok(()), "{place} {}", choice.value);
            }
        }
        assert_eq!(operation::find(operation.name).map(|found| found.label), Ok(operation.label));
    }
    assert!(names.len() > 60, "{}", names.len());
}

/// Values of every kind, odd ones among them.
fn samples() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1.5),
        json!(u64::MAX),
        json!(1e308),
        json!(""),
        json!("text, <b>&amp; 100%"),
        json!("2026-01-31"),
        json!("2026-01-31T10:00:00Z"),
        json!("-9999-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:59Z"),
        json!([]),
        json!([1, "a", null, [2], { "a": { "b": 1 } }]),
        json!({}),
        json!({ "__proto__": 1, "a": [null] }),
    ]
}

#[test]
fn every_operation_ends_on_every_value() {
    for operation in operations() {
        for input in samples() {
            for given in samples() {
                let mut with = Map::new();
                for argument in operation.arguments {
                    let proposed = argument.choices.first().map(|choice| Value::from(choice.value));
                    with.insert(
                        argument.name.to_owned(),
                        proposed.filter(|_| argument.kind == ArgumentKind::Choice).unwrap_or_else(|| given.clone()),
                    );
                }
                let settings = Settings { zone: "America/St_Johns", limits: Limits::default() };
                if let Err(error) = operate(operation.name, Outcome::Value(input.clone()), &with, &settings) {
                    assert!(
                        error.message.ends_with('.') || error.message.ends_with('?'),
                        "{}: {}",
                        operation.name,
                        error.message
                    );
                    assert!(
                        error.path.as_deref().is_none_or(|path| operation.argument(path).is_some()),
                        "{}: {error:?}",
                        operation.name
                    );
                }
            }
        }
    }
}

#[test]
fn work_and_output_are_bounded() {
    let long = "a".repeat(2_000_000);
    let rows: Vec<Value> = (0..200_000).map(|n| json!({ "n": n })).collect();
    for (name, input, with) in [
        ("replace", json!(long), json!({ "find": "a", "with": "b".repeat(100) })),
        ("split", json!(long), json!({ "separator": "a" })),
        ("pattern_find_all", json!(long), json!({ "pattern": ".*[^a]|a" })),
        ("pattern_matches", json!("x".repeat(100_000)), json!({ "pattern": "(x?){500}x{500}y" })),
        ("pattern_replace", json!("ab".repeat(100_000)), json!({ "pattern": "x*", "with": "b".repeat(1_000) })),
        ("csv_parse", json!("a,".repeat(1_000).repeat(400)), json!({ "header": false })),
        ("csv_parse", json!(format!("{}\n", "x".repeat(1_000)) + &"y\n".repeat(100_000)), json!({})),
        ("json_parse", json!(format!("[{}1]", "[],".repeat(2_000_000))), json!({})),
        ("xml_parse", json!(format!("<r>{}</r>", "<a/>".repeat(1_000_000))), json!({})),
        ("xml_print", json!({ "a": "&".repeat(4_000_000) }), json!({})),
        ("chunk", json!(rows), json!({ "size": 1 })),
        ("group", json!(rows), json!({ "by": "n" })),
        ("url_encode", json!("ä".repeat(3_000_000)), json!({})),
    ] {
        match run(name, input, with) {
            Err(error) => assert_eq!(error.kind, ErrorKind::Limit, "{name}: {error}"),
            // What fits is fine, too, as long as it is not the text that must not be.
            Ok(_) => assert!(matches!(name, "chunk" | "group"), "{name}"),
        }
    }
}

#[test]
fn patterns_do_not_go_back() {
    let with = json!({ "pattern": "^(x+x+)+y$" });
    assert_eq!(run("pattern_matches", json!("x".repeat(20_000)), with), Ok(Outcome::Value(json!(false))));
}

#[test]
fn attributes_are_bounded() {
    let many: String = (0..300).map(|n| format!(" a{n}='1'")).collect();
    let long = format!("<a b='{}'/>", "x".repeat(70_000));
    for document in [format!("<a{many}/>"), long] {
        let error = run("xml_parse", json!(document), json!({})).expect_err("refused");
        assert!(error.message.contains("attributes"), "{error}");
    }
}

proptest! {
    #[test]
    fn documents_read_back_as_they_were_written(cells in prop::collection::vec(prop::collection::vec("[ -~äß\n\",;]{1,12}", 2..4), 1..6)) {
        let rows = json!(cells);
        for delimiter in [",", ";", "tab", "|"] {
            let with = json!({ "delimiter": delimiter, "header": false });
            let Ok(Outcome::Value(text)) = run("csv_print", rows.clone(), with.clone()) else { panic!("written") };
            prop_assert_eq!(run("csv_parse", text, with), Ok(Outcome::Value(rows.clone())));
        }
        let tree = json!({ "root": { "@a": cells[0][0], "row": [{ "cell": cells[0] }, "x"] } });
        let Ok(Outcome::Value(text)) = run("xml_print", tree.clone(), json!({})) else { panic!("written") };
        prop_assert_eq!(run("xml_parse", text, json!({})), Ok(Outcome::Value(tree)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}", pattern in "[a-c()|*+?\\[\\]{}^$\\\\bwd.,0-9]{0,12}") {
        for name in ["csv_parse", "json_parse", "xml_parse", "strip_tags", "url_decode", "base64_decode"] {
            let _ = run(name, json!(text), json!({}));
        }
        let _ = run("pattern_find_all", json!(text), json!({ "pattern": pattern }));
        let _ = run("pattern_replace", json!("abcab cab"), json!({ "pattern": pattern, "with": text }));
        let _ = run("date_parse", json!(text), json!({ "format": pattern }));
        let _ = run("date_format", json!("2026-01-31T10:00:00Z"), json!({ "format": text }));
    }
}
