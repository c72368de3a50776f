use serde_json::json;

use crate::{failure, output};

#[test]
fn json_goes_in_and_comes_out_as_it_was() {
    let all = json!({
        "text": "Ä \u{0} \u{1f600} \"quoted\"", "empty": "", "none": null, "yes": true, "int": 42, "minus": -7, "decimal": 12.5,
        "list": [1, [2, []], {}], "nested": { "z": 1, "a": { "deep": [null] } }, "a key.with \"marks\"": 1, "": 2, "9": 3,
    });
    let back = output("return input", all.clone());
    assert_eq!(back, all);
}

#[test]
fn large_integers_are_big_ints_and_survive() {
    let input =
        json!({ "small": 9_007_199_254_740_992_i64, "big": 9_007_199_254_740_993_i64, "low": i64::MIN, "high": u64::MAX });
    assert_eq!(output("return input", input.clone()).to_string(), input.to_string());
    let types = "return Object.entries(input).map(([key, value]) => key + ' ' + typeof value)";
    assert_eq!(output(types, input.clone()), json!(["small number", "big bigint", "low bigint", "high bigint"]));
    assert_eq!(output("return input.big + 1n", input), json!(9_007_199_254_740_994_i64));
}

#[test]
fn numbers_come_out_as_the_language_has_them() {
    let source = "return [1.0, 0.1 + 0.2, 1e20, -0, 2 ** 53, 1e-9, 5n, Number('7')]";
    assert_eq!(output(source, json!({})).to_string(), "[1,0.30000000000000004,1e+20,0,9007199254740992,1e-9,5,7]");
}

#[test]
fn it_sees_input_and_run_only() {
    assert_eq!(
        output("return [input.a, run.id, run.workflow, run.now]", json!({ "a": 1 })),
        json!([1, "run_7", "Test", "2026-01-02T03:04:05.678Z"])
    );
    let mut names = output("return Object.getOwnPropertyNames(globalThis)", json!({}));
    names.as_array_mut().unwrap().sort_by_key(|name| name.to_string());
    let known = json!([
        "AggregateError",
        "Array",
        "ArrayBuffer",
        "AsyncDisposableStack",
        "BigInt",
        "BigInt64Array",
        "BigUint64Array",
        "Boolean",
        "DataView",
        "Date",
        "DisposableStack",
        "Error",
        "EvalError",
        "Float16Array",
        "Float32Array",
        "Float64Array",
        "Function",
        "Infinity",
        "Int16Array",
        "Int32Array",
        "Int8Array",
        "InternalError",
        "Iterator",
        "JSON",
        "Map",
        "Math",
        "NaN",
        "Number",
        "Object",
        "Promise",
        "RangeError",
        "ReferenceError",
        "Reflect",
        "RegExp",
        "Set",
        "String",
        "SuppressedError",
        "Symbol",
        "SyntaxError",
        "TypeError",
        "URIError",
        "Uint16Array",
        "Uint32Array",
        "Uint8Array",
        "Uint8ClampedArray",
        "WeakMap",
        "WeakSet",
        "decodeURI",
        "decodeURIComponent",
        "encodeURI",
        "encodeURIComponent",
        "escape",
        "eval",
        "globalThis",
        "isFinite",
        "isNaN",
        "parseFloat",
        "parseInt",
        "undefined",
        "unescape"
    ]);
    assert_eq!(names, known, "every name a script can reach is known");
}

#[test]
fn promises_are_waited_for() {
    assert_eq!(output("return await Promise.all([1, Promise.resolve(2)])", json!({})), json!([1, 2]));
    assert_eq!(output("return Promise.resolve({ a: 1 }).then(x => ({ ...x, b: 2 }))", json!({})), json!({ "a": 1, "b": 2 }));
    assert_eq!(output("const f = async n => n < 1 ? 'end' : f(n - 1); return await f(200)", json!({})), json!("end"));
    let (code, message) = failure("await new Promise(() => {}); return 1");
    assert_eq!((code, message.as_str()), ("code.exception", "The code waits for a promise that nothing settles."));
    assert_eq!(failure("return await Promise.reject(new Error('no'))").1, "Line 1, column 33: Error: no");
}

#[test]
fn what_converts_itself_does() {
    assert_eq!(output("return new Date(0)", json!({})), json!("1970-01-01T00:00:00.000Z"));
    assert_eq!(output("return { toJSON() { return [1] } }", json!({})), json!([1]));
    assert_eq!(
        output("class P { constructor() { this.x = 1 } get y() { return 2 } }; return new P()", json!({})),
        json!({ "x": 1 })
    );
    assert_eq!(output("return Object.assign(Object.create(null), { a: 1, [Symbol('s')]: 2 })", json!({})), json!({ "a": 1 }));
}

#[test]
fn what_has_no_json_is_said_with_its_place() {
    for (source, message) in [
        ("", "The code returned nothing. End it with `return` and a value."),
        ("return undefined", "The code returned nothing. End it with `return` and a value."),
        ("return { a: { b: [1, undefined] } }", "`result.a.b[1]` is undefined. Leave it out, or use null."),
        ("return [() => 1]", "`result[0]` is a function, which has no JSON."),
        ("return Array", "`result` is a function, which has no JSON."),
        ("return class {}", "`result` is a function, which has no JSON."),
        ("return { n: NaN }", "`result.n` is NaN, not a number, which has no JSON."),
        ("return -1 / 0", "`result` is infinite, which has no JSON."),
        ("return Symbol('s')", "`result` is a symbol, which has no JSON."),
        ("return 2n ** 64n", "`result` is an integer of more than 64 bits. Return it as text: String(value)."),
        ("return { m: new Map() }", "`result.m` is a Map: use Object.fromEntries(map)."),
        ("return new Set()", "`result` is a Set: use [...set]."),
        ("return /a/", "`result` is a regular expression: use its source."),
        ("return [new Error('x')]", "`result[0]` is an error: return its message, or throw it."),
        ("return { p: Promise.resolve(1) }", "`result.p` is a promise. Put `await` before it."),
        ("return new Uint8Array(2)", "`result` is binary data: use Array.from(data)."),
        ("return '\\ud83d'", "`result` holds half of a character, which has no JSON."),
    ] {
        assert_eq!(failure(source), ("code.output", message.to_owned()), "{source}");
    }
    for cycle in
        ["const a = []; a.push(a); return a", "const o = {}; o.o = o; return o", "const o = { toJSON() { return o } }; return o"]
    {
        let (code, message) = failure(cycle);
        assert_eq!(code, "code.output");
        assert!(message.ends_with("nests deeper than 100 levels, or contains itself."), "{message}");
    }
}
