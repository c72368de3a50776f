use std::time::{Duration, Instant};

use script::{Error, Limits};
use serde_json::{Value, json};

use crate::{failure, limited, output};

/// With 200 ms; none may take the machine much longer.
fn hurried(source: &str) -> Result<Value, Error> {
    let begun = Instant::now();
    let result = limited(source, json!({}), Limits { time: Duration::from_millis(200), ..Limits::default() });
    assert!(begun.elapsed() < Duration::from_secs(5), "{source} took {:?}", begun.elapsed());
    result
}

#[test]
fn endless_work_is_stopped() {
    for source in [
        "while (true);",
        "for (;;) { try { throw 1 } catch {} }",
        "try { while (true); } finally { while (true); }",
        "const f = () => { while (true); }; await f()",
        "const f = async () => { for (;;) await 1 }; return await f()",
        "await null; while (true);",
        "let n = 1n; while (true) n *= 3n",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
        "return /(x+x+)+y/.exec('x'.repeat(60))",
        "return 'a'.repeat(30000).match(/(.*)(.*)(.*)(.*)(.*)z/)",
        "return Array.from({ length: 3000 }, (_, i) => 3000 - i).sort(() => { while (true); })",
        "return { toString() { while (true); } } + ''",
        "return { get a() { while (true); } }",
        "return { toJSON() { while (true); } }",
        "throw { get message() { while (true); } }",
        "class A { static { while (true); } }",
        "return eval('while (true);')",
        "return new Function('while (true);')()",
        "return JSON.stringify({ toJSON() { while (true); } })",
        "return [...(function* () { while (true); })()]",
        "return new Promise(resolve => { const go = () => { Promise.resolve().then(go) }; go() })",
        "return new Array(2 ** 32 - 1).indexOf(1)",
        "return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
        "return Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)",
        "return Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)",
        "return Array.prototype.forEach.call({ length: 2 ** 53 - 1 }, () => 1)",
        "return Array.prototype.reverse.call({ length: 2 ** 53 - 1 })",
        "return Array.prototype.shift.call({ length: 2 ** 53 - 1 })",
        "return Array.prototype.concat.call([], new Array(2 ** 32 - 1))",
        "return [new Array(2 ** 32 - 1)].flat()",
    ] {
        assert_eq!(hurried(source), Err(Error::Timeout(200)), "{source}");
    }
}

#[test]
fn promises_that_pile_up_end_too() {
    // Each waits for the next: what comes first, the end of the time or of the memory, is a matter of speed.
    let result = hurried("return new Promise(resolve => { const go = () => Promise.resolve().then(go); go() })");
    assert!(matches!(result, Err(Error::Timeout(200) | Error::Memory(_) | Error::Exception(_))), "{result:?}");
}

#[test]
fn what_the_interpreter_does_not_interrupt_is_left_behind_in_time() {
    let source = "return ('a'.repeat(6e6)).indexOf('a'.repeat(3e6) + 'b')";
    let result = hurried(source);
    assert!(matches!(result, Err(Error::Timeout(200)) | Ok(_)), "{result:?}");
}

#[test]
fn memory_is_bounded() {
    for source in [
        "return 'x'.repeat(2 ** 29).length",
        "let s = 'x'; for (;;) s += s",
        "const a = []; for (;;) a.push({ a: 1 })",
        "return new Array(1e8).fill(0).length",
        "return new Uint8Array(1e9).length",
        "return new ArrayBuffer(64 * 1024 * 1024).byteLength",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, 'v' + i)",
        "let o = {}; for (let i = 0; ; i++) o['k' + i] = i",
        "return 'x'.padEnd(1e8).length",
        "return 'ab'.repeat(1e6).split('').map(x => [x, x]).length",
        "let x = []; for (;;) x = [x, x, x]",
        "const all = []; for (;;) all.push(new Promise(() => {}))",
    ] {
        let begun = Instant::now();
        let result = crate::run(source, json!({}));
        assert!(
            matches!(result, Err(Error::Memory(_)) | Err(Error::Exception(_))),
            "{source}: {:?} after {:?}",
            result.map(|_| "a value"),
            begun.elapsed()
        );
    }
    assert_eq!(failure("const a = []; for (;;) a.push({ a: 1 })").0, "code.memory");
}

#[test]
fn one_script_leaves_nothing_to_the_next() {
    assert_eq!(
        failure("globalThis.left = 1; Object.prototype.x = 1; const a = []; for (;;) a.push('y' + a.length)").0,
        "code.memory"
    );
    assert_eq!(output("return [typeof left, typeof ({}).x]", json!({})), json!(["undefined", "undefined"]));
}

#[test]
fn recursion_is_bounded() {
    for source in [
        "const f = () => f() + 1; return f()",
        "const o = { get a() { return this.a } }; return o.a",
        "return JSON.stringify((function nest(n) { return n ? [nest(n - 1)] : 1 })(100000))",
        "let s = ''; for (let i = 0; i < 200000; i++) s += '['; return eval(s)",
        "let s = ''; for (let i = 0; i < 200000; i++) s += '['; return JSON.parse(s)",
        "let s = ''; for (let i = 0; i < 200000; i++) s += '('; return new RegExp(s)",
    ] {
        assert!(matches!(failure(source).0, "code.exception" | "code.memory"), "{source}");
    }
    assert!(
        failure("const f = () => f() + 1; return f()").1.contains("stack"),
        "{}",
        failure("const f = () => f() + 1; return f()").1
    );
    let deep = format!("return {}1{}", "(".repeat(30_000), ")".repeat(30_000));
    assert!(matches!(failure(&deep).0, "code.syntax" | "code.exception"));
}

#[test]
fn output_is_bounded() {
    for source in [
        "return 'x'.repeat(5 * 1024 * 1024)",
        "let a = 'x'.repeat(1e6); return [a, a, a, a, a]",
        "let a = ['x']; for (let i = 0; i < 60; i++) a = [a, a]; return a",
        "return new Array(4e9)",
        "return '\\u0001'.repeat(1024 * 1024)",
        "const k = 'k'.repeat(1e6); return [{ [k]: 1 }, { [k]: 1 }, { [k]: 1 }, { [k]: 1 }, { [k]: 1 }]",
    ] {
        let (code, message) = failure(source);
        assert_eq!(
            (code, message.as_str()),
            ("code.output", "The code returned more than 4 MB of JSON. Return less."),
            "{source}"
        );
    }
    assert_eq!(output("return 'x'.repeat(4 * 1024 * 1024 - 2)", json!({})).as_str().map(str::len), Some(4 * 1024 * 1024 - 2));
}

#[test]
fn names_of_the_language_are_only_names_in_data() {
    let input = json!({
        "__proto__": { "polluted": true }, "constructor": { "prototype": { "polluted": true } }, "toString": "text", "hasOwnProperty": 1,
        "list": [{ "__proto__": null }],
    });
    let source =
        "return { input, clean: ({}).polluted === undefined, own: Object.keys(input), inherits: input.polluted === undefined }";
    let expected = json!({
        "input": input, "clean": true, "own": ["__proto__", "constructor", "toString", "hasOwnProperty", "list"], "inherits": true
    });
    assert_eq!(output(source, input), expected);
    // A value of data that looks as if it could convert itself.
    assert_eq!(output("return input", json!({ "toJSON": "x", "then": "y" })), json!({ "toJSON": "x", "then": "y" }));
}

#[test]
fn constructors_reach_nothing() {
    for source in [
        "return typeof new Function('return globalThis')().process",
        "return typeof (async () => {}).constructor('return this')().std",
        "return typeof ({}).constructor.constructor('return this')().require",
        "return typeof [].at.constructor('return typeof fetch')",
    ] {
        let shown = output(source, json!({}));
        assert!(shown == "undefined" || shown == "function", "{source}: {shown}");
    }
    assert_eq!(output("return new Function('a', 'return a + 1')(1)", json!({})), json!(2));
    let scan = "const seen = new Set(), names = []; const walk = (o, p) => {
        if ((typeof o !== 'object' && typeof o !== 'function') || o === null || seen.has(o) || p.length > 8) return;
        seen.add(o);
        for (const key of Reflect.ownKeys(o)) {
          const d = Object.getOwnPropertyDescriptor(o, key);
          for (const v of [d.value, d.get, d.set]) {
            if (typeof v === 'function' && /native.*(now|random|load|exec|open|read|write|env|sleep)\\b/i.test(v.name)) names.push([...p, String(key)].join('.'));
            walk(v, [...p, String(key)]);
          }
        } };
      walk(globalThis, []); return names";
    assert_eq!(output(scan, json!({})), json!([]));
}

#[test]
fn getters_that_throw_are_the_makers_errors() {
    let (code, message) = failure("return { a: { get b() { throw new Error('not today') } } }");
    assert_eq!(code, "code.output");
    assert!(message.contains("Error: not today"), "{message}");
    assert_eq!(failure("return { toJSON() { throw new Error('never') } }").0, "code.output");
}

#[test]
fn tampering_with_the_language_hurts_only_itself() {
    for source in [
        "Object.prototype.toJSON = () => 'x'; return { a: 1 }",
        "Array.prototype[Symbol.iterator] = null; return [1]",
        "Promise.prototype.then = () => 1; return 1",
        "Date.prototype.getTime = () => 1; Object.defineProperty = null; Function.prototype.call = null; return 1",
        "Map[Symbol.hasInstance]; Object.defineProperty(Map, Symbol.hasInstance, { value() { throw new Error('no') } }); return {}",
        "Error.prepareStackTrace = () => 'code.js:999999999999:1'; throw new Error('x')",
        "globalThis.Promise = null; return 1",
        "Object.freeze(globalThis); return 1",
    ] {
        // Any end is fine, as long as there is one and it is said.
        if let Err(error) = crate::run(source, json!({})) {
            assert!(matches!(error.code(), "code.exception" | "code.output"), "{source}: {error:?}");
        }
    }
}

#[test]
fn input_beyond_the_memory_is_said() {
    let huge: Vec<Value> = (0..1_500_000).map(|n| json!([n])).collect();
    let result = limited("return 1", json!(huge), Limits { time: Duration::from_secs(20), ..Limits::default() });
    assert!(matches!(result, Err(Error::Memory(_))), "{result:?}");
}
