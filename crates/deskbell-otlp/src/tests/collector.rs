//! A collector as plain as can be: it reads requests, keeps them, and answers as it is told.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone)]
pub(super) struct Request {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

pub(super) struct Collector {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Collector {
    /// One that gives these answers, one after another, and then takes all; an empty one takes, and `silence` is none.
    pub(super) async fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, requests) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Request>>>::default());
        let answers: VecDeque<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let (kept, answers) = (Arc::clone(&requests), Arc::new(Mutex::new(answers)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept), Arc::clone(&answers)));
            }
        });
        Self { address, requests }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        let exports = self
            .requests()
            .into_iter()
            .map(|request| ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap());
        exports
            .flat_map(|export| export.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }
}

async fn serve(mut stream: TcpStream, kept: Arc<Mutex<Vec<Request>>>, answers: Arc<Mutex<VecDeque<String>>>) {
    while let Some(request) = read(&mut stream).await {
        kept.lock().unwrap().push(request);
        let answer = answers.lock().unwrap().pop_front().unwrap_or_default();
        let answer = match answer.as_str() {
            "silence" => return std::future::pending().await,
            "" => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            told => told,
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The next request; `None` when there is none.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap_or("0").parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { head, body })
}
