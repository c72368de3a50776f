//! A step's new slug in raw expressions.

use expr::{Condition, Each, Mapped, Op, Test, rename_slug, rename_slug_condition};

fn renamed(source: &str) -> String {
    let mut mapped = Mapped::Expr(source.to_owned());
    rename_slug(&mut mapped, "check", "verify_it");
    match mapped {
        Mapped::Expr(source) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_root_names_change() {
    for (before, after) in [
        ("check.ok", "verify_it.ok"),
        ("check", "verify_it"),
        ("  check [0]+check.n ", "  verify_it [0]+verify_it.n "),
        ("'check.ok' ~ \"check\" ~ check.ok", "'check.ok' ~ \"check\" ~ verify_it.ok"),
        ("event.check.ok or event . check", "event.check.ok or event . check"),
        ("checker.ok + my_check + check_2", "checker.ok + my_check + check_2"),
        ("event[check.key] if not check.ok else [check]", "event[verify_it.key] if not verify_it.ok else [verify_it]"),
        ("x | check", "x | check"),
        ("x is check or x is not check", "x is check or x is not check"),
        ("event.x | default(check.x)", "event.x | default(verify_it.x)"),
        ("{check: check}", "{verify_it: verify_it}"),
        ("é ~ check", "é ~ check"),
        ("'é' ~ check", "'é' ~ verify_it"),
        ("check.ok and (check.", "verify_it.ok and (verify_it."),
    ] {
        assert_eq!(renamed(before), after, "{before}");
    }
}

#[test]
fn reaches_every_part_of_a_tree() {
    let expr = || Mapped::Expr("check.x".into());
    let mut mapped = Mapped::List(vec![
        Mapped::Each(Box::new(Each {
            over: expr(),
            name: "check".into(),
            item: expr(),
            keep_if: Some(Condition::Expr("check.x".into())),
        })),
        Mapped::Each(Box::new(Each {
            over: expr(),
            name: "row".into(),
            item: expr(),
            keep_if: Some(Condition::Any(vec![Condition::Test(Test { left: expr(), op: Op::Equals, right: Some(expr()) })])),
        })),
        Mapped::text("check.x"),
    ]);
    rename_slug(&mut mapped, "check", "verify");
    let json = serde_json::to_string(&mapped).unwrap();
    // The first loop's own name hides the step from its item and condition.
    assert_eq!(json.matches("\"verify.x\"").count(), 5, "{json}");
    assert_eq!(json.matches("\"check.x\"").count(), 3, "{json}");

    let mut condition = Condition::Not(Box::new(Condition::Expr("check.ok == true".into())));
    rename_slug_condition(&mut condition, "check", "verify");
    assert_eq!(condition, Condition::Not(Box::new(Condition::Expr("verify.ok == true".into()))));
}
