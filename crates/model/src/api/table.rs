//! Every endpoint in one list: routes, the OpenAPI document and the permission test walk it.

use super::{endpoint::Schema, *};

/// What is known of an endpoint without its types.
#[derive(Debug, Clone, Copy)]
pub struct Described {
    pub name: &'static str,
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub summary: &'static str,
}

/// Is shown every endpoint with its types.
pub trait Visitor {
    fn visit<E: Endpoint>(&mut self, described: Described)
    where
        E::Query: Schema,
        E::Body: Schema,
        E::Reply: Schema;
}

macro_rules! table {
    ($($name:ident),* $(,)?) => {
        /// Shows every endpoint to `visitor`, in the order of the document.
        pub fn visit(visitor: &mut impl Visitor) {
            $(visitor.visit::<$name>(Described {
                name: $name::NAME,
                method: $name::METHOD,
                path: $name::PATH,
                access: $name::ACCESS,
                summary: $name::SUMMARY,
            });)*
        }
    };
}

table!(
    GetSetup,
    CreateOwner,
    SignIn,
    SignOut,
    GetMe,
    ChangePassword,
    ListSessions,
    EndSession,
    EndAllSessions,
    ListTokens,
    CreateToken,
    RevokeToken,
    ListWorkflows,
    CreateWorkflow,
    ImportWorkflow,
    ListTemplates,
    CreateFromTemplate,
    GetWorkflow,
    RenameWorkflow,
    DeleteWorkflow,
    SaveDraft,
    PublishWorkflow,
    SetWorkflowState,
    ListVersions,
    GetVersion,
    SetTriggerSecret,
    GetTriggerStates,
    TryTrigger,
    DecideTrigger,
    GetSubscription,
    RetrySubscription,
    ListHookRequests,
    SampleHookRequest,
    RunWorkflow,
    TestWorkflow,
    ListSamples,
    AddSample,
    DeleteSample,
    ListRuns,
    ListRunGroups,
    SearchRuns,
    ExportRunsCsv,
    ExportRunsJsonl,
    GetRun,
    GetJournal,
    ListItems,
    ListChildren,
    CancelRun,
    SettleRun,
    ReplayRun,
    MendRun,
    StartBulk,
    GetBulk,
    StopBulk,
    ListEvents,
    ExportEventsCsv,
    ExportEventsJsonl,
    GetEvent,
    GetEventFile,
    ListConnections,
    CreateConnection,
    UpdateConnection,
    DeleteConnection,
    GetConnectionQuestion,
    AnswerConnectionQuestion,
    GetSandbox,
    SetSandbox,
    EmptySandbox,
    ListConnectors,
    ListApps,
    GetApp,
    PutApp,
    DeleteApp,
    StartConsent,
    GetConnection,
    TestConnection,
    ListOptions,
    ListFields,
    ListValues,
    GetValue,
    SetValue,
    DeleteValue,
    ListBatches,
    ListLanes,
    ListBacklogs,
    ListActivity,
    GetDashboard,
    ListAlerts,
    CountAlerts,
    AcknowledgeAlert,
    SnoozeAlert,
    ListChannels,
    CreateChannel,
    UpdateChannel,
    DeleteChannel,
    TestChannel,
    GetStream,
);
