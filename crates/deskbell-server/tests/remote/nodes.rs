//! The machines that serve, as their operator sees them: their names, their roles, and who is gone.

use crate::cluster::{Cluster, Database};
use crate::copies::{OPEN, publish};
use crate::handler::{Handler, answer};
use crate::machines::KEY;
use crate::server::{Server, deskbell, said};
use serde_json::{Value, json};

/// The settings of a server on that database, with a name and roles of its own.
fn settings<'s>(database: &'s Database, name: &'s str, roles: &'s str) -> Vec<(&'s str, &'s str)> {
    let own = [
        ("DESKBELL_STORE", database.url.as_str()),
        ("DESKBELL_MASTER_KEY", KEY),
        ("DESKBELL_NAME", name),
        ("DESKBELL_ROLES", roles),
    ];
    [OPEN, &own].concat()
}

/// The nodes, once `wanted` holds of them.
fn nodes(server: &Server, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    loop {
        let nodes = server.json(&["nodes"]);
        let nodes = nodes.as_array().unwrap();
        if wanted(nodes) {
            return nodes.clone();
        }
    }
}

fn of<'n>(nodes: &'n [Value], name: &str) -> &'n Value {
    nodes.iter().find(|node| node["name"] == name).unwrap_or_else(|| panic!("no {name} in {nodes:?}"))
}

#[test]
fn a_server_alone_is_the_one_machine() {
    let server = Server::start(&[]);
    let nodes = nodes(&server, |nodes| nodes.first().is_some_and(|node| node["epoch"].is_u64()));
    let [node] = nodes.as_slice() else { panic!("{nodes:?}") };
    let port = server.url.rsplit(':').next().unwrap();
    let host = node["host"].as_str().unwrap();
    assert_eq!(node["name"], json!(format!("{host}:{port}")));
    assert_eq!(node["roles"], json!(["api", "engine", "sweeps"]));
    let same = ["state", "has_namesake", "clock_ms", "in_flight"].map(|field| node[field].clone());
    assert_eq!(same, [json!("working"), json!(false), json!(0), json!(0)]);
    let table = server.answer(&["nodes"]);
    assert!(
        table.starts_with("NAME ") && table.contains("api,engine,sweeps") && table.contains(" s ago"),
        "{table}"
    );

    let some = deskbell().args(["serve", "--roles", "engine", "--data", "/nowhere"]).output().unwrap();
    assert_eq!(some.status.code(), Some(2));
    assert!(said(&some).contains("one process serves"), "{}", said(&some));
}

#[test]
fn what_a_machine_without_an_engine_accepts_is_sent_by_one_that_has_it() {
    let database = Cluster::shared().database("template1");
    let handler = Handler::start(|_, _| answer("200 OK", "", ""), usize::MAX);
    let front = Server::start(&settings(&database, "front", "api"));
    nodes(&front, |nodes| nodes.len() == 1);
    let no_engine = front.call("GET", "/v2/operator", "")["headline"].as_str().unwrap().to_owned();
    assert!(no_engine.contains("No machine has the role engine"), "{no_engine}");
    let mut back = front.beside(&settings(&database, "back", "engine,sweeps"));
    let body = format!(r#"{{"name":"crm","url":"{}","events":["booking"]}}"#, handler.url);
    assert!(front.call("POST", "/v2/webhooks", &body)["id"].is_string());
    let event = publish(&front, 0);
    let got = handler.until(|got| !got.is_empty());
    assert_eq!(got[0].event(), event);

    let seen = nodes(&front, |nodes| nodes.len() == 2 && nodes.iter().any(|node| node["epoch"].is_u64()));
    assert_eq!(of(&seen, "front")["roles"], json!(["api"]));
    assert_eq!(of(&seen, "front")["epoch"], Value::Null, "it makes no attempts");
    assert_eq!(of(&seen, "back")["roles"], json!(["engine", "sweeps"]));
    assert!(of(&seen, "back")["epoch"].is_u64());
    let refused = back.call("GET", "/v2/webhooks", "").to_string();
    assert!(refused.contains("route_unknown"), "it answers no calls: {refused}");
    assert_eq!(back.call("GET", "/readyz", "")["status"], "ready");

    // One that is killed is gone some time later: that time is brought forward.
    back.kill();
    let forward = "UPDATE nodes SET beat = beat - 20000 WHERE name = 'back'";
    Cluster::shared().run_in(&database.name, forward);
    assert_eq!(of(&nodes(&front, |_| true), "back")["state"], "gone");
    let headline = front.call("GET", "/v2/operator", "")["headline"].as_str().unwrap().to_owned();
    assert!(headline.starts_with("back is gone: nothing was heard of it for "), "{headline}");
    let again = front.beside(&settings(&database, "back", "engine"));
    let seen = nodes(&front, |nodes| nodes.iter().all(|node| node["state"] != "gone"));
    assert_eq!((seen.len(), &of(&seen, "back")["roles"]), (2, &json!(["engine"])), "it is in its place");

    // One that ends in order is not gone, but not there.
    drop(again.end());
    assert_eq!(nodes(&front, |_| true).len(), 1);
    drop(front);
    database.drop();
}
