//! Inboxes and what they captured.

use crate::given::{
    Given, HEAVY, Shared, at, first, heavy_pages_hold, pages_hold, stranger, strangers_page_holds,
};
use bytes::Bytes;
use deskbell_core::id::{AccountId, CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, Inbox, InboxChange, Script, ScriptedAnswer, new_token};
use deskbell_core::store::{Captured, InboxCreated, Keep, Page, Weight as _};
use deskbell_core::vault::Sealed;

const EXPIRES: i64 = 1_000_000;
pub(crate) const KEEP: Keep = Keep { requests: 500, account_bytes: u64::MAX };

fn script(statuses: &[u16]) -> Script {
    let answer =
        |status: &u16| ScriptedAnswer { status: *status, body: "b".into(), ..ScriptedAnswer::default() };
    Script::new(statuses.iter().map(answer).collect()).unwrap()
}

pub(crate) fn inbox(given: &Given) -> Inbox {
    Inbox {
        id: InboxId::new(&given.random),
        account: given.account.clone(),
        token: new_token(&given.random),
        name: "mine".into(),
        script: Script::default(),
        relay: false,
        secret: None,
        created: at(0),
        expires: at(EXPIRES),
        captured: 0,
        script_from: 0,
        minute: Default::default(),
    }
}

fn named(name: &str) -> InboxChange {
    InboxChange { name: Some(name.into()), ..InboxChange::default() }
}

pub(crate) async fn add(given: &Given) -> Inbox {
    let inbox = inbox(given);
    assert_eq!(given.store.create_inbox(inbox.clone(), 1000).await.unwrap(), InboxCreated::Created);
    inbox
}

pub(crate) fn request(given: &Given, millis: i64) -> Capture {
    Capture {
        id: CaptureId::new(&given.random),
        inbox: InboxId::from_text("filled in"),
        number: 0,
        received: at(millis),
        method: "POST".into(),
        path: "/a?b=%20".into(),
        headers: vec![
            (Bytes::from_static(b"X-A"), Bytes::from_static(b" \xff ")),
            (Bytes::from_static(b"x-a"), Bytes::new()),
        ],
        body: Bytes::from_static(b"\0\xfe{"),
        remote: Some("2001:db8::7".parse().unwrap()),
        answered: 0,
        event: Some(EventId::from_text("EVNT-1")),
        note: None,
    }
}

pub(crate) async fn capture(given: &Given, inbox: &Inbox, millis: i64) -> Captured {
    given.store.capture(&inbox.account, &inbox.token, request(given, millis), KEEP, 0).await.unwrap()
}

/// A request with a body of [`HEAVY`] bytes, captured.
pub(crate) async fn heavy(given: &Given, inbox: &Inbox, millis: i64) -> CaptureId {
    let request = Capture { body: vec![7; HEAVY].into(), ..request(given, millis) };
    let id = request.id.clone();
    stored(given.store.capture(&inbox.account, &inbox.token, request, KEEP, 0).await.unwrap());
    id
}

async fn kept(given: &Given, inbox: &Inbox) -> Vec<u64> {
    let page = given.store.captures(&given.account, &inbox.id, &first(100)).await.unwrap().unwrap();
    page.items.iter().map(|capture| capture.number).collect()
}

async fn count(given: &Given, inbox: &Inbox) -> u64 {
    given.store.inbox(&given.account, &inbox.id).await.unwrap().unwrap().captured
}

fn stored(verdict: Captured) -> (Capture, ScriptedAnswer) {
    match verdict {
        Captured::Stored { capture, answer, .. } => (*capture, answer),
        other => panic!("not stored: {other:?}"),
    }
}

pub(crate) async fn an_inbox_reads_back_and_changes(store: Shared) {
    let given = Given::on(store).await;
    let secret = Some(Sealed(vec![1, 2, 3]));
    let inbox = Inbox { script: script(&[500, 200]), relay: true, secret, ..inbox(&given) };
    given.store.create_inbox(inbox.clone(), 10).await.unwrap();
    assert_eq!(given.store.inbox(&given.account, &inbox.id).await.unwrap(), Some(inbox.clone()));
    let change = async |name: Option<&str>, script, secret| {
        let change = InboxChange { name: name.map(Into::into), script, secret, expires: None };
        given.store.change_inbox(&given.account, &inbox.id, change).await.unwrap()
    };
    let renamed = Inbox { name: "other".into(), ..inbox.clone() };
    assert_eq!(change(Some("other"), None, None).await, Some(renamed.clone()));
    assert_eq!(change(None, None, None).await, Some(renamed.clone()));
    let changed = Inbox { script: script(&[404]), secret: None, ..renamed };
    assert_eq!(change(None, Some(script(&[404])), Some(None)).await, Some(changed.clone()));
    assert_eq!(given.store.inbox(&given.account, &inbox.id).await.unwrap(), Some(changed.clone()));
    let sealed = Some(Sealed(vec![9, 8]));
    let secret = Inbox { secret: sealed.clone(), ..changed };
    assert_eq!(change(None, None, Some(sealed)).await, Some(secret.clone()));
    let renewed = Inbox { expires: at(700_000), ..secret };
    let later = InboxChange { expires: Some(at(700_000)), ..InboxChange::default() };
    let changed = given.store.change_inbox(&given.account, &inbox.id, later).await.unwrap();
    assert_eq!(changed, Some(renewed.clone()));
    assert_eq!(given.store.inbox(&given.account, &inbox.id).await.unwrap(), Some(renewed));
    let unknown = InboxId::from_text("INB-1");
    assert_eq!(given.store.inbox(&given.account, &unknown).await.unwrap(), None);
    let nothing = InboxChange::default();
    assert_eq!(given.store.change_inbox(&given.account, &unknown, nothing).await.unwrap(), None);
}

pub(crate) async fn only_live_inboxes_count_against_the_limit(store: Shared) {
    let given = Given::on(store).await;
    let create = |inbox: Inbox| given.store.create_inbox(inbox, 2);
    let expired = Inbox { expires: at(100), ..inbox(&given) };
    assert_eq!(create(expired).await.unwrap(), InboxCreated::Created);
    assert_eq!(create(inbox(&given)).await.unwrap(), InboxCreated::Created);
    assert_eq!(create(Inbox { created: at(99), ..inbox(&given) }).await.unwrap(), InboxCreated::TooMany);
    let theirs = Inbox { account: stranger(), ..inbox(&given) };
    assert_eq!(create(theirs).await.unwrap(), InboxCreated::Created);
    assert_eq!(create(Inbox { created: at(100), ..inbox(&given) }).await.unwrap(), InboxCreated::Created);
}

pub(crate) async fn a_capture_keeps_the_bytes_as_they_came(store: Shared) {
    let given = Given::on(store).await;
    let inbox = add(&given).await;
    let request = request(&given, 5);
    let verdict = given.store.capture(&inbox.account, &inbox.token, request.clone(), KEEP, 60).await.unwrap();
    let (capture, answer) = stored(verdict);
    let expected = Capture { inbox: inbox.id.clone(), number: 1, answered: 200, ..request };
    assert_eq!((&capture, answer), (&expected, ScriptedAnswer::default()));
    let read = given.store.captured(&given.account, &inbox.id, &capture.id).await.unwrap();
    assert_eq!(read, Some(expected));
    let bare = Capture {
        headers: Vec::new(),
        body: Bytes::new(),
        path: String::new(),
        remote: None,
        event: None,
        ..self::request(&given, 6)
    };
    let (bare, _) = stored(given.store.capture(&inbox.account, &inbox.token, bare, KEEP, 60).await.unwrap());
    let read = given.store.captured(&given.account, &inbox.id, &bare.id).await.unwrap();
    assert_eq!(read, Some(bare));
    let none = CaptureId::from_text("CAP-1");
    assert_eq!(given.store.captured(&given.account, &inbox.id, &none).await.unwrap(), None);
    let other = add(&given).await;
    assert_eq!(given.store.captured(&given.account, &other.id, &capture.id).await.unwrap(), None);
}

/// A list is read up to a number of bytes, however large its requests are.
pub(crate) async fn a_page_ends_at_a_number_of_bytes(store: Shared) {
    let given = Given::on(store).await;
    let inbox = add(&given).await;
    let mut newest_first = Vec::new();
    for millis in 0..5 {
        newest_first.insert(0, heavy(&given, &inbox, millis).await.to_string());
    }
    heavy_pages_hold(
        &newest_first,
        |capture: &Capture| capture.id.to_string(),
        async |page| given.store.captures(&given.account, &inbox.id, &page).await.map(Option::unwrap),
    )
    .await;
    let large = Capture { body: vec![7; HEAVY * 3].into(), ..request(&given, 6) };
    stored(given.store.capture(&inbox.account, &inbox.token, large, KEEP, 0).await.unwrap());
    let page = given.store.captures(&given.account, &inbox.id, &first(100)).await.unwrap().unwrap();
    assert_eq!((page.items.len(), page.older), (1, true), "one at least");
}

pub(crate) async fn what_claims_to_be_of_an_event_is_found_alone(store: Shared) {
    let given = Given::on(store).await;
    let (inbox, other) = (add(&given).await, add(&given).await);
    let (event, unknown) = (EventId::from_text("EVNT-ASKEDFOR"), EventId::from_text("EVNT-UNKNOWN"));
    let mut claimed = Vec::new();
    for millis in 0..6 {
        let of = (millis % 2 == 0).then(|| event.clone());
        let request = Capture { event: of, ..request(&given, millis) };
        if millis % 2 == 0 {
            claimed.insert(0, request.id.clone());
        }
        stored(given.store.capture(&inbox.account, &inbox.token, request, KEEP, 0).await.unwrap());
    }
    let elsewhere = Capture { event: Some(event.clone()), ..request(&given, 7) };
    stored(given.store.capture(&other.account, &other.token, elsewhere, KEEP, 0).await.unwrap());
    let found = async |account: &AccountId, event: &EventId, page: Page| {
        let found = given.store.captures_of(account, &inbox.id, event, &page).await.unwrap();
        found.map(|found| found.items.into_iter().map(|capture| capture.id).collect::<Vec<_>>())
    };
    assert_eq!(found(&given.account, &event, first(100)).await, Some(claimed.clone()), "newest first");
    assert_eq!(found(&given.account, &event, first(2)).await, Some(claimed[..2].to_vec()));
    assert_eq!(found(&given.account, &unknown, first(100)).await, Some(Vec::new()));
    assert_eq!(found(&stranger(), &event, first(100)).await, None, "another account has no such inbox");
}

pub(crate) async fn answers_follow_the_script_and_a_new_one_starts_over(store: Shared) {
    let given = Given::on(store).await;
    let inbox = Inbox { script: script(&[500, 503, 200]), ..inbox(&given) };
    given.store.create_inbox(inbox.clone(), 10).await.unwrap();
    let answers = async |count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            let (capture, answer) = stored(capture(&given, &inbox, 1).await);
            assert_eq!(capture.answered, answer.status);
            statuses.push(answer.status);
        }
        statuses
    };
    assert_eq!(answers(5).await, [500, 503, 200, 200, 200]);
    let fresh = Some(script(&[404, 201]));
    let change = InboxChange { script: fresh, ..InboxChange::default() };
    given.store.change_inbox(&given.account, &inbox.id, change).await.unwrap();
    assert_eq!(answers(3).await, [404, 201, 201]);
    given.store.change_inbox(&given.account, &inbox.id, named("n")).await.unwrap();
    assert_eq!(answers(1).await, [201], "a new name is not a new script");
    given.store.delete_captures(&given.account, &inbox.id, None).await.unwrap();
    assert_eq!(answers(1).await, [201], "nor is an empty inbox");
}

pub(crate) async fn a_relays_request_is_held_and_its_status_is_recorded_later(store: Shared) {
    let given = Given::on(store).await;
    let inbox = Inbox { script: script(&[500]), relay: true, ..inbox(&given) };
    given.store.create_inbox(inbox.clone(), 10).await.unwrap();
    let Captured::Held { capture: held, account } = capture(&given, &inbox, 1).await else {
        panic!("it is not held")
    };
    assert_eq!(account, given.account, "whose it is");
    let Captured::Held { capture: other, .. } = capture(&given, &inbox, 1).await else {
        panic!("it is not held")
    };
    assert_eq!((held.answered, held.number, other.number), (0, 1, 2), "the script is not used");
    let read = async |id| given.store.captured(&given.account, &inbox.id, id).await.unwrap();
    assert_eq!(read(&held.id).await, Some(*held.clone()));
    let answer = |inbox: &InboxId, id: &CaptureId, status| {
        let (inbox, id, given) = (inbox.clone(), id.clone(), &given);
        async move { given.store.answer_capture(&inbox, &id, status).await.unwrap() }
    };
    answer(&inbox.id, &held.id, 418).await;
    answer(&InboxId::from_text("INB-1"), &other.id, 200).await;
    answer(&inbox.id, &CaptureId::from_text("CAP-1"), 200).await;
    let answered = Capture { answered: 418, ..*held.clone() };
    assert_eq!((read(&held.id).await, read(&other.id).await), (Some(answered), Some(*other.clone())));
    assert_eq!(kept(&given, &inbox).await, [2, 1], "kept like any other");
}

///
pub(crate) async fn an_unknown_token_stores_nothing(store: Shared) {
    let given = Given::on(store).await;
    let inbox = add(&given).await;
    for token in ["", "nothing", &inbox.token[1..], &inbox.token.to_uppercase(), inbox.id.as_str()] {
        let verdict = given.store.capture(&given.account, token, request(&given, 1), KEEP, 60).await.unwrap();
        assert_eq!(verdict, Captured::Unknown, "A-131: {token}");
    }
    let verdict = given.store.capture(&stranger(), &inbox.token, request(&given, 1), KEEP, 60).await.unwrap();
    assert_eq!(verdict, Captured::Unknown, "another account's");
    assert_eq!((count(&given, &inbox).await, kept(&given, &inbox).await.len()), (0, 0));
}

///
pub(crate) async fn an_expired_inbox_stores_nothing(store: Shared) {
    let given = Given::on(store).await;
    let inbox = add(&given).await;
    stored(capture(&given, &inbox, EXPIRES - 1).await);
    assert_eq!(capture(&given, &inbox, EXPIRES).await, Captured::Expired, "A-150");
    assert_eq!((count(&given, &inbox).await, kept(&given, &inbox).await), (1, vec![1]), "A-150");
}

///
pub(crate) async fn too_many_in_a_minute_store_nothing(store: Shared) {
    let given = Given::on(store).await;
    let inbox = add(&given).await;
    let other = add(&given).await;
    let capture = async |inbox: &Inbox, millis, per_minute| {
        given
            .store
            .capture(&inbox.account, &inbox.token, request(&given, millis), KEEP, per_minute)
            .await
            .unwrap()
    };
    for n in 0..60 {
        stored(capture(&inbox, n * 100, 60).await);
    }
    assert_eq!(capture(&inbox, 59_999, 60).await, Captured::TooFast, "A-133");
    assert_eq!(count(&given, &inbox).await, 60, "A-133");
    stored(capture(&other, 59_999, 60).await);
    for _ in 0..60 {
        stored(capture(&inbox, 60_000, 60).await);
    }
    assert_eq!(capture(&inbox, 60_000, 60).await, Captured::TooFast, "a new minute has a bound of its own");
    stored(capture(&inbox, 60_000, 0).await);
}

///
pub(crate) async fn the_oldest_make_room(store: Shared) {
    let given = Given::on(store).await;
    let (inbox, other) = (add(&given).await, add(&given).await);
    stored(capture(&given, &other, 0).await);
    let mut ids = Vec::new();
    let add = async |keep| {
        let verdict = given
            .store
            .capture(&inbox.account, &inbox.token, request(&given, 1), Keep { requests: keep, ..KEEP }, 0)
            .await;
        stored(verdict.unwrap()).0.id
    };
    for _ in 0..501 {
        ids.push(add(500).await);
    }
    let read = async |id| given.store.captured(&given.account, &inbox.id, id).await.unwrap();
    assert_eq!(read(&ids[0]).await, None, "A-134");
    assert!(read(&ids[1]).await.is_some(), "A-134");
    assert_eq!(count(&given, &inbox).await, 501, "A-134: the count goes on");
    given.store.delete_captures(&given.account, &inbox.id, Some(&ids[300])).await.unwrap();
    add(500).await;
    assert!(read(&ids[1]).await.is_some(), "there was room");
    add(3).await;
    assert_eq!(kept(&given, &inbox).await, [503, 502, 501], "a smaller bound");
    assert_eq!(kept(&given, &other).await, [1], "others keep theirs");
}

/// Past the bytes of an account the inbox that keeps the most gives up its oldest: a flood to one takes nothing of the others.
pub(crate) async fn an_account_keeps_a_number_of_bytes(store: Shared) {
    let given = Given::on(store).await;
    let (flooded, quiet) = (add(&given).await, add(&given).await);
    let theirs = Inbox { account: stranger(), ..self::inbox(&given) };
    given.store.create_inbox(theirs.clone(), 10).await.unwrap();
    let each = request(&given, 0).bytes() as u64;
    let take = async |inbox: &Inbox, times| {
        for _ in 0..times {
            let keep = Keep { account_bytes: 10 * each, ..KEEP };
            stored(
                given.store.capture(&inbox.account, &inbox.token, request(&given, 1), keep, 0).await.unwrap(),
            );
        }
    };
    take(&theirs, 8).await;
    take(&quiet, 3).await;
    take(&flooded, 20).await;
    assert_eq!(
        kept(&given, &flooded).await,
        [20, 19, 18, 17, 16, 15, 14],
        "seven, with the three of the other"
    );
    assert_eq!(kept(&given, &quiet).await, [3, 2, 1], "which loses none");
    given.store.delete_captures(&given.account, &flooded.id, None).await.unwrap();
    take(&quiet, 7).await;
    assert_eq!(kept(&given, &quiet).await.len(), 10, "what was deleted makes room");
    given.store.delete_inbox(&given.account, &quiet.id).await.unwrap();
    take(&flooded, 10).await;
    assert_eq!(kept(&given, &flooded).await.len(), 10, "and what a deleted inbox kept");
    let page = given.store.captures(&stranger(), &theirs.id, &first(100)).await.unwrap().unwrap();
    assert_eq!(page.items.len(), 8, "another account has its own");
}

/// What a person wrote beside a request is kept with it, and weighs like it.
pub(crate) async fn a_note_stands_beside_a_capture_and_counts(store: Shared) {
    let given = Given::on(store).await;
    let (inbox, other) = (add(&given).await, add(&given).await);
    let (capture, _) = stored(self::capture(&given, &inbox, 1).await);
    let (second, _) = stored(self::capture(&given, &inbox, 2).await);
    let note = async |account: &AccountId, inbox: &Inbox, id: &CaptureId, note: Option<&str>| {
        given.store.note_capture(account, &inbox.id, id, note).await.unwrap()
    };
    let noted = |text: &str| Some(Capture { note: Some(text.into()), ..capture.clone() });
    let read = async || given.store.captured(&given.account, &inbox.id, &capture.id).await.unwrap();
    for text in ["first", "the \"second\"\n\u{1f514}"] {
        assert_eq!(note(&given.account, &inbox, &capture.id, Some(text)).await, noted(text));
        assert_eq!(read().await, noted(text));
    }
    let page = given.store.captures(&given.account, &inbox.id, &first(9)).await.unwrap().unwrap();
    assert_eq!(page.items, [second, read().await.unwrap()], "its neighbour has none");
    let unknown = CaptureId::from_text("CAP-1");
    for (account, inbox, id) in [
        (&stranger(), &inbox, &capture.id),
        (&given.account, &other, &capture.id),
        (&given.account, &inbox, &unknown),
    ] {
        assert_eq!(note(account, inbox, id, Some("theirs")).await, None, "A-099");
    }
    assert_eq!(note(&given.account, &inbox, &capture.id, None).await, Some(capture.clone()));
    assert_eq!(read().await, Some(capture.clone()));

    // Room for three requests and a note, twice over: the note is not carried on when it is taken away.
    let each = request(&given, 0).bytes() as u64;
    let take = async |account_bytes| {
        let keep = Keep { account_bytes, ..KEEP };
        stored(given.store.capture(&inbox.account, &inbox.token, request(&given, 3), keep, 0).await.unwrap());
    };
    let long = "n".repeat(400);
    note(&given.account, &inbox, &capture.id, Some(&long)).await;
    take(3 * each + 400).await;
    assert_eq!(kept(&given, &inbox).await, [3, 2, 1]);
    note(&given.account, &inbox, &capture.id, None).await;
    take(4 * each).await;
    assert_eq!(kept(&given, &inbox).await, [4, 3, 2, 1], "a note that was taken away weighs nothing");
    note(&given.account, &inbox, &capture.id, Some(&long)).await;
    take(5 * each + 399).await;
    assert_eq!(
        kept(&given, &inbox).await,
        [5, 4, 3, 2],
        "it weighs as much as it is long, and goes with its request"
    );
    take(5 * each).await;
    assert_eq!(kept(&given, &inbox).await, [6, 5, 4, 3, 2]);
}

pub(crate) async fn captures_at_the_same_time_are_numbered_without_gaps(store: Shared) {
    let given = Given::on(store).await;
    let inbox = add(&given).await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (store, inbox) = (given.store.clone(), inbox.clone());
            let request = request(&given, 1);
            let call = async move { store.capture(&inbox.account, &inbox.token, request, KEEP, 60).await };
            tokio::spawn(async { call.await.unwrap() })
        })
        .collect();
    let mut numbers = Vec::new();
    for call in calls {
        if let Captured::Stored { capture, .. } = call.await.unwrap() {
            numbers.push(capture.number);
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=60).collect::<Vec<_>>(), "A-133: also in a race");
}

pub(crate) async fn captures_are_deleted_one_by_one_and_all_at_once(store: Shared) {
    let given = Given::on(store).await;
    let (inbox, other) = (add(&given).await, add(&given).await);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(stored(capture(&given, &inbox, 1).await).0.id);
    }
    stored(capture(&given, &other, 1).await);
    let delete = |inbox: &Inbox, id: Option<&CaptureId>| {
        let (inbox, id) = (inbox.id.clone(), id.cloned());
        let given = &given;
        async move { given.store.delete_captures(&given.account, &inbox, id.as_ref()).await.unwrap() }
    };
    assert_eq!(delete(&inbox, Some(&ids[1])).await, Some(1));
    assert_eq!(delete(&inbox, Some(&ids[1])).await, Some(0));
    assert_eq!(delete(&other, Some(&ids[0])).await, Some(0), "it is in another inbox");
    assert_eq!(kept(&given, &inbox).await, [3, 1]);
    assert_eq!(delete(&inbox, None).await, Some(2));
    assert_eq!((kept(&given, &inbox).await.len(), kept(&given, &other).await.len()), (0, 1));
    assert_eq!(stored(capture(&given, &inbox, 1).await).0.number, 4, "numbers go on");
    let unknown = InboxId::from_text("INB-1");
    assert_eq!(given.store.delete_captures(&given.account, &unknown, None).await.unwrap(), None);
    assert_eq!(given.store.captures(&given.account, &unknown, &first(9)).await.unwrap(), None);
}

pub(crate) async fn deleting_and_sweeping_take_the_captures_along(store: Shared) {
    let given = Given::on(store).await;
    let (deleted, stays) = (add(&given).await, add(&given).await);
    let swept = Inbox { expires: at(10), ..inbox(&given) };
    given.store.create_inbox(swept.clone(), 100).await.unwrap();
    for inbox in [&deleted, &stays, &swept] {
        stored(capture(&given, inbox, 1).await);
    }
    assert!(given.store.delete_inbox(&given.account, &deleted.id).await.unwrap());
    assert!(!given.store.delete_inbox(&given.account, &deleted.id).await.unwrap());
    assert_eq!(capture(&given, &deleted, 2).await, Captured::Unknown);
    assert_eq!(given.store.sweep_inboxes(at(10)).await.unwrap(), 0, "it must have expired before");
    assert_eq!(given.store.sweep_inboxes(at(11)).await.unwrap(), 1);
    assert_eq!(given.store.captures(&given.account, &swept.id, &first(9)).await.unwrap(), None);
    assert_eq!(capture(&given, &swept, 2).await, Captured::Unknown);
    assert_eq!(kept(&given, &stays).await, [1]);
    // The same id again begins empty.
    given.store.create_inbox(swept.clone(), 100).await.unwrap();
    assert!(kept(&given, &swept).await.is_empty());
}

pub(crate) async fn pages_go_both_ways(store: Shared) {
    let given = Given::on(store).await;
    let mut inboxes = Vec::new();
    for _ in 0..6 {
        inboxes.insert(0, add(&given).await);
    }
    let newest_first: Vec<_> = inboxes.iter().map(|inbox| inbox.id.to_string()).collect();
    let read = |page: Page| {
        let given = &given;
        async move { given.store.inboxes(&given.account, &page).await }
    };
    pages_hold(&newest_first, |inbox: &Inbox| inbox.id.to_string(), read).await;

    let inbox = &inboxes[0];
    let mut newest_first = Vec::new();
    for _ in 0..6 {
        newest_first.insert(0, stored(capture(&given, inbox, 1).await).0.id.to_string());
        stored(capture(&given, &inboxes[1], 1).await);
    }
    let read = |page: Page| {
        let given = &given;
        async move { Ok(given.store.captures(&given.account, &inbox.id, &page).await?.unwrap()) }
    };
    pages_hold(&newest_first, |capture: &Capture| capture.id.to_string(), read).await;
    let read = |page: Page| {
        let (given, empty) = (&given, &inboxes[2].id);
        async move { Ok(given.store.captures(&given.account, empty, &page).await?.unwrap()) }
    };
    strangers_page_holds(&newest_first[0], read).await;
}

/// who has the address can write and not read.
pub(crate) async fn another_accounts_inbox_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let inbox = add(&given).await;
    let id = stored(capture(&given, &inbox, 1).await).0.id;
    let (store, theirs) = (&given.store, &stranger());
    assert_eq!(store.inbox(theirs, &inbox.id).await.unwrap(), None, "A-099");
    assert_eq!(store.change_inbox(theirs, &inbox.id, named("n")).await.unwrap(), None, "A-099");
    assert!(!store.delete_inbox(theirs, &inbox.id).await.unwrap(), "A-099");
    assert_eq!(store.captured(theirs, &inbox.id, &id).await.unwrap(), None, "A-099");
    assert_eq!(store.captures(theirs, &inbox.id, &first(9)).await.unwrap(), None, "A-099");
    assert_eq!(store.delete_captures(theirs, &inbox.id, None).await.unwrap(), None, "A-099");
    assert_eq!((count(&given, &inbox).await, kept(&given, &inbox).await), (1, vec![1]));
    let read = |page: Page| async move { store.inboxes(theirs, &page).await };
    strangers_page_holds(inbox.id.as_str(), read).await;
}
