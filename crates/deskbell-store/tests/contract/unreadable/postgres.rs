//! The same on PostgreSQL: what befalls rows is done to the database, beside the store.

use crate::cluster::Database;
use crate::given::{Given, at, first, postgres, stranger};
use crate::{account, booking, conversation, inbox, sandbox, share};
use deskbell_core::account::ApiKey;
use deskbell_core::attempt::Outcome;
use deskbell_core::inbox::Inbox;
use deskbell_core::sandbox::ObjectKind;
use deskbell_core::store::{
    AttemptFilter, BookingFilter, ConversationFilter, DeliveryFilter, Error, EventFilter, Found, ObjectFilter,
};
use tokio_postgres::NoTls;

const ALL: u64 = u64::MAX;
const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

/// A case whose rows something befalls.
struct Befallen {
    given: Given,
    database: Database,
    conn: tokio_postgres::Client,
}

impl Befallen {
    async fn new() -> Self {
        let (store, database) = postgres().await;
        let given = Given::on(store).await;
        let (conn, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        Self { given, database, conn }
    }

    /// Changes exactly so many rows.
    async fn befall(&self, rows: u64, statement: &str) {
        assert_eq!(self.conn.execute(statement, &[]).await.unwrap(), rows, "{statement}");
    }

    async fn over(self) {
        drop((self.given, self.conn));
        self.database.drop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_leaves_out_what_cannot_be_read() {
    let case = Befallen::new().await;
    let given = &case.given;
    let (store, ours) = (&given.store, &given.account);
    given.add_webhook("one").await;
    given.accept(3, 0).await;
    for leased in given.claim(0).await.leased {
        given.finish(&leased, Outcome::HeadTimeout, 1).await;
    }
    let inboxes = [inbox::add(given).await, inbox::add(given).await];
    for millis in 0..3 {
        inbox::capture(given, &inboxes[0], millis).await;
        share::add(given).await;
        booking::save(given, &booking::booking(given, millis * 60)).await;
        let talk = conversation::conversation(given, u8::try_from(millis).unwrap(), 1, 0);
        conversation::begin(given, &talk).await;
        sandbox::add(given, sandbox::user(given, &millis.to_string())).await;
        let key = ApiKey { account: ours.clone(), ..account::key(given, "k") };
        store.create_key(key, 9).await.unwrap();
    }
    let all = first(100);
    let counts = async || {
        let attempts = store.attempts(ours, &AttemptFilter::default(), &all).await.unwrap().items.len();
        let listed = store.deliveries(ours, &DeliveryFilter::default(), &all).await.unwrap().items;
        let ids: Vec<_> = listed.iter().map(|one| one.id.clone()).collect();
        let made: usize = store.attempts_of(ours, &ids, 9).await.unwrap().iter().map(Vec::len).sum();
        let events = store.events(ours, &EventFilter::default(), &all).await.unwrap().items;
        let wanted: Vec<_> = events.iter().map(|event| event.id.clone()).collect();
        [
            events.len(),
            store.events_of(ours, &wanted).await.unwrap().len(),
            listed.len(),
            attempts,
            made,
            store.bookings(ours, &BookingFilter::default(), &all).await.unwrap().items.len(),
            store.conversations(ours, &ConversationFilter::default(), &all).await.unwrap().items.len(),
            store.objects(ours, ObjectKind::User, &ObjectFilter::All, &all).await.unwrap().items.len(),
            store.sandbox(ours).await.unwrap().unwrap().users.len(),
            store.keys(ours).await.unwrap().len(),
            store.shares(ours, &all).await.unwrap().items.len(),
            store.captures(ours, &inboxes[0].id, &all).await.unwrap().unwrap().items.len(),
            store.inboxes(ours, &all).await.unwrap().items.len(),
        ]
    };
    // Events and deliveries: three that were published, and three of bookings and of conversations each.
    assert_eq!(counts().await, [9, 9, 9, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2]);
    let odd = [
        "UPDATE deliveries SET status = 99 WHERE event = (SELECT max(event) FROM deliveries)",
        r"UPDATE attempts SET record = '\x09' WHERE place = (SELECT max(place) FROM attempts)",
        "UPDATE bookings SET document = replace(document, 'scheduled', 'hovering')
         WHERE seq = (SELECT min(seq) FROM bookings)",
        "UPDATE conversations SET document = replace(document, 'started', 'hummed')
         WHERE seq = (SELECT min(seq) FROM conversations)",
        "UPDATE sandbox SET document = '{' WHERE seq = (SELECT max(seq) FROM sandbox)",
        r"UPDATE keys SET hash = '\x00' WHERE seq = (SELECT min(seq) FROM keys)",
        r"UPDATE shares SET hash = '\x00' WHERE seq = (SELECT min(seq) FROM shares)",
        r"UPDATE captures SET headers = '\x09' WHERE seq = 1",
        "UPDATE inboxes SET script = '{' WHERE seq = (SELECT max(seq) FROM inboxes)",
    ];
    for statement in odd {
        case.befall(1, statement).await;
    }
    assert_eq!(counts().await, [9, 9, 8, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
    // What is asked for among others is as if it were not there; who asks for that very one is told.
    let user: String =
        case.conn.query_one("SELECT id FROM sandbox WHERE document = '{'", &[]).await.unwrap().get(0);
    let ids = vec![user.clone()];
    assert_eq!(store.objects_by_id(ours, ObjectKind::User, ids).await.unwrap(), [Found::Unknown]);
    let asked = store.object(ours, ObjectKind::User, &user).await;
    assert!(matches!(asked, Err(Error::Damaged(_))), "{asked:?}");
    // A style of a newer release keeps nobody out.
    case.befall(1, "UPDATE accounts SET payload_style = 'holographic' WHERE id = 'ACC-OURS'").await;
    assert!(store.account(ours).await.unwrap().is_some());
    case.over().await;
}

/// What cannot be read takes nobody's place: neither in a page of captures, nor in the feed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captures_go_on_behind_what_cannot_be_read() {
    let case = Befallen::new().await;
    let given = &case.given;
    let (store, ours) = (&given.store, &given.account);
    let (inbox, gone) = (inbox::add(given).await, inbox::add(given).await);
    for millis in 0..5 {
        inbox::capture(given, &inbox, millis).await;
    }
    inbox::capture(given, &gone, 6).await;
    inbox::capture(given, &inbox, 7).await;
    case.befall(3, r"UPDATE captures SET headers = '\x09' WHERE seq IN (1, 2, 5)").await;
    case.befall(1, &format!("UPDATE inboxes SET script = '{{' WHERE id = '{}'", gone.id)).await;
    let feed = async |after, limit| {
        let news = store.captures_between(ours, after, ALL, limit).await.unwrap();
        news.iter().map(|news| news.seq).collect::<Vec<_>>()
    };
    assert_eq!(feed(0, 100).await, [3, 4, 7]);
    assert_eq!(
        (feed(0, 2).await, feed(4, 2).await),
        (vec![3, 4], vec![7]),
        "a page is as full as without them"
    );
    let page = store.captures(ours, &inbox.id, &first(2)).await.unwrap().unwrap();
    let numbers: Vec<u64> = page.items.iter().map(|one| one.number).collect();
    assert_eq!((numbers, page.older), (vec![6, 4], true));
    let page = store.captures(ours, &inbox.id, &first(3)).await.unwrap().unwrap();
    assert_eq!((page.items.len(), page.older), (3, false));
    case.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sweeps_put_off_what_cannot_be_read_for_an_hour() {
    let case = Befallen::new().await;
    let (given, store) = (&case.given, &case.given.store);
    for n in 0..4 {
        booking::save(given, &booking::booking(given, n * 60)).await;
        let talk = conversation::conversation(given, u8::try_from(n).unwrap(), 1, n);
        conversation::begin(given, &talk).await;
    }
    let first_two = |table: &str| {
        format!(
            "UPDATE {table} SET document = '{{' WHERE seq IN (SELECT seq FROM {table} ORDER BY seq LIMIT 2)"
        )
    };
    case.befall(2, &first_two("bookings")).await;
    case.befall(2, &first_two("conversations")).await;
    let now = 10 * HOUR;
    let swept = async |millis, limit| {
        let ended = store.ended_bookings(at(millis), limit).await.unwrap();
        let silent = store.silent_conversations(at(millis), limit).await.unwrap();
        (ended.bookings.len(), ended.next, silent.len())
    };
    assert_eq!(swept(now, 1).await, (1, None, 1), "they take no other's place");
    assert_eq!(swept(now + MINUTE, 9).await, (2, Some(at(now + HOUR)), 2));
    for table in ["bookings", "conversations"] {
        let whole = format!(
            "UPDATE {table} SET document = (SELECT max(document) FROM {table}) WHERE document = '{{'"
        );
        case.befall(2, &whole).await;
    }
    assert_eq!(swept(now + HOUR + 1, 9).await, (4, None, 4), "looked at again");
    case.over().await;
}

/// Another machine has the lock of an account, and does not let it go: whatever is written for that account waits, and holds nobody
/// else up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_waits_holds_up_no_other() {
    let mut case = Befallen::new().await;
    let given = &case.given;
    let (theirs, ours) = (Inbox { account: stranger(), ..inbox::inbox(given) }, inbox::add(given).await);
    given.store.create_inbox(theirs.clone(), 9).await.unwrap();
    let held = case.conn.transaction().await.unwrap();
    let lock = "SELECT 1 FROM places p JOIN accounts a ON a.seq = p.account WHERE a.id = 'ACC-THEIRS' FOR UPDATE OF p";
    assert_eq!(held.execute(lock, &[]).await.unwrap(), 1);
    let lock = "SELECT 1 FROM testers WHERE account = 'ACC-THEIRS' FOR UPDATE";
    assert_eq!(held.execute(lock, &[]).await.unwrap(), 1);
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (store, user) = (given.store.clone(), sandbox::user(given, &n.to_string()));
        waiting.spawn(async move { store.add_object(&stranger(), user.into(), 100).await.map(drop) });
        let (store, theirs, request) = (given.store.clone(), theirs.clone(), inbox::request(given, 1));
        let capture =
            async move { store.capture(&stranger(), &theirs.token, request, inbox::KEEP, 0).await.map(drop) };
        waiting.spawn(capture);
    }
    sandbox::add(given, sandbox::user(given, "mira")).await;
    inbox::capture(given, &ours, 1).await;
    given.accept(1, 0).await;
    assert!(
        given.store.inbox(&stranger(), &theirs.id).await.unwrap().is_some(),
        "nor what is read of theirs"
    );
    held.rollback().await.unwrap();
    // Who waits for too long is told so.
    while waiting.join_next().await.is_some() {}
    case.over().await;
}
