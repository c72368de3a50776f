// Runs before the maker's source: takes away what a script must not have, and turns the clock into the run's own.
// Gives a function that names what is no plain object.
(function (moment) {
  "use strict";
  const define = (object, name, value) =>
    Object.defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });

  // No modules, threads, hooks into the collector, or host: most of these are absent anyway.
  for (const name of ["Proxy", "Atomics", "SharedArrayBuffer", "WeakRef", "FinalizationRegistry", "performance",
    "queueMicrotask", "DOMException", "navigator", "gc", "std", "os", "bjson", "print", "console", "scriptArgs"]) {
    delete globalThis[name];
  }

  define(Math, "random", function random() {
    throw new Error("Math.random is not available: a run gives the same result each time it is looked at");
  });

  const Native = Date;
  const { parse: parseNative, UTC: utc } = Native;
  const { construct } = Reflect;
  const now = parseNative(moment);
  const proto = Native.prototype;

  // The machine's time zone must not show: a text without a zone is UTC.
  const hasZone = /(?:z|[+-]\d\d:?\d\d|gmt|utc)\s*(?:\([^)]*\))?\s*$/i;
  const dateOnly = /^\s*[+-]?\d{4,6}(?:-\d\d){0,2}\s*$/;
  function parse(given) {
    const text = `${given}`;
    if (hasZone.test(text) || dateOnly.test(text)) return parseNative(text.trim());
    const iso = parseNative(text + "Z");
    return iso === iso ? iso : parseNative(text + " UTC");
  }

  function momentOf(part) {
    if (part instanceof Native) return part.getTime();
    if (typeof part === "string") return parse(part);
    if (typeof part === "object" && part !== null) {
      const number = Number(part);
      return number === number ? number : parse(part);
    }
    return Number(part);
  }

  function RunDate(...parts) {
    if (!new.target) return new RunDate().toString();
    const at = parts.length === 0 ? now : parts.length === 1 ? momentOf(parts[0]) : utc(...parts);
    return construct(Native, [at], new.target);
  }
  define(RunDate, "name", "Date");
  define(RunDate, "now", function () { return now; });
  define(RunDate, "parse", parse);
  define(RunDate, "UTC", utc);
  Object.defineProperty(RunDate, "prototype", { value: proto, writable: false });
  define(proto, "constructor", RunDate);
  define(globalThis, "Date", RunDate);

  for (const unit of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"]) {
    define(proto, "get" + unit, proto["getUTC" + unit]);
    if (unit !== "Day") define(proto, "set" + unit, proto["setUTC" + unit]);
  }
  delete proto.getYear;
  delete proto.setYear;
  define(proto, "getTimezoneOffset", function () { return this.getTime() === this.getTime() ? 0 : NaN; });
  const shown = (from, to) => function () {
    return this.getTime() === this.getTime() ? this.toISOString().slice(from, to).replace("T", " ") : "Invalid Date";
  };
  define(proto, "toString", proto.toUTCString);
  define(proto, "toDateString", shown(0, 10));
  define(proto, "toTimeString", shown(11, 19));
  define(proto, "toLocaleString", shown(0, 19));
  define(proto, "toLocaleDateString", shown(0, 10));
  define(proto, "toLocaleTimeString", shown(11, 19));

  const odd = [
    [Map, "a Map: use Object.fromEntries(map)"],
    [Set, "a Set: use [...set]"],
    [WeakMap, "a WeakMap, which has no JSON"],
    [WeakSet, "a WeakSet, which has no JSON"],
    [RegExp, "a regular expression: use its source"],
    [Error, "an error: return its message, or throw it"],
    [Promise, "a promise: put `await` before it"],
    [ArrayBuffer, "binary data: return text or a list of numbers"],
  ];
  const isView = ArrayBuffer.isView;
  return function oddity(value) {
    for (let index = 0; index < odd.length; index += 1) {
      if (value instanceof odd[index][0]) return odd[index][1];
    }
    if (isView(value)) return "binary data: use Array.from(data)";
    return undefined;
  };
})
