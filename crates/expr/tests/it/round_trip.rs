//! The text form reads back as it was printed.

use expr::{FORMATTERS, Format, Mapped, Names, Part, Pill, Seg, Source, parse_text, print_text};
use proptest::prelude::*;
use serde_json::{Value, json};

fn names() -> Names {
    let mut names = Names::new();
    names.insert("01A", "check");
    names.insert("01B", "odd-slug");
    names
}

fn pill(source: Source, path: &[Seg], format: Vec<Format>) -> Part {
    Part::Pill(Pill { source, path: path.to_vec(), format })
}

#[test]
fn reads_pills() {
    let parsed = parse_text("Hi {{ event.body[\"a.b\"][0].c | default(\"x\") | upper }}{{check}}", &names());
    let path = [Seg::from("body"), Seg::from("a.b"), Seg::Index(0), Seg::from("c")];
    let format =
        vec![Format { name: "default".into(), args: vec![json!("x")] }, Format { name: "upper".into(), args: Vec::new() }];
    assert_eq!(
        parsed,
        Mapped::Template(vec![
            Part::Text("Hi ".into()),
            pill(Source::Event, &path, format),
            pill(Source::Step("01A".into()), &[], Vec::new())
        ])
    );
}

#[test]
fn anything_else_is_an_expression() {
    assert_eq!(parse_text("{{ event.n + 1 }}", &names()), Mapped::Expr("event.n + 1".into()));
    assert_eq!(parse_text("{{ event.n | nope }}", &names()), Mapped::Expr("event.n | nope".into()));
    assert_eq!(parse_text("{{ event.n | default(event.m) }}", &names()), Mapped::Expr("event.n | default(event.m)".into()));
    assert_eq!(parse_text("{{ secrets.KEY }}", &names()), Mapped::Expr("secrets.KEY".into()));
    assert_eq!(parse_text("no braces", &names()), Mapped::text("no braces"));
}

#[test]
fn a_renamed_step_prints_its_new_slug() {
    let mapped = parse_text("{{ check.ok }}", &names());
    let mut later = names();
    later.insert("01A", "verify");
    assert_eq!(print_text(&mapped, &later).as_deref(), Some("{{ verify.ok }}"));
    assert_eq!(later.id_of("check"), None);
    assert_eq!(print_text(&mapped, &Names::new()).as_deref(), Some("{{ steps[\"01A\"].ok }}"));
}

#[test]
fn text_cannot_say_trees() {
    assert_eq!(print_text(&Mapped::Null, &names()), None);
    assert_eq!(print_text(&Mapped::List(Vec::new()), &names()), None);
    assert_eq!(print_text(&Mapped::Literal(json!([1])), &names()).as_deref(), Some("[1]"));
}

fn key() -> impl Strategy<Value = Seg> {
    prop_oneof![
        "[a-z_][a-z0-9_]{0,6}".prop_map(Seg::Key),
        any::<String>().prop_map(Seg::Key),
        prop::sample::select(vec!["in", "not", "is", "true", "none", "0", "a.b", "}}", "{{", "'", "\"", "\\", ""])
            .prop_map(Seg::from),
        any::<u32>().prop_map(Seg::Index),
    ]
}

fn argument() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[{}'\"\\\\]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn format() -> impl Strategy<Value = Format> {
    (prop::sample::select(FORMATTERS), prop::collection::vec(argument(), 2))
        .prop_map(|(info, args)| Format { name: info.name.to_owned(), args: args.into_iter().take(info.args.len()).collect() })
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        Just(Source::Event),
        Just(Source::Var),
        Just(Source::Run),
        Just(Source::Local("item".into())),
        Just(Source::Local("row".into())),
        prop::sample::select(vec!["01A", "01B", "gone"]).prop_map(|id| Source::Step(id.into())),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        any::<String>().prop_map(Part::Text),
        "[{}a '\"]{0,6}".prop_map(Part::Text),
        (source(), prop::collection::vec(key(), 0..4), prop::collection::vec(format(), 0..3))
            .prop_map(|(source, path, format)| Part::Pill(Pill { source, path, format })),
        prop::sample::select(vec![
            "1 + 1",
            "event.a ~ '}}'",
            "{'a': {'b': 1}}",
            "not check.ok",
            "'}' ~ \"{{\"",
            "event.x | default(vars.y)"
        ])
        .prop_map(|source| Part::Expr(source.into())),
    ]
}

/// Reading and printing once gives the form that no further round changes.
fn tidy(parts: Vec<Part>) -> Mapped {
    let mut tidy: Vec<Part> = Vec::new();
    for part in parts {
        match (tidy.last_mut(), part) {
            (_, Part::Text(text)) if text.is_empty() => {}
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, part) => tidy.push(part),
        }
    }
    match tidy.as_slice() {
        [] => Mapped::text(""),
        [Part::Text(text)] => Mapped::text(text.clone()),
        [Part::Expr(source)] => Mapped::Expr(source.clone()),
        _ => Mapped::Template(tidy),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn trees_round_trip(parts in prop::collection::vec(part(), 0..5)) {
        let mapped = tidy(parts);
        let printed = print_text(&mapped, &names()).unwrap();
        prop_assert_eq!(parse_text(&printed, &names()), mapped, "printed as {:?}", printed);
    }

    #[test]
    fn texts_round_trip(text in "[{}a '\"\\\\%|]{0,20}") {
        let once = parse_text(&text, &names());
        let printed = print_text(&once, &names()).unwrap();
        prop_assert_eq!(parse_text(&printed, &names()), once, "printed as {:?}", printed);
    }
}
