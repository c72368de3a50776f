//! What is asked of a connection's account while a person waits.

use connect::Question;
use model::{api::*, ids::ConnectionId};
use serde_json::Value;

use crate::{
    accounts::{Answers, Ask, Told, ask},
    app::App,
    auth::Member,
    endpoint::Input,
    error::ApiError,
    needs,
};

/// Bytes of what is filled in so far, and of a search.
const LONGEST_INPUT: usize = 64 * 1024;
const LONGEST_SEARCH: usize = 500;

pub(crate) async fn get(app: App, caller: Member, input: Input<GetConnection>) -> Result<ConnectionDetail, ApiError> {
    let id = input.path.0;
    let mut connection = app.store.connection(&caller.scope, id).await?.connection;
    if let Some(connector) = app.connectors.iter().find(|connector| connector.id == connection.connector) {
        let definitions = app.store.definitions_in_use(&caller.scope).await?;
        connection.needed_scopes = needs::of_connection(connector, id, &definitions);
    }
    let workflows = app.store.uses_of_connection(&caller.scope, id).await?;
    Ok(ConnectionDetail { connection, workflows, access: app.store.connection_access(&caller.scope, id).await? })
}

pub(crate) async fn test(app: App, caller: Member, input: Input<TestConnection>) -> Result<ConnectionTest, ApiError> {
    let id = input.path.0;
    let row = app.store.connection_to_use(&caller.scope, id).await?;
    let connector = app.connectors.iter().find(|connector| connector.id == row.connection.connector);
    let method = connector.and_then(|connector| connector.auth_method(&row.connection.method));
    if method.is_none_or(|method| method.test.is_none() && method.identity.is_none() && method.native.is_none()) {
        let message = "This kind of connection has no call to try it with; test a step that uses it.";
        return Err(ApiError::field("id", message));
    }
    let refusal = ask(&app, &caller, &row, Ask::Test).await.err();
    let connection = app.store.connection(&caller.scope, id).await?.connection;
    Ok(ConnectionTest {
        works: refusal.is_none(),
        code: refusal.as_ref().map(|refusal| refusal.code()),
        message: refusal.as_ref().map(|refusal| refusal.message()),
        connection,
    })
}

pub(crate) async fn options(app: App, caller: Member, input: Input<ListOptions>) -> Result<AccountOptions, ApiError> {
    let answer = asked(&app, &caller, input.path.0, input.body, true).await?;
    serde_json::from_value(answer).map_err(|error| ApiError::internal(&error))
}

pub(crate) async fn fields(app: App, caller: Member, input: Input<ListFields>) -> Result<AccountFields, ApiError> {
    let answer = asked(&app, &caller, input.path.0, input.body, false).await?;
    serde_json::from_value(answer).map_err(|error| ApiError::internal(&error))
}

async fn asked(
    app: &App,
    caller: &Member,
    id: ConnectionId,
    body: AccountQuestion,
    for_options: bool,
) -> Result<Value, ApiError> {
    let AccountQuestion { form, field, input, search, fresh } = body;
    // Asked before an answer is used again that somebody else got.
    let row = app.store.connection_to_use(&caller.scope, id).await?;
    let input = serde_json::to_value(input).map_err(|error| ApiError::internal(&error))?;
    if input.to_string().len() > LONGEST_INPUT {
        return Err(ApiError::field("input", format!("What is filled in may have at most {LONGEST_INPUT} bytes.")));
    }
    let search = search.map(|search| search.trim().to_owned()).filter(|search| !search.is_empty());
    if search.as_ref().is_some_and(|search| search.len() > LONGEST_SEARCH) {
        return Err(ApiError::field("search", format!("Search with at most {LONGEST_SEARCH} bytes.")));
    }
    let connector = row.connection.connector.clone();
    let question = Question { connector: &connector, form: &form, field: &field, input: &input, search: search.as_deref() };
    let key = Answers::key(if for_options { "options" } else { "fields" }, row.secret, &question);
    if let Some(answer) = app.answers.get(&key).filter(|_| !fresh) {
        return Ok(answer);
    }
    let told = ask(app, caller, &row, if for_options { Ask::Options(question) } else { Ask::Fields(question) }).await?;
    let answer = match told {
        Told::Options(options) => {
            let items = options.choices.into_iter().map(|choice| AccountOption { value: choice.value, label: choice.label });
            serde_json::to_value(AccountOptions { items: items.collect(), more: options.more })
        }
        Told::Fields(fields) => {
            let items: Result<Vec<Value>, _> = fields.iter().map(serde_json::to_value).collect();
            items.and_then(|items| serde_json::to_value(AccountFields { items }))
        }
        Told::Works | Told::Polled(_) => Ok(Value::Null),
    };
    let answer = answer.map_err(|error| ApiError::internal(&error))?;
    app.answers.keep(key, answer.clone());
    Ok(answer)
}
