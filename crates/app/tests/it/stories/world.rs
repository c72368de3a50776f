//! A Patchbay with one template, live, whose services are simulated. Events come the way they would: as signed deliveries of the
//! simulated vendors, in the lists that are looked at, through the form's page, to the webhook's address.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use egress::{Egress, Request, SendLimits};
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use crate::instance::Instance;

pub struct Story {
    pub patchbay: Instance,
    workflow: String,
    trigger: Value,
    /// Of a webhook or a form.
    address: String,
    /// By connector.
    connections: BTreeMap<String, String>,
}

impl Story {
    /// The template's workflow as it is, published and on.
    pub async fn of(template: &str) -> Self {
        let mut patchbay = Instance::new();
        patchbay.start().await;
        let made = patchbay.post("/api/v1/workflows/from-template", &json!({ "template": template, "sandbox": true })).await;
        let errors: Vec<&Value> =
            made["problems"].as_array().unwrap().iter().filter(|one| one["severity"] != "warning").collect();
        assert!(errors.is_empty(), "{template} can be published as it is: {errors:#?}");
        let workflow = made["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/workflows/{workflow}");
        patchbay.post(&format!("{path}/publish"), &json!({ "rev": made["draft_rev"], "note": "", "turn_on": true })).await;
        let url = made["hooks"][0]["url"].as_str().unwrap_or_default();
        let address = url.find("/hooks/").or(url.find("/forms/")).map(|at| url[at..].to_owned()).unwrap_or_default();

        let listed = patchbay.get("/api/v1/connections").await;
        let connections = listed["items"].as_array().unwrap().iter().map(|one| {
            assert_eq!((&one["sandbox"], &one["hosts"]), (&json!(true), &json!([])), "{one}");
            (one["connector"].as_str().unwrap().to_owned(), one["id"].as_str().unwrap().to_owned())
        });
        let connections = connections.collect();
        let trigger = made["draft"]["triggers"][0].clone();
        Story { patchbay, workflow, trigger, address, connections }
    }

    fn happening(&self) -> String {
        format!("/api/v1/workflows/{}/triggers/{}/happening", self.workflow, self.trigger["id"].as_str().unwrap())
    }

    /// What the simulated vendor would tell, or has in its list: to be changed and sent.
    pub async fn event(&self) -> Value {
        self.patchbay.get(&self.happening()).await["event"].clone()
    }

    /// Makes it happen in a way; gives back what came.
    pub async fn happen(&self, way: &str, event: Option<&Value>) -> Value {
        let mut wanted = json!({ "way": way });
        if let Some(event) = event {
            wanted["event"] = event.clone();
        }
        self.patchbay.post(&self.happening(), &wanted).await
    }

    /// Sends an event the way this trigger gets it; gives back whether it came before, and its run.
    pub async fn send(&self, event: &Value) -> Value {
        match self.trigger["kind"]["type"].as_str().unwrap() {
            "webhook" => self.patchbay.post(&self.address, event).await,
            "manual" => {
                let wanted = json!({ "trigger": self.trigger["id"], "body": event });
                self.patchbay.post(&format!("/api/v1/workflows/{}/run", self.workflow), &wanted).await
            }
            "form" => self.submitted(event).await,
            _ => self.noticed(event).await,
        }
    }

    async fn noticed(&self, event: &Value) -> Value {
        let before = self.run_ids().await;
        let happened = self.happen("usual", Some(event)).await;
        let came = &happened["came"][0];
        // A look, and a delivery that only names its event, start the run a little later.
        if happened["noticed"] == "look" || (came["outcome"] == "accepted" && came["run"].is_null()) {
            return json!({ "run": self.next_run(&before).await });
        }
        json!({ "run": came["run"], "duplicate": came["outcome"] == "duplicate" })
    }

    async fn run_ids(&self) -> HashSet<String> {
        self.patchbay.runs(&self.workflow).await.iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn count(&self) -> usize {
        self.run_ids().await.len()
    }

    /// Waits until there are so many runs.
    pub async fn counts(&self, wanted: usize) {
        for _ in 0..800 {
            if self.count().await >= wanted {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert_eq!(self.count().await, wanted, "{}", self.patchbay.said());
    }

    async fn next_run(&self, before: &HashSet<String>) -> String {
        for _ in 0..800 {
            if let Some(new) = self.run_ids().await.into_iter().find(|id| !before.contains(id)) {
                return new;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the trigger does not notice: {}", self.patchbay.said());
    }

    /// As a browser sends the form's page; every page has a token of its own.
    async fn submitted(&self, fields: &Value) -> Value {
        let before = self.run_ids().await;
        let page = self.patchbay.raw(Method::GET, &self.address, &[], None).await;
        let page = String::from_utf8(page.body.to_vec()).unwrap();
        let at = page.find("name=\"token\"").unwrap_or_else(|| panic!("no token: {page}"));
        let token = page[at..].split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token);
        for (name, value) in fields.as_object().unwrap() {
            form.append_pair(&format!("field.{name}"), value.as_str().unwrap());
        }
        let mut request =
            Request::new(Method::POST, format!("http://{}{}", self.patchbay.address, self.address).parse().unwrap());
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(header::CONTENT_TYPE, kind);
        request.body = form.finish().into();
        let allow = egress::Options::parse_allow("127.0.0.0/8").unwrap();
        let browser = Egress::new(egress::Options { allow, ..egress::Options::default() }).unwrap();
        let limits = SendLimits { timeout: Duration::from_secs(40), max_response_bytes: 1 << 20, max_redirects: 0 };
        let answer = browser.send(request, &limits).await.unwrap();
        if answer.status >= 400 {
            return json!({ "refused": answer.status });
        }
        // Stored before it is answered: a run that is not there now does not come.
        let run = self.run_ids().await.into_iter().find(|id| !before.contains(id));
        json!({ "duplicate": run.is_none(), "run": run })
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

    /// How often a service was called under a path.
    pub async fn calls(&self, connector: &str, path: &str) -> usize {
        let account = self.patchbay.get(&self.sandbox(connector)).await;
        account["calls"].as_array().unwrap().iter().filter(|call| call["url"].as_str().unwrap().contains(path)).count()
    }

    /// Waits until a service was called so often under a path.
    pub async fn called(&self, connector: &str, path: &str, times: usize) {
        for _ in 0..800 {
            if self.calls(connector, path).await >= times {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{connector} is not called {times} times under {path}: {}", self.patchbay.said());
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
