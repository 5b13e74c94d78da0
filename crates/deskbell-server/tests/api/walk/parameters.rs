//! Every parameter of every list, as the document has them: alone, empty, twice, with a wrong value; and what every list says of
//! bad pages, of a stranger and of a slash (wire contract, 1 and 9.2; ). A list that is added to
//! the document is walked with the others.

use super::{EMPTY, Route, World, routes};
use crate::bell::Bell;
use crate::client::Answer;
use crate::promise::{DOCUMENT, followed, part};
use crate::tester::TESTER;
use serde_json::{Value, json};

/// A call that takes parameters, and how it is called.
struct Call<'b> {
    bell: &'b Bell,
    headers: Vec<(&'static str, String)>,
    path: String,
    parameters: &'static [Value],
    /// Its answer is a list.
    is_list: bool,
}

impl Call<'_> {
    async fn at(&self, path: &str, query: &str) -> Answer {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.bell.send("GET", &format!("{path}?{query}"), &headers, None).await
    }

    async fn get(&self, query: &str) -> Answer {
        self.at(&self.path, query).await
    }

    fn queried(&self) -> impl Iterator<Item = (&'static str, &'static Value)> {
        let queried = self.parameters.iter().filter(|said| said["in"] == "query");
        queried.map(|said| (said["name"].as_str().unwrap(), said))
    }

    fn is_paged(&self) -> bool {
        self.queried().any(|(name, _)| name == "limit")
    }

    fn is_cursor(&self, name: &str) -> bool {
        self.is_paged() && ["after", "before"].contains(&name)
    }

    /// A value that `said`, the parameter `name`, takes.
    async fn good(&self, world: &World, name: &str, said: &Value) -> String {
        if self.is_cursor(name) {
            return self.get("").await.at("/data/0/id");
        }
        let schema = &said["schema"];
        let shown = [
            &schema["example"],
            &said["example"],
            &schema["default"],
            &schema["enum"][0],
            &schema["minimum"],
        ];
        match shown.into_iter().find(|value| !value.is_null()) {
            Some(value) => plain(&world.known(value)),
            None if schema["type"] == "boolean" => "true".to_owned(),
            None => panic!("{}: {name} shows no value that it takes", self.path),
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// All calls of the document that read, with an account that has one of everything. A stream has no end and is left to its own
/// suite.
async fn walk(each: impl AsyncFn(&World, &Call<'_>)) {
    let world = World::new().await;
    let tester = Bell::start(TESTER).await;
    let made = tester.send("POST", "/v2/tester", &[], None).await;
    let (url, token) = (made.at("/url"), made.at("/read_token"));
    for _ in 0..2 {
        let path = &url[url.find("/in/").unwrap()..];
        assert_eq!(tester.send("POST", path, &[], Some("{}".into())).await.status, 200);
    }
    let mut lists = 0;
    let reads = |route: &&Route| route.method == "GET" && route.path.starts_with("/v2/");
    for route in routes().iter().filter(reads).filter(|route| route.path != "/v2/stream") {
        let pointer = format!("/paths/{}/get", part(&route.path));
        let answer = followed(&format!("{pointer}/responses/200"));
        let schema = followed(&format!("{answer}/content/application~1json/schema"));
        let headers = match (route.by_token, route.by_session) {
            (true, _) => vec![("Authorization", format!("Bearer {token}"))],
            (_, true) => vec![("Cookie", world.session.clone()), ("Origin", world.bell.origin())],
            _ => vec![("API-Key", world.bell.key.clone())],
        };
        let ids = if route.has_id() { world.ids(&route.path) } else { Vec::new() };
        let call = Call {
            bell: if route.by_token { &tester } else { &world.bell },
            headers,
            path: route.with(ids.iter().map(String::as_str)),
            parameters: DOCUMENT
                .pointer(&format!("{pointer}/parameters"))
                .and_then(Value::as_array)
                .map_or(&[], Vec::as_slice),
            is_list: DOCUMENT.pointer(&format!("{schema}/properties/has_more")).is_some(),
        };
        let paging = call.queried().filter(|(name, _)| ["limit", "after", "before"].contains(name)).count();
        assert!(!call.is_paged() || (call.is_list && paging == 3), "{} pages as all lists do", call.path);
        lists += usize::from(call.is_paged());
        each(&world, &call).await;
    }
    let named = deskbell_api::openapi_json().matches("\"name\": \"limit\"").count();
    assert_eq!(lists, named, "every list of the document is walked");
}

/// What an answer says: of a list what it has, for an object may tell when it was used last.
fn told(call: &Call<'_>, answer: &Answer) -> String {
    if answer.status != 200 || !call.is_list {
        return format!("{} {:?}", answer.status, (answer.status != 200).then(|| answer.text()));
    }
    let list = answer.json();
    let ids: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|object| &object["id"]).collect();
    format!("{ids:?} {} {:?}", list["has_more"], answer.header("link"))
}

#[tokio::test]
async fn an_empty_parameter_is_one_left_out_everywhere() {
    walk(async |_, call| {
        let plain = told(call, &call.get("").await);
        let mut all = Vec::new();
        for (name, _) in call.queried() {
            for query in [format!("{name}="), name.to_owned(), format!("{name}=&{name}")] {
                assert_eq!(told(call, &call.get(&query).await), plain, "{}?{query}", call.path);
            }
            all.push(format!("{name}="));
        }
        assert_eq!(told(call, &call.get(&all.join("&")).await), plain, "{}", call.path);
        if call.is_paged() {
            let first = call.get("limit=1").await;
            let others: Vec<&str> = all.iter().map(String::as_str).filter(|one| *one != "limit=").collect();
            let page = call.get(&format!("{}&limit=1&limit=", others.join("&"))).await;
            assert_eq!(
                told(call, &page),
                told(call, &first),
                "nothing empty stands in the link: {}",
                call.path
            );
        }
        for stranger in ["colour=", "colour"] {
            let refused = call.get(stranger).await.refusal();
            assert_eq!(refused, (400, "colour".into(), "parameter_unknown".into()), "A-176: {}", call.path);
        }
    })
    .await;
}

#[tokio::test]
async fn a_parameter_stands_alone_and_twice_with_one_value() {
    walk(async |world, call| {
        if !call.is_list {
            return;
        }
        for (name, said) in call.queried() {
            if call.path == EMPTY && call.is_cursor(name) {
                continue;
            }
            let good = call.good(world, name, said).await;
            let value: String = url::form_urlencoded::byte_serialize(good.as_bytes()).collect();
            let once = call.get(&format!("{name}={value}")).await;
            assert_eq!(once.status, 200, "{}?{name}={good}: {}", call.path, once.text());
            let twice = call.get(&format!("{name}={value}&{name}={value}")).await;
            assert_eq!(told(call, &twice), told(call, &once), "{}?{name}", call.path);
            let two = call.get(&format!("{name}={value}&{name}={value}0")).await;
            assert_eq!(two.refusal(), (400, name.into(), "parameter_repeated".into()), "{}", call.path);
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_value_is_refused_or_finds_nothing() {
    walk(async |_, call| {
        if !call.is_list {
            return;
        }
        for (name, said) in call.queried() {
            let answer = call.get(&format!("{name}=nowhere")).await;
            let schema = &said["schema"];
            let is_date = schema["anyOf"].is_array();
            let closed =
                schema["type"] != "string" || schema["enum"].is_array() || is_date || name == "expand";
            if !closed && !call.is_cursor(name) {
                assert_eq!(
                    (answer.status, &answer.json()["data"]),
                    (200, &json!([])),
                    "{}?{name}",
                    call.path
                );
                continue;
            }
            let (status, param, _) = answer.refusal();
            assert_eq!((status, param.as_str()), (400, name), "{}", call.path);
            let message = match name {
                "expand" => "This property cannot be expanded: nowhere",
                "limit" => "Out of range value: nowhere. Please provide a number between 1 and 100.",
                _ if is_date => "Invalid date: nowhere",
                _ => continue,
            };
            assert_eq!(answer.at("/message"), message, "{}?{name}", call.path);
        }
    })
    .await;
}

#[tokio::test]
async fn every_list_has_its_bounds_and_takes_a_slash() {
    walk(async |_, call| {
        if !call.is_paged() {
            return;
        }
        for (limit, status) in [("0", 400), ("1", 200), ("100", 200), ("101", 400), ("abc", 400)] {
            assert_eq!(
                call.get(&format!("limit={limit}")).await.status,
                status,
                "A-173: {} {limit}",
                call.path
            );
        }
        let one = call.get("limit=1").await;
        let count = one.json()["data"].as_array().unwrap().len();
        assert_eq!(count, usize::from(call.path != EMPTY), "make one of {}", call.path);
        let both = call.get("after=x&before=x").await;
        let message = "Received both before and after parameters. Please provide only one.";
        assert_eq!((both.status, both.at("/message")), (400, message.into()), "A-174: {}", call.path);
        assert!(both.json().get("param").is_none(), "A-174: {}", call.path);
        let slash = call.at(&format!("{}/", call.path), "limit=1").await;
        assert_eq!(
            told(call, &slash),
            told(call, &one),
            "answered in place, with the link of the path: {}",
            call.path
        );
        let two = call.at(&format!("{}//", call.path), "limit=1").await;
        assert_eq!(two.status, 404, "{}", call.path);
    })
    .await;
}
