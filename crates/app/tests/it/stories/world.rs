//! A Patchbay with one template, whose services are simulated.

use std::{collections::BTreeMap, time::Duration};

use http::Method;
use serde_json::{Value, json};

use crate::instance::Instance;

pub struct Story {
    pub patchbay: Instance,
    /// The first trigger's sample events, as they are sent.
    pub samples: Vec<Value>,
    hook: String,
    /// By connector.
    connections: BTreeMap<String, String>,
}

impl Story {
    /// The template's workflow, live. Triggers that wait for another system's event take it by a webhook, so that a test can send it.
    pub async fn of(template: &str) -> Self {
        let mut patchbay = Instance::new();
        patchbay.start().await;
        let made = patchbay.post("/api/v1/workflows/from-template", &json!({ "template": template, "sandbox": true })).await;
        let errors: Vec<&Value> =
            made["problems"].as_array().unwrap().iter().filter(|one| one["severity"] != "warning").collect();
        assert!(errors.is_empty(), "{template} can be published as it is: {errors:#?}");
        let workflow = made["id"].as_str().unwrap().to_owned();
        let mut definition = made["draft"].clone();
        for trigger in definition["triggers"].as_array_mut().unwrap() {
            trigger["kind"] = json!({ "type": "webhook" });
        }
        let path = format!("/api/v1/workflows/{workflow}");
        let draft = json!({ "rev": made["draft_rev"], "definition": definition });
        let (status, saved) = patchbay.send(Method::PUT, &format!("{path}/draft"), Some(&draft)).await;
        assert_eq!(status, 200, "{saved:#}");
        patchbay.post(&format!("{path}/publish"), &json!({ "rev": saved["rev"], "note": "", "turn_on": true })).await;
        let url = saved["hooks"][0]["url"].as_str().unwrap();
        let hook = url[url.find("/hooks/").unwrap()..].to_owned();

        let listed = patchbay.get("/api/v1/connections").await;
        let connections = listed["items"].as_array().unwrap().iter().map(|one| {
            assert_eq!((&one["sandbox"], &one["hosts"]), (&json!(true), &json!([])), "{one}");
            (one["connector"].as_str().unwrap().to_owned(), one["id"].as_str().unwrap().to_owned())
        });
        let connections = connections.collect();
        let kept = patchbay.get(&format!("{path}/samples")).await;
        let samples = kept["triggers"].as_array().unwrap().iter().map(|sample| sample["event"]["body"].clone()).collect();
        Story { patchbay, samples, hook, connections }
    }

    /// Sends an event; gives back its receipt.
    pub async fn send(&self, event: &Value) -> Value {
        self.patchbay.post(&self.hook, event).await
    }

    /// Sends an event and waits for the end of its run.
    pub async fn run(&self, event: &Value) -> Value {
        let receipt = self.send(event).await;
        self.ended(receipt["run"].as_str().unwrap_or_else(|| panic!("no run: {receipt}"))).await
    }

    pub async fn succeeds(&self, event: &Value) -> Value {
        let detail = self.run(event).await;
        assert_eq!(detail["run"]["status"], "succeeded", "{detail:#}");
        detail
    }

    /// Backoff included.
    pub async fn ended(&self, run: &str) -> Value {
        self.until(run, |run| !matches!(run["status"].as_str().unwrap(), "queued" | "running" | "waiting")).await
    }

    /// Waits until the run waits for somebody.
    pub async fn held(&self, run: &str, hold: &str) -> Value {
        self.until(run, |run| run["hold"] == hold).await
    }

    async fn until(&self, run: &str, done: impl Fn(&Value) -> bool) -> Value {
        let mut detail = Value::Null;
        for _ in 0..1_200 {
            detail = self.patchbay.get(&format!("/api/v1/runs/{run}")).await;
            if done(&detail["run"]) {
                return detail;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the run does not come so far: {detail:#}\n{}", self.patchbay.said());
    }

    fn sandbox(&self, connector: &str) -> String {
        format!("/api/v1/connections/{}/sandbox", self.connections[connector])
    }

    /// Has a service misbehave for the next calls.
    pub async fn behave(&self, connector: &str, misbehaviour: Value, calls: Option<u32>) {
        let behaviour = json!({ "misbehaviour": misbehaviour, "calls": calls });
        let (status, answer) = self.patchbay.send(Method::PUT, &self.sandbox(connector), Some(&behaviour)).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// What a service holds of one kind, newest first.
    pub async fn holds(&self, connector: &str, collection: &str) -> Vec<Value> {
        let account = self.patchbay.get(&self.sandbox(connector)).await;
        let mut collections = account["collections"].as_array().unwrap().iter();
        let found = collections.find(|one| one["name"] == collection);
        found.map(|one| one["items"].as_array().unwrap().iter().map(|item| item["value"].clone()).collect()).unwrap_or_default()
    }

    /// How often a service was called.
    pub async fn calls(&self, connector: &str) -> usize {
        self.patchbay.get(&self.sandbox(connector)).await["calls"].as_array().unwrap().len()
    }

    /// As its owner does who has entered new credentials.
    pub async fn reconnect(&self, connector: &str) {
        let path = format!("/api/v1/connections/{}", self.connections[connector]);
        let (status, answer) = self.patchbay.send(Method::PUT, &path, Some(&json!({ "values": {} }))).await;
        assert_eq!((status, &answer["status"]), (200, &json!("active")), "{answer}");
    }

    pub async fn settle(&self, run: &str, step: &str, choice: Value) {
        self.patchbay.post(&format!("/api/v1/runs/{run}/settle"), &json!({ "path": step, "choice": choice })).await;
    }
}

/// The id of a run's page.
pub fn id(detail: &Value) -> &str {
    detail["run"]["id"].as_str().unwrap()
}

/// The state of a step.
pub fn step<'d>(detail: &'d Value, slug: &str) -> &'d Value {
    let steps = detail["steps"].as_array().unwrap();
    &steps.iter().find(|step| step["step"] == slug).unwrap_or_else(|| panic!("no step {slug}: {detail:#}"))["state"]
}

/// How many attempts a step took.
pub fn attempts(detail: &Value, slug: &str) -> usize {
    step(detail, slug)["attempts"].as_array().unwrap().len()
}
