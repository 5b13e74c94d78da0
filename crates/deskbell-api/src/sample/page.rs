//! The pages docs/reference/triggers.md and docs/reference/triggers/: when each trigger fires, and a sample of what it sends,
//! made and rendered by the code that makes and renders deliveries.

mod arrow;
mod indent;

use super::made;
use deskbell_core::account::PayloadStyle;
use deskbell_core::door::SeededRandom;
use deskbell_core::door::USER_AGENT;
use deskbell_core::event::{self, Origin};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::policy::sign;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::time::{earlier, from_millis};
use deskbell_core::trigger::Trigger;
use deskbell_core::vault::Secret;
use std::time::Duration;

/// The time of the samples.
const NOW_MILLIS: i64 = 1_778_072_561_300;
/// The secret of the wire contract's test vectors (7.3).
const SECRET: &str = "d7686b8c83f04913929079aeae40189e";

/// The page `docs/reference/triggers.md`.
pub fn pages() -> String {
    let mut page = "# Triggers\n\nThe `type` of an event is one of these. A webhook subscribes to triggers by their names, or to all of a kind, later ones too, by the name of their composite.\n\n| Trigger | Fires when | Composite |\n| --- | --- | --- |\n".to_owned();
    for trigger in Trigger::ALL {
        let (meaning, composite) = (trigger.meaning(), trigger.composite().as_str());
        page += &format!("| [`{trigger}`](triggers/{trigger}.md) | {meaning} | `{composite}` |\n");
    }
    page
}

/// The page `docs/reference/triggers/<trigger>.md`.
pub fn page(trigger: Trigger) -> String {
    let (meaning, composite) = (trigger.meaning(), trigger.composite().as_str());
    let [current, expanded] =
        [PayloadStyle::Current, PayloadStyle::Expanded].map(|style| body(trigger, style));
    let fields = if trigger.is_booking() {
        "5](../wire.md#5-the-booking)"
    } else {
        "6](../wire.md#6-the-conversation)"
    };
    let mut page = format!(
        "# `{trigger}`\n\n{meaning} Sent to the webhooks that subscribe to `{trigger}` or to the composite `{composite}`.\n\n## When it fires\n\n| From | What happens | How | To |\n| --- | --- | --- | --- |\n"
    );
    for arrow in arrow::that_ring(trigger) {
        page += &format!("{arrow}\n");
    }
    page += &format!(
        "\n`deskbell trigger {trigger}` makes it happen in the sandbox.\n\n## What is sent\n\nThe headers, besides `Host`, `Content-Length` and `Accept-Encoding`. This one is signed with the secret `{SECRET}`:\n\n```http\n{}```\n\n",
        headers(&current)
    );
    page += &format!(
        "The body, which is sent as one line without white space. Its fields are explained in the wire contract, [4](../wire.md#4-the-event-envelope) and [{fields}.\n\n```json\n{}\n```\n\n",
        indent::indented(&current)
    );
    page += "## In the older style\n\n";
    if current == expanded {
        page += "The account's `payload_style` changes nothing here: the event of a conversation is the same in both.\n";
    } else {
        page += &format!(
            "While the account's `payload_style` is [`expanded`](../wire.md#53-ids-or-objects), the same booking reads:\n\n```json\n{}\n```\n",
            indent::indented(&expanded)
        );
    }
    page
}

fn event_id() -> EventId {
    EventId::from_text("EVNT-3HZ7KQ51VD")
}

/// The envelope with a sample of a fresh sandbox.
fn body(trigger: Trigger, style: PayloadStyle) -> String {
    let (account, random, now) =
        (AccountId::from_text("ACC-1"), SeededRandom::new(1), from_millis(NOW_MILLIS));
    let sandbox = Sandbox::new(&account, &random, earlier(now, Duration::from_secs(7 * 24 * 3600)));
    let data = made(&account, style, &sandbox, trigger, &random, now)
        .map(|(_, data)| data.into())
        .unwrap_or_else(|| unreachable!("a fresh sandbox has somebody for every trigger"));
    String::from_utf8_lossy(&event::render(&event_id(), now, trigger, &data)).into_owned()
}

fn headers(body: &str) -> String {
    let secret = Secret::new(SECRET.into());
    let headers = sign::request_headers(
        &secret,
        USER_AGENT,
        &event_id(),
        Origin::Platform,
        from_millis(NOW_MILLIS),
        body.as_bytes(),
    );
    headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}
