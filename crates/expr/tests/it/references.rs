//! Listing what a tree refers to, and checking it without data.

use expr::{
    Condition, Each, Mapped, Names, Reference, Seg, Source, check_condition_syntax, check_syntax, condition_references,
    parse_text, references,
};

fn names() -> Names {
    let mut names = Names::new();
    names.insert("01A", "check");
    names.insert("01B", "fetch");
    names
}

fn raws(found: &[Reference]) -> Vec<&str> {
    found.iter().map(|reference| reference.raw.as_str()).collect()
}

#[test]
fn pills_and_expressions_are_found() {
    let mapped =
        parse_text("{{ event.body.name | upper }} {{ check.ok and fetch.rows[vars.n + 1].id > 0 }} {{ thing }}", &names());
    let found = references(&mapped, &names());
    assert_eq!(raws(&found), ["event.body.name", "check.ok", "fetch.rows", "vars.n", "thing"]);
    assert_eq!(found[1].source, Source::Step("01A".into()));
    assert_eq!(found[1].path, [Seg::from("ok")]);
    assert_eq!(found[2].source, Source::Step("01B".into()));
    assert_eq!(found[3].source, Source::Var);
    assert_eq!(found[4].source, Source::Local("thing".into()));
}

#[test]
fn loop_names_hide_slugs() {
    let each = Mapped::Each(Box::new(Each {
        over: Mapped::Expr("fetch.rows".into()),
        name: "check".into(),
        item: Mapped::Expr("check.id".into()),
        keep_if: Some(Condition::Expr("check.ok == fetch.ok".into())),
    }));
    let found = references(&each, &names());
    assert_eq!(raws(&found), ["fetch.rows", "check.ok", "fetch.ok", "check.id"]);
    assert_eq!(found[1].source, Source::Local("check".into()));
    assert_eq!(found[3].source, Source::Local("check".into()));
}

#[test]
fn strings_and_broken_expressions_have_none() {
    assert!(references(&Mapped::Expr("'check.ok'".into()), &names()).is_empty());
    assert!(references(&Mapped::Expr("check.ok +".into()), &names()).is_empty());
    let condition = Condition::Not(Box::new(Condition::Expr("check.ok is defined".into())));
    assert_eq!(raws(&condition_references(&condition, &names())), ["check.ok"]);
}

#[test]
fn checks_name_the_place() {
    let mapped: Mapped = serde_json::from_value(serde_json::json!({"object": [
        {"key": {"literal": "fields"}, "value": {"object": [{"key": {"literal": "company name"}, "value": {"expr": "1 +"}}]}},
        {"key": {"literal": "tags"}, "value": {"list": ["omit", {"template": [{"pill": {"source": "event", "format": [{"name": "uper"}]}}]}]}},
        {"key": {"literal": "fine"}, "value": {"expr": "event.x | upper"}}
    ]}))
    .unwrap();
    let found = check_syntax(&mapped);
    let places: Vec<_> = found.iter().filter_map(|error| error.path.as_deref()).collect();
    assert_eq!(places, ["fields[\"company name\"]", "tags[1]"]);
    assert_eq!(found[1].suggestion.as_deref(), Some("upper"));
    let condition = Condition::All(vec![Condition::All(Vec::new()), Condition::Expr("nope(".into())]);
    assert_eq!(check_condition_syntax(&condition)[0].path.as_deref(), Some("[1]"));
    assert_eq!(check_condition_syntax(&condition)[0].code(), "expr.syntax");
}
