//! One script: a runtime and context made for it, with everything it must not have taken away, thrown away after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::promise::PromiseState;
use rquickjs::{CatchResultExt, CaughtError, Coerced, Context, Ctx, Error as JsError, Function, Object, Promise, Runtime};
use serde_json::Value;

use crate::error::{Error, Fault, Place};
use crate::limits::Limits;
use crate::outbound::{Reader, Refusal};
use crate::{inbound, place};

/// Of the script's calls within calls.
pub(crate) const STACK_BYTES: usize = 2 * 1024 * 1024;
/// Lines of ours above the maker's source.
const LINES_BEFORE: u32 = 1;
/// Of an exception's message, in characters.
const MOST_MESSAGE: usize = 500;

/// The language without proxies, weak references and clocks for measuring. `eval` comes with the compiler; it reaches nothing.
type Language = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

pub(crate) fn run(source: &str, input: &Value, run: &Value, limits: &Limits) -> Result<Value, Error> {
    let deadline = Instant::now() + limits.time;
    let late = Arc::new(AtomicBool::new(false));
    let runtime = Runtime::new().map_err(|_| Error::Broken)?;
    runtime.set_memory_limit(limits.memory_bytes);
    runtime.set_max_stack_size(STACK_BYTES);
    let noticed = Arc::clone(&late);
    runtime.set_interrupt_handler(Some(Box::new(move || {
        let over = Instant::now() >= deadline;
        noticed.fetch_or(over, Ordering::Relaxed);
        over
    })));
    let context = Context::custom::<Language>(&runtime).map_err(|_| Error::Memory(limits.memory_bytes))?;
    context.with(|ctx| Script { ctx, source, limits, deadline, late }.run(input, run))
}

struct Script<'a, 'js> {
    ctx: Ctx<'js>,
    source: &'a str,
    limits: &'a Limits,
    deadline: Instant,
    late: Arc<AtomicBool>,
}

impl<'js> Script<'_, 'js> {
    fn run(&self, input: &Value, run: &Value) -> Result<Value, Error> {
        let moment = run["now"].as_str().unwrap_or("1970-01-01T00:00:00Z");
        let oddity = self.prelude(moment).map_err(|error| self.exception(error))?;
        let given = inbound::value(&self.ctx, input).map_err(|error| self.exception(error))?;
        let facts = inbound::value(&self.ctx, run).map_err(|error| self.exception(error))?;
        let promise: Promise<'js> =
            self.function()?.call::<_, Promise<'js>>((given, facts)).map_err(|error| self.exception(error))?;
        let returned = self.settle(&promise)?;
        self.output(&returned, &oddity)
    }

    fn prelude(&self, moment: &str) -> Result<Function<'js>, JsError> {
        let setup: Function<'js> = self.ctx.eval(include_str!("prelude.js"))?;
        setup.call((moment,))
    }

    /// The maker's source as the body of a function, which may use `await`.
    fn function(&self) -> Result<Function<'js>, Error> {
        let whole = format!("(async function (input, run) {{\n{}\n}})", self.source);
        let mut options = EvalOptions::default();
        options.filename = Some(place::FILE.to_owned());
        match self.ctx.eval_with_options::<Function<'js>, _>(whole, options).catch(&self.ctx) {
            Ok(function) => Ok(function),
            Err(caught) => Err(match self.thrown(caught) {
                Error::Exception(fault) => Error::Syntax(fault),
                other => other,
            }),
        }
    }

    /// What the function's promise gives, after the jobs that it waits for.
    fn settle(&self, promise: &Promise<'js>) -> Result<rquickjs::Value<'js>, Error> {
        while matches!(promise.state(), PromiseState::Pending) {
            let worked = self.ctx.execute_pending_job();
            if self.is_late() {
                return Err(self.timeout());
            }
            if !worked {
                let message = "The code waits for a promise that nothing settles.".to_owned();
                return Err(Error::Exception(Fault { place: None, message }));
            }
        }
        match promise.result::<rquickjs::Value<'js>>() {
            Some(result) => result.map_err(|error| self.exception(error)),
            None => Err(Error::Broken),
        }
    }

    fn output(&self, returned: &rquickjs::Value<'js>, oddity: &Function<'js>) -> Result<Value, Error> {
        let limit = self.limits.output_bytes;
        let mut reader = Reader { oddity, deadline: self.deadline, left: limit, limit };
        let refused = |refusal| match refusal {
            Refusal::No(message) => Error::Output(message),
            Refusal::Late => self.timeout(),
            Refusal::Threw(error) => match self.exception(error) {
                Error::Exception(fault) => Error::Output(format!("The result cannot be read. {fault}")),
                other => other,
            },
        };
        let value = reader.read(returned, "result", 0).map_err(refused)?;
        // Counted while reading without what JSON escapes.
        let bytes = serde_json::to_string(&value).map_err(|_| Error::Broken)?.len();
        if bytes > limit { Err(refused(reader.too_large())) } else { Ok(value) }
    }

    fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed) || Instant::now() >= self.deadline
    }

    fn timeout(&self) -> Error {
        Error::Timeout(self.limits.time.as_millis())
    }

    fn exception(&self, error: JsError) -> Error {
        self.thrown(CaughtError::from_error(&self.ctx, error))
    }

    /// What was thrown, in the maker's words.
    fn thrown(&self, caught: CaughtError<'js>) -> Error {
        if self.late.load(Ordering::Relaxed) {
            return self.timeout();
        }
        let fault = match caught {
            CaughtError::Exception(exception) => self.fault(exception.as_object()),
            CaughtError::Value(value) => match value.as_object() {
                Some(object) => self.fault(object),
                // There was not even room for the exception.
                None if value.is_null() => return Error::Memory(self.limits.memory_bytes),
                None => Fault {
                    place: None,
                    message: value.get().map_or_else(|_| "Something was thrown.".into(), |Coerced(text)| text),
                },
            },
            CaughtError::Error(JsError::Allocation) => return Error::Memory(self.limits.memory_bytes),
            CaughtError::Error(JsError::FromJs { .. }) => {
                let message = "The braces do not match: one closes more than was opened.".to_owned();
                Fault { place: None, message }
            }
            CaughtError::Error(_) => return Error::Broken,
        };
        if fault.message == "InternalError: out of memory" {
            return Error::Memory(self.limits.memory_bytes);
        }
        // Reading the message ran code of the maker's, too.
        if self.late.load(Ordering::Relaxed) {
            return self.timeout();
        }
        let message = fault.message.chars().take(MOST_MESSAGE).collect();
        Error::Exception(Fault { message, ..fault })
    }

    fn fault(&self, thrown: &Object<'js>) -> Fault {
        let text = |key: &str| {
            let found = thrown.get::<_, Option<Coerced<String>>>(key).ok().flatten().map(|Coerced(text)| text);
            // A getter may have thrown.
            self.ctx.catch();
            found.filter(|text| !text.is_empty())
        };
        let message = match (text("name"), text("message")) {
            (Some(name), Some(message)) => format!("{name}: {message}"),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => "An object without a message was thrown.".to_owned(),
        };
        Fault { place: text("stack").and_then(|stack| self.place(&stack)), message }
    }

    fn place(&self, stack: &str) -> Option<Place> {
        let lines = u32::try_from(self.source.lines().count()).unwrap_or(u32::MAX);
        place::of_stack(stack, LINES_BEFORE, lines)
    }
}
