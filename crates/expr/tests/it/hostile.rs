//! Input made to exhaust the stack, the memory or the processor.

use std::sync::Arc;

use expr::{
    Condition, Data, Each, ErrorKind, EvalError, Evaluated, Limits, Mapped, Op, Outcome, Part, StepData, Test, check_syntax,
    evaluate, parse_text, references, test,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The browser's stack, which must do even without optimisation.
fn on_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).expect("a thread").join().expect("no panic")
}

fn data() -> Data {
    let mut data = Data::new();
    data.set_event(Arc::new(json!({"body": {"name": "Ada", "n": 3, "list": [1, 2, 3], "text": "x".repeat(100_000)}})));
    data.set_step("s1", "check", StepData::Output(Arc::new(json!({"ok": true}))));
    data
}

fn run(source: &str) -> Result<Evaluated, EvalError> {
    evaluate(&Mapped::Expr(source.to_owned()), &data(), &Limits::default())
}

fn kind(source: String) -> Option<ErrorKind> {
    on_small_stack(move || run(&source).err().map(|error| error.kind))
}

#[test]
fn deep_expressions_are_refused() {
    let deep = [
        format!("{}1{}", "(".repeat(4_900), ")".repeat(4_900)),
        format!("{}1{}", "[".repeat(4_900), "]".repeat(4_900)),
        format!("{}true", "not ".repeat(2_400)),
        format!("{}1", "-".repeat(9_000)),
        format!("1{}", "+1".repeat(4_900)),
        format!("1{}", "~1".repeat(4_900)),
        format!("event{}", ".a".repeat(4_900)),
        format!("1{}", "|text".repeat(1_900)),
        format!("1{}", " if 1".repeat(1_900)),
        format!("1{}", " if 1 else 1".repeat(800)),
        format!("1{}", " is none".repeat(1_200)),
        format!("1{}", "<1".repeat(4_900)),
        "{1:".repeat(3_000),
    ];
    for source in deep {
        assert_eq!(kind(source.clone()), Some(ErrorKind::Limit), "{}...", &source[..20]);
    }
    assert_eq!(kind(format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000))), Some(ErrorKind::Limit));
    assert_eq!(kind(format!("'{}'", "a".repeat(10_000))), Some(ErrorKind::Limit));
}

#[test]
fn what_is_accepted_fits_a_small_stack() {
    let edge = [
        format!("{}1{}", "(".repeat(24), ")".repeat(24)),
        format!("{}1{}", "[".repeat(24), "]".repeat(24)),
        format!("{}1{}", "{'a': ".repeat(24), "}".repeat(24)),
        format!("{}true", "not ".repeat(95)),
        format!("{}1", "-".repeat(95)),
        format!("1{}", "+1".repeat(95)),
        format!("'1'{}", "~1".repeat(95)),
        format!("1{}", "|text".repeat(95)),
        format!("1{}", " if 1 else 1".repeat(24)),
        format!("{}1{}", "(1 if 1 else ".repeat(20), ")".repeat(20)),
        format!("1{}", " == 1".repeat(95)),
        format!("1{}", " is defined".repeat(95)),
        format!("{}(event.body.n{}){}", "(1 + ".repeat(20), " + 1".repeat(40), ")".repeat(20)),
        // Wide is not deep.
        format!("[{}]", vec!["event.body.n + 1"; 500].join(", ")),
        vec!["event.body.n"; 48].join(" ~ "),
    ];
    for source in edge {
        assert_eq!(kind(source.clone()), None, "{}...", &source[..20]);
    }
    // Too deep for data is not reached, because no path is longer than an expression allows.
    assert_eq!(kind(format!("event{}", ".a".repeat(95))), Some(ErrorKind::Missing));
}

#[test]
fn output_is_bounded() {
    // Doubling: 100 kB, then 200 kB, 400 kB ... in one expression.
    let doubled = (0..12).fold("event.body.text".to_owned(), |inner, _| format!("({inner} | replace('x', 'xx'))"));
    assert_eq!(kind(doubled), Some(ErrorKind::Limit));
    assert_eq!(kind("event.body.text | replace('x', event.body.text)".to_owned()), Some(ErrorKind::Limit));
    assert_eq!(kind(format!("event.body.text{}", " ~ event.body.text".repeat(90))), Some(ErrorKind::Limit));
    assert_eq!(kind(format!("[{}]", vec!["event"; 500].join(", "))), Some(ErrorKind::Limit));
    let parts = vec![Part::Expr("event.body.text".to_owned()); 1_000];
    let error = evaluate(&Mapped::Template(parts), &data(), &Limits::default()).unwrap_err();
    assert_eq!((error.kind, error.code()), (ErrorKind::Limit, "expr.limit"));
    let small = Limits { output_bytes: 1_000, ..Limits::default() };
    assert_eq!(evaluate(&Mapped::Expr("event.body.text".to_owned()), &data(), &small).unwrap_err().kind, ErrorKind::Limit);
    // Looking at large data costs nothing.
    assert!(evaluate(&Mapped::Expr("event.body.text | length".to_owned()), &data(), &small).is_ok());
}

#[test]
fn work_is_bounded() {
    let list = Mapped::Literal(Value::Array(vec![json!(1); 1_000]));
    let each = |item: Mapped| Mapped::Each(Box::new(Each { over: list.clone(), name: "x".into(), item, keep_if: None }));
    let nested = each(each(each(Mapped::Expr("x".into()))));
    let limits = Limits { fuel: 200_000, ..Limits::default() };
    assert_eq!(evaluate(&nested, &data(), &limits).unwrap_err().kind, ErrorKind::Limit);
    assert_eq!(evaluate(&nested, &data(), &Limits::default()).unwrap_err().kind, ErrorKind::Limit);
    let search = Condition::Test(Test { left: list.clone(), op: Op::Contains, right: Some(Mapped::text("no")) });
    assert!(!test(&search, &data(), &limits).unwrap());
    assert_eq!(test(&search, &data(), &Limits { fuel: 100, ..Limits::default() }).unwrap_err().kind, ErrorKind::Limit);
}

#[test]
fn deep_trees_are_refused() {
    on_small_stack(|| {
        let deep = (0..200).fold(Mapped::Null, |inner, _| Mapped::List(vec![inner]));
        assert_eq!(evaluate(&deep, &data(), &Limits::default()).unwrap_err().kind, ErrorKind::Limit);
        let deeper = (0..1_000).fold(Mapped::Expr("1 +".into()), |inner, _| Mapped::List(vec![inner]));
        assert_eq!(check_syntax(&deeper).first().map(|error| error.kind), Some(ErrorKind::Limit));
        assert!(references(&deeper, &expr::Names::new()).is_empty());
        let deep = (0..200).fold(Condition::All(Vec::new()), |inner, _| Condition::Not(Box::new(inner)));
        assert_eq!(test(&deep, &data(), &Limits::default()).unwrap_err().kind, ErrorKind::Limit);
        let fits = (0..60).fold(Mapped::Null, |inner, _| Mapped::List(vec![inner]));
        assert!(evaluate(&fits, &data(), &Limits::default()).is_ok());
        let source = Mapped::Expr(format!("1{}", "+1".repeat(95)));
        let both = (0..60).fold(source, |inner, _| {
            Mapped::Each(Box::new(Each { over: Mapped::Literal(json!([1])), name: "x".into(), item: inner, keep_if: None }))
        });
        assert!(evaluate(&both, &data(), &Limits::default()).is_ok());
    });
}

#[test]
fn deep_data_is_refused_where_it_is_copied() {
    on_small_stack(|| {
        let deep = (0..600).fold(json!(1), |inner, _| Value::Array(vec![inner]));
        let mut data = Data::new();
        data.set_event(Arc::new(deep));
        for source in ["event", "event | json", "event ~ ''", "event == [event]", "[event] | unique", "event | join"] {
            let got = evaluate(&Mapped::Expr(source.into()), &data, &Limits::default());
            assert_eq!(got.unwrap_err().kind, ErrorKind::Limit, "{source}");
        }
        let got = evaluate(&Mapped::Expr("event[0] | length".into()), &data, &Limits::default()).unwrap();
        assert_eq!(got.outcome, Outcome::Value(json!(1)));
    });
}

#[test]
fn notes_are_bounded() {
    let many = Mapped::List(vec![Mapped::Expr("event.nope".into()); 1_000]);
    assert_eq!(evaluate(&many, &data(), &Limits::default()).unwrap().notes.len(), 100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_text_never_panics(text in any::<String>()) {
        let mapped = parse_text(&text, &expr::Names::new());
        let _ = evaluate(&mapped, &data(), &Limits::default());
        let _ = run(&text);
        let _ = test(&Condition::Expr(text), &data(), &Limits::default());
    }

    #[test]
    fn random_expressions_never_panic(words in prop::collection::vec(prop::sample::select(WORDS), 0..30)) {
        let source = words.join(" ");
        let _ = run(&source);
        let _ = run(&words.concat());
        let mapped = parse_text(&format!("a {{{{ {source} }}}} b"), &expr::Names::new());
        let _ = evaluate(&mapped, &data(), &Limits::default());
        let _ = references(&mapped, &expr::Names::new());
    }
}

const WORDS: &[&str] = &[
    "event",
    "event.body",
    ".name",
    ".list",
    "[0]",
    "[-1]",
    "[1:]",
    "[::2]",
    "check",
    ".ok",
    "nope",
    "|",
    "upper",
    "first",
    "join",
    "length",
    "json",
    "round(2)",
    "default(1)",
    "number",
    "sort",
    "sum",
    "pluck('a')",
    "split('')",
    "replace('a', 'b')",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "~",
    "==",
    "!=",
    "<",
    ">=",
    "in",
    "not",
    "and",
    "or",
    "is",
    "defined",
    "even",
    "if",
    "else",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "'a'",
    "\"",
    "'",
    "1",
    "0",
    "-9223372036854775808",
    "18446744073709551615",
    "1.5",
    "1e308",
    "true",
    "none",
    "null",
    "{{",
    "}}",
    "\\",
    "é",
    "\u{0}",
];
