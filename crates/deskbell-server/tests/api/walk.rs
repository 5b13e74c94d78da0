//! Every route of the OpenAPI document, walked: without a key, with another account's ids, with ids that are none, with
//! strings that try to be more than text; and every list with bad pages.

mod hostile;
mod parameters;
mod world;

pub(crate) use world::World;

use crate::bell::Bell;
use crate::client::Answer;
use crate::tester::TESTER;
use hostile::{INJECTIONS, encoded, malformed};
use serde_json::Value;
use world::body;

/// The one list that has nothing in it, whatever is done: a sandbox sends no messages.
const EMPTY: &str = "/v2/notifications/sms";

/// One operation of the document.
struct Route {
    method: String,
    path: String,
    /// Names of its query parameters.
    query: Vec<String>,
    /// Takes a session of the dashboard alone.
    by_session: bool,
    /// Takes the read token of an anonymous inbox alone; `tester.rs` calls it.
    by_token: bool,
}

impl Route {
    /// What the route is called with.
    fn with_either<'c>(&self, key: &'c str, session: &'c str) -> &'c str {
        if self.by_session { session } else { key }
    }

    fn has_id(&self) -> bool {
        self.path.contains('{')
    }

    fn is_list(&self) -> bool {
        self.method == "GET" && !self.by_token && self.query.iter().any(|name| name == "limit")
    }

    /// The path with each id in its place.
    fn with<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> String {
        let mut ids = ids.into_iter();
        let filled =
            |part: &str| if part.starts_with('{') { ids.next().unwrap().to_owned() } else { part.to_owned() };
        self.path.split('/').map(filled).collect::<Vec<_>>().join("/")
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// All operations, and how many the document says there are.
fn routes() -> Vec<Route> {
    let document: Value = serde_json::from_str(&deskbell_api::openapi_json()).unwrap();
    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let query = parameters.iter().filter(|parameter| parameter["in"] == "query");
            routes.push(Route {
                method: method.to_uppercase(),
                path: path.clone(),
                by_session: operation["security"] == serde_json::json!([{"session": []}]),
                by_token: operation["security"] == serde_json::json!([{"read_token": []}]),
                query: query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect(),
            });
        }
    }
    let named = deskbell_api::openapi_json().matches("\"operationId\": ").count();
    assert_eq!(routes.len(), named, "every operation of the document is walked");
    routes
}

/// What an answer says, with the id it repeats taken out.
fn shape(answer: &Answer, id: &str) -> (u16, String) {
    (answer.status, answer.text().replace(id, "ID"))
}

#[tokio::test]
async fn every_route_but_three_asks_for_a_key() {
    let bell = Bell::start(TESTER).await;
    let mut walked = 0;
    for route in routes() {
        let answer = bell.send(&route.method, &route.with(["X", "Y"]), &[], None).await;
        let open = match route.name().as_str() {
            "GET /healthz" | "GET /readyz" => 200,
            "POST /v2/tester" => 201,
            _ => 401,
        };
        assert_eq!(answer.status, open, "A-113: {}", route.name());
        assert!(answer.header("request-id").is_some(), "{}", route.name());
        walked += 1;
    }
    assert_eq!(walked, routes().len());
}

#[tokio::test]
async fn another_accounts_ids_answer_like_unknown_ones_everywhere() {
    let world = World::new().await;
    let (other, stranger) = world.bell.account("other@bell.example").await;
    let intruder = world.bell.session(&other).await;
    let host = world.bell.call_as(&stranger, "GET", "/v2/users", None).await.at("/data/0/id");
    let before = world.snapshot().await;
    for route in routes().iter().filter(|route| route.has_id()) {
        let ids = world.ids(&route.path);
        let last = ids.last().unwrap().as_str();
        let unknown = format!("{}0000000000", &last[..=last.find('-').unwrap()]);
        // All that the body names is of the stranger: the path alone is to blame.
        let body = body(route, &world, &host);
        let call = async |key: &str, ids: Vec<&str>| {
            world.bell.call_as(key, &route.method, &route.with(ids), body.clone()).await
        };
        let own = route.with_either(&world.bell.key, &world.session);
        let stranger = route.with_either(&stranger, &intruder);
        let real: Vec<&str> = ids.iter().map(String::as_str).collect();
        let none = shape(&call(stranger, vec![&unknown; real.len()]).await, &unknown);
        assert_eq!(none.0, 404, "A-171: {}: {}", route.name(), none.1);
        // Of two ids the first is judged first: the one that is repeated is the inbox's.
        let foreign = shape(&call(stranger, real.clone()).await, real[0]);
        assert_eq!(foreign, none, "A-099, A-171: {}", route.name());
        if real.len() == 2 {
            let half = call(own, vec![real[0], &unknown]).await;
            assert_eq!(half.status, 404, "A-171: {}", route.name());
        }
        if route.method == "GET" {
            let own = call(own, real).await;
            assert_eq!(own.status, 200, "the id is a real one: {}: {}", route.name(), own.text());
        }
    }
    assert_eq!(world.snapshot().await, before, "A-099: no side effect");
}

#[tokio::test]
async fn an_id_that_is_none_leads_nowhere() {
    let world = World::new().await;
    let before = world.snapshot().await;
    for route in routes().iter().filter(|route| route.has_id()) {
        let ids = world.ids(&route.path);
        let (last, first) = ids.split_last().unwrap();
        let body = body(route, &world, &world.ids("/v2/users/{id}")[0]);
        let other_kind = world.ids(if route.path.starts_with("/v2/webhooks") {
            "/v2/events/{id}"
        } else {
            "/v2/webhooks/{id}"
        });
        let strange = malformed(last).into_iter().chain([other_kind[0].clone()]);
        for id in strange.chain(INJECTIONS.iter().map(|text| encoded(text))) {
            let mut ids: Vec<&str> = first.iter().map(String::as_str).collect();
            ids.push(&id);
            let key = route.with_either(&world.bell.key, &world.session);
            let answer = world.bell.call_as(key, &route.method, &route.with(ids), body.clone()).await;
            let expected = if id.len() > 8_192 { 414 } else { 404 };
            assert_eq!(
                answer.status,
                expected,
                "A-097, A-098, A-101: {} {id:.80}: {}",
                route.name(),
                answer.text()
            );
        }
    }
    assert_eq!(world.snapshot().await, before, "A-097, A-101: nothing else was reached");
}

#[tokio::test]
async fn every_list_refuses_bad_pages_with_one_body() {
    let world = World::new().await;
    let (other, stranger) = world.bell.account("other@bell.example").await;
    let intruder = world.bell.session(&other).await;
    let mut lists = 0;
    for route in routes().iter().filter(|route| route.is_list()) {
        lists += 1;
        let ids = if route.has_id() { world.ids(&route.path) } else { Vec::new() };
        let path = route.with(ids.iter().map(String::as_str));
        let key = route.with_either(&world.bell.key, &world.session);
        let stranger = route.with_either(&stranger, &intruder);
        let get = async |query: &str| world.bell.call_as(key, "GET", &format!("{path}?{query}"), None).await;
        for limit in ["0", "101", "500", "-1", "abc", "1.5", "99999999999999999999"] {
            let answer = get(&format!("limit={limit}")).await;
            assert_eq!(
                answer.refusal(),
                (400, "limit".into(), "limit_out_of_range".into()),
                "A-173: {path} {limit}"
            );
            let message = format!("Out of range value: {limit}. Please provide a number between 1 and 100.");
            assert_eq!(answer.at("/message"), message, "A-173: {path}");
        }
        let both = get("after=x&before=y").await;
        let message = "Received both before and after parameters. Please provide only one.";
        assert_eq!((both.status, both.at("/message")), (400, message.into()), "A-174: {path}");
        for cursor in ["after", "before"] {
            let unknown = get(&format!("{cursor}=ZZZ-0000000000")).await;
            assert_eq!(unknown.refusal(), (400, cursor.into(), "cursor_invalid".into()), "A-175: {path}");
            // Nothing is in it, so no cursor is of it.
            if path == EMPTY {
                continue;
            }
            let wanted = shape(&unknown, "ZZZ-0000000000");
            let list = world.bell.call_as(key, "GET", &path, None).await;
            let own = list.at("/data/0/id");
            assert_eq!(
                get(&format!("{cursor}={own}")).await.status,
                200,
                "A-175: {path}: the cursor is a real one"
            );
            if ids.is_empty() {
                let foreign = format!("{path}?{cursor}={own}");
                let foreign = world.bell.call_as(stranger, "GET", &foreign, None).await;
                assert_eq!(shape(&foreign, &own), wanted, "A-175: {path}: another account's");
            }
            let elsewhere = if path == "/v2/teams" { "/v2/users" } else { "/v2/teams" };
            let elsewhere = world.bell.get(elsewhere).await.at("/data/0/id");
            assert_eq!(
                shape(&get(&format!("{cursor}={elsewhere}")).await, &elsewhere),
                wanted,
                "A-175: {path}: of another list"
            );
        }
        let unknown = get("colour=red").await;
        assert_eq!(
            (unknown.refusal(), unknown.at("/message")),
            ((400, "colour".into(), "parameter_unknown".into()), "Received unknown parameter: colour".into()),
            "A-176: {path}"
        );
        let page = get("limit=1").await.json();
        assert_eq!(page["object"], "list", "{path}");
        assert_eq!(page["data"].as_array().unwrap().len(), usize::from(path != EMPTY), "{path}");
        assert!(page["has_more"].is_boolean(), "{path}");
    }
    let named = deskbell_api::openapi_json().matches("\"name\": \"limit\"").count();
    assert_eq!(lists + 1, named, "every list of the document is walked, and one in tester.rs");
}

#[tokio::test]
async fn a_filter_is_text_whatever_it_says() {
    let world = World::new().await;
    let before = world.snapshot().await;
    for route in routes().iter().filter(|route| route.is_list()) {
        let ids = if route.has_id() { world.ids(&route.path) } else { Vec::new() };
        let path = route.with(ids.iter().map(String::as_str));
        for (name, text) in
            route.query.iter().flat_map(|name| INJECTIONS.iter().map(move |text| (name, text)))
        {
            let key = route.with_either(&world.bell.key, &world.session);
            let answer =
                world.bell.call_as(key, "GET", &format!("{path}?{name}={}", encoded(text)), None).await;
            // A filter by id takes any text and finds nothing; every other one knows its words.
            let nothing = answer.status == 200 && answer.json()["data"] == serde_json::json!([]);
            let there = name == "q" && world.stands_in_payloads(&answer, text).await;
            assert!(
                nothing || there || answer.status == 400,
                "A-097: {path}?{name}={text}: {}",
                answer.text()
            );
        }
    }
    assert_eq!(world.snapshot().await, before, "A-097");
}
