use super::*;
use serde_json::json;

fn book(call: &str, repeatable: bool, keys: &[&str], count: u32) -> Book {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    BTreeMap::from([(call.to_owned(), Arrivals { repeatable, keys, count, refused: 0, answers: vec![9] })])
}

fn detail(status: &str) -> Value {
    json!({ "run": { "id": "run_1", "status": status, "seq": 2 }, "event": { "body": { "n": 1, "flow": "repeatable" } } })
}

fn journal(ends: &str) -> Value {
    let started = json!({ "attempt_started": { "path": "a", "n": 1, "key": "k", "request": { "v": { "body": { "text": "{\"n\":1,\"step\":\"a\"}" } } } } });
    let finished = json!({ "step_finished": { "path": "a", "output": { "v": { "status": 200, "body": { "serial": 9 } } } } });
    json!({ "rows": [
        { "seq": 0, "events": [{ "at": 1, "kind": { "run_created": {} } }] },
        { "seq": 1, "events": [{ "at": 1, "kind": "run_started" }, { "at": 1, "kind": started }] },
        { "seq": 2, "events": [{ "at": 1, "kind": { "attempt_succeeded": { "path": "a", "n": 1 } } }, { "at": 1, "kind": finished },
            { "at": 1, "kind": { "run_finished": { "status": ends } } }] },
    ] })
}

fn receipt(run: &str) -> Receipt {
    Receipt { n: 1, run: run.to_owned() }
}

#[test]
fn a_run_that_agrees_has_no_problems() {
    let book = book("1/a", true, &["k"], 1);
    let told = read(&detail("succeeded"), &journal("succeeded"), &book);
    assert_eq!((told.n, told.end, &told.problems), (Some(1), End::Succeeded, &Vec::new()));
    let count = count(&[receipt("run_1")], &[told], &book, &[]);
    assert!(count.holds(), "{count:?}");
}

#[test]
fn every_contradiction_is_found() {
    let good = book("1/a", true, &["k"], 1);
    let problems = |detail: &Value, journal: &Value, book: &Book| read(detail, journal, book).problems.len();
    let whole = journal("succeeded");
    assert_eq!(problems(&detail("succeeded"), &whole, &book("1/a", true, &["k"], 2)), 1, "sent more often than intended");
    assert_eq!(problems(&detail("succeeded"), &whole, &book("1/a", true, &["other"], 1)), 1, "another key");
    assert!(problems(&detail("succeeded"), &whole, &Book::new()) >= 2, "a success nobody gave");
    assert_eq!(problems(&detail("failed"), &whole, &good), 1, "another end");
    let mut gap = whole.clone();
    gap["rows"][1]["seq"] = json!(5);
    assert_eq!(problems(&detail("succeeded"), &gap, &good), 1, "a gap");
    let mut answer = good.clone();
    answer.get_mut("1/a").expect("there").answers = vec![8];
    assert_eq!(problems(&detail("succeeded"), &whole, &answer), 1, "another answer");
}

#[test]
fn lost_and_doubled_are_counted() {
    let good = book("1/a", true, &["k"], 1);
    let told = read(&detail("succeeded"), &journal("succeeded"), &good);
    let runs = std::slice::from_ref(&told);
    assert_eq!(count(&[receipt("gone")], runs, &good, &[]).lost, 1);
    assert_eq!(count(&[receipt("")], runs, &good, &[]).lost, 1, "a promise without a run");
    let open = Told { end: End::Open, ..told.clone() };
    assert_eq!(count(&[receipt("run_1")], &[open], &good, &[]).lost, 1);
    let parked = Told { end: End::Parked, ..told.clone() };
    assert_eq!(count(&[receipt("run_1")], &[parked], &good, &[]).lost, 0);

    assert_eq!(count(&[], runs, &book("1/a", true, &["k", "other"], 2), &[]).doubled, 1);
    assert_eq!(count(&[], runs, &book("1/a", true, &["k"], 2), &[]).doubled, 0, "the same key");
    assert_eq!(count(&[], runs, &book("1/a", true, &[], 1), &[]).doubled, 1, "without a key");
    assert_eq!(count(&[], runs, &book("1/a", false, &[], 2), &[]).doubled, 1);
    let mut refused = book("1/a", false, &[], 2);
    refused.get_mut("1/a").expect("there").refused = 1;
    assert_eq!(count(&[], runs, &refused, &[]).doubled, 0, "the first was turned away");

    assert_eq!(count(&[], runs, &book("2/a", true, &["k"], 1), &[]).disagreeing, 1, "a call of no run");
    assert_eq!(count(&[], runs, &good, &["GET /".to_owned()]).disagreeing, 1);
    let again = Told { id: "run_2".to_owned(), ..told.clone() };
    assert_eq!(count(&[], &[told, again], &good, &[]).doubled, 1, "two runs of one event");
}
