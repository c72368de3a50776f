//! Looks at lists against a real server: many pages, lists without an order, items nobody can read.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use axum::{Router, routing::get};
use connect::{AuthMethod, CallError, Connect, Credential, Holding, Polled, Since, Want};
use manifest::parse_folder;
use serde_json::{Value, json};
use testkit::CONNECTOR;

use crate::upstream::{connect, serve};

/// What the server holds, oldest first, and the pages it was asked for.
#[derive(Default)]
struct Held {
    items: Vec<Value>,
    asked: Vec<(u64, usize)>,
    broken: HashSet<u64>,
}

type Shared = Arc<Mutex<Held>>;

/// `GET /items?since=&start=&size=&order=`: ids above `since`.
async fn items(State(held): State<Shared>, Query(query): Query<Value>) -> Json<Value> {
    let number = |name: &str| query[name].as_str().and_then(|text| text.parse::<u64>().ok());
    let (since, start, size) = (number("since").unwrap_or(0), number("start").unwrap_or(0), number("size").unwrap_or(10));
    let since = if query["order"] == "unfiltered" { 0 } else { since };
    let mut held = held.lock().unwrap();
    held.asked.push((since, start as usize));
    let mut items: Vec<Value> =
        held.items.iter().filter(|item| item["id"].as_u64().unwrap_or(u64::MAX) > since).cloned().collect();
    if query["order"] != "asc" {
        items.reverse();
    }
    Json(json!({ "items": items.into_iter().skip(start as usize).take(size as usize).collect::<Vec<_>>() }))
}

async fn detail(State(held): State<Shared>, Path(id): Path<u64>) -> axum::response::Response {
    if held.lock().unwrap().broken.contains(&id) {
        return (StatusCode::NOT_FOUND, Json(json!({ "message": "gone" }))).into_response();
    }
    Json(json!({ "id": id, "detail": true })).into_response()
}

struct Server {
    held: Shared,
    base: String,
    connect: Connect,
}

impl Server {
    /// `poll`: beside the request; `order`: as the server is asked.
    async fn new(poll: &str, order: &str, most_pages: u32) -> Server {
        let held = Shared::default();
        let router = Router::new().route("/items", get(items)).route("/items/{id}", get(detail)).with_state(Arc::clone(&held));
        let base = format!("http://{}", serve(router).await);
        let trigger = format!(
            "label = \"New\"\ndescription = \"New ones.\"\nsample = {{ id = 1 }}\nchecked = {{ by = \"unchecked\" }}\n[poll]\n{poll}\n\
             [poll.request]\npath = \"/items\"\nquery = {{ since = \"{{cursor}}\", order = \"{order}\" }}\n\
             paging = {{ kind = \"offset\", items = \"body.items\", name = \"start\", size_name = \"size\", size = 10, most_pages = {most_pages} }}\n"
        );
        let files = [("local/connector.toml".to_owned(), CONNECTOR.to_owned()), ("local/triggers/new.toml".to_owned(), trigger)];
        let connector = parse_folder(&files).unwrap_or_else(|problems| panic!("{problems:?}"));
        Server { held, base, connect: connect().with_connectors(Arc::new(vec![connector])) }
    }

    fn add(&self, ids: std::ops::RangeInclusive<u64>) {
        self.held
            .lock()
            .unwrap()
            .items
            .extend(ids.map(|id| json!({ "id": id, "kind": if id % 2 == 0 { "even" } else { "odd" } })));
    }

    fn pages(&self) -> usize {
        std::mem::take(&mut self.held.lock().unwrap().asked).len()
    }

    async fn look(&self, cursor: Option<&str>, is_whole: bool, want: Want, known: &HashSet<String>) -> Result<Polled, CallError> {
        let values = [("base", self.base.as_str()), ("key", "k")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let credential =
            Credential { method: AuthMethod::Manifest("key".into()), values: values.into(), allowed_hosts: Vec::new() };
        let input = json!({});
        let since = Since { connector: "local", trigger: "new", input: &input, cursor, is_whole, want };
        self.connect.poll(since, known, &credential, Duration::from_secs(20)).await
    }

    async fn new_since(&self, cursor: &str) -> Polled {
        self.look(Some(cursor), true, ALL, &HashSet::new()).await.unwrap()
    }
}

const ALL: Want = Want::New { at_most: None };

fn ids(polled: &Polled) -> Vec<u64> {
    polled.events.iter().map(|event| event.data["id"].as_u64().unwrap()).collect()
}

fn keys(ids: impl IntoIterator<Item = u64>) -> HashSet<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

const NEWEST: &str = "order = \"newest_first\"\ncursor = \"item.id\"\ndedupe = \"item.id\"\nmost = 30";
const OLDEST: &str = "order = \"oldest_first\"\ncursor = \"item.id\"\ndedupe = \"item.id\"\nmost = 100";
const NEWEST_UNMARKED: &str = "order = \"newest_first\"\ndedupe = \"item.id\"\nkeep_if = \"item.kind != 'other'\"";

#[tokio::test]
async fn newest_first_loses_nothing_behind_the_pages_read_at_once() {
    let server = Server::new(NEWEST, "desc", 2).await;
    server.add(1..=75);
    let mut cursor = "5".to_owned();
    let mut all = Vec::new();
    for _ in 0..3 {
        let polled = server.new_since(&cursor).await;
        all.extend(ids(&polled));
        cursor = polled.cursor.clone().unwrap();
        assert_eq!(polled.more, all.len() < 70, "{}", all.len());
    }
    assert_eq!(all, (6..=75).collect::<Vec<_>>(), "each once, in order");
    assert_eq!(cursor, "75");
}

#[tokio::test]
async fn the_first_look_at_newest_first_reads_a_few_pages_and_fires_nothing() {
    let server = Server::new(NEWEST, "desc", 2).await;
    server.add(1..=200);
    let first = server.look(None, true, Want::Nothing, &HashSet::new()).await.unwrap();
    assert_eq!((first.events.len(), first.cursor.as_deref(), first.more, server.pages()), (0, Some("200"), false, 2));
    assert_eq!(first.passed.len(), 20, "known from now on, for the overlap");
}

#[tokio::test]
async fn items_from_before_the_cursor_are_not_new() {
    // Its filter is about something else than the cursor, as one for what was updated since is.
    let server = Server::new(NEWEST, "unfiltered", 2).await;
    server.add(1..=100);
    let polled = server.look(Some("47"), true, ALL, &keys([47])).await.unwrap();
    assert_eq!((ids(&polled), server.pages()), ((48..=77).collect(), 6), "read back to the cursor, and no further");
}

#[tokio::test]
async fn oldest_first_goes_on_where_it_stopped() {
    let server = Server::new(OLDEST, "asc", 2).await;
    server.add(1..=45);
    let (mut cursor, mut sizes) = ("0".to_owned(), Vec::new());
    loop {
        let polled = server.new_since(&cursor).await;
        sizes.push(polled.events.len());
        cursor = polled.cursor.clone().unwrap();
        if !polled.more {
            break;
        }
    }
    assert_eq!((sizes, cursor.as_str()), (vec![20, 20, 5], "45"));
}

#[tokio::test]
async fn more_of_one_moment_than_pages_does_not_go_round_in_circles() {
    let poll = "order = \"oldest_first\"\ncursor = \"item.at\"\ndedupe = \"item.id\"";
    let server = Server::new(poll, "asc", 2).await;
    server.held.lock().unwrap().items = (1..=60).map(|id| json!({ "id": id, "at": "7" })).collect();
    let known = keys(1..=55);
    // The server filters by id, so a cursor of 0 gives all of them again: as a list of one minute does.
    server.held.lock().unwrap().items.iter_mut().for_each(|item| item["at"] = json!("0"));
    let polled = server.look(Some("0"), true, ALL, &known).await.unwrap();
    assert_eq!(ids(&polled), [56, 57, 58, 59, 60]);
}

#[tokio::test]
async fn too_many_are_held_and_nothing_is_taken() {
    let server = Server::new(NEWEST, "desc", 2).await;
    server.add(1..=25);
    let want = Want::New { at_most: Some(20) };
    let polled = server.look(Some("0"), true, want, &HashSet::new()).await.unwrap();
    assert_eq!((polled.held, polled.found, polled.events.len()), (Some(Holding::TooMany), 25, 0));
    assert_eq!((polled.cursor.as_deref(), polled.passed.len()), (Some("0"), 0));
    let polled = server.look(Some("5"), true, want, &HashSet::new()).await.unwrap();
    assert_eq!((polled.held, polled.events.len()), (None, 20));
}

#[tokio::test]
async fn a_list_without_a_cursor_is_read_back_to_what_is_known() {
    let server = Server::new(NEWEST_UNMARKED, "desc", 2).await;
    server.add(1..=100);
    let first = server.look(None, true, Want::Nothing, &HashSet::new()).await.unwrap();
    assert_eq!((first.passed.len(), first.is_whole, server.pages()), (20, false, 2));
    let mut known: HashSet<String> = first.passed.into_iter().collect();
    server.add(101..=135);
    let polled = server.look(None, false, ALL, &known).await.unwrap();
    assert_eq!(ids(&polled), (101..=135).collect::<Vec<_>>(), "more than two pages");
    assert_eq!(server.pages(), 4);
    known.extend(polled.events.iter().map(|event| event.key.clone()));
    known.extend(polled.passed);
    // What moves up when others are deleted was there before.
    server.held.lock().unwrap().items.retain(|item| item["id"].as_u64().unwrap() % 10 != 0 && item["id"].as_u64().unwrap() < 130);
    server.add(136..=136);
    let polled = server.look(None, false, ALL, &known).await.unwrap();
    assert_eq!(ids(&polled), [136]);
    server.held.lock().unwrap().items.retain(|item| !(85..=130).contains(&item["id"].as_u64().unwrap()));
    let known: HashSet<String> = known.into_iter().chain(["136".to_owned()]).collect();
    let polled = server.look(None, false, ALL, &known).await.unwrap();
    assert_eq!((ids(&polled), polled.passed.is_empty()), (vec![], false), "older ones than all that is known");
}

#[tokio::test]
async fn what_a_whole_list_newly_holds_is_new_wherever_it_stands() {
    let server = Server::new("order = \"none\"\ndedupe = \"item.id\"\nmost = 3", "asc", 1).await;
    server.add(1..=25);
    let known = keys((1..=25).filter(|id| ![2, 3, 12, 20, 25].contains(id)));
    let polled = server.look(None, true, ALL, &known).await.unwrap();
    assert_eq!(
        (ids(&polled), polled.more, polled.found),
        (vec![2, 3, 12], true, 5),
        "past the pages read at once, a few at a time"
    );
    let known = known.into_iter().chain(["2", "3", "12"].map(str::to_owned)).collect();
    let polled = server.look(None, true, ALL, &known).await.unwrap();
    assert_eq!((ids(&polled), polled.more), (vec![20, 25], false));
}

#[tokio::test]
async fn one_that_cannot_be_read_is_left_out_and_told() {
    let poll = format!("{OLDEST}\nfetch = {{ path = \"/items/{{item.id}}\" }}");
    let server = Server::new(&poll, "asc", 5).await;
    server.add(1..=4);
    server.held.lock().unwrap().broken.insert(2);
    server.held.lock().unwrap().items.insert(2, json!({ "name": "without an id" }));
    let polled = server.new_since("0").await;
    assert_eq!(ids(&polled), [1, 3, 4]);
    let left: Vec<&str> = polled.left_out.iter().map(|left| left.why.code.as_str()).collect();
    assert_eq!(left, ["http.status", "connect.dedupe"]);
    assert_eq!(polled.passed.len(), 2, "and not looked at again");
    // Where none can be read, the fault is elsewhere: it must not be swallowed one by one.
    server.held.lock().unwrap().broken.extend([1, 3, 4]);
    let error = server.look(Some("0"), true, ALL, &HashSet::new()).await.unwrap_err();
    assert_eq!(error.status, Some(404), "{error:?}");
}

#[tokio::test]
async fn the_last_ones_can_be_seen_without_any_consequence() {
    for (poll, order) in [(OLDEST, "asc"), (NEWEST, "desc"), (NEWEST_UNMARKED, "desc")] {
        let server = Server::new(poll, order, 5).await;
        server.add(1..=23);
        let polled = server.look(None, true, Want::Newest(10), &keys(1..=23)).await.unwrap();
        assert_eq!(ids(&polled), (14..=23).collect::<Vec<_>>(), "{poll}");
    }
}
