//! The operations of the document, and the requests that their rules propose.

use super::proposal::{self, Proposal};
use super::text::Texts;
use super::unsaid;
use crate::promise::{DOCUMENT, breaches, followed, part};
use crate::walk::World;
use serde_json::{Value, json};
use std::fmt;

/// What a request is let in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Key,
    Session,
    /// The read token of an anonymous inbox.
    Reader,
}

/// A request, and what the document says of it.
pub(super) struct Request {
    /// The operation, such as `POST /v2/webhooks`.
    pub(super) operation: String,
    pub(super) who: Who,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    /// The parameter or property that was proposed, dotted; empty for the body as a whole.
    pub(super) at: String,
    pub(super) rule: &'static str,
    pub(super) valid: bool,
}

impl Request {
    /// The path with its query string.
    pub(super) fn target(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query);
        match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, query.finish()),
        }
    }

    /// Whether `param` blames what was proposed. An element goes by the name of its array, too; the vendor's names have no numbers
    /// of elements at all.
    pub(super) fn is_named_by(&self, param: &str) -> bool {
        let array = self.at.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        match self.at.as_str() {
            "" => param == "body",
            at => [at, array, &unnumbered(array)].contains(&param) || unsaid::is_blamed_whole(param, at),
        }
    }
}

/// A dotted name without the numbers of elements.
fn unnumbered(at: &str) -> String {
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    at.split('.').filter(|part| !is_number(part)).collect::<Vec<_>>().join(".")
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body.as_ref().map(ToString::to_string).unwrap_or_default();
        write!(f, "{} {:?} ({}) {:.100} {body:.100}", self.operation, self.at, self.rule, self.target())
    }
}

/// One operation.
pub(super) struct Operation {
    method: String,
    path: String,
    pointer: String,
}

/// All of them.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, operations) in DOCUMENT["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let pointer = format!("/paths/{}/{method}", part(path));
            all.push(Operation { method: method.to_uppercase(), path: path.clone(), pointer });
        }
    }
    all
}

impl Operation {
    /// Every request that its rules propose: each differs in one place from one that is valid.
    pub(super) fn requests(&self, world: &World, seed: u64) -> Vec<Request> {
        let mut requests = self.with_parameters(world, seed);
        requests.extend(self.with_bodies(world, seed));
        requests.retain(|request| !request.valid || ends(request));
        requests
    }

    fn said(&self) -> &'static Value {
        DOCUMENT.pointer(&self.pointer).unwrap()
    }

    fn parameters(&self) -> &'static [Value] {
        self.said()["parameters"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// A request with the ids of the world, the parameters it needs, and the body that is the document's example.
    fn base(&self, world: &World) -> Request {
        let who = match &self.said()["security"] {
            session if *session == json!([{"session": []}]) => Who::Session,
            token if *token == json!([{"read_token": []}]) => Who::Reader,
            _ => Who::Key,
        };
        let ids = if self.path.contains('{') { world.ids(&self.path) } else { Vec::new() };
        let mut ids = ids.into_iter();
        let filled = |part: &str| if part.starts_with('{') { ids.next().unwrap() } else { part.to_owned() };
        let needed =
            self.parameters().iter().filter(|said| said["in"] == "query" && said["required"] == true);
        let known = |said: &Value| {
            let value = world.known(&said["schema"]["example"]);
            (said["name"].as_str().unwrap().to_owned(), plain(&value))
        };
        let operation = format!("{} {}", self.method, self.path);
        let mut body = self.body().map(|body| world.known(&body["example"]));
        body.iter_mut().for_each(|body| unsaid::part(&operation, "", body));
        Request {
            operation,
            who,
            method: self.method.clone(),
            path: self.path.split('/').map(filled).collect::<Vec<_>>().join("/"),
            query: needed.map(known).collect(),
            headers: Vec::new(),
            body,
            at: String::new(),
            rule: "nothing",
            valid: true,
        }
    }

    fn body(&self) -> Option<&'static Value> {
        self.said().pointer("/requestBody/content/application~1json")
    }

    fn with_parameters(&self, world: &World, seed: u64) -> Vec<Request> {
        let mut requests = Vec::new();
        for (index, said) in self.parameters().iter().enumerate() {
            let name = said["name"].as_str().unwrap();
            let pointer = format!("{}/parameters/{index}/schema", self.pointer);
            let known = world.known(&said["schema"]["example"]);
            let texts = if said["in"] == "header" { Texts::of_headers(seed) } else { Texts::new(seed) };
            let proposals = proposal::of_text(&said["schema"], &known, &texts);
            for Proposal { rule, value, .. } in proposals {
                let mut request = Request { at: name.to_owned(), rule, ..self.base(world) };
                let given = plain(&value);
                // An empty parameter is one left out.
                request.valid = match said["in"] == "query" && given.is_empty() {
                    true => said["required"] != true,
                    false => breaches(&pointer, &value).is_empty(),
                };
                if let Some([other, value]) = unsaid::companion(&request.operation, name) {
                    request.query.push((other.to_owned(), plain(&world.known(&json!(value)))));
                }
                match said["in"].as_str().unwrap() {
                    "query" => {
                        request.query.retain(|(known, _)| known != name);
                        request.query.push((name.to_owned(), given));
                    }
                    "header" => request.headers.push((name.to_owned(), given)),
                    // Whatever stands in a path is an id; one that names nothing keeps the world as it is.
                    _ if rule == "the example" => {
                        let example = plain(&said["schema"]["example"]);
                        request.path = self.path.replace(&format!("{{{name}}}"), &example);
                        request.path = filled(&request.path, &self.base(world).path);
                    }
                    _ => continue,
                }
                requests.push(request);
            }
            if said["required"] == true && said["in"] == "query" {
                let mut request =
                    Request { at: name.to_owned(), rule: "left out", valid: false, ..self.base(world) };
                request.query.retain(|(known, _)| known != name);
                requests.push(request);
            }
        }
        if self.parameters().iter().any(|said| said["in"] == "query") {
            let mut request =
                Request { at: "colour".into(), rule: "a stranger", valid: false, ..self.base(world) };
            request.query.push(("colour".into(), "red".into()));
            requests.push(request);
        }
        requests
    }

    fn with_bodies(&self, world: &World, seed: u64) -> Vec<Request> {
        let Some(body) = self.body() else { return Vec::new() };
        let pointer = format!("{}/requestBody/content/application~1json/schema", self.pointer);
        let base = self.base(world);
        let proposals = proposal::of(&body["schema"], base.body.as_ref().unwrap(), &Texts::new(seed));
        let request = |Proposal { at, rule, mut value }| {
            unsaid::part(&base.operation, &at, &mut value);
            let valid = breaches(&followed(&pointer), &value).is_empty();
            Request { valid, body: Some(value), at, rule, ..self.base(world) }
        };
        proposals.into_iter().map(request).collect()
    }
}

/// The path with the ids of `base` where it still has names.
fn filled(path: &str, base: &str) -> String {
    let parts = path.split('/').zip(base.split('/'));
    parts.map(|(part, id)| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>().join("/")
}

/// Whether a valid request is answered soon: a stream has no end, and some calls wait for what never comes.
fn ends(request: &Request) -> bool {
    let waits = request.query.iter().any(|(name, value)| name == "wait" && value != "0");
    request.path != "/v2/stream" && !waits
}

/// A value as a parameter has it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
