//! Events of another system, imported.

use crate::booking::{booking, save};
use crate::conversation::{begin, conversation};
use crate::given::{Given, Shared, at, first, stranger};
use crate::sandbox::user;
use deskbell_core::account::PayloadStyle;
use deskbell_core::booking::{Booking, BookingSaved};
use deskbell_core::conversation::Conversation;
use deskbell_core::id::{BookingId, ContactId, UserId};
use deskbell_core::import::{Import, ImportSaved, Objection, Outcome};
use deskbell_core::imported::Imported;
use deskbell_core::sandbox::{Identifier, Object, ObjectKind};
use deskbell_core::store::{ConversationFilter, ConversationsSaved, EventFilter, Found};

const MANY: u32 = 1_000;
const MINUTE: i64 = 60_000;

fn form(millis: i64) -> Option<Box<Imported>> {
    let (data, written) = (r#"{"b":"","a":1}"#.into(), "{}".into());
    Some(Box::new(Imported { at: at(millis), data, written, style: PayloadStyle::Expanded }))
}

fn of(objects: &[Object], booking: &Booking) -> Import {
    Import { objects: objects.to_vec(), conversation: None, booking: Some(booking.clone()) }
}

async fn import(given: &Given, imports: Vec<Import>) -> ImportSaved {
    given.store.import(&given.account, imports, MANY).await.unwrap()
}

async fn read(given: &Given, id: &BookingId) -> Option<Booking> {
    given.store.booking(&given.account, id).await.unwrap()
}

pub(crate) async fn what_is_imported_reads_back_and_rings_nothing(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("all").await;
    let host = Object::from(user(&given, "mira"));
    let talk = Conversation { imported: form(9), ..conversation(&given, 1, 1, 5) };
    let booking = Booking { imported: form(9), conversation: Some(talk.id.clone()), ..booking(&given, 60) };
    let whole = Import {
        objects: vec![host.clone()],
        conversation: Some(talk.clone()),
        booking: Some(booking.clone()),
    };
    let alone = Import { objects: vec![host.clone()], conversation: Some(talk.clone()), booking: None };
    let saved = import(&given, vec![whole, alone]).await;
    assert_eq!(saved, ImportSaved::Saved(vec![Outcome::Created, Outcome::Updated]));
    assert_eq!(read(&given, &booking.id).await, Some(booking));
    let stored = given.store.conversation(&given.account, &talk.id).await.unwrap();
    assert_eq!(stored, Some(Conversation { revision: 1, ..talk }), "the second is its next revision");
    let found = given.store.object(&given.account, ObjectKind::User, host.id()).await.unwrap();
    assert_eq!(found, Found::There(Box::new(host)));
    let events = given.store.events(&given.account, &EventFilter::default(), &first(10)).await.unwrap();
    assert!(events.items.is_empty());
}

pub(crate) async fn the_newest_wins_and_an_object_that_is_known_stays(store: Shared) {
    let given = Given::on(store).await;
    let host = user(&given, "mira");
    let other = deskbell_core::sandbox::User { first_name: "Other".into(), ..host.clone() };
    let one = Booking { updated: at(10), ..booking(&given, 0) };
    let older = Booking { updated: at(9), subject: "older".into(), ..one.clone() };
    let newer = Booking { updated: at(11), subject: "newer".into(), ..one.clone() };
    let host = Object::from(host);
    let mut outcomes = Vec::new();
    for (object, booking) in [(host.clone(), &one), (other.into(), &older), (host.clone(), &newer)] {
        match import(&given, vec![of(&[object], booking)]).await {
            ImportSaved::Saved(saved) => outcomes.extend(saved),
            refused => panic!("{refused:?}"),
        }
    }
    assert_eq!(outcomes, [Outcome::Created, Outcome::Kept, Outcome::Updated]);
    assert_eq!(read(&given, &one.id).await, Some(Booking { revision: 1, ..newer }));
    let found = given.store.object(&given.account, ObjectKind::User, host.id()).await.unwrap();
    assert_eq!(found, Found::There(Box::new(host)));
}

pub(crate) async fn all_of_an_import_is_stored_or_nothing(store: Shared) {
    let given = Given::on(store).await;
    let taken = booking(&given, 0);
    assert_eq!(save(&given, &taken).await, BookingSaved::Saved);
    let theirs = Booking { account: stranger(), ..booking(&given, 500) };
    assert_eq!(save(&given, &theirs).await, BookingSaved::Saved);
    let talk = Conversation { account: stranger(), ..conversation(&given, 1, 1, 5) };
    assert_eq!(begin(&given, &talk).await, ConversationsSaved::Saved);
    let host = Object::from(user(&given, "mira"));
    let good = of(std::slice::from_ref(&host), &booking(&given, 60));
    let told = Conversation { account: given.account.clone(), ..talk };
    let told = Import { objects: Vec::new(), conversation: Some(told), booking: None };
    let bad = [
        (of(&[], &booking(&given, 15)), Objection::SlotTaken),
        (of(&[], &Booking { account: given.account.clone(), ..theirs }), Objection::IdTaken),
        (told, Objection::IdTaken),
        (of(&[], &booking(&given, 75)), Objection::SlotTaken),
    ];
    for (bad, objection) in bad {
        let saved = import(&given, vec![good.clone(), bad]).await;
        assert_eq!(saved, ImportSaved::Refused(1, objection), "the last one for what came with it");
    }
    let full = given.store.import(&given.account, vec![good.clone()], 0).await.unwrap();
    assert_eq!(full, ImportSaved::Refused(0, Objection::TooMany(ObjectKind::User)));
    assert_eq!(read(&given, &good.booking.clone().unwrap().id).await, None);
    let found = given.store.object(&given.account, ObjectKind::User, host.id()).await.unwrap();
    assert_eq!(found, Found::Unknown);
    assert_eq!(import(&given, vec![good]).await, ImportSaved::Saved(vec![Outcome::Created]));
}

pub(crate) async fn what_time_did_before_the_import_it_does_not_do_again(store: Shared) {
    let given = Given::on(store).await;
    let over = Booking { imported: form(30 * MINUTE), ..booking(&given, 0) };
    let coming = Booking { imported: form(30 * MINUTE), ..booking(&given, 60) };
    let silent = Conversation { imported: form(30 * MINUTE), ..conversation(&given, 1, 1, 5) };
    let told = Import { objects: Vec::new(), conversation: Some(silent.clone()), booking: None };
    let imports = vec![of(&[], &over), of(&[], &coming), told];
    assert!(matches!(import(&given, imports).await, ImportSaved::Saved(_)));
    let ended = given.store.ended_bookings(at(500 * MINUTE), 10).await.unwrap();
    assert_eq!(ended.bookings, [coming], "the one whose end has passed since");
    let left = async |since| given.store.silent_conversations(at(since), 10).await.unwrap();
    assert!(left(30 * MINUTE).await.is_empty(), "the visitor is silent since the import");
    assert_eq!(left(30 * MINUTE + 1).await, [silent]);
}

/// The other system merged two of its contacts.
pub(crate) async fn a_conversation_is_found_by_the_contact_that_the_newest_import_names(store: Shared) {
    let given = Given::on(store).await;
    let talk = Conversation { imported: form(9), ..conversation(&given, 1, 1, 5) };
    let mut merged = Conversation { updated: at(6), ..talk.clone() };
    merged.contact.id = ContactId::from_text("CTC-MERGED");
    for talk in [&talk, &merged] {
        let alone = Import { objects: Vec::new(), conversation: Some(talk.clone()), booking: None };
        assert!(matches!(import(&given, vec![alone]).await, ImportSaved::Saved(_)));
    }
    for (contact, count) in [(&merged.contact.id, 1), (&talk.contact.id, 0)] {
        let filter = ConversationFilter { contact: Some(contact.clone()), ..ConversationFilter::default() };
        let found = given.store.conversations(&given.account, &filter, &first(9)).await.unwrap();
        assert_eq!(found.items.len(), count, "{contact}");
    }
}

pub(crate) async fn of_two_imports_of_one_address_the_second_is_told(store: Shared) {
    let given = Given::on(store).await;
    let one = user(&given, "mira");
    let two = deskbell_core::sandbox::User { id: UserId::from_text("USR-OTHER"), ..one.clone() };
    let [one, two] = [Object::from(one), two.into()];
    let saved = import(&given, vec![of(&[one], &booking(&given, 0))]).await;
    assert!(matches!(saved, ImportSaved::Saved(_)));
    let refused = import(&given, vec![of(&[two], &booking(&given, 600))]).await;
    let known = Objection::Known(ObjectKind::User, Identifier::Email);
    assert_eq!(refused, ImportSaved::Refused(0, known));
}
