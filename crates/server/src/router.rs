use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::Request,
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use model::api::*;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    Options, Services,
    app::App,
    auth,
    endpoint::Api,
    error::ApiError,
    gate, headers,
    routes::{
        account, accounts, activity, alerts, apps, assets, bulk, connecting, connections, connectors, consent, dashboard,
        erasures, events, expectations, export, find, form, groups, happening, health, hooks, inspector, items, journal, lanes,
        members, mend, metrics, openapi, polls, runs, samples, sandboxes, search, setup, stream, tags, templates, tokens, values,
        wait, workflows,
    },
};

/// Everything the server answers.
pub fn router(options: Options, services: Services) -> Router {
    let app = App::new(options, services);

    // Thousands a second: no session, no layers; the handler itself does the little that is needed.
    let hooks = Router::new()
        .route("/hooks/{key}", any(hooks::live))
        .route("/hooks/{key}/test", any(hooks::test))
        .route("/hooks/app/{connector}/{key}", any(hooks::app));
    // The link is the right: a session is only looked at by approvals of named people, in the handler.
    let waits = Router::new()
        .route("/wait/{run}/{path}/{signature}", any(wait::answer))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(log_wait));

    // Anybody's: no session, no cookie.
    let forms = Router::new()
        .route("/forms/{key}", any(form::live))
        .route("/forms/{key}/test", any(form::test))
        .layer(Extension(Arc::new(form::Senders::default())))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(log_form));

    let api = api()
        .into_router()
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/{*rest}", any(unknown))
        .route("/oauth/callback", get(consent::callback))
        .route("/oauth/end.js", get(consent::script))
        .method_not_allowed_fallback(wrong_method)
        .layer(auth::layer(&app))
        .layer(middleware::from_fn_with_state(app.clone(), gate::needs_owner))
        .layer(middleware::from_fn(headers::not_stored));

    let rest = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .fallback(assets::page)
        .method_not_allowed_fallback(wrong_method)
        .merge(api)
        .layer(middleware::from_fn_with_state(app.clone(), headers::secure))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(log));

    rest.merge(hooks).merge(waits).merge(forms).with_state(app)
}

fn api() -> Api {
    Api::new()
        .on(GetSetup, setup::state)
        .on(CreateOwner, setup::create_owner)
        .on(SignIn, account::sign_in)
        .on(SignOut, account::sign_out)
        .on(GetMe, account::me)
        .on(ChangePassword, account::change_password)
        .on(ListSessions, account::sessions)
        .on(EndSession, account::end_session)
        .on(EndAllSessions, account::end_all_sessions)
        .on(ListTokens, tokens::list)
        .on(CreateToken, tokens::create)
        .on(RevokeToken, tokens::revoke)
        .on(ListMembers, members::list)
        .on(ChangeMember, members::change)
        .on(RemoveMember, members::remove)
        .on(ListInvites, members::invites)
        .on(CreateInvite, members::invite)
        .on(RevokeInvite, members::revoke)
        .on(LookAtInvite, members::look)
        .on(AcceptInvite, members::accept)
        .on(ListWorkflows, workflows::list)
        .on(CreateWorkflow, workflows::create)
        .on(ImportWorkflow, workflows::import)
        .on(ListTemplates, templates::list)
        .on(CreateFromTemplate, templates::create)
        .on(GetWorkflow, workflows::get)
        .on(RenameWorkflow, workflows::rename)
        .on(DeleteWorkflow, workflows::delete)
        .on(SaveDraft, workflows::save_draft)
        .on(PublishWorkflow, workflows::publish)
        .on(SetWorkflowState, workflows::set_state)
        .on(ListVersions, workflows::versions)
        .on(GetVersion, workflows::version)
        .on(SuggestExpectation, expectations::suggest)
        .on(SetTriggerSecret, workflows::set_trigger_secret)
        .on(GetTriggerStates, polls::states)
        .on(TryTrigger, polls::try_out)
        .on(DecideTrigger, polls::decide)
        .on(GetSubscription, inspector::subscription)
        .on(RetrySubscription, inspector::retry)
        .on(ListHookRequests, inspector::requests)
        .on(SampleHookRequest, inspector::sample)
        .on(GetHappening, happening::get)
        .on(MakeHappen, happening::make)
        .on(RunWorkflow, workflows::run)
        .on(RunForMany, bulk::rows)
        .on(TestWorkflow, workflows::test)
        .on(ListSamples, samples::list)
        .on(AddSample, samples::add)
        .on(DeleteSample, samples::delete)
        .on(FindInWorkflows, find::find)
        .on(ListTags, tags::list)
        .on(TagWorkflow, tags::put)
        .on(PinOutput, samples::pin)
        .on(UnpinOutput, samples::unpin)
        .on(ListRuns, runs::list)
        .on(ListRunGroups, groups::list)
        .on(CountRuns, bulk::count)
        .on_response(SearchRuns, search::search)
        .on_response(ExportRunsCsv, export::runs_csv)
        .on_response(ExportRunsJsonl, export::runs_jsonl)
        .on(GetRun, runs::get)
        .on_response(GetJournal, journal::journal)
        .on(ListItems, items::list)
        .on(ListChildren, items::children)
        .on(CancelRun, runs::cancel)
        .on(ResumeRun, runs::resume)
        .on(SettleRun, runs::settle)
        .on(ReplayRun, runs::replay)
        .on(MendRun, mend::mend)
        .on(ListErasures, erasures::list)
        .on(StartErasure, erasures::start)
        .on(GetErasure, erasures::get)
        .on(CarryOutErasure, erasures::carry_out)
        .on(StopErasure, erasures::stop)
        .on(StartBulk, bulk::start)
        .on(GetBulk, bulk::get)
        .on(StopBulk, bulk::stop)
        .on(ListEvents, events::list)
        .on_response(ExportEventsCsv, export::events_csv)
        .on_response(ExportEventsJsonl, export::events_jsonl)
        .on(GetEvent, events::get)
        .on_response(GetEventFile, events::file)
        .on(ListConnections, connections::list)
        .on(CreateConnection, connections::create)
        .on(UpdateConnection, connections::update)
        .on(DeleteConnection, connecting::delete)
        .on(GetConnectionQuestion, connecting::question)
        .on(AnswerConnectionQuestion, connecting::answer)
        .on(ShareConnection, connections::share)
        .on(GetSandbox, sandboxes::get)
        .on(SetSandbox, sandboxes::set)
        .on(EmptySandbox, sandboxes::clear)
        .on_response(ListConnectors, connectors::list)
        .on(ListApps, apps::list)
        .on(GetApp, apps::get)
        .on(PutApp, apps::put)
        .on(DeleteApp, apps::delete)
        .on(StartConsent, consent::start)
        .on(GetConnection, accounts::get)
        .on(GetConnectionCalls, dashboard::calls)
        .on(TestConnection, accounts::test)
        .on(ListOptions, accounts::options)
        .on(ListFields, accounts::fields)
        .on(ListValues, values::list)
        .on(GetValue, values::get)
        .on(SetValue, values::set)
        .on(DeleteValue, values::delete)
        .on(ListBatches, lanes::batches)
        .on(ListLanes, lanes::blocked)
        .on(ListBacklogs, lanes::backlogs)
        .on(ListActivity, activity::list)
        .on(ListAlerts, alerts::list)
        .on(CountAlerts, alerts::count)
        .on(AcknowledgeAlert, alerts::acknowledge)
        .on(SnoozeAlert, alerts::snooze)
        .on(ListChannels, alerts::channels)
        .on(CreateChannel, alerts::create)
        .on(UpdateChannel, alerts::update)
        .on(DeleteChannel, alerts::delete)
        .on(TestChannel, alerts::test)
        .on(GetDashboard, dashboard::get)
        .on_response(GetStream, stream::stream)
}

async fn unknown(method: Method) -> Response {
    let message = format!("There is nothing at this address for {method}; /api/v1/openapi.json lists what there is.");
    ApiError::new(StatusCode::NOT_FOUND, "not_found", message).into_response()
}

async fn wrong_method(method: Method) -> Response {
    let message = format!("This address does not take {method}.");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).into_response()
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    ApiError::internal(&text.unwrap_or("a handler panicked")).into_response()
}

async fn log(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    logged(path, request, next).await
}

/// The link is a secret.
async fn log_wait(request: Request, next: Next) -> Response {
    logged("/wait".to_owned(), request, next).await
}

async fn log_form(request: Request, next: Next) -> Response {
    logged("/forms".to_owned(), request, next).await
}

/// One line per request; never its query, headers or body.
async fn logged(path: String, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let started = std::time::Instant::now();
    let response = next.run(request).await;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(http.method = %method, http.path = %path, http.status = response.status().as_u16(), duration_ms, "answered a request");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_served_and_described() {
        struct Names(Vec<&'static str>);
        impl Visitor for Names {
            fn visit<E: Endpoint>(&mut self, described: Described) {
                self.0.push(described.name);
            }
        }
        let mut described = Names(Vec::new());
        visit(&mut described);
        let mut served = api().names().to_vec();
        served.sort_unstable();
        described.0.sort_unstable();
        assert_eq!(served, described.0);
    }
}
