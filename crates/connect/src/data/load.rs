//! Reads from the account that fill menus and forms, and say whose account it is.

use manifest::{Choice, Field, FieldKind, FieldsFrom, Load, OptionsFrom, VendorKind, VendorType};
use model::run::ErrorClass;
use serde_json::Value;

use super::caller::Caller;
use super::env::Env;
use super::flow::{Got, one};
use crate::connect::{Account, Options, Question};
use crate::error::CallError;
use crate::http::input::scalar;

/// Choices of one menu.
const MOST_CHOICES: usize = 2_000;

pub(crate) async fn test(caller: Caller<'_>) -> Result<(), CallError> {
    let (method, _) = caller.method()?.ok_or_else(|| caller.needs_connection())?;
    let spec = method.test.as_ref().or(method.identity.as_ref().map(|identity| &identity.request));
    let spec = spec.ok_or_else(|| nothing(&caller, "no call that tests a connection"))?;
    one(&caller, spec, &Env::new(), None, None).await.map(|_| ()).map_err(|failed| failed.0)
}

pub(crate) async fn identity(caller: Caller<'_>) -> Result<Account, CallError> {
    let (method, _) = caller.method()?.ok_or_else(|| caller.needs_connection())?;
    let identity = method.identity.as_ref().ok_or_else(|| nothing(&caller, "no call that says whose account it is"))?;
    let got = one(&caller, &identity.request, &Env::new(), None, None).await.map_err(|failed| failed.0)?;
    let id = got.env.value(&identity.id)?.and_then(|id| scalar(&id)).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| nothing(&caller, "answered, but did not say whose account this is"))?;
    let label = got.env.text(&identity.label)?.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| id.clone());
    Ok(Account { id, label })
}

pub(crate) async fn options(caller: Caller<'_>, question: Question<'_>) -> Result<Options, CallError> {
    let field = field(&caller, question)?;
    let from = field.options_from.as_ref().ok_or_else(|| nothing(&caller, "nothing to choose from for this field"))?;
    needs(&caller, question, &from.depends_on)?;
    let (items, mut more) = items(&caller, load(&caller, &from.load)?, question).await?;
    let mut choices = Vec::new();
    for item in items {
        let env = Env::new().with("item", item);
        if from.keep_if.as_ref().is_some_and(|keep| !env.holds(keep)) {
            continue;
        }
        choices.extend(choice(from, &env)?);
    }
    // Where the other side does not search, we do.
    if let Some(search) = question.search.filter(|search| !from.searches && !search.trim().is_empty()) {
        let search = search.trim().to_lowercase();
        choices.retain(|choice| choice.label.to_lowercase().contains(&search));
    }
    more |= choices.len() > MOST_CHOICES;
    choices.truncate(MOST_CHOICES);
    Ok(Options { choices, more })
}

fn choice(from: &OptionsFrom, env: &Env) -> Result<Option<Choice>, CallError> {
    let Some(value) = env.value(&from.value)?.and_then(|value| scalar(&value)) else { return Ok(None) };
    let label = env.text(&from.label)?.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| value.clone());
    Ok(Some(Choice { value, label }))
}

pub(crate) async fn fields(caller: Caller<'_>, question: Question<'_>) -> Result<Vec<Field>, CallError> {
    let field = field(&caller, question)?;
    let from = field.fields_from.as_ref().ok_or_else(|| nothing(&caller, "no names to offer for this field"))?;
    needs(&caller, question, &from.depends_on)?;
    let (items, _) = items(&caller, load(&caller, &from.load)?, question).await?;
    let mut fields = Vec::new();
    for item in items {
        let env = Env::new().with("item", item);
        if from.keep_if.as_ref().is_none_or(|keep| env.holds(keep)) {
            fields.extend(account_field(from, &env)?);
        }
    }
    Ok(fields)
}

fn account_field(from: &FieldsFrom, env: &Env) -> Result<Option<Field>, CallError> {
    let Some(key) = env.value(&from.key)?.and_then(|key| scalar(&key)).filter(|key| !key.is_empty()) else { return Ok(None) };
    let vendor = from.type_.as_ref().map(|source| env.value(source)).transpose()?.flatten().and_then(|value| scalar(&value));
    let type_ = vendor.and_then(|vendor| from.types.get(&vendor));
    let help = from.help.as_ref().map(|help| env.text(help)).transpose()?.flatten();
    Ok(Some(Field {
        label: env.text(&from.label)?.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| key.clone()),
        help: help.unwrap_or_default(),
        kind: kind(from, type_, env)?,
        format: type_.and_then(|type_| type_.format),
        required: from.required.as_ref().is_some_and(|required| env.holds(required)),
        key,
        placeholder: String::new(),
        default: None,
        advanced: false,
        secret_ok: false,
        secret: false,
        shown_when: None,
        options_from: None,
        fields_from: None,
        pattern: None,
        clearable: false,
    }))
}

fn kind(from: &FieldsFrom, type_: Option<&VendorType>, env: &Env) -> Result<FieldKind, CallError> {
    Ok(match type_.map_or(VendorKind::Text, |type_| type_.kind) {
        VendorKind::Text => FieldKind::Text,
        VendorKind::LongText => FieldKind::LongText,
        VendorKind::Number => FieldKind::Number { min: None, max: None },
        VendorKind::Switch => FieldKind::Switch,
        VendorKind::Json => FieldKind::Json,
        VendorKind::Choice => {
            let list = from.choices.as_ref().map(|choices| env.value(choices)).transpose()?.flatten();
            let (value, label) = (from.choice_value.as_deref().unwrap_or("item"), from.choice_label.as_deref().unwrap_or(""));
            let one = OptionsFrom {
                load: String::new(),
                value: value.to_owned(),
                label: label.to_owned(),
                keep_if: None,
                searches: false,
                depends_on: Vec::new(),
            };
            let mut options = Vec::new();
            for item in list.as_ref().and_then(Value::as_array).into_iter().flatten() {
                options.extend(choice(&one, &Env::new().with("item", item.clone()))?);
            }
            if options.is_empty() { FieldKind::Text } else { FieldKind::Choice { options } }
        }
    })
}

fn field<'a>(caller: &Caller<'a>, question: Question<'_>) -> Result<&'a Field, CallError> {
    let field = form(caller, question.form).iter().find(|field| field.key == question.field);
    field.ok_or_else(|| nothing(caller, &format!("no field \"{}\" in \"{}\"", question.field, question.form)))
}

/// The fields of an operation or trigger.
fn form<'a>(caller: &Caller<'a>, id: &str) -> &'a [Field] {
    let operation = caller.connector.operation(id).map(|operation| operation.fields.as_slice());
    operation.or_else(|| caller.connector.trigger(id).map(|trigger| trigger.fields.as_slice())).unwrap_or_default()
}

fn load<'a>(caller: &Caller<'a>, name: &str) -> Result<&'a Load, CallError> {
    caller.connector.loads.get(name).ok_or_else(|| nothing(caller, &format!("no load \"{name}\"")))
}

fn needs(caller: &Caller<'_>, question: Question<'_>, depends_on: &[String]) -> Result<(), CallError> {
    let is_empty = |key: &&String| {
        let value = question.input.get(key.as_str());
        value.is_none_or(|value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()))
    };
    match depends_on.iter().find(is_empty) {
        None => Ok(()),
        Some(key) => {
            let other = form(caller, question.form).iter().find(|field| field.key == *key);
            let label = other.map_or(key.as_str(), |field| field.label.as_str());
            Err(CallError::input(key, "connect.depends_on", format!("Fill in \"{label}\" first")))
        }
    }
}

async fn items(caller: &Caller<'_>, load: &Load, question: Question<'_>) -> Result<(Vec<Value>, bool), CallError> {
    let mut env = Env::new().with("input", question.input.clone());
    if let Some(search) = question.search.map(str::trim).filter(|search| !search.is_empty()) {
        env = env.with("search", Value::from(search));
    }
    let got: Got = one(caller, &load.request, &env, None, None).await.map_err(|failed| failed.0)?;
    match &load.items {
        None => Ok((got.items, got.more)),
        Some(source) => match got.env.value(source)? {
            Some(Value::Array(items)) => Ok((items, false)),
            _ => Ok((Vec::new(), false)),
        },
    }
}

fn nothing(caller: &Caller<'_>, what: &str) -> CallError {
    CallError::new(ErrorClass::Permanent, "connect.unknown_field", format!("{}: {what}", caller.connector.name))
}
