use serde_json::json;

use crate::{failure, output};

#[test]
fn the_clock_is_the_run() {
    let source = "return [new Date().toISOString(), Date.now(), Date().toString(), new Date().constructor.now(), Date.prototype.constructor === Date]";
    let now = 1_767_323_045_678_i64;
    assert_eq!(output(source, json!({})), json!(["2026-01-02T03:04:05.678Z", now, "Fri, 02 Jan 2026 03:04:05 GMT", now, true]));
    let busy = "const a = Date.now(); for (let i = 0; i < 1e5; i++); return new Date() - a";
    assert_eq!(output(busy, json!({})), json!(0), "it stands still");
    let derived = "class Day extends Date {}; return [new Day() - 0, new Day() instanceof Day, new Date() instanceof Date]";
    assert_eq!(output(derived, json!({})), json!([now, true, true]));
}

#[test]
fn there_is_one_zone() {
    let source = "return [new Date(2026, 0, 31, 12).toISOString(), new Date('2026-07-01T10:00').toISOString(), new Date('2026-07-01').toISOString(),
        new Date('2026-07-01T10:00+02:00').toISOString(), new Date('July 1, 2026 10:00').toISOString(), new Date(0).getHours(),
        new Date(0).getTimezoneOffset(), new Date(0).toLocaleString(), new Date(new Date(5)).getTime(), new Date(99, 0).getFullYear()]";
    let expected = json!([
        "2026-01-31T12:00:00.000Z",
        "2026-07-01T10:00:00.000Z",
        "2026-07-01T00:00:00.000Z",
        "2026-07-01T08:00:00.000Z",
        "2026-07-01T10:00:00.000Z",
        0,
        0,
        "1970-01-01 00:00:00",
        5,
        1999
    ]);
    assert_eq!(output(source, json!({})), expected);
    assert_eq!(output("const d = new Date(0); d.setHours(25); return d", json!({})), json!("1970-01-02T01:00:00.000Z"));
    assert_eq!(output("return [String(new Date('x')), isNaN(Date.parse('soon'))]", json!({})), json!(["Invalid Date", true]));
}

#[test]
fn there_is_no_chance_and_no_waiting() {
    let (code, message) = failure("return Math.random()");
    assert_eq!(code, "code.exception");
    assert!(message.contains("Math.random is not available"), "{message}");
    for name in [
        "setTimeout",
        "setInterval",
        "queueMicrotask",
        "performance",
        "fetch",
        "XMLHttpRequest",
        "require",
        "process",
        "std",
        "os",
        "Deno",
        "console",
        "Proxy",
        "Atomics",
        "SharedArrayBuffer",
        "WeakRef",
        "importScripts",
        "WebAssembly",
    ] {
        assert_eq!(output(&format!("return typeof {name}"), json!({})), json!("undefined"), "{name}");
    }
}
