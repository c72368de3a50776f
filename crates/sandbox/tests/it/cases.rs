//! Whatever a connector can do, its sandbox answers.

use std::path::Path;
use std::time::Duration;

use model::run::ErrorClass;
use serde::Deserialize;
use serde_json::Value;

use crate::world::World;

#[derive(Deserialize)]
struct Case {
    what: String,
    operation: Option<String>,
    #[serde(default)]
    auth: Option<String>,
    #[serde(default)]
    input: Value,
    output: Option<Value>,
}

/// All whose requests are data; what is carried out in code has no vendor's answers to go by.
fn simulated() -> impl Iterator<Item = &'static manifest::Connector> {
    let folder = |id: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/connectors").join(id).join("cases");
    manifest::builtin().iter().filter(move |connector| folder(&connector.id).is_dir())
}

fn cases(connector: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/connectors").join(connector).join("cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{connector}");
    files.iter().flat_map(|file| serde_json::from_str::<Vec<Case>>(&std::fs::read_to_string(file).unwrap()).unwrap()).collect()
}

/// Every recorded call that went well goes well here, but for things that the account does not hold.
#[tokio::test]
async fn every_operation_is_answered() {
    let mut failures = Vec::new();
    for connector in simulated() {
        let mut unanswered: Vec<_> = connector.operations.iter().map(|operation| operation.id.as_str()).collect();
        for case in cases(&connector.id).into_iter().filter(|case| case.output.is_some()) {
            let (Some(operation), method) = (&case.operation, case.auth.as_ref().unwrap_or(&connector.auth[0].id)) else {
                continue;
            };
            let world = World::by(&connector.id, method);
            let result = world.keyed(operation, case.input, "key-1", Duration::from_secs(20)).await;
            match result.outcome {
                Ok(output) => {
                    assert!(!output.to_string().contains("$base64\""), "{output}");
                    unanswered.retain(|id| id != operation);
                }
                Err(error) if error.class == ErrorClass::Rejected && !error.message.contains("required") => {
                    unanswered.retain(|id| id != operation);
                }
                Err(error) => failures.push(format!("{} {operation}: {}: {error:?}", connector.id, case.what)),
            }
        }
        failures.extend(unanswered.iter().map(|id| format!("{} {id}: nothing answers", connector.id)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Connections say who they are, and their tests succeed.
#[tokio::test]
async fn every_way_to_sign_in_has_an_account() {
    let mut failures = Vec::new();
    for connector in simulated() {
        for method in &connector.auth {
            let world = World::by(&connector.id, &method.id);
            let timeout = Duration::from_secs(5);
            let is_known = method.identity.is_some();
            if is_known && let Err(error) = world.connect.identity(&connector.id, &world.credential, timeout).await {
                failures.push(format!("{} {}: {error:?}", connector.id, method.id));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
