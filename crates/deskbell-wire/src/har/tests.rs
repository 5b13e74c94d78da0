//! A HAR file byte for byte.

use super::*;
use deskbell_core::attempt::Timings;
use deskbell_core::time::from_millis;

#[test]
fn a_file_is_what_stands_around_its_entries() {
    let (head, tail) = Har::around();
    assert_eq!(
        head,
        format!(
            r#"{{"log":{{"version":"1.2","creator":{{"name":"Deskbell","version":"{}"}},"entries":["#,
            env!("CARGO_PKG_VERSION")
        )
    );
    assert_eq!(tail, "]}}\n");
}

#[test]
fn what_is_not_known_is_empty_or_minus_one() {
    let entry = Entry::new(&Exchange {
        started: from_millis(1_778_072_561_300),
        method: "POST",
        url: "https://x.example/hook?a=1&b=%20",
        headers: vec![("Content-Type".into(), "text/plain".into())],
        body: b"\xff",
        answer: None,
        timings: Some(Timings { total_us: 1_500, connect_us: Some(250), ..Timings::default() }),
        comment: None,
    });
    assert_eq!(
        entry.to_json(),
        concat!(
            r#"{"cache":{},"request":{"bodySize":1,"cookies":[],"headers":[{"name":"Content-Type","value":"text/plain"}],"#,
            r#""headersSize":-1,"httpVersion":"HTTP/1.1","method":"POST","postData":{"_encoding":"base64","#,
            r#""mimeType":"text/plain","text":"/w=="},"queryString":[{"name":"a","value":"1"},{"name":"b","value":" "}],"#,
            r#""url":"https://x.example/hook?a=1&b=%20"},"response":{"bodySize":0,"content":{"#,
            r#""mimeType":"application/octet-stream","size":0,"text":""},"cookies":[],"headers":[],"headersSize":-1,"#,
            r#""httpVersion":"HTTP/1.1","redirectURL":"","status":0,"statusText":""},"#,
            r#""startedDateTime":"2026-05-06T13:02:41.300Z","time":1.5,"timings":{"blocked":-1,"connect":0.25,"dns":-1,"#,
            r#""receive":0.0,"send":0,"ssl":-1,"wait":0.0}}"#
        )
    );
}
